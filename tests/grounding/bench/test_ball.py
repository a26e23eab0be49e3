"""The counts of `bench ball` on a hand-made match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from grounding.bench.ball import BallScore, Counts, score_ball
from grounding.errors import BadInputError
from grounding.synth.truth import Event, Possession, TrueTube, Truth
from grounding.types import Observation, Span, Track, Tube, VideoIndex, VideoInfo

NEAR, HAS, KICKS = "relation:near ball", "relation:has ball", "relation:kicks ball"


def tube(start: float, end: float, left: float, size: tuple[float, float] = (40, 100)) -> Tube:
    times = np.arange(round(5 * start), round(5 * end)) / 5
    return Tube(times, np.tile(np.array([left, 0, left + size[0], size[1]], np.float32), (len(times), 1)))


def truth() -> Truth:
    """Two players stand for 4 s; 0 has the ball until he passes at 1.9 s, 1 has it from 2.6 s; it is hidden in 3..4."""
    nothing, near = frozenset[str](), frozenset({NEAR})
    seen, digits = np.ones(20, np.float32), np.zeros(20, np.float32)
    tubes = (
        TrueTube(0, 0, 0, tube(0, 4, 100), seen, digits, {0: near, 1: near, 2: nothing, 3: nothing}),
        TrueTube(1, 1, 0, tube(0, 4, 500), seen, digits, {0: nothing, 1: nothing, 2: nothing, 3: near}),
    )
    return Truth(
        sport="football", seed=1, seconds=4, video="m.mp4", width=640, height=360, fps=25, teams=(), players=(),
        shots=(), tubes=tubes, ball=tube(0, 4, 200, (14, 14)), events=(Event("pass", 0, 1.9, 2.6),), queries=(),
        ball_visible=np.repeat(np.array([1.0, 0.0], np.float32), [15, 5]),
        possession=(Possession(0, 0.0, 1.9), Possession(1, 2.6, 4.0)),
    )  # fmt: skip


def track(key: int, label: str, shown: Tube, terms: Mapping[int, Mapping[str, float]] | None = None) -> Track:
    rows = tuple(Observation(s, (0, 0, 1, 1), row, "") for s, row in (terms or {}).items())
    return Track(key, label, 0.9, shown, rows, {}, np.zeros((len(rows), 3), np.float32))


def score(*tracks: Track, of: Truth | None = None) -> BallScore:
    info = VideoInfo("m.mp4", 640, 360, 4.0, 25.0, 0, has_audio=False, codec="h264")
    return score_ball(VideoIndex(info, Span(0, 4), (), tracks, "v"), of or truth())


def test_the_ball_counts_by_the_time() -> None:
    right, wrong = (
        track(0, "sports ball", tube(0, 2, 210, (14, 14))),
        track(1, "sports ball", tube(2, 4, 230, (14, 14))),
    )
    found = score(right, wrong).ball
    assert found == Counts(said=20, right=10, true=15, told=10)
    assert found.precision == 0.5
    assert found.recall == pytest.approx(2 / 3)


def test_relations_count_by_the_player_second() -> None:
    first = {0: {NEAR: 0.9, HAS: 0.9}, 1: {NEAR: 0.4, HAS: 0.6, KICKS: 0.8}, 2: {NEAR: 0.9, KICKS: 0.9}, 3: {}}
    second = {0: {HAS: 0.7}, 3: {HAS: 1.0}}
    nobody = {1: {NEAR: 1.0}}
    found = score(
        track(0, "person", tube(0, 4, 102), first), track(1, "person", tube(0, 4, 500), second),
        track(2, "person", tube(0, 4, 300), nobody),
    ).relations  # fmt: skip
    assert found["near ball"] == Counts(said=3, right=1, true=3, told=1)
    assert found["has ball"] == Counts(said=4, right=3, true=3, told=3)
    # The kick at 1.9 s may be told of second 2, which begins 0.1 s later; it is one kick.
    assert found["kicks ball"] == Counts(said=2, right=2, true=1, told=1)


def test_nothing_said_has_no_precision_and_sums_add_up() -> None:
    empty = score()
    assert np.isnan(empty.ball.precision)
    assert empty.ball.recall == 0
    both = empty + score(track(0, "sports ball", tube(0, 4, 200, (14, 14))))
    assert both.ball == Counts(said=20, right=20, true=30, told=15)
    assert both.relations["has ball"].true == 6


def test_in_basketball_nobody_kicks() -> None:
    kicker = track(0, "person", tube(0, 4, 100), {1: {KICKS: 1.0}})
    assert score(kicker, of=replace(truth(), sport="basketball")).relations["kicks ball"] == Counts(said=1)


def test_truth_that_does_not_tell_is_refused() -> None:
    with pytest.raises(BadInputError, match="render the match again"):
        score(of=replace(truth(), possession=None))
