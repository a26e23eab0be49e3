import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grounding.bench.parse import slot
from grounding.errors import BadQueryError
from grounding.retrieve import Names, language_of, parse, query_json, time_span, understand
from grounding.retrieve.lexicon import LANGUAGES, lexicon
from grounding.retrieve.lexicon.phrases import expand
from grounding.retrieve.score import STATIC_KINDS
from grounding.retrieve.times import TIME_VALUE
from grounding.types import Floats, Predicate, Query
from grounding.vocabulary import ACTIONS, COLOURS, DIRECTIONS, MOTIONS, is_offered

PHRASINGS = json.loads((Path(__file__).parent / "phrasings.json").read_text(encoding="utf-8"))


def slots(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for predicate in parse(text).predicates:
        found.setdefault(predicate.kind, []).append(f"not {predicate.value}" if predicate.negated else predicate.value)
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
    assert terms("on the left wing", "place") == [("pitch:left wing", "place:left", "place:far left")]
    assert terms("running", "motion") == [("motion:running", "motion:sprinting")]
    assert terms("celebrating", "action") == [("action:arms raised",)]
    assert terms("dark shirt", "shirt_colour")[0][:2] == ("shirt_colour:black", "shirt_colour:blue")
    assert terms("Müller", "name") == [()]


def marked(text: str) -> list[str]:
    return [slot(predicate) for predicate in parse(text).predicates]


def test_what_is_denied() -> None:
    assert marked("player not in red") == ["object=person", "not shirt_colour=red"]
    assert marked("any player except number 10") == ["object=person", "not number=10"]
    assert marked("not moving") == ["motion=standing"]
    assert marked("neither running nor jumping") == ["not motion=running", "not action=jumping"]
    assert marked("not in white or blue, number 5") == ["not shirt_colour=white", "not shirt_colour=blue", "number=5"]
    assert marked("blue 4 running but not to the left") == [
        "shirt_colour=blue",
        "number=4",
        "motion=running",
        "not direction=left",
    ]
    assert parse("number 10 without the ball").rest == ""
    assert parse("not bothered").rest == "not bothered"


def test_one_of_several_is_enough() -> None:
    assert marked("red or blue shirt") == ["or1 shirt_colour=red", "or2 shirt_colour=blue"]
    assert marked("7, 10 or 11 in white") == ["or1 number=7", "or2 number=10", "or3 number=11", "shirt_colour=white"]
    assert marked("7 and 10") == ["or1 number=7", "or2 number=10"]
    assert marked("red 4 or blue 9 running") == [
        "or1 shirt_colour=red",
        "or1 number=4",
        "or2 shirt_colour=blue",
        "or2 number=9",
        "motion=running",
    ]
    assert marked("number 10 or the keeper in yellow")[1:] == ["or2 object=person", "or2 shirt_colour=yellow"]
    assert [p.either for p in parse("red or blue, running or walking").predicates] == [1, 1, 2, 2]


def test_one_after_the_other() -> None:
    assert marked("receives the ball then shoots") == ["relation=near ball", "then1 action=shooting"]
    assert marked("runs, then shoots, then celebrates") == [
        "motion=running",
        "then1 action=shooting",
        "then2 action=arms raised",
    ]
    assert marked("red 7 runs and jumps afterwards") == [
        "shirt_colour=red",
        "number=7",
        "motion=running",
        "then1 action=jumping",
    ]
    assert marked("jumps after kicking") == ["then1 action=jumping", "action=kicking"]
    assert marked("running then number 7") == ["motion=running", "number=7"]
    assert marked("then") == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("number 10 in red", "en"),
        ("Nummer 10 in Rot", "de"),
        ("Torwart", "de"),
        ("10", "en"),
        ("ball", "en"),
        ("am Ball", "de"),
        ("blau", "de"),
        ("sprinted", "en"),
        ("sprintet", "de"),
        ("zweite Halbzeit", "de"),
        ("Kowalski", "en"),
        ("", "en"),
        ("red Torwart sprinting left", "en"),
    ],
)
def test_the_language_is_that_which_knows_most_words(text: str, language: str) -> None:
    assert language_of(text) == language


def test_umlauts_may_be_written_without() -> None:
    for text in ("läuft über den linken Flügel", "laeuft ueber den linken Fluegel", "lauft uber den linken Flugel"):
        assert marked(text) == ["motion=running", "place=left wing"]
    assert marked("weißes Trikot") == marked("weisses Trikot") == ["shirt_colour=white"]
    assert marked("RÜCKENNUMMER ZWÖLF") == marked("ruckennummer zwoelf") == ["number=12"]


