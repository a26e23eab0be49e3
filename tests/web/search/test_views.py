"""The pages: who may see what, with and without htmx, as verdicts arrive, and at the edges."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.web.search.world import Cast, make_track, make_video
from videosearch.accounts.models import User
from videosearch.library.models import Membership, Video
from videosearch.search import cards, stills, tasks, views
from videosearch.search.models import Query

PAGE = reverse("search:page")
HTMX = {"HX-Request": "true"}
RED_TEN = {"object:person": 0.9, "shirt_colour:red": 0.9, "number:10": 0.9}
BLUE = {"object:person": 0.9, "shirt_colour:blue": 0.9, "number:4": 0.8}


@pytest.fixture
def match(cast: Cast) -> Cast:
    video = make_video(cast.library)
    make_track(video, cast.version, RED_TEN, start=80, end=90, attributes={"shirt_colour": "red", "number": "10"})
    make_track(video, cast.version, BLUE, attributes={"shirt_colour": "blue", "number": "4"})
    make_track(make_video(cast.other, "Secret training"), cast.version, RED_TEN)
    return cast


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def alice(match: Cast) -> Client:
    return signed_in(match.alice)


@pytest.fixture
def bob(match: Cast) -> Client:
    return signed_in(match.bob)


@pytest.fixture
def charlie(match: Cast) -> Client:
    return signed_in(match.charlie)


def asked(cast: Cast, text: str = "number 10 in red") -> Query:
    signed_in(cast.alice).get(PAGE, {"q": text})
    return Query.objects.latest("created_at")


def shown(content: bytes) -> list[str]:
    """Labels of the moments in their order."""
    return re.findall(r'<span class="hit-name"><span [^>]*></span>([^<]*)</span>', content.decode())


def test_it_works(alice: Client, worker: list[str]) -> None:
    assert alice.get(PAGE, {"q": "number 10 in red"}).status_code == 200
    response = alice.get(reverse("search:result", args=[Query.objects.get().pk]))
    page = response.content.decode()
    assert shown(response.content) == ["Number 10, red shirt", "Number 4, blue shirt"]
    assert "Confirmed" in page
    assert "Weaker matches: did not pass the check" in page
    assert "01:20–01:30" in page
    assert "Secret training" not in page
    assert "<vs-player" in page
    assert 'class="heat-mark"' in page


def test_start_offers_examples_and_what_was_asked_lately(alice: Client, worker: list[str], match: Cast) -> None:
    asked(match, "blue <b>sprinting</b>")
    page = alice.get(PAGE).content.decode()
    assert "Ask in your own words" in page
    assert "blue &lt;b&gt;sprinting&lt;/b&gt;" in page
    assert Query.objects.count() == 1


def test_htmx_gets_the_results_alone_and_a_clean_address(alice: Client, worker: list[str], match: Cast) -> None:
    given = {"q": "number 10 in red", "library": str(match.library.pk), "replaces": "x"}
    response = alice.get(PAGE, given, headers=HTMX)
    assert response.content.lstrip().startswith(b'<section id="results"')
    assert response["HX-Push-Url"] == f"{PAGE}?q=number+10+in+red&library={match.library.pk}"
    assert "HX-Request" in response["Vary"]
    back = alice.get(PAGE, given, headers=HTMX | {"HX-History-Restore-Request": "true"})
    assert back.content.lstrip().startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_nothing_asked_says_so(alice: Client, headers: dict[str, str]) -> None:
    for text in ("", "  ", "\x00", "x" * 2000):
        response = alice.get(PAGE, {"q": text}, headers=headers)
        assert response.status_code == 422
        assert b'data-level="error"' in response.content
    assert Query.objects.count() == 0


@pytest.mark.parametrize(
    "text", ["⚽" * 50, "a\x00b", "'\";--", "<script>alert(1)</script>", "%", "{{ 7 }}", "10" * 200]
)
def test_odd_texts_never_break_the_page(alice: Client, worker: list[str], text: str) -> None:
    response = alice.get(PAGE, {"q": text})
    assert response.status_code == 200
    assert b"<script>alert" not in response.content


def test_anybody_must_sign_in(client: Client, match: Cast, worker: list[str]) -> None:
    query = asked(match)
    row = query.candidates.get(rank=1)
    for name, key in (("result", query.pk), ("results", query.pk), ("tracks", row.pk), ("still", row.pk)):
        response = client.get(reverse(f"search:{name}", args=[key]))
        assert response.status_code == 302
        assert "/accounts/login/" in response["Location"]
    assert client.get(PAGE).status_code == 302


def test_a_query_is_its_askers_alone(
    match: Cast, alice: Client, bob: Client, charlie: Client, worker: list[str]
) -> None:
    query = asked(match)
    row = query.candidates.get(rank=1)
    addresses = [
        reverse("search:result", args=[query.pk]),
        reverse("search:results", args=[query.pk]),
        reverse("search:tracks", args=[row.pk]),
    ]
    for address in addresses:
        assert alice.get(address).status_code in (200, 286), address
        assert bob.get(address).status_code == 404, address
        assert charlie.get(address).status_code == 404, address


def test_other_libraries_cannot_be_named(alice: Client, match: Cast, worker: list[str]) -> None:
    for wrong in (str(match.other.pk), "00000000-0000-0000-0000-000000000000", "no id"):
        assert alice.get(PAGE, {"q": "red", "library": wrong}).status_code == 404


def test_two_teams_find_their_own_only(match: Cast, alice: Client, charlie: Client, worker: list[str]) -> None:
    mine = alice.get(PAGE, {"q": "number 10 in red"}).content
    theirs = charlie.get(PAGE, {"q": "number 10 in red"}).content
    assert b"Cup final" in mine
    assert b"Secret training" not in mine
    assert b"Secret training" in theirs
    assert b"Cup final" not in theirs


def test_who_left_the_library_sees_its_moments_no_more(match: Cast, alice: Client, worker: list[str]) -> None:
    query = asked(match)
    row = query.candidates.get(rank=1)
    Membership.objects.filter(user=match.alice).delete()
    page = alice.get(reverse("search:result", args=[query.pk]))
    assert page.status_code == 200
    assert b"Cup final" not in page.content
    assert alice.get(reverse("search:tracks", args=[row.pk])).status_code == 404
    assert alice.get(reverse("search:still", args=[row.pk])).status_code == 404


def test_verdicts_arrive_by_polling(
    match: Cast, alice: Client, monkeypatch: pytest.MonkeyPatch, worker: list[str]
) -> None:
    from videosearch.lib import broker

    monkeypatch.setattr(broker, "send", lambda task, *_, queue, expires: task is tasks.verify)
    page = alice.get(PAGE, {"q": "number 10 in red"}).content.decode()
    query = Query.objects.get()
    address = reverse("search:results", args=[query.pk])
    assert "Not checked" in page
    assert "Searching by what was measured only" in page
    assert f'hx-get="{address}"' in page

    waiting = alice.get(address, headers=HTMX)
    assert waiting.status_code == 200
    assert "0 of 2 checked" in waiting.content.decode()
    assert "hx-trigger" in waiting.content.decode()

    tasks.verify(str(query.pk))
    done = alice.get(address, headers=HTMX)
    assert done.status_code == 286
    assert "Confirmed" in done.content.decode()
    assert "hx-trigger" not in done.content.decode()
    assert 'id="strips" class="strips" hx-swap-oob="true"' in done.content.decode()


def test_nothing_good_still_shows_the_closest(match: Cast, alice: Client, worker: list[str]) -> None:
    page = alice.get(reverse("search:result", args=[asked(match, "number 23 in yellow").pk])).content
    assert b"Nothing good found" in page
    assert b"Closest moments" in page
    assert len(shown(page)) == 2


def test_a_moment_opens_by_its_link(match: Cast, alice: Client, worker: list[str]) -> None:
    query = asked(match)
    row = query.candidates.get(rank=2)
    page = alice.get(f"{reverse('search:result', args=[query.pk])}?play={row.pk}").content.decode()
    assert f'tracks-url="{reverse("search:tracks", args=[row.pk])}"' in page
    assert 'start="10.0"' in page


def test_tracks_of_a_moment(match: Cast, alice: Client, worker: list[str]) -> None:
    row = asked(match).candidates.get(rank=1)
    address = reverse("search:tracks", args=[row.pk])
    data = alice.get(address, {"start": "84", "end": "86", "tracks": "1"}).json()
    (track,) = data["tracks"]
    assert (data["width"], data["height"]) == (1280, 720)
    assert (track["name"], track["colour"], track["step"]) == ("Number 10, red shirt", "red", 0.2)
    assert [box[0] for box in track["boxes"]][:3] == [83.8, 84.0, 84.2]
    assert track["boxes"][1][1:] == [116.0, 200.0, 156.0, 300.0]
    for odd in ({"start": "x", "end": "2"}, {"start": "9", "end": "2"}, {"start": "nan", "end": "inf"}):
        assert len(alice.get(address, odd).json()["tracks"][0]["boxes"]) == 50


def test_a_viewer_is_not_offered_bookmarks(match: Cast, alice: Client, bob: Client, worker: list[str]) -> None:
    assert b"bookmark-form" in alice.get(PAGE, {"q": "red"}).content
    assert b"bookmark-form" not in bob.get(PAGE, {"q": "red"}).content


def test_a_video_in_progress_is_named(match: Cast, alice: Client, worker: list[str]) -> None:
    make_video(match.library, "Second half", status=Video.Status.PROCESSING)
    assert b"Second half is still being indexed" in alice.get(PAGE, {"q": "red"}).content


def test_an_empty_library_says_what_to_do(cast: Cast, worker: list[str]) -> None:
    assert b"has been indexed yet" in signed_in(cast.alice).get(PAGE, {"q": "red"}).content


def test_huge_ids_are_not_found(alice: Client) -> None:
    assert alice.get(reverse("search:tracks", args=[10**30])).status_code == 404


@pytest.mark.parametrize("moments", [2, 20])
def test_statements_of_a_page_do_not_grow_with_it(
    cast: Cast, worker: list[str], moments: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from videosearch.lib import broker

    video = make_video(cast.library)
    for place in range(moments):
        make_track(video, cast.version, RED_TEN, start=6 * place, end=6 * place + 5)
    client = signed_in(cast.alice)
    client.get(PAGE, {"q": "number 10 in red"})
    monkeypatch.setattr(broker, "send", lambda task, *_, queue, expires: True)
    with CaptureQueriesContext(connection) as statements:
        response = client.get(PAGE, {"q": "number 10 in red"})
    assert len(shown(response.content)) == min(moments, views.AT_ONCE)
    assert f"{moments} moments" in response.content.decode()
    assert len(statements) <= 20, [one["sql"][:90] for one in statements]

    query = Query.objects.latest("created_at")
    with CaptureQueriesContext(connection) as statements:
        polled = client.get(reverse("search:results", args=[query.pk]), headers=HTMX)
    assert len(shown(polled.content)) == moments
    assert len(statements) <= 7, [one["sql"][:90] for one in statements]


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (80, 90, "01:20–01:30"),
        (3.2, 3.9, "00:03.2–00:03.9"),
        (3.96, 4.0, "00:03.9–00:04.0"),
        (59.5, 61.4, "00:59.5–01:01.4"),
        (3661, 3663, "1:01:01–1:01:03"),
    ],
)
def test_no_moment_seems_to_have_no_length(start: float, end: float, said: str) -> None:
    assert cards.clock_span(start, end) == said


class TestStill:
    @pytest.fixture
    def film(self, match: Cast) -> Path:
        """A film of 90 s whose picture is grey but for a red block where the track's box is."""
        from videosearch.lib import ffmpeg

        video = Video.objects.get(title="Cup final")
        path = video.proxy.file  # type: ignore[union-attr]
        path.parent.mkdir(parents=True)
        import ffmpeg as build

        grey = build.input("color=c=gray:s=1280x720:r=5:d=91", f="lavfi")
        picture = grey.drawbox(x=100, y=200, width=80, height=100, color="red", thickness="fill")
        ffmpeg.run(ffmpeg.output([picture], path, vcodec="libx264", preset="ultrafast", g=10), timeout=60)
        return path

    def test_it_shows_the_box(self, match: Cast, alice: Client, worker: list[str], film: Path) -> None:
        import io

        from PIL import Image

        row = asked(match).candidates.get(rank=1)
        address = reverse("search:still", args=[row.pk])
        response = alice.get(address)
        data = b"".join(response.streaming_content)  # type: ignore[attr-defined]
        picture = Image.open(io.BytesIO(data)).convert("RGB")
        assert response["Content-Type"] == "image/jpeg"
        assert "private" in response["Cache-Control"]
        assert picture.width == stills.WIDTH
        cut = stills.view(1280, 720, (120.0, 200.0, 160.0, 300.0))
        assert cut.drawn is not None
        scale = picture.width / cut.width
        x, y, width, height = (value * scale for value in cut.drawn)
        red, green, _ = picture.getpixel((int(x + width / 2), int(y + height / 2)))  # type: ignore[misc]
        assert red > 150 > 100 > green
        corner = picture.getpixel((picture.width - 2, 2))
        assert max(corner) - min(corner) < 20  # type: ignore[arg-type]

        made = list((film.parent / "stills").iterdir())
        assert len(made) == 1
        film.unlink()
        assert alice.get(address).status_code == 200  # kept

    def test_no_film_no_picture(self, match: Cast, alice: Client, bob: Client, worker: list[str]) -> None:
        row = asked(match).candidates.get(rank=1)
        assert alice.get(reverse("search:still", args=[row.pk])).status_code == 404
        assert bob.get(reverse("search:still", args=[row.pk])).status_code == 404


@pytest.mark.parametrize(
    ("box", "size"),
    [
        ((0, 0, 40, 100), (1280, 720)),
        ((1240, 620, 1280, 720), (1280, 720)),
        ((-20, -5, 30, 50), (640, 360)),
        ((10, 10, 200, 1200), (720, 1280)),
        ((0, 0, 1280, 720), (1280, 720)),
        ((3, 3, 4, 4), (16, 16)),
    ],
)
def test_views_lie_inside_the_picture_and_hold_the_box(box: tuple[float, ...], size: tuple[int, int]) -> None:
    cut = stills.view(*size, box)
    assert cut.x >= 0
    assert cut.y >= 0
    assert cut.x + cut.width <= size[0]
    assert cut.y + cut.height <= size[1]
    if cut.drawn is not None:
        assert cut.x <= max(0, box[0]) + 1
        assert cut.x + cut.width >= min(size[0], box[2]) - 1
        assert cut.y + cut.height >= min(size[1], box[3]) - 1
