import pytest

from grounding.retrieve import parse, time_span, time_spans
from grounding.retrieve.times import TIME_VALUE
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
        ("in the 3rd minute", "match minute 2 to 3"),
        ("in the second minute", "match minute 1 to 2"),
        ("minute 2", "match minute 1 to 2"),
        ("1:02:03", "3718-3728"),
        ("at the end of the video", "end"),
        ("red 7 at the beginning", "start"),
    ],
)
def test_times(text: str, expected: str) -> None:
    assert value(text) == [expected]


@pytest.mark.parametrize(
    "text",
    ["number 10", "2-1", "the goal kick after", "fifth half", "the end line", "0th minute", "a second player", "7:99"],
)
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in the 37th minute", "match minute 36 to 37"),
        ("minute 80", "match minute 79 to 80"),
        ("after the 85th minute", "match minute 85 to"),
        ("before the tenth minute", "match minute 0 to 9"),
        ("between the 30th and the 40th minute", "match minute 29 to 40"),
        ("from minute 60 to 75", "match minute 59 to 75"),
        ("in the thirty seventh minute", "match minute 36 to 37"),
        ("first half", "first half"),
        ("in the 2nd half", "second half"),
        ("last ten minutes of the first half", "first half last 600"),
        ("in the first 5 minutes of the second half", "second half 0-300"),
        ("in the third quarter", "quarter 3"),
        ("in extra time", "extra time"),
        ("in overtime", "extra time"),
        ("stoppage time", "stoppage time"),
        ("in the penalty shootout", "shoot-out"),
        ("just before half-time", "before half-time"),
        ("after the break", "after half-time"),
        ("at half time", "half-time"),
        ("after the second goal", "after goal 2"),
        ("right after their goal", "after goal"),
        ("before the first goal", "before goal 1"),
        ("after the last goal", "after goal last"),
        ("after two goals", "after goal 2"),
        ("at the third goal", "at goal 3"),
        ("at 1-1", "at score 1-1"),
        ("when it was 2-0", "at score 2-0"),
        ("with the score at 11:10", "at score 11-10"),
        ("at nil nil", "at score 0-0"),
        ("while it's 3:2", "at score 3-2"),
        ("after 1-0", "after score 1-0"),
        ("before 2-1", "before score 2-1"),
    ],
)
def test_times_of_the_match(text: str, expected: str) -> None:
    assert value(text) == [expected]
    assert TIME_VALUE.fullmatch(expected)
    assert parse(text).rest == ""


def test_the_documented_values_are_all_there_are() -> None:
    for good in ("start", "last 20", "0-60", "90-", "12.5-20", "first half 0-300", "second half last 600", "goal"):
        assert bool(TIME_VALUE.fullmatch(good)) is (good != "goal")


def test_minutes_of_the_match_are_those_of_the_video_where_no_clock_is_known() -> None:
    assert time_span(Predicate("time", "match minute 36 to 37"), 5400.0) == Span(2160, 2220)
    assert time_span(Predicate("time", "match minute 85 to"), 5400.0) == Span(5100, 5400)
    assert time_span(Predicate("time", "second half"), 5400.0) == Span(0, 5400)


def test_times_together() -> None:
    late, early = Predicate("time", "50-"), Predicate("time", "0-80")
    assert time_spans((late, early), 100.0) == (Span(50, 80),)
    assert time_spans((Predicate("time", "200-300"),), 100.0) == ()
    assert time_spans((Predicate("time", "20-40", negated=True), early), 100.0) == (Span(0, 20), Span(40, 80))
    first = Predicate("time", "0-10", either=1, branch=1)
    last = Predicate("time", "last 10", either=1, branch=2)
    assert time_spans((first, last), 100.0) == (Span(0, 10), Span(90, 100))
    assert time_spans((), 100.0) == (Span(0, 100),)


def test_a_clock_says_what_times_of_the_match_are() -> None:
    def read(predicate: Predicate, duration: float) -> tuple[Span, ...]:
        return (Span(10, 20), Span(30, 40)) if predicate.value == "at score 1-1" else (time_span(predicate, duration),)

    assert time_spans(parse("at 1-1 after 0:35").predicates, 100.0, read) == (Span(35, 40),)