def test_who_stands_beside_is_said_in_english() -> None:
    assert marked("rote 7 neben dem Schiedsrichter")[2:] == ["relation=next to referee"]
    assert marked("Nummer 4 hinter der blauen 9")[1:] == ["relation=behind blue 9"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_all_there_is(language: str) -> None:
    """Colours, motions, directions, actions and relations can be asked for in each; values are plain English."""
    said: dict[str, set[str]] = {}
    for _, entry in lexicon(language).phrases():
        for name in entry.terms or (f"{entry.role}:{entry.value}",):
            kind, _, value = name.partition(":")
            said.setdefault(kind, set()).add(value)
    assert said["colour"] == set(COLOURS)
    assert set(MOTIONS) <= said["motion"]
    assert set(DIRECTIONS) <= said["direction"]
    assert set(ACTIONS) <= said["action"]
    assert {"near ball", "has ball", "alone", "in a group", "kicks ball"} <= said["relation"]
    english_values = {entry.value for _, entry in lexicon("en").phrases() if entry.role in ("place", "relation")}
    own = {entry.value for _, entry in lexicon(language).phrases() if entry.role in ("place", "relation")}
    assert own <= english_values


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


WORDS = sorted({word for language in LANGUAGES for word in lexicon(language).words})
NAMES = Names([("Kowalski", (Predicate("number", "10", ("number:10",)),)), ("Brown", ()), ("Brown", ())])
LOOSE = ["7", "10", "99", "1:30", "1-1", ",", "#", "no", "and", "or", "then", "not", "oder", "dann", "nicht", "after"]
LOOSE += ["Kowalski", "brown", "Brown's", "2nd", "half", "goal", "37.", "\u0130", "ß", "é", "🏃", "-", "/", ":"]


def check(text: str) -> None:
    """Any text is a query, or nothing to ask with; the reading is whole, the same twice, and fit for every database."""
    try:
        query = parse(text, NAMES)
    except BadQueryError:
        return
    assert (query.predicates, query.rest) == (parse(text, NAMES).predicates, parse(text, NAMES).rest)
    json.dumps(query_json(query)).encode("utf-8")
    assert "\x00" not in query.text
    branches: dict[int, set[int]] = {}
    for predicate in query.predicates:
        assert predicate.value
        assert all(":" in name for name in predicate.terms)
        assert (predicate.either > 0) == (predicate.branch > 0)
        if predicate.kind == "time":
            assert TIME_VALUE.fullmatch(predicate.value), predicate
            time_span(predicate, 100.0)
        if predicate.either:
            branches.setdefault(predicate.either, set()).add(predicate.branch)
    assert sorted(branches) == list(range(1, len(branches) + 1))
    steps = {p.step for p in query.predicates if p.step or p.kind not in STATIC_KINDS | {"time"}}
    assert sorted(steps | {0}) == list(range(len(steps | {0})))


SAID = st.one_of(st.sampled_from(WORDS), st.sampled_from(LOOSE), st.text(max_size=8))
TEXTS = st.one_of(st.text(max_size=80), st.lists(SAID, max_size=16).map(" ".join))


@settings(max_examples=1000, deadline=None)
@given(TEXTS)
def test_any_text_gives_a_query_or_a_plain_error(text: str) -> None:
    check(text)


@pytest.mark.slow
@pytest.mark.timeout(1200)  # five minutes where nothing else runs
@settings(max_examples=100_000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(TEXTS)
def test_a_hundred_thousand_texts_made_to_break(text: str) -> None:
    check(text)


def random_texts(count: int, seed: int) -> Iterator[str]:
    stream = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789 #:-,.'/éß\u0130\u2028äöü"
    for _ in range(count):
        words = stream.choices(WORDS, k=stream.randrange(9)) + stream.choices(LOOSE, k=stream.randrange(6))
        words += ["".join(stream.choices(letters, k=stream.randrange(12))) for _ in range(stream.randrange(4))]
        stream.shuffle(words)
        yield " ".join(words)


def test_thousands_of_random_queries() -> None:
    for text in random_texts(3_000, 5):
        check(text)


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
    cosines = (0.0, 1.0)

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


@pytest.mark.parametrize(
    ("text", "value"), [("red player jumping", "jumping"), ("a slide tackle", "lying"), ("blue 9 shooting", "shooting")]
)
def test_what_is_not_measured_well_enough_is_understood_and_not_asked(text: str, value: str) -> None:
    (action,) = (p for p in parse(text).predicates if p.kind == "action")
    assert (action.value, action.terms) == (value, ())


def test_every_term_that_words_ask_for_is_offered() -> None:
    for text in ("celebrating", "passing the ball", "kicks it", "with the ball", "bending down", "all alone"):
        asked = [name for p in parse(text).predicates for name in p.terms]
        assert asked
        assert all(is_offered(name) for name in asked)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("in the left half", ("pitch:left half", "place:left", "place:far left")),
        ("in the right box", ("pitch:right penalty area", "pitch:right key")),
        ("in the centre circle", ("pitch:centre circle",)),
        ("at the halfway line", ("pitch:halfway line",)),
        ("in the penalty area", ("pitch:penalty area", "pitch:key")),
        ("in front of goal", ("pitch:goal area", "pitch:key")),
        ("by the corner flag", ("pitch:corner",)),
        ("on the left", ("place:left", "place:far left")),
    ],
)
def test_places_on_the_pitch(text: str, wanted: tuple[str, ...]) -> None:
    assert [one.terms for one in parse(f"player {text}").predicates if one.kind == "place"] == [wanted]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("in der linken Spielfeldhälfte", ("pitch:left half", "place:left", "place:far left")),
        ("im rechten Sechzehner", ("pitch:right penalty area", "pitch:right key")),
        ("im Mittelkreis", ("pitch:centre circle",)),
        ("an der Mittellinie", ("pitch:halfway line",)),
        ("im Strafraum", ("pitch:penalty area", "pitch:key")),
        ("an der Eckfahne", ("pitch:corner",)),
        ("auf der linken Seite", ("place:left", "place:far left")),
    ],
)
def test_places_on_the_pitch_in_german(text: str, wanted: tuple[str, ...]) -> None:
    assert [one.terms for one in parse(f"Spieler {text}").predicates if one.kind == "place"] == [wanted]
