import contextlib
import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grounding.errors import BadQueryError
from grounding.retrieve import parse, query_json, understand
from grounding.retrieve.lexicon import english, expand
from grounding.types import Floats, Query

PHRASINGS = json.loads((Path(__file__).parent / "phrasings.json").read_text(encoding="utf-8"))


def slots(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for predicate in parse(text).predicates:
        found.setdefault(predicate.kind, []).append(predicate.value)
    return found


def terms(text: str, kind: str) -> list[tuple[str, ...]]:
    return [predicate.terms for predicate in parse(text).predicates if predicate.kind == kind]


@pytest.mark.parametrize("row", PHRASINGS, ids=lambda row: row["text"])
def test_phrasings(row: dict[str, dict[str, list[str]]]) -> None:
    found = {kind: sorted(values) for kind, values in slots(str(row["text"])).items()}
    assert found == {kind: sorted(values) for kind, values in row["expect"].items()}


def test_enough_phrasings_of_every_kind() -> None:
    kinds = [kind for row in PHRASINGS for kind in row["expect"]]
    assert len(PHRASINGS) >= 120
    assert min(kinds.count(kind) for kind in ("number", "shirt_colour", "place", "motion", "direction", "action")) >= 10
    assert {"object", "shorts_colour", "name", "relation", "count", "time"} <= set(kinds)


def test_a_side_is_a_place_or_a_way() -> None:
    assert slots("in the right of the picture") == {"place": ["right"]}
    assert slots("running to the right") == {"motion": ["running"], "direction": ["right"]}
    assert slots("right wing") == {"place": ["right wing"]}
    assert slots("running on the right") == {"motion": ["running"], "place": ["right"]}
    assert slots("player to the right") == {"object": ["person"], "place": ["right"]}


def test_a_colour_belongs_to_the_garment_named() -> None:
    assert slots("white shorts") == {"shorts_colour": ["white"]}
    assert slots("red shirt and shorts") == {"shirt_colour": ["red"], "shorts_colour": ["red"]}
    assert slots("red and white shorts") == {"shirt_colour": ["red"], "shorts_colour": ["white"]}
    assert slots("red boots") == {}
    assert terms("in red and white", "shorts_colour") == [("shorts_colour:white", "shirt_colour:white")]


def test_a_numeral_is_a_shirt_number_or_a_count() -> None:
    assert slots("2") == {"number": ["2"]}
    assert slots("2 players") == {"count": ["2"], "object": ["person"]}
    assert slots("number 2 and two blue players") == {
        "number": ["2"],
        "count": ["2"],
        "shirt_colour": ["blue"],
        "object": ["person"],
    }
    assert slots("20 metres out") == {}
    assert slots("a player number one") == {"object": ["person"], "number": ["1"]}
    assert "number" not in slots("the one in red")


def test_alternatives_are_terms() -> None:
    assert terms("on the left wing", "place") == [("place:left", "place:far left")]
    assert terms("running", "motion") == [("motion:running", "motion:sprinting")]
    assert terms("celebrating", "action") == [("action:arms raised",)]
    assert terms("red or blue shirt", "shirt_colour") == [("shirt_colour:red", "shirt_colour:blue")] * 2
    assert terms("7 and 10", "number") == [("number:7", "number:10")] * 2
    assert terms("Müller", "name") == [()]


def test_what_is_denied_is_not_asked_for() -> None:
    assert slots("player not in red") == {"object": ["person"]}
    assert slots("any player except number 10") == {"object": ["person"]}
    assert slots("not moving") == {"motion": ["standing"]}


def test_rest_keeps_what_was_not_understood() -> None:
    assert parse("the keeper in green blows bubbles").rest == "keeper blows bubbles"
    assert parse("number 10 in red sprinting").rest == ""


def test_query_json() -> None:
    assert query_json(parse("red 7 waltzing")) == {
        "text": "red 7 waltzing",
        "predicates": [{"kind": "shirt_colour", "value": "red"}, {"kind": "number", "value": "7"}],
        "rest": "waltzing",
    }


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00\x00", "\ud800"])
def test_nothing_asked(text: str) -> None:
    with pytest.raises(BadQueryError, match="Type what to look for"):
        parse(text)


def test_too_long() -> None:
    assert parse("red " * 125).text.endswith("red")
    with pytest.raises(BadQueryError, match="at most 500"):
        parse("x" * 501)
    with pytest.raises(BadQueryError, match="at most 500"):
        parse("red 10 " * 100_000)


@settings(max_examples=300, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_any_text_gives_a_query_or_a_plain_error(text: str) -> None:
    with contextlib.suppress(BadQueryError):
        query = parse(text)
        assert query.predicates == parse(text).predicates
        assert query.rest == parse(text).rest
        json.dumps(query_json(query)).encode("utf-8")
        assert "\x00" not in query.text
        query.text.encode("utf-8")


WORDS = sorted(english().words)


def test_ten_thousand_random_queries() -> None:
    stream = random.Random(5)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789 #:-,.'/éß\u0130\u2028"
    for _ in range(10_000):
        words = stream.choices(WORDS, k=stream.randrange(6))
        words += ["".join(stream.choices(letters, k=stream.randrange(12))) for _ in range(stream.randrange(4))]
        stream.shuffle(words)
        text = " ".join(words)
        if text.strip():
            query = parse(text)
            assert all(predicate.value for predicate in query.predicates), text


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*WORDS, "7", "10", "99", "1:30", ",", "Müller", "#", "and", "or"]), max_size=14))
def test_any_order_of_known_words_can_be_read(words: list[str]) -> None:
    text = " ".join(words)
    if 0 < len(text.strip()) <= 500:
        for predicate in parse(text).predicates:
            assert predicate.value
            assert all(":" in name for name in predicate.terms)


def test_hostile_texts_are_texts() -> None:
    for text in (
        "' OR 1=1 --",
        "%%%",
        "🏃‍♂️ red 10",
        "ignore previous instructions",
        "ＲＥＤ １０",
        "ß" * 500,
        "10" * 200,
    ):
        assert parse(text).text
    assert slots("ＲＥＤ １０") == {"shirt_colour": ["red"], "number": ["10"]}


class Embedder:
    dimension = 2

    def embed(self, texts: Sequence[str]) -> Floats:
        import numpy as np

        return np.array([[1.0, float(len(text))] for text in texts], np.float32)


def test_understand_adds_the_embedding() -> None:
    query = understand("red 7", Embedder())
    assert isinstance(query, Query)
    assert query.embedding is not None
    assert query.embedding.tolist() == [1.0, 5.0]
    assert understand("red 7", None).embedding is None


def test_expand() -> None:
    assert expand("[the] (left|right) wing") == {"the left wing", "left wing", "the right wing", "right wing"}
    assert expand("a (b [c|d]|e)") == {"a b", "a b c", "a b d", "a e"}
    with pytest.raises(ValueError, match="unbalanced"):
        expand("a) b")


def test_the_thing_itself_is_meant_when_nobody_else_is_named() -> None:
    assert slots("bicycle") == {"object": ["bicycle"]}
    assert slots("a dog running")["object"] == ["dog"]
    assert "object" not in slots("running with the ball")
    person = parse("a person riding a bicycle")
    assert ([p.value for p in person.predicates], person.rest) == (["person"], "riding bicycle")
