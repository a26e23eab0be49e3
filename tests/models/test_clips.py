"""What the clips say of themselves is what is to be seen on them."""

from __future__ import annotations

import numpy as np
import pytest

from grounding.types import Span
from grounding.verify.looking.answers import read_answer
from grounding.verify.looking.marks import RED, placed
from tests.models.clips import Clip, make_clip
from tests.models.players import split
from tests.models.scenes import KINDS

KEPT = {(one.shirt, one.shorts) for one in split().apart}


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    return [make_clip(seed, apart=seed % 4 == 0) for seed in range(60)]


def test_a_seed_is_a_clip() -> None:
    first, again, other = make_clip(5), make_clip(5), make_clip(6)
    assert (first.prompt, first.answer, first.seen) == (again.prompt, again.answer, again.seen)
    assert all(np.array_equal(a, b) for a, b in zip(first.pictures, again.pictures, strict=True))
    assert (first.prompt, first.answer) != (other.prompt, other.answer)


def test_what_is_ordered_is_made() -> None:
    clip = make_clip(3, kind="ball", pictures=6, people=4)
    assert (clip.kind, len(clip.pictures), len(clip.seconds), len(clip.ids)) == ("ball", 6, 6, 4)
    assert "ball" in clip.question


def test_the_answer_is_the_only_true_one(clips: list[Clip]) -> None:
    """By who is seen with which number: one person fits, in all seconds of the answer and in no other."""
    for clip in clips:
        fitting = [
            (one.number, second)
            for second, seen in zip(clip.seconds, clip.seen, strict=True)
            for one in seen
            if one.number and all(getattr(one.player, field) == getattr(clip.wanted, field) for field in clip.asked)
        ]
        if clip.number is None:
            assert not fitting
            continue
        assert clip.span is not None
        held = [second for second in clip.seconds if clip.span.start <= second < clip.span.end]
        assert fitting == [(clip.number, second) for second in held]


def test_the_product_reads_the_answer_as_it_is_meant(clips: list[Clip]) -> None:
    for clip in clips:
        answer = read_answer(clip.answer, clip.ids, clip.length)
        assert not answer.problem
        named = [(choice.number, choice.span) for choice in answer.choices]
        assert named == ([] if clip.number is None else [(clip.number, clip.span)])
        assert clip.question in clip.prompt


def test_every_kind_and_nobody_at_all_are_asked_for(clips: list[Clip]) -> None:
    assert {clip.kind for clip in clips} == set(KINDS)
    nobody = sum(clip.number is None for clip in clips)
    assert 5 <= nobody <= 20
    assert any(clip.span and clip.span != Span(0.0, float(clip.length)) for clip in clips)


def test_kept_pairs_of_colours_are_worn_by_nobody_in_training(clips: list[Clip]) -> None:
    for seed, clip in enumerate(clips):
        worn = {(one.player.shirt, one.player.shorts) for seen in clip.seen for one in seen}
        if seed % 4:
            assert not worn & KEPT
        elif clip.number is not None:
            assert any(
                (one.player.shirt, one.player.shorts) in KEPT and one.number == clip.number
                for seen in clip.seen for one in seen
            )  # fmt: skip


def test_numbers_stand_where_the_product_draws_them(clips: list[Clip]) -> None:
    for clip in clips[:20]:
        assert_numbered(clip)


def assert_numbered(clip: Clip) -> None:
    """Each number of a clip is there, in red, where the product would draw it."""
    for picture, seen in zip(clip.pictures, clip.seen, strict=True):
        height, width = picture.shape[:2]
        for mark in placed({one.number: one.box for one in seen if one.number}, width, height):
            x1, y1, x2, y2 = mark.box
            assert (np.abs(picture[y1:y2, x1:x2].astype(int) - RED).sum(axis=2) < 60).sum() >= 5
