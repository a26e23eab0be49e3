"""Clips of `clips` as a verifier is trained on: with tubes and the true moment, from which a reward is worked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from grounding.tuning.examples import Example, save
from grounding.types import Image, Tube
from tests.models.clips import Clip, make_clip

RATE = 5


def example_of(clip: Clip, name: str) -> Example:
    """A box holds for its picture's second, and for those left out until the next picture."""
    tubes = {number: _tube(clip, number, None) for number in clip.ids}
    true: tuple[Tube, ...] = ()
    if clip.number is not None and clip.span is not None:
        true = (_tube(clip, clip.number, (clip.span.start, clip.span.end)),)
    return Example(
        name=name, question=clip.question, ids=clip.ids, seconds=clip.seconds, pictures=(), tubes=tubes, true=true,
        kind=clip.kind, group=name,
    )  # fmt: skip


def _tube(clip: Clip, number: int, span: tuple[float, float] | None) -> Tube:
    step = clip.seconds[1] - clip.seconds[0] if len(clip.seconds) > 1 else 1
    times, boxes = [], []
    for second, seen in zip(clip.seconds, clip.seen, strict=True):
        for one in seen:
            if one.number == number:
                held = [t for k in range(RATE * step) if (t := second + k / RATE) < clip.length]
                held = [t for t in held if span is None or span[0] <= t < span[1]]
                times += held
                boxes += [one.box] * len(held)
    return Tube(np.array(times), np.array(boxes, np.float32).reshape(-1, 4), 1 / RATE)


def write(
    folder: Path, seeds: Iterable[int], *, people: int | None = None, pictures: int | None = None
) -> list[Example]:
    """The clips of these seeds as a folder to train or to judge on."""

    def made() -> Iterator[tuple[Example, tuple[Image, ...]]]:
        for seed in seeds:
            clip = make_clip(seed, people=people, pictures=pictures)
            yield example_of(clip, f"clip-{seed:06d}"), clip.pictures

    return save(folder, made())
