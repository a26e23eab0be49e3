"""Who is believed: the table of `fusion` cell by cell."""

from __future__ import annotations

import pytest

from grounding.retrieve import parse, rank
from grounding.types import Span, Verdict, Verification
from grounding.verify.looking.fusion import best_of, fused
from grounding.verify.looking.verifier import Look
from tests.grounding.verify.looking.conftest import PLAYERS
from tests.grounding.verify.looking.drawn import candidate

LOOSE = parse("somebody juggling in red")
SPRINT = parse("red sprinting")
WHO = parse("red")
MODEL = "seer-2b (prompt 1)"

YES = Look("confirmed", 0.9, Span(4, 7), "this is it (90 % sure)")
MAYBE = Look("unsure", 0.4, None, "this is the likeliest one, but 40 % sure only")
NONE = Look("rejected", 0.1, None, "none of those seen here is it")
ANOTHER = Look("rejected", 0.1, None, "another one of this moment is it", other=True)
SILENT = Look("unchecked", 0.5, None, "not checked: the model server does not answer")


def measured(verdict: Verdict, score: float = 0.6, span: Span | None = None) -> Verification:
    return Verification(verdict, score, span or Span(3, 6), "Red shirt throughout.")


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        (YES, ["confirmed", "confirmed", "unsure", "confirmed"]),
        (MAYBE, ["confirmed", "unsure", "rejected", "unsure"]),
        (NONE, ["unsure", "rejected", "rejected", "rejected"]),
        (ANOTHER, ["rejected", "rejected", "rejected", "rejected"]),
        (SILENT, ["confirmed", "unchecked", "rejected", "unchecked"]),
    ],
)
def test_verdicts(look: Look, expected: list[Verdict]) -> None:
    before: list[Verdict] = ["confirmed", "unsure", "rejected", "unchecked"]
    assert [fused(SPRINT, measured(verdict), look, MODEL).verdict for verdict in before] == expected


@pytest.mark.parametrize(
    ("look", "expected"),
    [(YES, "confirmed"), (MAYBE, "unsure"), (NONE, "rejected"), (ANOTHER, "rejected"), (SILENT, "confirmed")],
)
def test_a_red_shirt_does_not_make_a_juggler(look: Look, expected: Verdict) -> None:
    assert fused(LOOSE, measured("confirmed"), look, MODEL).verdict == expected


def test_the_reason_says_who_said_what() -> None:
    assert fused(LOOSE, measured("unsure"), YES, MODEL).reason == (
        "Measured: red shirt throughout. Seen by seer-2b (prompt 1): this is it (90 % sure)."
    )
    assert fused(LOOSE, measured("unsure"), SILENT, MODEL).reason == (
        "Red shirt throughout. By seer-2b (prompt 1): not checked: the model server does not answer."
    )


def test_the_score_lies_between_both_and_agreement_counts() -> None:
    high = fused(LOOSE, measured("unsure", 0.6), YES, MODEL).score
    assert 0.6 < high < 0.9
    assert fused(LOOSE, measured("unsure", 0.8), YES, MODEL).score > high
    assert fused(LOOSE, measured("unsure", 0.6), NONE, MODEL).score < 0.5
    assert fused(LOOSE, measured("unsure", 0.6), SILENT, MODEL).score == 0.6
    assert fused(LOOSE, measured("unsure", 0.5), Look("confirmed", 0.5, None, "x"), MODEL).score == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("query", "look", "expected"),
    [
        (LOOSE, YES, Span(4, 7)),  # what nobody measured: the model's
        (SPRINT, YES, Span(4, 6)),  # what was measured to the second: what both name
        (WHO, YES, Span(3, 6)),  # who it is holds throughout
        (SPRINT, Look("confirmed", 0.9, Span(8, 9), "x"), Span(3, 6)),
        (LOOSE, Look("confirmed", 0.9, None, "x"), Span(3, 6)),
        (LOOSE, Look("rejected", 0.1, Span(4, 7), "x"), Span(3, 6)),
    ],
)
def test_spans(query: object, look: Look, expected: Span) -> None:
    assert fused(query, measured("confirmed"), look, MODEL).span == expected  # type: ignore[arg-type]


def test_another_of_the_moment_rises_and_both_are_shown() -> None:
    first, second = candidate(1, PLAYERS[0], 3, 6), candidate(2, PLAYERS[1], 3, 6)
    before = [measured("unsure", 0.7), measured("unsure", 0.5)]
    ranked = rank(LOOSE, list(zip([first, second], before, strict=True)))
    assert [hit.place for hit in ranked.hits] == [0, 1]
    after = [fused(LOOSE, before[0], ANOTHER, MODEL), fused(LOOSE, before[1], YES, MODEL)]
    ranked = rank(LOOSE, list(zip([first, second], after, strict=True)))
    assert [(hit.place, hit.verdict) for hit in ranked.hits] == [(1, "confirmed"), (0, "rejected")]


def test_the_best_are_those_measured_best() -> None:
    judged = [measured("rejected", 0.9), measured("unsure", 0.3), measured("confirmed", 0.2), measured("unsure", 0.8)]
    assert best_of(judged, 3) == [2, 3, 1]
    assert best_of(judged) == [2, 3, 1, 0]
