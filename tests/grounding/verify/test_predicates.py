import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.retrieve import candidates, parse
from grounding.types import Candidate, Evidence, Query, Span, Verification
from grounding.verify import PredicateVerifier
from grounding.verify.words import clock, listed, phrase
from grounding.verify.words import during as during_words
from tests.grounding.retrieve.made import RED_10, during, rows, tube


def judge(text: str, evidence: list[Evidence], span: Span | None = None) -> Verification:
    last = evidence[-1].second + 1 if evidence else 4
    first = evidence[0].second if evidence else 0
    candidate = Candidate("a.mp4", (1,), span or Span(first, last), tube(first, last), evidence, 0.5)
    return PredicateVerifier().judge(parse(text), candidate)


def seconds(first: int, terms: list[dict[str, float]]) -> list[Evidence]:
    return [Evidence(first + k, {**RED_10, **row}, 0.0) for k, row in enumerate(terms)]


def test_confirmed_with_a_reason_in_words() -> None:
    evidence = seconds(
        12, [{"motion:sprinting": 0.9, "place:left": 0.9}] * 3 + [{"motion:sprinting": 0.9, "place:left": 0.4}]
    )
    found = judge("number 10 in red sprinting on the left", evidence)
    assert found.verdict == "confirmed"
    assert found.reason == (
        "Number 10 and red shirt (90 % sure) throughout; sprinting from 0:12 to 0:16; on the left for 3 of 4 seconds."
    )
    assert found.score > 0.7


def test_one_thing_holds() -> None:
    assert judge("red", seconds(0, [{}] * 3)).reason == "Red shirt (90 % sure) throughout."
    assert judge("red", seconds(0, [{"shirt_colour:red": 0.97}] * 3)).reason == "Red shirt throughout."
    assert judge("player", seconds(0, [{}] * 3)).reason == "Person throughout."


def test_words_that_nothing_measures_are_never_confirmed() -> None:
    found = judge("a person riding a bicycle", seconds(0, [{}] * 3))
    assert (found.verdict, found.reason) == ("unsure", "Person throughout; “riding bicycle” could not be checked.")
    assert judge("a bicycle", seconds(0, [{"object:person": 0.0}] * 3)).verdict == "rejected"


def test_another_number_is_a_contradiction_and_no_number_is_not() -> None:
    other = judge("number 7", seconds(0, [{}] * 3))
    assert (other.verdict, other.reason) == ("rejected", "The number read is 10, not 7.")
    unread = judge("number 7", [Evidence(0, {"object:person": 0.9}, 0.0)])
    assert (unread.verdict, unread.reason) == ("unsure", "The number could not be read.")
    assert other.score < unread.score < judge("number 10", seconds(0, [{}])).score


SEEN = {"pitch:seen": 1.0, "pitch:sides": 1.0}


def test_a_place_says_whether_it_is_one_on_the_pitch_or_in_the_picture() -> None:
    on_pitch = judge("red on the left wing", seconds(0, [{**SEEN, "pitch:left wing": 0.9, "place:right": 1.0}] * 3))
    assert on_pitch.verdict == "confirmed"
    assert on_pitch.reason == "Red shirt (90 % sure) throughout; on the pitch: left wing from 0:00 to 0:03."
    in_picture = judge("red on the left wing", seconds(0, [{"place:left": 0.9}] * 3))
    assert in_picture.verdict == "confirmed"
    assert in_picture.reason == "Red shirt (90 % sure) throughout; in the picture: left from 0:00 to 0:03."


def test_what_the_pitch_says_counts_more_than_the_picture() -> None:
    elsewhere = judge("on the left wing", seconds(0, [{**SEEN, "pitch:right half": 1.0, "place:left": 1.0}] * 3))
    assert (elsewhere.verdict, elsewhere.reason) == ("rejected", "On the pitch: not left wing.")
    one_end = judge("on the left wing", seconds(0, [{"pitch:seen": 1.0, "place:left": 1.0}] * 3))
    assert one_end.reason == "In the picture: left from 0:00 to 0:03."


def test_the_box_is_unknown_where_no_lines_were_recognised() -> None:
    unseen = judge("red in the penalty area", seconds(0, [{}] * 3))
    assert unseen.verdict == "unsure"
    assert unseen.reason == (
        "Red shirt (90 % sure) throughout; penalty area: the lines of the pitch could not be recognised here."
    )
    outside = judge("red in the penalty area", seconds(0, [SEEN] * 3))
    assert outside.verdict == "rejected"
    inside = judge("red in the penalty area", seconds(0, [{**SEEN, "pitch:penalty area": 0.9}] * 3))
    assert inside.verdict == "confirmed"
    assert outside.score < unseen.score < inside.score


def test_another_colour() -> None:
    found = judge("white shirt", seconds(0, [{}] * 3))
    assert (found.verdict, found.reason) == ("rejected", "The shirt looks red, not white.")
    two = judge("white shirt", seconds(0, [{"shirt_colour:white": 0.4}]))
    assert (two.verdict, two.reason) == ("rejected", "The shirt looks red, not white.")
    half = judge("white shirt", [Evidence(0, {"shirt_colour:white": 0.4, "shirt_colour:grey": 0.4}, 0.0)])
    assert half.verdict == "unsure"


