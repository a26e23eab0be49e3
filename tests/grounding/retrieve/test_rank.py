from collections.abc import Sequence

import numpy as np
import pytest

from grounding.retrieve import candidates, parse, rank
from grounding.retrieve.search import rows_of, search
from grounding.types import Candidate, Evidence, Hit, Query, Span, Verdict, Verification
from grounding.verify import PredicateVerifier
from tests.grounding.retrieve.made import BLUE_4, RED_10, during, index, track, tube


def candidate(track_id: int, score: float, like: Sequence[float] = (0.0, 0.0)) -> Candidate:
    evidence = [Evidence(s, RED_10, value) for s, value in enumerate(like)]
    return Candidate("a.mp4", (track_id,), Span(0, 2), tube(0, 2), evidence, score)


def judged(verdict: Verdict, score: float) -> Verification:
    return Verification(verdict, score, Span(0, 1), "Because.")


def test_confirmed_first_rejected_last_none_removed() -> None:
    items = [
        (candidate(1, 0.9), judged("rejected", 0.9)),
        (candidate(2, 0.9), None),
        (candidate(3, 0.9), judged("unsure", 0.6)),
        (candidate(4, 0.9), judged("confirmed", 0.4)),
        (candidate(5, 0.9), judged("confirmed", 0.5)),
    ]
    answer, hits, _ = rank(parse("red"), items)
    assert answer == "found"
    assert [hit.track_ids[0] for hit in hits] == [5, 4, 3, 2, 1]
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert [hit.verdict for hit in hits] == ["confirmed", "confirmed", "unsure", "unchecked", "rejected"]


def test_the_tube_is_cut_to_the_verified_span() -> None:
    _, hits, _ = rank(parse("red"), [(candidate(1, 0.9), judged("confirmed", 0.9))])
    assert hits[0].span == Span(0, 1)
    assert hits[0].tube.times.tolist() == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8])


def test_nothing_good() -> None:
    assert rank(parse("red"), []) == ("nothing_good", [], 0.0)
    assert rank(parse("red"), [(candidate(1, 0.9), judged("rejected", 0.9))])[0] == "nothing_good"
    assert rank(parse("red"), [(candidate(1, 0.9), judged("unsure", 0.2))])[0] == "nothing_good"
    assert rank(parse("red"), [(candidate(k, 0.9), judged("confirmed", 0.95)) for k in range(5)])[0] == "found"
    assert rank(parse("red"), [(candidate(1, 0.9), None)])[0] == "found"


def test_a_colour_that_nobody_wears_is_not_found() -> None:
    assert rank(parse("green"), [(candidate(1, 0.9), judged("unsure", 0.6))])[0] == "nothing_good"


def test_words_alone_must_stand_out() -> None:
    query = Query("bubbles", (), "bubbles", np.array([1.0], np.float32))
    flat = [(candidate(k, 0.5, [0.46] * 4), None) for k in range(4)]
    assert rank(query, flat)[0] == "nothing_good"
    assert rank(query, [*flat, (candidate(9, 0.9, [0.8, 0.8]), None)])[0] == "found"
    low = [(candidate(k, 0.5, [0.1] * 4), None) for k in range(4)]
    assert rank(query, [*low, (candidate(9, 0.9, [0.3]), None)])[0] == "nothing_good"


def test_people_alone_do_not_answer_what_else_was_asked() -> None:
    query = parse("a person riding a bicycle")
    flat = [(candidate(k, 0.5, [0.4] * 4), judged("unsure", 0.6)) for k in range(4)]
    assert rank(query, flat)[0] == "nothing_good"
    assert rank(query, [*flat, (candidate(9, 0.9, [0.8, 0.8]), judged("unsure", 0.6))])[0] == "found"


MATCH = index(
    track(1, tube(0, 30), during(RED_10, {"motion:sprinting": (12, 16), "direction:left": (10, 20)})),
    track(2, tube(0, 30, x=600), during(BLUE_4, {"motion:sprinting": (20, 26), "direction:right": (20, 30)})),
)


def ask(text: str) -> tuple[str, tuple[Hit, ...]]:
    found = search([MATCH], parse(text), verifier=PredicateVerifier())
    return found.answer, found.hits


def test_search_finds_the_moment() -> None:
    answer, hits = ask("number 10 in red sprinting to the left")
    assert (answer, hits[0].track_ids, hits[0].span, hits[0].verdict) == ("found", (1,), Span(12, 16), "confirmed")
    answer, hits = ask("blue sprinting")
    assert (answer, hits[0].track_ids, hits[0].span) == ("found", (2,), Span(20, 26))


@pytest.mark.parametrize("text", ["number 99", "green shirt", "blue 10", "someone lying on the ground", "crowd"])
def test_search_says_when_nothing_is_good_and_still_shows_the_nearest(text: str) -> None:
    answer, hits = ask(text)
    assert answer == "nothing_good"
    assert hits


def test_search_without_a_verifier_leaves_hits_unchecked() -> None:
    found = search([MATCH], parse("red"), verifier=None, top=1)
    assert (len(found.hits), found.hits[0].verdict, found.hits[0].reason) == (1, "unchecked", "Not checked yet.")


def test_search_over_no_video() -> None:
    assert search([], parse("red"), verifier=PredicateVerifier()).answer == "nothing_good"


def test_vectors_of_another_model_are_refused() -> None:
    query = Query("red", parse("red").predicates, "", np.zeros(7, np.float32))
    with pytest.raises(ValueError, match="7 dimensions"):
        search([MATCH], query, verifier=None)


def test_ranking_does_not_depend_on_the_order_of_items() -> None:
    query = parse("red sprinting")
    rows = list(rows_of(MATCH, query))
    tubes = {("a.mp4", t.track_id): t.tube for t in MATCH.tracks}
    proposed = candidates(query, rows, tubes)
    assert candidates(query, rows[::-1], tubes)[0].span == proposed[0].span
    assert rank(query, [(c, None) for c in reversed(proposed)])[1][0].span == proposed[0].span
