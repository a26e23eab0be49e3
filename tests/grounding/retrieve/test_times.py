import pytest

from grounding.retrieve import parse, time_span
from grounding.types import Predicate, Span


def value(text: str) -> list[str]:
    return [predicate.value for predicate in parse(text).predicates if predicate.kind == "time"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in the first minute", "0-60"),
        ("first two minutes", "0-120"),
        ("in the opening 30 seconds", "0-30"),
        ("after 1:30", "90-"),
        ("after 90 seconds", "90-"),
        ("after 1 minute and 20 seconds", "80-"),
        ("from 0:10 onwards", "10-"),
        ("before 2 minutes", "0-120"),
        ("between 0:30 and 1:00", "30-60"),
        ("between 1:00 and 0:30", "30-60"),
        ("from 10 to 20 seconds", "10-20"),
        ("0:20-0:40", "20-40"),
        ("in the last 20 seconds", "last 20"),
        ("in the final minute of the match", "last 60"),
        ("at 1:15", "70-80"),
        ("around 0:03", "0-8"),
        ("in the 3rd minute", "120-180"),
        ("in the second minute", "60-120"),
        ("minute 2", "60-120"),
        ("1:02:03", "3718-3728"),
        ("at the end of the video", "end"),
        ("red 7 at the beginning", "start"),
    ],
)
def test_times(text: str, expected: str) -> None:
    assert value(text) == [expected]


@pytest.mark.parametrize("text", ["number 10", "second half", "the end line", "0th minute", "a second player", "7:99"])
def test_no_times(text: str) -> None:
    assert value(text) == []


def test_words_of_a_time_are_used_up() -> None:
    query = parse("red 8 in the first 30 seconds")
    assert [(p.kind, p.value) for p in query.predicates] == [("shirt_colour", "red"), ("number", "8"), ("time", "0-30")]
    assert query.rest == ""


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("0-60", Span(0, 60)),
        ("90-", Span(90, 100)),
        ("last 20", Span(80, 100)),
        ("last 500", Span(0, 100)),
        ("80-500", Span(80, 100)),
        ("200-300", Span(100, 100)),
        ("start", Span(0, 20)),
        ("end", Span(80, 100)),
        ("nonsense", Span(0, 100)),
    ],
)
def test_time_span(asked: str, span: Span) -> None:
    assert time_span(Predicate("time", asked), 100.0) == span


def test_time_span_of_a_very_long_video() -> None:
    assert value("after 999:59:59") == [f"{999 * 3600 + 59 * 60 + 59}-"]
    assert time_span(Predicate("time", value("after 999:59:59")[0]), 1e7).start == 3_599_999
