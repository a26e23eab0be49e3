"""Questions, targets and true moments: of matches, of public sets, of what reviewers said."""

from __future__ import annotations

import numpy as np
import pytest

from grounding.data import Sample, Target
from grounding.geometry import intersect
from grounding.retrieve import parse
from grounding.synth import Answer, Query, TrueTube, Truth
from grounding.tuning.clips import Counts, clips
from grounding.tuning.sources import OTHERS, WIDER, of_match, of_reviewer, of_samples
from grounding.tuning.worth import total, worth
from grounding.types import Candidate, Span
from tests.grounding.tuning.made import Still, tube


@pytest.fixture(scope="module")
def truth() -> Truth:
    """Five people in one shot and two in the next, and questions that each of them answers for a while."""
    stays = [(0, 30, 0)] * 5 + [(30, 60, 1)] * 2
    tubes = tuple(
        TrueTube(k, k, shot, tube(start, end, 110.0 * k), np.ones(1, np.float32), np.ones(1, np.float32), {})
        for k, (start, end, shot) in enumerate(stays)
    )
    random = np.random.default_rng(0)
    queries = [Query(f"nobody {k}", "spatial", (), (), answerable=False) for k in range(3)]
    for k in range(21):
        one = tubes[k % len(tubes)]
        start = one.span.start + float(random.integers(3, 18))
        span = Span(start, start + float(random.integers(2, 8)))
        queries.append(Query(f"number {k}", "number", (), (Answer(one.player, one.id, span, one.cut(span)),)))
    return Truth("football", 3, 60.0, "m.mp4", 1280, 720, 25.0, (), (), (), tubes, None, (), tuple(queries))


def test_of_a_match(truth: Truth) -> None:
    asked = list(of_match(truth, truth.queries, 0))
    assert [one.query.text for one in asked] == [one.text for one in truth.queries]
    by_id = {one.id: one for one in truth.tubes}
    margins = set()
    for one, query in zip(asked, truth.queries, strict=True):
        assert 1 <= len(one.candidates) <= 1 + OTHERS
        tracks = [by_id[candidate.track_ids[0]] for candidate in one.candidates]
        assert len({track.id for track in tracks}) == len(tracks)
        assert len({track.shot for track in tracks}) == 1
        for candidate, track in zip(one.candidates, tracks, strict=True):
            assert intersect(candidate.span, track.span) == candidate.span
        if query.answers:
            moment, home = query.answers[0], one.candidates[0]
            assert home.track_ids == (moment.tube_id,)
            assert intersect(home.span, moment.span) == moment.span
            margins.add(round(moment.span.start - home.span.start, 1))
    assert len(margins) > 10  # where a moment begins in its clip cannot be guessed
    again = list(of_match(truth, truth.queries, 0))
    assert [[c.span for c in one.candidates] for one in asked] == [[c.span for c in one.candidates] for one in again]


def test_clips_of_a_match_can_be_answered(truth: Truth) -> None:
    counts = Counts()
    found = [one for one, _ in clips(of_match(truth, truth.queries, 0), Still(), counts)]
    assert counts.made == len(found) >= 21
    assert all((one.right in one.ids) if one.true else one.right is None for one in found)
    assert {one.right for one in found} >= {1, 2, 3}  # numbers do not tell who it is
    assert all(total(worth(one.answer, one)) > 1.2 for one in found)


def test_of_a_public_set() -> None:
    samples = [
        Sample("1", "a", 25.0, (Target(Span(4, 9), tube(4, 9, 100.0), 7),), "the one in red"),
        Sample("2", "a", 25.0, (Target(Span(5, 20), tube(5, 20, 300.0), 8),), "the one in blue"),
        Sample("3", "b", 25.0, (Target(Span(5, 20), tube(5, 20, 500.0), 9),), "somebody else"),
        Sample("4", "a", 25.0, (Target(Span(1, 3), tube(1, 3, 500.0), None),)),
    ]
    asked = list(of_samples(samples))
    assert [one.query.text for one in asked] == ["the one in red", "the one in blue", "somebody else"]
    assert [sorted(c.track_ids[0] for c in one.candidates) for one in asked] == [[7, 8], [7, 8], [9]]
    span = asked[0].candidates[0].span
    assert 4 - WIDER <= span.start <= 4
    assert 9 <= span.end <= 9 + WIDER
    one = next(iter(clips(asked, Still(), Counts())))[0]
    assert one.right == one.ids[0]


@pytest.mark.parametrize(("judgement", "answers"), [("right", 1), ("corrected", 1), ("wrong", 0)])
def test_of_a_reviewer(judgement: str, answers: int) -> None:
    candidate = Candidate("a", (3,), Span(10, 15), tube(5, 30), [], 0.5)
    asked = of_reviewer(parse("player in red"), candidate, judgement, Span(12, 14))  # type: ignore[arg-type]
    assert asked is not None
    assert len(asked.true) == answers
    assert asked.candidates == [candidate]
    if answers:
        assert (asked.true[0].span.start, asked.true[0].span.end) == pytest.approx((12.0, 14.0))
        assert np.array_equal(asked.true[0].boxes, candidate.tube.boxes[35:45])


def test_of_a_reviewer_who_names_a_time_without_boxes() -> None:
    candidate = Candidate("a", (3,), Span(10, 15), tube(5, 30), [], 0.5)
    assert of_reviewer(parse("player in red"), candidate, "corrected", Span(40, 44)) is None