def test_what_does_not_happen() -> None:
    found = judge("red running", seconds(0, [{"motion:standing": 0.9}] * 4))
    assert (found.verdict, found.reason) == ("rejected", "Red shirt (90 % sure) throughout; not running.")
    doubtful = judge("red running", seconds(0, [{"motion:running": 0.45}] * 4))
    assert doubtful.verdict == "unsure"


def test_the_span_is_tightened() -> None:
    evidence = seconds(0, [{"motion:running": 0.9 if 3 <= k < 7 else 0.02} for k in range(12)])
    assert judge("red running", evidence).span == Span(3, 7)
    assert judge("red", evidence).span == Span(0, 12)


def test_the_tightened_span_stays_with_the_candidate() -> None:
    evidence = seconds(0, [{"motion:running": 0.9 if k < 2 or 8 <= k < 12 else 0.02} for k in range(12)])
    assert judge("red running", evidence, Span(0, 3)).span == Span(0, 2)


def test_what_cannot_be_measured_is_said() -> None:
    found = judge("Müller running", seconds(0, [{"motion:running": 0.9}] * 3))
    assert found.verdict == "unsure"
    assert found.reason == "Running from 0:00 to 0:03; Müller cannot be measured."
    words = judge("bubbles", [Evidence(0, RED_10, 0.6)])
    assert words.verdict == "unsure"
    assert (
        words.reason
        == "Nothing in the question can be measured; the description here is close to your words (60 % alike)."
    )
    assert judge("red", []).reason == "Nothing was measured here."


def test_every_candidate_is_judged_once_and_in_order() -> None:
    moments = during(RED_10, {"motion:running": (3, 8)})
    query = parse("red running")
    proposed = candidates(
        query,
        rows(1, range(20), moments) + rows(2, range(20), moments),
        {("a.mp4", 1): tube(0, 20), ("a.mp4", 2): tube(0, 20, x=500)},
    )
    found = list(PredicateVerifier().verify(query, proposed))
    assert [index for index, _ in found] == list(range(len(proposed)))
    assert all(judgement.span == Span(3, 8) for _, judgement in found)
    assert list(PredicateVerifier().verify(query, [])) == []


TERMS = [
    "shirt_colour:red",
    "shirt_colour:blue",
    "number:10",
    "number:7",
    "motion:running",
    "place:left",
    "action:lying",
    "count:2",
]


@given(
    st.lists(st.dictionaries(st.sampled_from(TERMS), st.floats(0, 1)), max_size=8),
    st.sampled_from(
        ["red 10 running left", "two players", "lying", "Müller", "??", "red and blue", "in the last 5 seconds"]
    ),
    st.floats(-1, 1),
)
def test_any_evidence_gets_a_sane_judgement(terms: list[dict[str, float]], text: str, like: float) -> None:
    query = parse(text)
    query = Query(query.text, query.predicates, query.rest, np.ones(2, np.float32))
    evidence = [Evidence(k, row, like) for k, row in enumerate(terms)]
    candidate = Candidate("a.mp4", (1,), Span(0, 8), tube(0, 8), evidence, 0.5)
    found = PredicateVerifier().judge(query, candidate)
    assert 0.0 <= found.score <= 1.0
    assert 0.0 <= found.span.start < found.span.end <= 8.0 + 1e-6
    assert found.reason.endswith(".")
    assert found.reason[0].isupper() or not found.reason[0].isalpha()


def test_words() -> None:
    assert [clock(t) for t in (0, 7.4, 59.6, 750, 3723)] == ["0:00", "0:07", "1:00", "12:30", "1:02:03"]
    assert during_words(Span(3.2, 3.9)) == "from 0:03 to 0:04"
    assert [listed(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    said = [
        phrase(p) for p in parse("number 3 in red with white shorts jumping near the ball on the left wing").predicates
    ]
    assert said == ["number 3", "red shirt", "white shorts", "jumping", "near the ball", "on the left wing"]


def test_who_has_the_ball_is_said() -> None:
    query = parse("number 7 with the ball")
    rows = [{"number:7": 1.0, "object:person": 1.0, "relation:has ball": float(3 <= k < 6)} for k in range(8)]
    evidence = [Evidence(k, row, 0.0) for k, row in enumerate(rows)]
    found = PredicateVerifier().judge(query, Candidate("a.mp4", (1,), Span(2, 7), tube(0, 8), evidence, 0.5))
    assert found.verdict == "confirmed"
    assert found.span == Span(3, 6)
    assert "with the ball from 0:03 to 0:06" in found.reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("going left", "moving to the left"),
        ("away from the camera", "moving away from the camera"),
        ("at the top", "at the top of the picture"),
    ],
)
def test_directions_and_places_in_words(text: str, said: str) -> None:
    assert phrase(parse(text).predicates[0]) == said
