"""Models of the true sizes with random weights, saved as a hub would give them: they cost what trained ones cost.

Each is made once, in a folder of its own below `where`, and is then used as `local-dir:` with that folder.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from grounding.bench.gpu import sizes
from grounding.errors import BadInputError
from grounding.weights.labels import COCO_LABELS

DETECTORS: Final = (*sizes.D_FINE, *sizes.RT_DETR_V2)
EMBEDDERS: Final = tuple(sizes.OPEN_CLIP)
LOOKERS: Final = (*sizes.SMOLVLM, *sizes.QWEN3_VL)

_LABELS: Final = dict(enumerate(COCO_LABELS))
_SMOLVLM_MARKS: Final = (
    "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>",
    *(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)),
)  # fmt: skip
_QWEN_MARKS: Final = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
WORDS: Final = [
    "Which red number is it, and from which to which second does it hold? Answer with JSON only, yes or no. "
    "The red numbers drawn above the head or at the feet mark people. Looked for: a player in a red shirt. None."
] * 4
_CHAT: Final = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% for c in m['content'] %}{% if c['type'] == 'image' %}IMAGE"
    "{% else %}{{ c['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def prepare() -> None:
    """To be called before `plain_model`: what it imports can be imported."""
    from grounding.verify.looking.local import prepare_processors

    prepare_processors()


def build(name: str, where: Path, *, small: bool = False) -> Path:
    """The folder of that model; made now if it was not yet. small: of the same architecture, with few weights.

    Raises:
        BadInputError: it is none of `DETECTORS`, `EMBEDDERS` and `LOOKERS`.
    """
    folder = where / (f"{name}-small" if small else name)
    if not folder.is_dir():
        prepare()
        model = _drawn(name, small=small)
        partly = folder.with_name(f".{folder.name}")
        shutil.rmtree(partly, ignore_errors=True)
        partly.mkdir(parents=True)
        save = _save_detector if name in DETECTORS else _save_embedder if name in EMBEDDERS else _save_looker
        save(name, model, partly, small=small)
        partly.rename(folder)
    return folder


def plain_model(name: str, *, small: bool = False) -> Any:
    """The model as its own code makes it, on the device and with the weights that torch gives it now.

    Raises:
        BadInputError: there is none of that name.
    """
    import transformers as tf

    made: Any = tf
    if name in sizes.D_FINE:
        config = made.DFineConfig(**(sizes.SMALL_D_FINE if small else sizes.D_FINE[name]), id2label=_LABELS)
        return made.DFineForObjectDetection(config)
    if name in sizes.RT_DETR_V2:
        config = made.RTDetrV2Config(**(sizes.SMALL_RT_DETR_V2 if small else sizes.RT_DETR_V2[name]), id2label=_LABELS)
        return made.RTDetrV2ForObjectDetection(config)
    if name in sizes.OPEN_CLIP:
        import open_clip

        kind: Any = open_clip.CustomTextCLIP
        return kind(**{key: value for key, value in _towers(name, small=small).items() if key != "custom_text"})
    if name in sizes.SMOLVLM:
        return made.SmolVLMForConditionalGeneration(_smolvlm_config(name, small=small))
    if name in sizes.QWEN3_VL:
        return made.Qwen3VLForConditionalGeneration(_qwen3_vl_config(name, small=small))
    raise BadInputError(
        f"{name} is not among the models that are measured: {', '.join((*DETECTORS, *EMBEDDERS, *LOOKERS))}."
    )


def weights_of(folder: Path) -> int:
    """How many numbers the saved model has."""
    from safetensors import safe_open

    opened: Any = safe_open
    count = 0
    for path in folder.glob("*.safetensors"):
        with opened(path, framework="pt") as file:
            for key in file.keys():  # noqa: SIM118 - no mapping
                shape = file.get_slice(key).get_shape()
                size = 1
                for side in shape:
                    size *= side
                count += size
    return count


def _drawn(name: str, *, small: bool) -> Any:
    """`plain_model` on the GPU where there is one, which draws weights more quickly; large ones in 16 bits."""
    import torch

    from grounding.weights.torch_runtime import device

    torch.manual_seed(1)
    with device():
        model = plain_model(name, small=small)
    model = model.eval()
    return model if small or name in DETECTORS else model.to(torch.bfloat16)


def _save_detector(name: str, model: Any, folder: Path, *, small: bool) -> None:
    import transformers as tf

    del name
    side = 96 if small else 640
    model.save_pretrained(folder)
    tf.RTDetrImageProcessor(size={"height": side, "width": side}).save_pretrained(folder)


def _towers(name: str, *, small: bool) -> dict[str, Any]:
    """As open_clip has them. The words of a text are cut by a small tokenizer of ours where a model brings its own; the
    table of all words that the true one knows stays as large."""
    import open_clip

    known = sizes.OPEN_CLIP[name]
    towers: dict[str, Any] = open_clip.get_model_config(known)
    own = "hf_tokenizer_name" in towers["text_cfg"]
    if small:
        towers = json.loads(json.dumps(sizes.SMALL_CLIP))
    if own:
        towers["text_cfg"]["hf_tokenizer_name"] = known
    return towers


def _save_embedder(name: str, model: Any, folder: Path, *, small: bool) -> None:
    from open_clip.pretrained import get_pretrained_cfg, list_pretrained_tags_by_model
    from safetensors.torch import save_file

    known, towers = sizes.OPEN_CLIP[name], _towers(name, small=small)
    if "hf_tokenizer_name" in towers["text_cfg"]:
        tokenizer([]).save_pretrained(folder)
    said = get_pretrained_cfg(known, list_pretrained_tags_by_model(known)[0])
    looks = {key: said[key] for key in ("mean", "std", "interpolation", "resize_mode")}
    config = {"model_cfg": towers, "preprocess_cfg": looks}
    (folder / "open_clip_config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    weights = {key: value.contiguous() for key, value in model.state_dict().items()}
    save_file(weights, str(folder / "open_clip_model.safetensors"))


def _smolvlm_config(name: str, *, small: bool) -> Any:
    import transformers as tf

    made: Any = tf
    text, seen = sizes.SMALL_SMOLVLM if small else sizes.SMOLVLM[name]
    tokens = tokenizer(_SMOLVLM_MARKS)
    return made.SmolVLMConfig(
        text_config={"model_type": "llama", **text, **_ends(tokens)}, vision_config=seen,
        scale_factor=2 if small else 4, image_token_id=token_id(tokens, "<image>"), tie_word_embeddings=False,
        pad_token_id=token_id(tokens, "<|endoftext|>"),
    )  # fmt: skip


def _smolvlm_processor(name: str, *, small: bool) -> Any:
    import transformers as tf

    made: Any = tf
    _, seen = sizes.SMALL_SMOLVLM if small else sizes.SMOLVLM[name]
    side = int(seen["image_size"])
    count = (side // int(seen["patch_size"]) // (2 if small else 4)) ** 2
    longest, tile = {"longest_edge": 4 * side}, {"longest_edge": side}
    return made.SmolVLMProcessor(
        image_processor=made.SmolVLMImageProcessor(size=longest, max_image_size=tile, do_image_splitting=True),
        video_processor=made.SmolVLMVideoProcessor(size=tile, max_image_size=tile),
        tokenizer=tokenizer(_SMOLVLM_MARKS), image_seq_len=count, chat_template=chat_template("<image>"),
    )  # fmt: skip


def _qwen3_vl_config(name: str, *, small: bool) -> Any:
    import transformers as tf

    made: Any = tf
    text, seen = sizes.SMALL_QWEN3_VL if small else sizes.QWEN3_VL[name]
    tokens = tokenizer(_QWEN_MARKS)
    return made.Qwen3VLConfig(
        text_config={**text, **_ends(tokens)}, vision_config=seen, tie_word_embeddings=True,
        vision_start_token_id=token_id(tokens, _QWEN_MARKS[0]), vision_end_token_id=token_id(tokens, _QWEN_MARKS[1]),
        image_token_id=token_id(tokens, _QWEN_MARKS[2]), video_token_id=token_id(tokens, _QWEN_MARKS[3]),
    )  # fmt: skip


def _qwen3_vl_processor(*, small: bool) -> Any:
    import transformers as tf

    made: Any = tf
    return made.Qwen3VLProcessor(
        image_processor=made.Qwen2VLImageProcessor(
            patch_size=16, min_pixels=32**2, max_pixels=96**2 if small else 4096**2
        ),
        tokenizer=tokenizer(_QWEN_MARKS), video_processor=made.Qwen3VLVideoProcessor(patch_size=16),
        chat_template=chat_template("<|vision_start|><|image_pad|><|vision_end|>"),
    )  # fmt: skip


def _save_looker(name: str, model: Any, folder: Path, *, small: bool) -> None:
    """With no token that ends an answer: random weights would end it anywhere, and answers are to be equally long."""
    import transformers as tf

    smol = name in sizes.SMOLVLM
    processor = _smolvlm_processor(name, small=small) if smol else _qwen3_vl_processor(small=small)
    made: Any = tf
    model.generation_config = made.GenerationConfig(
        pad_token_id=token_id(processor.tokenizer, "<|endoftext|>"), eos_token_id=None
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


def chat_template(image: str) -> str:
    """That of a processor whose pictures are written as `image`."""
    return _CHAT.replace("IMAGE", image)


def tokenizer(extra: Sequence[str], words: Sequence[str] = WORDS, most: int = 800) -> Any:
    """Of a few hundred pieces, learnt from `words`: a text is some tokens longer by it than by a true one.

    extra: the special tokens of a family, beside those that begin, end and fill a text; most: pieces in all.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made: Any = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *extra]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        words, trainers.BpeTrainer(vocab_size=most, special_tokens=special, initial_alphabet=alphabet)
    )
    fast: Any = PreTrainedTokenizerFast
    ends = dict(zip(("pad_token", "bos_token", "eos_token"), special, strict=False))
    return fast(tokenizer_object=made, additional_special_tokens=list(extra), **ends)


def _ends(tokens: Any) -> dict[str, Any]:
    return {
        "bos_token_id": token_id(tokens, "<|im_start|>"),
        "eos_token_id": None,
        "pad_token_id": token_id(tokens, "<|endoftext|>"),
    }


def token_id(tokens: Any, token: str) -> int:
    """The number of a piece."""
    return int(tokens.convert_tokens_to_ids(token))
