"""Score boards of generated matches: varied, told in the truth, and laid over the same match."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grounding.synth.arena import FPS, HEIGHT, WIDTH, arena_of
from grounding.synth.match import Match
from grounding.synth.observe import board_of
from grounding.synth.truth import Truth, load_truth, save_truth

SECONDS = 40


@pytest.fixture(scope="module")
def matches() -> list[Match]:
    return [
        Match.make(arena_of(sport), seed, SECONDS * FPS, boards="varied")
        for sport in ("football", "basketball")
        for seed in (1, 2, 4, 5)
    ]


def test_a_varied_board_changes_nothing_but_its_own_part_of_the_picture() -> None:
    plain, varied = (Match.make(arena_of("football"), 7, 50, boards=boards) for boards in ("plain", "varied"))
    assert np.array_equal(plain.motion.pos, varied.motion.pos)
    pictures = [match.renderer.draw(20, match.takes[0].views[20], match.takes[0].style) for match in (plain, varied)]
    differ = (pictures[0] != pictures[1]).any(2)
    for match in (plain, varied):
        x1, y1, x2, y2 = match.renderer.board.box(20)
        assert differ[y1:y2, x1:x2].any()
        differ[y1:y2, x1:x2] = False
    assert not differ.any()


def test_boards_are_of_many_kinds(matches: list[Match]) -> None:
    looks = [match.renderer.board.look for match in matches]
    assert None not in looks
    assert len({look.layout for look in looks if look}) > 1
    assert len({(look.across, look.down) for look in looks if look}) > 2
    for match in matches:
        x1, y1, x2, y2 = match.renderer.board.box(0)
        assert 0 <= x1 < x2 <= WIDTH
        assert 0 <= y1 < y2 <= HEIGHT


def test_goals_change_the_board_and_the_clock_goes(matches: list[Match]) -> None:
    for match in matches:
        board = board_of(match.renderer.board, len(match.motion))
        assert len(board.seconds) == SECONDS
        first, last = board.seconds[0], board.seconds[-1]
        scored = match.motion.score[-1 - FPS // 2] - match.motion.score[FPS // 2]
        assert (last.home - first.home, last.away - first.away) == tuple(scored)
        steps = [b.clock - a.clock for a, b in zip(board.seconds, board.seconds[1:], strict=False)]
        usual = -1.0 if board.down else 1.0
        assert sum(abs(step - usual) < 0.05 for step in steps) > SECONDS / 2
        assert first.visible


def test_the_truth_tells_of_the_board(truth: Truth, tmp_path: Path) -> None:
    assert truth.board is not None
    assert len(truth.board.seconds) == round(truth.seconds)
    save_truth(truth, tmp_path / "again.json")
    assert load_truth(tmp_path / "again.json").board == truth.board
