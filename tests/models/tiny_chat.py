"""Vision-language models of the true architectures with few, random weights, saved as a hub would give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from grounding.bench.gpu.builds import WORDS, chat_template, token_id, tokenizer
from grounding.verify.looking.local import prepare_processors

_TEXT: Final = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1, "max_position_embeddings": 4096,
}  # fmt: skip
_SIDE: Final = {"longest_edge": 64}
_LOOKS: Final = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 64,
    "patch_size": 16,
}  # fmt: skip
_TILED: Final = (
    "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>",
    *(f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2)),
)  # fmt: skip
_MARKED: Final = {
    "vision_start_token_id": "<|vision_start|>", "vision_end_token_id": "<|vision_end|>",
    "image_token_id": "<|image_pad|>", "video_token_id": "<|video_pad|>",
}  # fmt: skip
_FRAMED: Final = "<|vision_start|><|image_pad|><|vision_end|>"


def smolvlm(
    folder: Path, *, text: Mapping[str, int] | None = None, seen: Mapping[str, int] | None = None,
    words: Sequence[str] = (),
) -> Path:  # fmt: skip
    """A SmolVLM of 0.1 million weights; a picture is 4 tokens.

    text, seen: other sizes of the two parts; words: what the tokeniser is trained on, with a larger vocabulary.
    """
    prepare_processors()
    import torch
    import transformers as tf

    torch.manual_seed(7)
    tokens = tokenizer(_TILED, words or WORDS, 900 if words else 400)
    sizes = {"model_type": "llama", "vocab_size": len(tokens), **_TEXT, **(text or {}), **_ends(tokens)}
    made: Any = tf
    config = made.SmolVLMConfig(
        text_config=sizes, vision_config={**_LOOKS, **(seen or {})}, scale_factor=2,
        image_token_id=token_id(tokens, "<image>"), tie_word_embeddings=True,
        pad_token_id=token_id(tokens, "<|endoftext|>"),
    )  # fmt: skip
    processor = made.SmolVLMProcessor(
        image_processor=made.SmolVLMImageProcessor(size=_SIDE, max_image_size=_SIDE, do_image_splitting=True),
        video_processor=made.SmolVLMVideoProcessor(size=_SIDE, max_image_size=_SIDE),
        tokenizer=tokens, image_seq_len=4, chat_template=chat_template("<image>"),
    )  # fmt: skip
    return _save(folder, made.SmolVLMForConditionalGeneration(config), processor)


def qwen3_vl(folder: Path) -> Path:
    """A Qwen3-VL of 0.15 million weights."""
    prepare_processors()
    import torch
    import transformers as tf

    torch.manual_seed(8)
    tokens = tokenizer(list(_MARKED.values()), most=400)
    text = {
        "vocab_size": len(tokens), **_TEXT, "head_dim": 16, **_ends(tokens),
        "rope_parameters": {
            "rope_type": "default", "mrope_section": [2, 3, 3], "mrope_interleaved": True, "rope_theta": 1e4,
        },
    }  # fmt: skip
    seen = {
        "depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 32,
        "patch_size": 16, "num_position_embeddings": 64, "deepstack_visual_indexes": [0],
    }  # fmt: skip
    made: Any = tf
    config = made.Qwen3VLConfig(
        text_config=text, vision_config=seen, tie_word_embeddings=True,
        **{name: token_id(tokens, mark) for name, mark in _MARKED.items()},
    )  # fmt: skip
    images = made.Qwen2VLImageProcessor(patch_size=16, min_pixels=32**2, max_pixels=96**2)
    processor = made.Qwen3VLProcessor(
        image_processor=images, tokenizer=tokens, video_processor=made.Qwen3VLVideoProcessor(patch_size=16),
        chat_template=chat_template(_FRAMED),
    )  # fmt: skip
    return _save(folder, made.Qwen3VLForConditionalGeneration(config), processor)


def idefics3(folder: Path) -> Path:
    """An Idefics3 of 0.1 million weights; a picture is 4 tokens."""
    prepare_processors()
    import torch
    import transformers as tf

    torch.manual_seed(9)
    tokens = tokenizer(_TILED, most=400)
    made: Any = tf
    config = made.Idefics3Config(
        text_config={"model_type": "llama", "vocab_size": len(tokens), **_TEXT, **_ends(tokens)}, vision_config=_LOOKS,
        scale_factor=2, image_token_id=token_id(tokens, "<image>"), pad_token_id=token_id(tokens, "<|endoftext|>"),
    )  # fmt: skip
    images = made.Idefics3ImageProcessor(size=_SIDE, max_image_size=_SIDE, do_image_splitting=True)
    processor = made.Idefics3Processor(
        image_processor=images, tokenizer=tokens, image_seq_len=4, chat_template=chat_template("<image>")
    )
    return _save(folder, made.Idefics3ForConditionalGeneration(config), processor)


def qwen2_5_vl(folder: Path) -> Path:
    """A Qwen2.5-VL of 0.15 million weights."""
    prepare_processors()
    import torch
    import transformers as tf

    torch.manual_seed(10)
    tokens = tokenizer(list(_MARKED.values()), most=400)
    seen = {
        "depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 32,
        "patch_size": 14, "fullatt_block_indexes": [1],
    }  # fmt: skip
    text = {
        "vocab_size": len(tokens), **_TEXT, **_ends(tokens),
        "rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 1e4},
    }  # fmt: skip
    made: Any = tf
    config = made.Qwen2_5_VLConfig(
        text_config=text, vision_config=seen, tie_word_embeddings=True,
        **{name: token_id(tokens, mark) for name, mark in _MARKED.items()},
    )  # fmt: skip
    images = made.Qwen2VLImageProcessor(patch_size=14, min_pixels=28**2, max_pixels=84**2)
    processor = made.Qwen2_5_VLProcessor(
        image_processor=images, tokenizer=tokens, video_processor=made.Qwen2VLVideoProcessor(patch_size=14),
        chat_template=chat_template(_FRAMED),
    )  # fmt: skip
    return _save(folder, made.Qwen2_5_VLForConditionalGeneration(config), processor)


def _ends(tokens: Any) -> dict[str, int]:
    return {
        "bos_token_id": token_id(tokens, "<|im_start|>"),
        "eos_token_id": token_id(tokens, "<|im_end|>"),
        "pad_token_id": token_id(tokens, "<|endoftext|>"),
    }


def _save(folder: Path, model: Any, processor: Any) -> Path:
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
