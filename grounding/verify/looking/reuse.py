"""What a local model need not do again for another question about the same pictures.

A moment is asked about several times: which number it is, and of each whether it is. The pictures come first in the
prompt and the words after, so what the processor made of the pictures serves for all of these, and so do the keys and
values that the model computed for everything up to the first token that differs.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Final

from grounding.types import Image

_OF_TOKENS: Final = ("input_ids", "attention_mask", "mm_token_type_ids", "token_type_ids")
"""Inputs that go with the tokens of a prompt; all others are of its pictures."""


class Reuse:
    """Of the last pictures alone, which it knows by identity: they may not be painted on in between.

    Keys and values are kept for models whose layers keep them whole, as those of Qwen-VL, Idefics and SmolVLM do; of
    others, only the pictures as the processor made them. They stay in the device's memory until other pictures come, or
    `forget` is called.

    Args:
        processor: of transformers; its image processor is asked once for all questions about the same pictures.
        image_token: id of the token that stands for pictures in the prompt, None where it is not known.

    used: whether the last question went on from keys and values of the one before.
    """

    def __init__(self, processor: Any, image_token: int | None) -> None:
        self._prepared = _Prepared(processor.image_processor)
        processor.image_processor = self._prepared
        self._image_token = image_token
        self._pictures: tuple[Image, ...] = ()
        self._tokens: list[int] = []
        self._cache: Any = None
        self.used = False

    def show(self, pictures: Sequence[Image]) -> None:
        """To be called before the processor is: from now on it is about these."""
        same = len(pictures) == len(self._pictures)
        if not same or any(one is not other for one, other in zip(pictures, self._pictures, strict=True)):
            self.forget()
            self._pictures = tuple(pictures)

    def forget(self) -> None:
        """Keeps nothing. To be called when an answer broke off, as what is kept is written on meanwhile."""
        self._pictures, self._tokens, self._cache, self._prepared.made = (), [], None, None

    def shortened(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """The inputs of `generate`, without what the model knows already."""
        cache = self._cache
        asked = inputs["input_ids"][0].tolist()
        # The last token is always given anew, since what comes after it is what is asked for.
        common = _common(self._tokens, asked[:-1])
        self.used = cache is not None and common > 0 and self._image_token not in asked[common:]
        if not self.used:
            return inputs
        cache.crop(common - cache.get_seq_length())
        return {name: value for name, value in inputs.items() if name in _OF_TOKENS} | {"past_key_values": cache}

    def keep(self, inputs: dict[str, Any], cache: Any) -> None:
        """Once a question is answered. cache: as `generate` gave it back; inputs: as they were given to `shortened`."""
        if self._image_token is not None and _is_whole(cache):
            self._tokens, self._cache = inputs["input_ids"][0].tolist(), cache


class _Prepared:
    """`processor`, an image processor, asked once. made: what it said, None where it is to be asked."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor
        self.made: Any = None

    def __call__(self, images: Any, **options: Any) -> Any:
        if self.made is None:
            self.made = self._processor(images, **options)
        return copy.copy(self.made)  # whoever asked takes parts out of it

    def __getattr__(self, name: str) -> Any:
        return getattr(self._processor, name)


def _is_whole(cache: Any) -> bool:
    """Whether it may be cut at any token: it has no layers that slide or sum up."""
    from transformers.cache_utils import DynamicCache, DynamicLayer

    return type(cache) is DynamicCache and all(type(layer) is DynamicLayer for layer in cache.layers)


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    length = min(len(one), len(other))
    return next((k for k in range(length) if one[k] != other[k]), length)
