from __future__ import annotations

import numpy as np

from grounding.types import Candidate, Span, Tube
from grounding.verify.looking.groups import MARGIN, MOST_MEMBERS, MOST_SECONDS, grouped, shown_seconds


def found(track: int, start: float, end: float, video: str = "a.mp4") -> Candidate:
    tube = Tube(np.array([start, end - 0.2]), np.zeros((2, 4), np.float32))
    return Candidate(video, (track,), Span(start, end), tube, (), 0.5)


def test_what_overlaps_in_one_video_is_asked_together() -> None:
    groups = grouped(
        [found(5, 10, 14), found(2, 12, 18), found(3, 30, 34), found(4, 12, 18, "b.mp4"), found(1, 14, 15)]
    )
    assert [group.members for group in groups] == [(4, 1, 0), (2,), (3,)]
    assert [group.video for group in groups] == ["a.mp4", "a.mp4", "b.mp4"]
    assert groups[0].ids == (1, 2, 3)
    assert groups[0].seconds == tuple(range(10 - MARGIN, 18 + MARGIN))


def test_one_person_never_has_two_numbers() -> None:
    assert len(grouped([found(1, 10, 14), found(1, 12, 18)])) == 2


def test_no_more_than_can_be_told_apart() -> None:
    groups = grouped([found(track, 10, 14) for track in range(1, 16)])
    assert [len(group.members) for group in groups] == [MOST_MEMBERS, MOST_MEMBERS, 15 - 2 * MOST_MEMBERS]
    assert sorted(i for group in groups for i in group.members) == list(range(15))


def test_no_longer_than_can_be_shown_second_by_second() -> None:
    chain = [found(k, 8 * k, 8 * k + 10) for k in range(1, 8)]
    for group in grouped(chain):
        assert len(group.seconds) <= MOST_SECONDS
        assert np.all(np.diff(group.seconds) == 1)


def test_a_long_one_is_shown_with_seconds_left_out() -> None:
    (group,) = grouped([found(1, 10, 100)])
    assert len(group.seconds) <= MOST_SECONDS
    assert len(set(np.diff(group.seconds))) == 1
    assert shown_seconds(0, 48, 24) == tuple(range(0, 48, 2))


def test_the_question_s_numbers_mark_nobody() -> None:
    (group,) = grouped([found(1, 10, 14), found(2, 10, 14), found(3, 10, 14)], "number 2 in red passes to 3")
    assert group.ids == (1, 4, 5)


def test_seconds_do_not_begin_before_the_film() -> None:
    assert grouped([found(1, 0.4, 2)])[0].seconds[0] == 0
    assert grouped([]) == []
