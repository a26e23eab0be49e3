import numpy as np
import pytest

from grounding.retrieve import candidates, parse
from grounding.retrieve.score import measured, score_second
from grounding.retrieve.sequence import MAX_PAUSE, best_sequence
from grounding.types import Predicate, Query, Span
from grounding.verify import PredicateVerifier
from tests.grounding.retrieve.made import RED_10, during, rows, tube

RUNS_THEN_JUMPS = Query(
    "red runs then jumps",
    (
        Predicate("shirt_colour", "red", ("shirt_colour:red",)),
        Predicate("motion", "running", ("motion:running", "motion:sprinting")),
        Predicate("action", "jumping", ("action:jumping",), step=1),
    ),
)


def gains(*texts: str) -> list[np.ndarray]:
    """One character a second: # holds, . does not."""
    return [np.array([0.5 if char == "#" else -0.4 for char in text]) for text in texts]


@pytest.mark.parametrize(
    ("first", "then", "runs"),
    [
        ("..###....", ".....##..", [(2, 5), (5, 7)]),
        ("..###....", "##....#..", [(2, 5), (6, 7)]),
        ("..#......", "..#......", [(2, 3), (2, 3)]),
        ("##....##.", "...#....#", [(6, 8), (8, 9)]),
        ("#", "#", [(0, 1), (0, 1)]),
    ],
)
def test_one_run_follows_the_other(first: str, then: str, runs: list[tuple[int, int]]) -> None:
    found, total = best_sequence(gains(first, then))
    assert found == runs
    assert total > 0


def test_a_long_pause_is_no_then() -> None:
    near = best_sequence(gains("#" + "." * 20, "." * (1 + MAX_PAUSE) + "#" + "." * (19 - MAX_PAUSE)))
    far = best_sequence(gains("#" + "." * 20, "." * (2 + MAX_PAUSE) + "#" + "." * (18 - MAX_PAUSE)))
    assert near[1] > 0.5 > far[1]


def test_steps_are_cut_from_the_first_to_the_last() -> None:
    moments = during(RED_10, {"motion:running": (10, 14), "action:jumping": (15, 16)})
    found = candidates(RUNS_THEN_JUMPS, rows(1, range(40), moments), {("a.mp4", 1): tube(0, 40)})
    assert found[0].span == Span(10, 16)
    judged = PredicateVerifier().judge(RUNS_THEN_JUMPS, found[0])
    assert judged.verdict == "confirmed"
    assert judged.span == Span(10, 16)
    assert "first running from 0:10 to 0:14; then jumping from 0:15 to 0:16" in judged.reason


def test_the_wrong_order_is_worse_and_rejected() -> None:
    right = during(RED_10, {"motion:running": (10, 14), "action:jumping": (14, 15)})
    wrong = during(RED_10, {"motion:running": (20, 24), "action:jumping": (9, 10)})
    found = candidates(
        RUNS_THEN_JUMPS,
        rows(1, range(40), wrong) + rows(2, range(40), right),
        {("a.mp4", 1): tube(0, 40), ("a.mp4", 2): tube(0, 40, x=600)},
    )
    assert found[0].track_ids == (2,)
    others = [candidate for candidate in found if candidate.track_ids == (1,)]
    assert others
    assert all(candidate.score < 0.5 * found[0].score for candidate in others)
    assert {PredicateVerifier().judge(RUNS_THEN_JUMPS, one).verdict for one in others} == {"rejected"}


def test_a_second_of_either_step_is_worth_looking_at() -> None:
    running = score_second(RUNS_THEN_JUMPS, {**RED_10, "motion:running": 0.9}, 0.0)
    jumping = score_second(RUNS_THEN_JUMPS, {**RED_10, "action:jumping": 0.9}, 0.0)
    assert running == pytest.approx(jumping, abs=0.1)
    assert running > 0.8 > 0.3 > score_second(RUNS_THEN_JUMPS, RED_10, 0.0)


def test_a_track_of_one_second_is_no_error() -> None:
    assert measured(parse("red"))
    found = candidates(RUNS_THEN_JUMPS, rows(1, range(1), lambda _: RED_10), {("a.mp4", 1): tube(0, 1)})
    assert PredicateVerifier().judge(RUNS_THEN_JUMPS, found[0]).verdict == "rejected"
