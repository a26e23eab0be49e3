"""The table of `eval synth` on a hand-made match."""

import numpy as np
import pytest

from grounding.evaluate import (
    MatchScore,
    Question,
    answer_reliability,
    found_wrongly_denied,
    hit_reliability,
    mean_recall,
    nulls_right,
    of_sport,
    score_match,
    table,
)
from grounding.retrieve.search import Found
from grounding.types import Hit, Span, Track, Tube, VideoIndex, VideoInfo


def tube(start: int, end: int, left: float = 0.0) -> Tube:
    times = np.arange(start * 5, end * 5, dtype=np.float64) * 0.2
    return Tube(times, np.tile(np.array([left, 0, left + 10, 20], np.float32), (len(times), 1)))


def hit(rank: int, shown: Tube) -> Hit:
    return Hit(rank, "m.mp4", (rank,), shown.span, 0.9, "confirmed", "", shown)


def index(*tubes: Tube) -> VideoIndex:
    tracks = tuple(Track(i, "person", 0.9, t, (), {}, np.zeros((0, 3), np.float32)) for i, t in enumerate(tubes))
    picture = Track(99, "picture", 1.0, tube(0, 60), (), {}, np.zeros((0, 3), np.float32))
    info = VideoInfo("m.mp4", 640, 360, 60.0, 25.0, 0, has_audio=False, codec="h264")
    return VideoIndex(info, Span(0, 60), (), (*tracks, picture), "v")


@pytest.fixture
def score() -> MatchScore:
    answers = {
        "first is right": Found("found", (hit(1, tube(0, 10)),), 0.95),
        "second is right": Found("found", (hit(1, tube(30, 40)), hit(2, tube(0, 10))), 0.95),
        "denied": Found("nothing_good", (hit(1, tube(30, 40)),), 0.3),
        "no moment": Found("nothing_good", (), 0.0),
        "no moment, yet found": Found("found", (hit(1, tube(0, 10)),), 0.95),
    }
    questions = [
        Question("first is right", "number", (tube(0, 10), tube(50, 55))),
        Question("second is right", "number", (tube(0, 10),)),
        Question("denied", "spatial", (tube(0, 10),)),
        Question("no moment", "number", ()),
        Question("no moment, yet found", "number", ()),
    ]
    true = [tube(0, 10), tube(0, 10, left=500), tube(20, 30)]
    return score_match("m", index(tube(0, 10), tube(20, 25)), true, questions, lambda text: answers[text])


def test_recall_of_the_tracks_leaves_the_whole_picture_out(score: MatchScore) -> None:
    assert score.tube_recall == pytest.approx((1.0, 0.0, 0.5))
    assert mean_recall([score]) == pytest.approx(0.5)


def test_rows_by_kind_and_over_all(score: MatchScore) -> None:
    rows = {row.kind: row for row in table([score])}
    assert list(rows) == ["spatial", "number", "all"]
    assert (rows["number"].queries, rows["number"].r_at_1, rows["number"].r_at_5) == (2, 0.5, 1.0)
    assert rows["number"].m_viou == pytest.approx(0.5)
    assert (rows["spatial"].r_at_5, rows["spatial"].m_tiou) == (0.0, 0.0)
    assert rows["all"].queries == 3
    assert rows["all"].r_at_1 == pytest.approx(1 / 3)


def test_null_queries_are_counted_apart(score: MatchScore) -> None:
    assert nulls_right([score]) == (1, 2)
    assert found_wrongly_denied([score]) == (1, 3)


def test_what_was_said_to_be_likely_is_counted_with_what_was_right(score: MatchScore) -> None:
    expected = [[0.0, 0.0, 1], [0.3, 1.0, 1], [0.95, 2 / 3, 3]]
    assert np.array(answer_reliability([score])) == pytest.approx(np.array(expected))
    assert np.array(hit_reliability([score])) == pytest.approx(np.array([[0.9, 2 / 5, 5]]))
    assert of_sport([score], "m") == [score]
    assert of_sport([score], "football") == []
