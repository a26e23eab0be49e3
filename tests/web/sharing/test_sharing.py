"""Links: what their holders get, what they cannot get, and how they end."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from tests.web.library import clips
from tests.web.reels.made import make_bookmark, signed_in
from tests.web.search.world import Cast, make_cast, make_video
from videosearch.library.models import Membership, Role
from videosearch.library.services import delete_video
from videosearch.reels.models import Film
from videosearch.sharing import tries
from videosearch.sharing.models import Share, ShareTry

TITLE = '"><script>alert(1)</script> {{7*7}} ⚽'


@pytest.fixture
def cast(db: None, settings: Settings, tmp_path: Path) -> Cast:
    settings.MEDIA_ROOT = tmp_path
    settings.CELERY_BROKER_URL = ""
    return make_cast(bob=Role.ADMIN)


@pytest.fixture(scope="session")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return clips.plain(tmp_path_factory.mktemp("film") / "film.mp4", seconds=2).read_bytes()


@pytest.fixture
def film(cast: Cast, mp4: bytes) -> Film:
    row = Film.objects.create(
        user=cast.alice,
        library=cast.library,
        title=TITLE,
        plan={"parts": []},
        digest="",
        seconds=2,
        width=320,
        height=180,
    )
    row.videos.add(make_video(cast.library))
    row.path = f"rendered/{row.pk}/film.mp4"
    row.folder.mkdir(parents=True)
    row.file.write_bytes(mp4)
    row.poster.write_bytes(b"\xff\xd8")
    row.save()
    return row


def share_of(cast: Cast, film: Film, **given: Any) -> Share:
    address = reverse("sharing:create", args=[film.pk])
    assert signed_in(cast.alice).post(address, {"lifetime": "7", **given}).status_code == 302
    return Share.objects.latest("created_at")


@pytest.fixture
def share(cast: Cast, film: Film) -> Share:
    return share_of(cast, film)


def addresses(share: Share) -> list[str]:
    page = share.get_absolute_url()
    return [page, f"{page}film.mp4", f"{page}poster.jpg"]


def statuses(client: Client, share: Share) -> set[int]:
    return {client.get(address).status_code for address in addresses(share)}


def test_the_holder_of_a_link_watches(share: Share, mp4: bytes) -> None:
    stranger = Client()
    page = stranger.get(share.get_absolute_url())
    assert page.status_code == 200
    assert page["X-Robots-Tag"].startswith("noindex")
    assert page["Cache-Control"] == "private, no-store"
    assert b'content="noindex' in page.content
    whole = stranger.get(addresses(share)[1])
    assert b"".join(whole.streaming_content) == mp4  # type: ignore[attr-defined]
    assert whole["X-Robots-Tag"].startswith("noindex")
    part = stranger.get(addresses(share)[1], headers={"Range": "bytes=10-19"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, mp4[10:20])  # type: ignore[attr-defined]
    assert stranger.get(addresses(share)[1], headers={"Range": f"bytes={len(mp4)}-"}).status_code == 416
    poster = stranger.get(addresses(share)[2])
    assert (poster["Content-Type"], next(iter(poster.streaming_content))[:2]) == ("image/jpeg", b"\xff\xd8")  # type: ignore[attr-defined]
    share.refresh_from_db()
    assert share.opened == 1
    assert share.opened_at is not None


def test_names_are_text_also_for_those_who_preview_links(share: Share) -> None:
    content = Client().get(share.get_absolute_url()).content.decode()
    assert "<script>alert" not in content
    assert "{{7*7}}" in content
    assert 'property="og:title" content="&quot;&gt;&lt;script&gt;' in content
    image = re.search(r'property="og:image" content="([^"]+)"', content)
    assert image is not None
    assert image[1] == f"http://testserver{share.get_absolute_url()}poster.jpg"


def test_nothing_else_is_reachable_from_it(cast: Cast, film: Film, share: Share) -> None:
    """Neither by what the page links to, nor with what the holder knows."""
    stranger = Client()
    content = stranger.get(share.get_absolute_url()).content.decode()
    linked = set(re.findall(r'(?:href|src|poster|action|hx-get|hx-post)="([^"]+)"', content))
    assert linked == {"film.mp4", "poster.jpg", "#main"} | {one for one in linked if one.startswith("/static/")}
    assert str(film.pk) not in content
    assert str(cast.library.pk) not in content
    assert all(str(video.pk) not in content for video in film.videos.all())
    for name in ("reels:film", "reels:film_file", "sharing:new"):
        assert stranger.get(reverse(name, args=[film.pk])).status_code in {302, 404}
    assert stranger.get(reverse("sharing:list")).status_code == 302


@pytest.mark.parametrize("change", ["key", "id", "case", "short"])
def test_a_link_that_was_guessed(share: Share, change: str) -> None:
    other = Share.objects.create(user=share.user, library=share.library, film=share.film)
    keys = {"key": other.key, "id": share.key, "case": share.key.upper(), "short": share.key[:-1]}
    holder = other if change == "id" else share
    for name in ("shared", "film", "poster"):
        assert Client().get(reverse(f"sharing:{name}", args=[holder.pk, keys[change]])).status_code == 404


def test_revoked_at_once(cast: Cast, share: Share) -> None:
    watching = Client()
    assert statuses(watching, share) == {200}
    signed_in(cast.alice).post(reverse("sharing:revoke", args=[share.pk]))
    assert statuses(watching, share) == {404}
    assert watching.get(addresses(share)[1], headers={"Range": "bytes=0-1"}).status_code == 404


def test_expired(share: Share) -> None:
    Share.objects.update(expires_at=timezone.now() + timedelta(seconds=30))
    assert statuses(Client(), share) == {200}
    Share.objects.update(expires_at=timezone.now())
    assert statuses(Client(), share) == {404}


@pytest.mark.parametrize("how", ["left", "viewer", "inactive", "film", "video"])
def test_it_ends_with_what_it_stands_on(cast: Cast, film: Film, share: Share, how: str) -> None:
    """Who shared it is no reviewer of the library any more; the film is deleted; a video in it is."""
    if how == "left":
        Membership.objects.filter(user=cast.alice).delete()
    elif how == "viewer":
        Membership.objects.filter(user=cast.alice).update(role=Role.VIEWER)
    elif how == "inactive":
        cast.alice.is_active = False
        cast.alice.save()
    elif how == "film":
        film.delete()
    else:
        delete_video(film.videos.get())
    assert statuses(Client(), share) == {404}


def test_a_film_that_is_not_ready(film: Film, share: Share) -> None:
    Film.objects.update(path="")
    page = Client().get(share.get_absolute_url())
    assert b"Not ready yet" in page.content
    assert Client().get(addresses(share)[1]).status_code == 404


# Passwords


@pytest.fixture
def locked(cast: Cast, film: Film) -> Share:
    return share_of(cast, film, password="open sesame")


def test_the_password_opens_it_in_this_browser_alone(locked: Share) -> None:
    client, page = Client(), locked.get_absolute_url()
    asked = client.get(page)
    assert b"password" in asked.content
    assert b"script&gt;" not in asked.content, "the title is told to those alone who may watch"
    assert {client.get(address).status_code for address in addresses(locked)[1:]} == {404}
    assert client.post(page, {"password": "wrong one"}).status_code == 403
    assert client.post(page, {"password": "open sesame"})["Location"] == page
    assert statuses(client, locked) == {200}
    cookie = client.cookies["opened"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", page)
    assert {Client().get(address).status_code for address in addresses(locked)[1:]} == {404}
    locked.refresh_from_db()
    assert locked.opened == 1


def test_the_password_is_hashed_and_no_part_of_an_address(locked: Share) -> None:
    assert "sesame" not in locked.password
    assert Client().get(locked.get_absolute_url(), {"password": "open sesame"}).content.count(b"og:image") == 0


def test_what_opened_one_link_opens_no_other(cast: Cast, film: Film, locked: Share) -> None:
    client = Client()
    client.post(locked.get_absolute_url(), {"password": "open sesame"})
    other = share_of(cast, film, password="another one")
    client.cookies["opened"]["path"] = "/"
    assert client.get(addresses(other)[1]).status_code == 404
    client.cookies["opened"] = signing.dumps("forged", salt="something else")
    assert client.get(addresses(locked)[1]).status_code == 404
    client.cookies["opened"] = "nonsense"
    assert client.get(addresses(locked)[1]).status_code == 404


def test_a_changed_password_must_be_given_anew(locked: Share) -> None:
    client = Client()
    client.post(locked.get_absolute_url(), {"password": "open sesame"})
    locked.set_password("open sesame")
    locked.save()
    assert client.get(addresses(locked)[1]).status_code == 404


def test_guessing_ends(locked: Share) -> None:
    page = locked.get_absolute_url()
    for _ in range(tries.MOST):
        assert Client().post(page, {"password": "guess"}).status_code == 403
    refused = Client().post(page, {"password": "open sesame"})
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= tries.WINDOW.total_seconds()
    assert b"Too many wrong passwords" in refused.content
    ShareTry.objects.update(began=timezone.now() - tries.WINDOW)
    assert Client().post(page, {"password": "open sesame"}).status_code == 302
    assert not ShareTry.objects.exists()


def test_the_form_is_safe_from_other_sites(locked: Share) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(locked.get_absolute_url(), {"password": "open sesame"}).status_code == 403


# Making them, and the page that lists them


def test_make(cast: Cast, film: Film) -> None:
    client, address = signed_in(cast.alice), reverse("sharing:create", args=[film.pk])
    client.post(address, {"lifetime": "1", "may_download": "on"})
    row = Share.objects.get()
    assert row.expires_at is not None
    assert timedelta(hours=23) < row.expires_at - timezone.now() <= timedelta(days=1)
    saved = Client().get(f"{addresses(row)[1]}?download")
    assert saved["Content-Disposition"].startswith("attachment")
    row.may_download = False
    row.save()
    assert not Client().get(f"{addresses(row)[1]}?download")["Content-Disposition"].startswith("attachment")
    client.post(address, {"lifetime": ""})
    assert Share.objects.filter(expires_at=None).count() == 1
    for given in ({"lifetime": "9999"}, {"password": "short"}, {"password": "x" * 129}):
        client.post(address, {"lifetime": "7", **given})
    assert Share.objects.count() == 2
    page = client.get(reverse("sharing:new", args=[film.pk])).content.decode()
    assert f"http://testserver{row.get_absolute_url()}" in page


def test_who_may_share(cast: Cast, film: Film) -> None:
    """The film's maker while a reviewer: not the library's admin, nobody else."""
    address = reverse("sharing:create", args=[film.pk])
    for user, status in ((cast.bob, 404), (cast.charlie, 404), (None, 302)):
        assert signed_in(user).post(address, {"lifetime": "7"}).status_code == status
    Membership.objects.filter(user=cast.alice).update(role=Role.VIEWER)
    assert signed_in(cast.alice).post(address, {"lifetime": "7"}).status_code == 403
    assert not Share.objects.exists()


def test_the_list_says_who_shared_what_and_when_it_was_opened(cast: Cast, share: Share) -> None:
    Client().get(share.get_absolute_url())
    mine = signed_in(cast.alice).get(reverse("sharing:list")).content.decode()
    assert "Opened 1 time" in mine
    assert share.key in mine
    admins = signed_in(cast.bob).get(reverse("sharing:list")).content.decode()
    assert "by alice" in admins
    assert share.key not in admins, "the admin sees that it is there, not the link itself"
    assert "Nothing is shared" in signed_in(cast.charlie).get(reverse("sharing:list")).content.decode()
    signed_in(cast.bob).post(reverse("sharing:end", args=[share.pk]))
    assert statuses(Client(), share) == {404}
    assert "Revoked" in signed_in(cast.alice).get(reverse("sharing:list")).content.decode()


def test_others_cannot_revoke(cast: Cast, share: Share) -> None:
    Membership.objects.filter(user=cast.bob).update(role=Role.EDITOR)
    assert signed_in(cast.bob).post(reverse("sharing:end", args=[share.pk])).status_code == 403
    assert signed_in(cast.bob).post(reverse("sharing:revoke", args=[share.pk])).status_code == 404
    for name in ("end", "revoke"):
        assert signed_in(cast.charlie).post(reverse(f"sharing:{name}", args=[share.pk])).status_code == 404
    assert statuses(Client(), share) == {200}


def test_statements_do_not_grow(cast: Cast, film: Film) -> None:
    client = signed_in(cast.alice)

    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as statements:
            assert client.get(address).status_code == 200
        return len(statements)

    share = share_of(cast, film)
    pages = [reverse("sharing:list"), reverse("sharing:new", args=[film.pk])]
    few = [count(page) for page in pages]
    for _ in range(10):
        share_of(cast, film)
    assert [count(page) for page in pages] == few
    assert max(few) <= 8
    client = Client()
    assert count(share.get_absolute_url()) <= 3


def test_from_bookmarks_to_the_page_of_links(cast: Cast) -> None:
    row = make_bookmark(cast.alice, make_video(cast.library))
    answer = signed_in(cast.alice).post(reverse("reels:bulk_film"), {"chosen": [str(row.pk)], "then": "share"})
    assert answer["Location"] == reverse("sharing:new", args=[Film.objects.get().pk])
