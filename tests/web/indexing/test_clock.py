from __future__ import annotations

import json

import pytest
from django.urls import reverse

from grounding.matchtime import ClockPiece, MatchClock, ScoreChange, clock_json
from tests.web.library.cast import World
from videosearch.indexing import matchtime
from videosearch.indexing.clock_form import ClockForm, read_time, time_text
from videosearch.indexing.models import MatchTime
from videosearch.library.models import Video

pytestmark = pytest.mark.django_db

READ = MatchClock((ClockPiece(10, 500, 600, 1.0, 1),), (ScoreChange(12, 1, 0, 12), ScoreChange(300, 1, 1, 298)))


@pytest.fixture
def video(world: World) -> Video:
    return world.video(status="ready", indexed_seconds=500.0, duration=7000.0)


def post(world: World, video: Video, who: str = "eve", **fields: str) -> int:
    values = {"kick_off": "", "half_time": "", "second_half": "", "full_time": "", "minutes": "45", "goals": ""}
    return world.client(who).post(reverse("indexing:change_clock", args=[video.id]), values | fields).status_code


def again(video: Video) -> Video:
    return Video.objects.get(pk=video.pk)


def test_what_was_read_is_kept_and_told(world: World, video: Video) -> None:
    matchtime.keep(video, READ)
    assert matchtime.clock_of(again(video)) == READ
    assert matchtime.moment_of(again(video), 310) == "16′ 1–1"
    answer = world.client("victor").get(reverse("indexing:clock", args=[video.id]))
    assert json.loads(answer.content) == clock_json(READ)


def test_nothing_is_stored_or_said_of_a_video_without_a_board(world: World, video: Video) -> None:
    matchtime.keep(video, MatchClock())
    assert not MatchTime.objects.exists()
    assert matchtime.moment_of(video, 10) == ""
    assert json.loads(world.client("victor").get(reverse("indexing:clock", args=[video.id])).content) == {}


def test_a_clock_set_by_hand_wins_and_outlives_reading_again(world: World, video: Video) -> None:
    matchtime.keep(video, READ)
    assert post(world, video, kick_off="1:40", second_half="1:03:20", goals="50:00 0-1\n16:40 0-0") == 302
    clock = matchtime.clock_of(again(video))
    assert (clock.at(100), clock.at(3800)) == (0, 2700)
    assert [(piece.start, piece.end, piece.period) for piece in clock.pieces] == [(100, 3100, 1), (3800, 6800, 2)]
    assert [(change.t, change.home, change.away) for change in clock.scores] == [(0, 0, 0), (1000, 0, 0), (3000, 0, 1)]
    matchtime.keep(video, MatchClock())
    assert matchtime.clock_of(again(video)) == clock
    assert post(world, video, forget="1") == 302
    matchtime.keep(video, READ)
    assert matchtime.clock_of(again(video)) == READ


def test_what_is_left_empty_stays_as_it_was_read(world: World, video: Video) -> None:
    matchtime.keep(video, READ)
    post(world, video, goals="20:00 5-5")
    clock = matchtime.clock_of(again(video))
    assert clock.pieces == READ.pieces
    assert clock.scores[-1].home == 5


def test_halves_may_have_any_length_and_end_where_somebody_said(world: World, video: Video) -> None:
    post(world, video, kick_off="0:10", half_time="30:40", second_half="45:00", full_time="1:15:30", minutes="30")
    clock = matchtime.clock_of(again(video))
    assert [(piece.start, piece.end) for piece in clock.pieces] == [(10, 1840), (2700, 4530)]
    assert clock.at(2700) == 1800
    assert clock.length == 1800


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kick_off": "noon"}, "Kick-off: noon is no time of the video; write it as 12:04."),
        ({"kick_off": "50:00", "second_half": "10:00"}, "The halves must follow each other"),
        ({"goals": "Müller"}, "A goal is a time and the score after it, as 12:04 1-0, not Müller."),
        ({"minutes": "0"}, "A half lasts 1 to 60 minutes."),
        ({"minutes": ""}, "A half lasts 1 to 60 minutes."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    world: World, video: Video, fields: dict[str, str], sentence: str
) -> None:
    client = world.client("eve")
    values = {"minutes": "45", "goals": ""} | fields
    page = client.post(reverse("indexing:change_clock", args=[video.id]), values, follow=True).content.decode()
    assert sentence in page.replace("&#x27;", "'")
    assert not MatchTime.objects.exists()


def test_only_editors_set_the_clock(world: World, video: Video) -> None:
    assert post(world, video, who="victor", kick_off="1:00") == 403
    assert post(world, video, who="sam", kick_off="1:00") == 404
    assert not MatchTime.objects.exists()


def test_the_page_shows_the_goals_and_the_form_to_editors_only(world: World, video: Video) -> None:
    matchtime.keep(video, READ)
    video.renditions.create(kind="proxy", path=f"videos/{video.pk}/proxy.mp4", width=320, height=180)
    address = reverse("library:video", args=[video.id])
    page = world.client("eve").get(address).content.decode()
    assert "1–1" in page
    assert "8 minutes of match time" in page
    assert "5:00 1-1" in page  # the goals can be put right
    assert "data-take-time" in page
    assert "data-take-time" not in world.client("victor").get(address).content.decode()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12:04", 724.0),
        ("1:02:03", 3723.0),
        ("12:04.5", 724.5),
        ("724", 724.0),
        ("90:00", 5400.0),
        ("1:75", None),
        ("x", None),
        ("", None),
    ],
)
def test_times_are_read(text: str, seconds: float | None) -> None:
    assert read_time(text) == seconds
    if seconds is not None:
        assert read_time(time_text(seconds)) == seconds


def test_an_untouched_form_changes_nothing() -> None:
    form = ClockForm({"minutes": "45", "goals": ""})
    assert form.is_valid()
    assert form.by_hand == {}
