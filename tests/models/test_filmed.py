"""Clips of generated matches say of themselves what is to be seen on them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grounding.verify.looking.answers import read_answer
from tests.models.clips import Clip, Seen
from tests.models.filmed import Picture, clip_of, film, films
from tests.models.players import Player
from tests.models.questions import NOBODY, answer, fits
from tests.models.scenes import kits
from tests.models.test_clips import assert_numbered

SEED = 3001


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    made = film("basketball", SEED, 8)
    assert len(made) == 8
    return made


@pytest.fixture(scope="module")
def clips(pictures: list[Picture]) -> list[Clip]:
    found = [clip_of(pictures, seed, 1 + seed % 3) for seed in range(60)]
    return [one for one in found if one is not None]


def test_the_answer_is_true_of_what_is_seen(clips: list[Clip]) -> None:
    assert len(clips) > 20
    several = 0
    for clip in clips:
        read = read_answer(clip.answer, clip.ids, clip.length)
        assert not read.problem
        said = {choice.number: choice.span for choice in read.choices}
        wanted = clip.wanted, clip.asked
        seen = {
            one.number: [k for k, people in enumerate(clip.seen) for other in people
                         if other.number == one.number and fits(other.player, wanted)]
            for people in clip.seen for one in people if one.number is not None
        }  # fmt: skip
        assert set(said) == {number for number, rows in seen.items() if rows}
        for number, span in said.items():
            assert span is not None
            assert (span.start, span.end - 1) == (seen[number][0], seen[number][-1])
        several += len(said) > 1
    assert several > 0


def test_numbers_stand_beside_people(clips: list[Clip]) -> None:
    for clip in clips[:10]:
        assert_numbered(clip)


def test_colours_that_are_kept_back_are_not_worn(clips: list[Clip]) -> None:
    worn = {one.player[:2] for clip in clips for seen in clip.seen for one in seen}
    assert not worn & set(kits(apart=True))


def test_matches_are_drawn_once(tmp_path: Path) -> None:
    first = films(tmp_path, range(SEED, SEED + 1), 2)
    (kept,) = tmp_path.iterdir()
    before = kept.stat().st_mtime_ns
    assert films(tmp_path, range(SEED, SEED + 1), 2) == first
    assert kept.stat().st_mtime_ns == before
    assert len({one.shot for one in first}) >= 1


def somebody(number: int | None, shirt: str, pose: str = "standing") -> Seen:
    return Seen(Player(shirt, "white", 7, pose, ball=False), number, (0.0, 0.0, 1.0, 1.0))


RED_ONE = (Player("red", "white", 7, "standing", ball=False), frozenset({"shirt"}))
RUNNING = (Player("red", "white", 7, "running", ball=False), frozenset({"shirt", "pose"}))


@pytest.mark.parametrize(
    ("seen", "wanted", "said"),
    [
        ([[somebody(1, "red"), somebody(2, "blue")]], RED_ONE, [{"id": 1, "start": 0, "end": 0}]),
        ([[somebody(None, "red"), somebody(2, "blue")]], RED_ONE, []),
        ([[somebody(1, "red"), somebody(3, "red")]] * 2, RED_ONE, [
            {"id": 1, "start": 0, "end": 2}, {"id": 3, "start": 0, "end": 2}]),
        ([[somebody(1, "red")], [], [somebody(1, "red")]], RED_ONE, None),
        ([[somebody(1, "red", "walking")]], RUNNING, None),
        ([[somebody(1, "red", "running"), somebody(2, "blue", "walking")]], RUNNING, [
            {"id": 1, "start": 0, "end": 0}]),
    ],
    ids=["one", "nobody with a number", "several", "two stretches", "not to be told", "told of the others"],
)  # fmt: skip
def test_answers(
    seen: list[list[Seen]], wanted: tuple[Player, frozenset[str]], said: list[dict[str, int]] | None
) -> None:
    text = answer(seen, (0, 2, 4), wanted)
    if said is None:
        assert text is None
        return
    assert text is not None
    told = [] if text == NOBODY else json.loads(text)
    assert (told if isinstance(told, list) else [told]) == said
