"""Reels: cut by their maker, watched by the team if they say so, not there for anybody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from tests.web.library import clips
from tests.web.reels.made import HTMX, NASTY, make_bookmark, signed_in
from tests.web.search.world import Cast, make_video
from videosearch import jobs
from videosearch.library.models import Library, Membership, Role
from videosearch.library.services import delete_video
from videosearch.reels import plan, reels
from videosearch.reels.models import Film, Reel, ReelItem


@pytest.fixture(autouse=True)
def no_broker(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = ""


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


@pytest.fixture
def reel(cast: Cast) -> Reel:
    """Three moments."""
    video = make_video(cast.library)
    row = reels.create(cast.alice, cast.library, "Wing play")
    reels.add_bookmarks(row, [make_bookmark(cast.alice, video, at, at + 2, note=f"n{at}") for at in (10, 20, 30)])
    return row


def starts(reel: Reel) -> list[float]:
    return [item.start for item in reel.items.all()]


def post(client: Client, route: str, *args: Any, **given: Any) -> Any:
    return client.post(reverse(f"reels:{route}", args=args), given, headers=HTMX)


def test_bookmarks_become_a_reel(cast: Cast, alice: Client) -> None:
    video = make_video(cast.library)
    rows = [make_bookmark(cast.alice, video, at, at + 2, player="Mia", note="run") for at in (5, 9)]
    chosen = [str(row.pk) for row in reversed(rows)]
    answer = alice.post(reverse("reels:bulk_reel"), {"chosen": chosen, "title": "Mia"})
    row = Reel.objects.get()
    assert answer["Location"] == row.get_absolute_url()
    assert (row.title, row.library, starts(row)) == ("Mia", cast.library, [9.0, 5.0])
    first = row.items.all()[0]
    assert (first.name, first.note, first.highlight, first.video_title) == ("Mia", "run", True, "Cup final")
    alice.post(reverse("reels:bulk_reel"), {"chosen": chosen[:1], "reel": str(row.pk)})
    assert starts(row) == [9.0, 5.0, 9.0]
    page = alice.get(row.get_absolute_url())
    assert page.status_code == 200
    assert b"3 parts" in page.content


def test_moments_of_another_library_do_not_fit(cast: Cast, alice: Client, reel: Reel) -> None:
    second = Library.objects.create(name="Second team")
    Membership.objects.create(library=second, user=cast.alice, role=Role.REVIEWER)
    row = make_bookmark(cast.alice, make_video(second))
    page = alice.post(reverse("reels:bulk_reel"), {"chosen": [str(row.pk)], "reel": str(reel.pk)}, follow=True)
    assert "moments of one library" in page.content.decode()
    assert reel.items.count() == 3


def test_parts_are_moved_by_buttons_and_by_dragging(alice: Client, reel: Reel) -> None:
    first, second, third = reel.items.all()
    post(alice, "change_item", third.pk, move="up")
    assert starts(reel) == [10.0, 30.0, 20.0]
    post(alice, "change_item", first.pk, move="up")
    assert starts(reel) == [10.0, 30.0, 20.0]
    answer = post(alice, "arrange", reel.pk, item=[second.pk, third.pk, second.pk, 999, "x"])
    assert starts(reel) == [20.0, 30.0, 10.0]
    assert answer.content.index(b"00:20") < answer.content.index(b"00:30") < answer.content.index(b"00:10")
    assert alice.post(reverse("reels:arrange", args=[reel.pk])).status_code == 302


def test_in_out_speed_and_name(alice: Client, reel: Reel) -> None:
    item = reel.items.all()[0]
    given = {"start": "9.5", "end": "13", "speed": "0.5", "name": "Mia <b>"}
    answer = post(alice, "change_item", item.pk, **given)
    assert answer.status_code == 200
    assert b"Mia &lt;b&gt;" in answer.content
    item.refresh_from_db()
    assert (item.start, item.end, item.speed, item.name, item.highlight, item.length) == (
        9.5,
        13,
        0.5,
        "Mia <b>",
        False,
        7,
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"start": "9", "end": "9"}, "Out must come"),
        ({"start": "200", "end": "210"}, "video lasts 120.0 seconds"),
        ({"start": "nan", "end": "3"}, "Part 1"),
        ({"start": "-1", "end": "3"}, "Part 1"),
        ({"start": "1", "end": "3", "speed": "9"}, "Part 1"),
        ({"start": "1", "end": "3", "name": "x" * 81}, "80 characters"),
        ({}, "Part 1"),
    ],
)
def test_what_a_part_cannot_be(alice: Client, reel: Reel, given: dict[str, str], words: str) -> None:
    answer = post(alice, "change_item", reel.items.all()[0].pk, **({"speed": "1.0"} | given))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert starts(reel) == [10.0, 20.0, 30.0]


def test_title_cards(alice: Client, reel: Reel) -> None:
    post(alice, "add_title", reel.pk, text=NASTY[6], seconds="2.5")
    card = reel.items.get(kind="title")
    assert (card.text, card.seconds, card.position) == (NASTY[6], 2.5, 3)
    post(alice, "change_item", card.pk, text="Second half", seconds="")
    card.refresh_from_db()
    assert (card.text, card.seconds) == ("Second half", 3)
    for given in ({"text": ""}, {"text": "x" * 201}, {"text": "a", "seconds": "31"}, {"text": "\x00"}):
        assert post(alice, "add_title", reel.pk, **given).status_code == 422


def test_limits_are_told(cast: Cast, alice: Client, reel: Reel) -> None:
    ReelItem.objects.bulk_create(ReelItem(reel=reel, kind="title", text="x", position=9) for _ in range(96))
    assert post(alice, "add_title", reel.pk, text="the hundredth").status_code == 200
    answer = post(alice, "add_title", reel.pk, text="one too many")
    assert answer.status_code == 422
    assert "may have 100 parts; with these it would have 101" in answer.content.decode()
    assert "at most 100 parts, 60 minutes" in answer.content.decode()
    ReelItem.objects.filter(reel=reel, kind="clip").update(end=3000)
    page = alice.post(reverse("reels:render_reel", args=[reel.pk]), follow=True)
    assert "One moment may last 10 minutes" in page.content.decode()


def test_a_part_is_taken_out(alice: Client, reel: Reel) -> None:
    post(alice, "delete_item", reel.items.all()[1].pk)
    assert starts(reel) == [10.0, 30.0]


def test_moments_whose_video_is_gone(cast: Cast, alice: Client, reel: Reel) -> None:
    other = make_video(cast.library, "Friendly")
    reels.add_bookmarks(reel, [make_bookmark(cast.alice, other, 50, 52)])
    delete_video(reel.items.all()[0].video)  # type: ignore[arg-type]
    page = alice.get(reel.get_absolute_url()).content.decode()
    assert "3 moments cannot be shown any more" in page
    assert "of Cup final, which was deleted" in page
    gone = reel.items.all()[0]
    assert post(alice, "change_item", gone.pk, start="1", end="2", speed="1.0").status_code == 422
    assert alice.get(reverse("reels:item_still", args=[gone.pk])).status_code == 404
    assert alice.get(reverse("reels:item_tracks", args=[gone.pk])).json()["tracks"] == []
    assert len(reels.plan_of(reel.items.all()).parts) == 1
    for key in ("edl", "csv", "json", "vtt", "mot", "sportscode", "longomatch"):
        assert alice.get(reverse("reels:export_reel", args=[reel.pk]), {"format": key}).status_code == 200
    post(alice, "delete_item", gone.pk)
    assert reel.items.count() == 3


def test_change_and_delete(alice: Client, reel: Reel) -> None:
    alice.post(reverse("reels:change_reel", args=[reel.pk]), {"title": "New", "for_team": "on"})
    reel.refresh_from_db()
    assert (reel.title, reel.for_team) == ("New", True)
    page = alice.post(reverse("reels:change_reel", args=[reel.pk]), {"title": ""}, follow=True)
    assert b"Give the reel a title" in page.content
    alice.post(reverse("reels:delete_reel", args=[reel.pk]))
    assert not Reel.objects.exists()


def test_create(cast: Cast, alice: Client) -> None:
    address = reverse("reels:create_reel")
    alice.post(address, {"title": "One", "library": str(cast.library.pk)})
    assert Reel.objects.get().title == "One"
    assert alice.post(address, {"title": "Two", "library": str(cast.other.pk)}).status_code == 404
    assert signed_in(cast.bob).post(address, {"title": "Two", "library": str(cast.library.pk)}).status_code == 403
    for given in ({}, {"title": "x", "library": "y"}, {"title": "", "library": str(cast.library.pk)}):
        assert alice.post(address, given).status_code == 302
    assert Reel.objects.count() == 1


def test_who_sees_a_reel(cast: Cast, reel: Reel) -> None:
    """The team only when it is for the team, and even then nobody changes it but its maker."""
    item = reel.items.all()[0]
    film = Film.objects.create(
        user=cast.alice, library=cast.library, title="F", plan={"parts": []}, digest="", seconds=1
    )
    Reel.objects.filter(pk=reel.pk).update(film=film)
    reads = [
        reel.get_absolute_url(), reverse("reels:export_reel", args=[reel.pk]), reverse("reels:film", args=[film.pk]),
        reverse("reels:item_tracks", args=[item.pk]), reverse("reels:film_state", args=[film.pk]),
    ]  # fmt: skip
    of_reel = ("change_reel", "delete_reel", "add_title", "arrange", "render_reel")
    writes = [
        *(reverse(f"reels:{name}", args=[reel.pk]) for name in of_reel),
        *(reverse(f"reels:{name}", args=[item.pk]) for name in ("change_item", "delete_item")),
        *(reverse(f"reels:{name}", args=[film.pk]) for name in ("cancel_film", "film_again", "delete_film")),
    ]  # fmt: skip
    for for_team in (False, True):
        Reel.objects.filter(pk=reel.pk).update(for_team=for_team)
        for user, status in ((cast.bob, 200 if for_team else 404), (cast.charlie, 404), (None, 302)):
            client = signed_in(user)
            statuses = {client.get(address).status_code for address in reads}
            assert statuses <= ({200, 286} if status == 200 else {status}), (for_team, user)
            assert {client.post(address).status_code for address in writes} == {302 if user is None else 404}
        listed = signed_in(cast.bob).get(reverse("reels:reels")).content
        assert (b"Wing play" in listed) == for_team
        assert b"Wing play" not in signed_in(cast.charlie).get(reverse("reels:reels")).content
    page = signed_in(cast.bob).get(reel.get_absolute_url()).content
    assert b"Take out" not in page
    assert b"Make the film" not in page


def test_a_maker_who_became_a_viewer_only_watches(cast: Cast, alice: Client, reel: Reel) -> None:
    Membership.objects.filter(user=cast.alice).update(role=Role.VIEWER)
    assert alice.get(reel.get_absolute_url()).status_code == 200
    assert alice.post(reverse("reels:render_reel", args=[reel.pk])).status_code == 403
    Membership.objects.filter(user=cast.alice).delete()
    assert alice.get(reel.get_absolute_url()).status_code == 404


def test_from_the_reel_to_the_file(cast: Cast, alice: Client, tmp_path: Path, settings: Settings) -> None:
    video = make_video(cast.library, duration=4.0)
    assert video.proxy is not None
    video.proxy.file.parent.mkdir(parents=True)
    clips.plain(video.proxy.file, seconds=4)
    row = reels.create(cast.alice, cast.library, 'A "reel" ⚽')
    reels.add_bookmarks(row, [make_bookmark(cast.alice, video, 0.5, 1.5), make_bookmark(cast.alice, video, 2, 3)])
    assert alice.post(reverse("reels:render_reel", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.film is not None
    waiting = alice.get(reverse("reels:film_state", args=[row.film_id]))
    assert (waiting.status_code, b"Waiting for its turn" in waiting.content) == (200, True)
    jobs.run_due()
    done = alice.get(reverse("reels:film_state", args=[row.film_id]))
    assert (done.status_code, b"found complete" in done.content) == (286, True)
    assert b"shows the reel as it is now" in alice.get(row.get_absolute_url()).content
    row.film.refresh_from_db()
    part = alice.get(row.film.url, headers={"Range": "bytes=0-99"})
    assert (part.status_code, part["Content-Range"].partition("/")[0]) == (206, "bytes 0-99")
    saved = alice.get(f"{row.film.url}?download")
    assert saved["Content-Disposition"].startswith("attachment")
    assert "%E2%9A%BD" in saved["Content-Disposition"]
    post(alice, "change_item", row.items.all()[0].pk, move="down")
    assert b"changed after this film was made" in alice.get(row.get_absolute_url()).content
    alice.post(reverse("reels:render_reel", args=[row.pk]))
    assert Film.objects.count() == 2


def test_bookmarks_as_one_film(cast: Cast, alice: Client) -> None:
    row = make_bookmark(cast.alice, make_video(cast.library), note="Look")
    answer = alice.post(reverse("reels:bulk_film"), {"chosen": [str(row.pk)]})
    film = Film.objects.get()
    assert answer["Location"] == reverse("reels:film", args=[film.pk])
    assert (film.title, film.seconds) == ("Look", 6.0)
    assert b"Look" in alice.get(reverse("reels:films")).content
    alice.post(reverse("reels:cancel_film", args=[film.pk]))
    assert b"Cancelled. Nothing was made." in alice.get(reverse("reels:film", args=[film.pk])).content
    alice.post(reverse("reels:film_again", args=[film.pk]))
    assert b"Waiting" in alice.get(reverse("reels:film", args=[film.pk])).content
    assert alice.get(film.url).status_code == 404
    alice.post(reverse("reels:delete_film", args=[film.pk]))
    assert not Film.objects.exists()


def test_statements_do_not_grow(cast: Cast, alice: Client, reel: Reel) -> None:
    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as statements:
            assert alice.get(address).status_code == 200
        return len(statements)

    pages = [reel.get_absolute_url(), reverse("reels:reels"), reverse("reels:films")]
    Film.objects.create(user=cast.alice, library=cast.library, title="F", plan={}, digest="", seconds=1)
    few = [count(page) for page in pages]
    video = make_video(cast.library, "Another")
    reels.add_bookmarks(reel, [make_bookmark(cast.alice, video, at, at + 1) for at in range(20)])
    for _ in range(5):
        reels.create(cast.alice, cast.library, "More")
        Film.objects.create(user=cast.alice, library=cast.library, title="F", plan={}, digest="", seconds=1)
    assert [count(page) for page in pages] == few
    assert max(few) <= 12


def test_exports_of_a_reel_run_by_its_film(alice: Client, reel: Reel) -> None:
    post(alice, "add_title", reel.pk, text="End", seconds="2")
    post(alice, "change_item", reel.items.all()[0].pk, start="10", end="12", speed="0.5", name="x")
    edl = alice.get(reverse("reels:export_reel", args=[reel.pk])).content.decode()
    assert "004  BL       V     C        00:00:00:00 00:00:02:00 00:00:08:00 00:00:10:00" in edl
    assert "* COMMENT: End" in edl
    vtt = alice.get(reverse("reels:export_reel", args=[reel.pk]), {"format": "vtt"}).content.decode()
    assert "00:00:04.000 --> 00:00:06.000" in vtt
    assert plan.MOST_PARTS == 100
