import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.retrieve import parse, score_second
from grounding.retrieve.score import UNKNOWN, measured, truth, truths
from grounding.types import Query

RED = {"object:person": 0.9, "shirt_colour:red": 0.9}


def embedded(text: str) -> Query:
    query = parse(text)
    return Query(query.text, query.predicates, query.rest, np.array([1.0, 0.0], np.float32))


def test_more_true_scores_more() -> None:
    query = parse("red player running")
    scores = [score_second(query, {**RED, "motion:running": value}, 0.0) for value in (0.0, 0.3, 0.6, 0.9)]
    assert scores == sorted(scores)
    assert scores[0] < 0.35 < 0.85 < scores[-1]


def test_alternatives_count_as_the_best_of_them() -> None:
    left = parse("on the left").predicates[0]
    assert truth(left, {"place:left": 0.3, "place:far left": 0.8}) == 0.8
    running = parse("running").predicates[0]
    assert truth(running, {"motion:running": 0.5, "motion:sprinting": 0.5}) == 1.0


def test_what_was_not_read_is_unknown_and_what_was_read_otherwise_is_false() -> None:
    ten = parse("number 10").predicates[0]
    assert truth(ten, RED) == UNKNOWN
    assert truth(ten, {**RED, "number:7": 0.8}) == 0.0
    assert truth(parse("running").predicates[0], RED) == 0.0
    assert truth(parse("blue shirt").predicates[0], RED) == 0.0
    assert truth(parse("blue shirt").predicates[0], {"object:person": 0.9}) == UNKNOWN


def test_the_embedding_counts_more_for_words_not_understood() -> None:
    plain, odd, unparsed = embedded("red"), embedded("red bubbles"), embedded("bubbles")
    gains = [score_second(query, RED, 0.7) - score_second(query, RED, 0.2) for query in (plain, odd, unparsed)]
    assert 0 < gains[0] < gains[1] < gains[2]
    assert score_second(parse("red"), RED, 0.9) == score_second(parse("red"), RED, 0.0)


@pytest.mark.parametrize(
    "text", ["red 10 running left", "7", "white shorts alone", "two players", "running", "on the left"]
)
@given(data=st.data())
def test_many_rows_at_once_are_the_same(text: str, data: st.DataObject) -> None:
    names = ["shirt_colour:red", "shirt_colour:blue", "shorts_colour:white", "number:10", "number:7", "motion:running"]
    names += [
        "motion:sprinting",
        "direction:left",
        "place:left",
        "place:far left",
        "relation:alone",
        "count:2",
        "object:person",
    ]
    terms = data.draw(st.lists(st.dictionaries(st.sampled_from(names), st.floats(0.05, 1.0)), min_size=1, max_size=5))
    predicates = measured(parse(text))
    wanted = [[truth(predicate, row) for predicate in predicates] for row in terms]
    assert truths(predicates, terms).tolist() == pytest.approx(np.array(wanted))
    assert all(0.0 <= score_second(parse(text), row, 0.5) <= 1.0 for row in terms)
