"""Vision-language models of the true sizes with random weights: for times and memory, not for what they say.

    python -m tests.models.real_chat smolvlm2-500m OUT
    python -m tests.models.real_chat qwen3-vl-2b OUT

The sizes are those of the published configurations (SmolVLM2-500M-Video-Instruct, Qwen3-VL-2B-Instruct). The tokeniser
is a small one, so a question is a few times as many tokens as with theirs; pictures are as many.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

from grounding.verify.looking.local import prepare_processors
from tests.models.tiny_chat import chat_template, tokenizer

_SMOL: Final = {
    "model_type": "llama", "vocab_size": 49280, "hidden_size": 960, "intermediate_size": 2560, "num_hidden_layers": 32,
    "num_attention_heads": 15, "num_key_value_heads": 5, "max_position_embeddings": 8192, "rms_norm_eps": 1e-5,
}  # fmt: skip
_SMOL_SEEN: Final = {
    "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
    "image_size": 512, "patch_size": 16,
}  # fmt: skip
_QWEN: Final = {
    "vocab_size": 151936, "hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 28,
    "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "max_position_embeddings": 262144,
    "rope_parameters": {
        "rope_type": "default", "mrope_section": [24, 20, 20], "mrope_interleaved": True, "rope_theta": 5e6,
    },
}  # fmt: skip
_QWEN_SEEN: Final = {
    "depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "num_heads": 16, "out_hidden_size": 2048,
    "patch_size": 16, "num_position_embeddings": 2304, "deepstack_visual_indexes": [5, 11, 17],
}  # fmt: skip


def smolvlm2_500m() -> tuple[Any, Any]:
    """(configuration, processor); a picture is 64 tokens."""
    import transformers

    made: Any = transformers
    tokens, ends = tokenizer(["<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"])
    config = made.SmolVLMConfig(
        text_config=_SMOL | ends, vision_config=_SMOL_SEEN, scale_factor=4, tie_word_embeddings=False,
        image_token_id=int(tokens.convert_tokens_to_ids("<image>")), pad_token_id=ends["pad_token_id"],
    )  # fmt: skip
    looks = {"size": {"longest_edge": 512}, "max_image_size": {"longest_edge": 512}}
    processor = made.SmolVLMProcessor(
        image_processor=made.SmolVLMImageProcessor(**looks, do_image_splitting=False),
        video_processor=made.SmolVLMVideoProcessor(**looks), tokenizer=tokens, image_seq_len=64,
        chat_template=chat_template("<image>"),
    )  # fmt: skip
    return config, processor


def qwen3_vl_2b() -> tuple[Any, Any]:
    """(configuration, processor); a picture of 768 x 432 is 336 tokens."""
    import transformers

    made: Any = transformers
    marks = ["<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
    tokens, ends = tokenizer(marks)
    start, end, image, video = (int(tokens.convert_tokens_to_ids(mark)) for mark in marks)
    config = made.Qwen3VLConfig(
        text_config=_QWEN | ends, vision_config=_QWEN_SEEN, tie_word_embeddings=True, vision_start_token_id=start,
        vision_end_token_id=end, image_token_id=image, video_token_id=video,
    )  # fmt: skip
    images = made.Qwen2VLImageProcessor(patch_size=16, min_pixels=64**2, max_pixels=1024**2)
    processor = made.Qwen3VLProcessor(
        image_processor=images, tokenizer=tokens, video_processor=made.Qwen3VLVideoProcessor(patch_size=16),
        chat_template=chat_template(f"{marks[0]}{marks[2]}{marks[1]}"),
    )  # fmt: skip
    return config, processor


MODELS: Final = {"smolvlm2-500m": smolvlm2_500m, "qwen3-vl-2b": qwen3_vl_2b}


def write(name: str, folder: Path) -> int:
    """Writes a folder as a hub would give it, in bf16; how many weights it has."""
    prepare_processors()
    import torch
    import transformers

    torch.manual_seed(0)
    config, processor = MODELS[name]()
    made: Any = transformers
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = made.AutoModelForImageTextToText.from_config(config, dtype=torch.bfloat16)
    torch.set_default_dtype(torch.float32)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return sum(weight.numel() for weight in model.parameters())


if __name__ == "__main__":
    count = write(sys.argv[1], Path(sys.argv[2]))
    sys.stdout.write(f"{sys.argv[1]}: {count / 1e6:.0f} million weights\n")
