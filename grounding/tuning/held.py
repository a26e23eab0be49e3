"""How a model answers clips that it is not trained on: greedily, as the product lets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from grounding.rl.rewards import Parts, RewardName
from grounding.tuning.examples import Example
from grounding.tuning.worth import total, worth
from grounding.verify.looking.local import messages_of


@dataclass(frozen=True, slots=True)
class Mark:
    """Means over clips: of the reward, and of its parts."""

    clips: int
    reward: float
    t_iou: float
    v_iou: float
    right: float
    form: float


def marks_of(parts: Sequence[Parts], reward: RewardName) -> Mark:
    """ValueError where there are none."""
    if not parts:
        raise ValueError("there are no clips to mark")
    means = {name.name: float(np.mean([getattr(one, name.name) for one in parts])) for name in fields(Parts)}
    means.pop("s_iou")
    return Mark(len(parts), float(np.mean([total(one, reward) for one in parts])), **means)


def by_kind(examples: Sequence[Example], parts: Sequence[Parts], reward: RewardName) -> dict[str, dict[str, float]]:
    """The mark of each kind of question, of the clips that nothing answers ("none"), and of all."""
    kinds: dict[str, list[Parts]] = {}
    for one, got in zip(examples, parts, strict=True):
        kinds.setdefault((one.kind or "other") if one.true else "none", []).append(got)
    table = {kind: marks_of(kinds[kind], reward) for kind in sorted(kinds)}
    return {kind: asdict(mark) for kind, mark in {**table, "all": marks_of(parts, reward)}.items()}


def answered(
    model: Any, processor: Any, examples: Sequence[Example], reward: RewardName, *, tokens: int, at_once: int
) -> list[Parts]:
    """What a model in training answers, as worth. Its state of training stays as it is, and so do random numbers."""
    found: list[Parts] = []
    for start in range(0, len(examples), at_once):
        part = examples[start : start + at_once]
        texts = _texts(model, processor, part, tokens)
        found += [worth(text, one, reward) for text, one in zip(texts, part, strict=True)]
    return found


def _texts(model: Any, processor: Any, examples: Sequence[Example], tokens: int) -> list[str]:
    import torch
    from PIL import Image

    asked = [messages_of([Image.open(path).convert("RGB") for path in one.pictures], one.prompt) for one in examples]
    inputs = processor.apply_chat_template(
        asked, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt",
        processor_kwargs={"padding": True, "padding_side": "left"},
    ).to(model.device)  # fmt: skip
    inputs = {
        name: value.to(model.dtype) if name.startswith("pixel_values") else value for name, value in inputs.items()
    }
    was = model.training
    model.eval()
    with torch.no_grad():
        made = model.generate(
            **inputs, max_new_tokens=tokens, do_sample=False, temperature=None, top_p=None, top_k=None, use_cache=True,
            pad_token_id=processor.tokenizer.pad_token_id,
        )  # fmt: skip
    model.train(was)
    said = made[:, inputs["input_ids"].shape[1] :]
    return [str(text) for text in processor.tokenizer.batch_decode(said, skip_special_tokens=True)]
