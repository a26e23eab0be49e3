"""Who may see and do what: owner, member and stranger at every address."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.web.library.cast import World
from videosearch.jobs.models import Job
from videosearch.library.models import Library, Membership, Rendition, Video

pytestmark = pytest.mark.django_db

LOGIN = 302


def rendition(video: Video, kind: str = "proxy", data: bytes = b"0123456789", **facts: Any) -> Rendition:
    video.folder.mkdir(parents=True, exist_ok=True)
    path = video.folder / {"proxy": "proxy.mp4"}.get(kind, f"{kind}.jpg")
    path.write_bytes(data)
    return Rendition.objects.create(video=video, kind=kind, path=f"videos/{video.id}/{path.name}", **facts)


def addresses(world: World) -> dict[str, tuple[str, str, str]]:
    """Every address of the app that shows or changes one library: (method, path, least role)."""
    video, library = world.video(status="ready"), world.library
    proxy = rendition(video)
    layout = {"interval": 1.0, "columns": 10, "count": 3, "tile": [160, 90]}
    rendition(video, "storyboard", layout=layout)
    victor = world.users["victor"].pk

    def at(name: str, *args: object) -> str:
        return reverse(f"library:{name}", args=args)

    return {
        "detail": ("get", at("detail", library.id), "viewer"),
        "progress": ("get", at("progress", library.id), "viewer"),
        "video": ("get", at("video", video.id), "viewer"),
        "state": ("get", at("state", video.id), "viewer"),
        "media": ("get", at("media", proxy.id), "viewer"),
        "storyboard": ("get", at("storyboard", video.id), "viewer"),
        "rename": ("post", at("rename", video.id), "editor"),
        "sheet": ("get", at("sheet", video.id), "editor"),
        "retry": ("post", at("retry", video.id), "editor"),
        "delete": ("post", at("delete", video.id), "editor"),
        "upload_form": ("post", at("upload_form", library.id), "editor"),
        "members": ("get", at("members", library.id), "admin"),
        "add_member": ("post", at("add_member", library.id), "admin"),
        "change_member": ("post", at("change_member", library.id, victor), "admin"),
    }


NAMES = [
    "detail", "progress", "video", "state", "media", "storyboard", "rename", "retry", "delete", "upload_form", "sheet",
    "members", "add_member", "change_member",
]  # fmt: skip
RANKS = ["viewer", "reviewer", "editor", "admin"]
CAST = {"victor": "viewer", "rita": "reviewer", "eve": "editor", "alice": "admin"}


def test_the_list_of_addresses_is_whole(world: World) -> None:
    from videosearch.library.urls import urlpatterns

    elsewhere = {"list", "create", "uploads", "upload"}
    assert {pattern.name for pattern in urlpatterns} == {*NAMES, *elsewhere}
    assert set(addresses(world)) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_strangers_find_nothing(world: World, name: str) -> None:
    method, path, _ = addresses(world)[name]
    for who in ("sam", "nora"):
        assert world.status(who, path, method=method) == 404
    assert world.status("nobody", path, method=method) in {404, LOGIN}
    assert world.library.videos.count() == 1
    assert world.library.membership_set.count() == 4


@pytest.mark.parametrize("who", CAST)
@pytest.mark.parametrize("name", NAMES)
def test_roles(world: World, name: str, who: str) -> None:
    method, path, least = addresses(world)[name]
    status = world.status(who, path, method=method)
    if RANKS.index(CAST[who]) < RANKS.index(least):
        assert status == 403
        assert world.library.videos.count() == 1
    else:
        assert status in {200, 286, 302, 422}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "sheet"])  # the form's own address takes it back
def test_each_address_takes_its_own_method_only(world: World, name: str) -> None:
    method, path, _ = addresses(world)[name]
    assert world.status("alice", path, method="post" if method == "get" else "get") == 405


def test_the_list_shows_ones_own_libraries(world: World) -> None:
    page = world.client("victor").get("/").content.decode()
    assert "U17" in page
    assert "Rivals" not in page
    assert "Make your first library" in world.client("nora").get("/").content.decode()
    assert Client().get("/").status_code == LOGIN


def test_pages_have_no_inline_script_or_style(world: World) -> None:
    video = world.video(status="ready", indexed_seconds=20.0)
    rendition(video)
    client = world.client("alice")
    pages = ["/", world.library.get_absolute_url(), video.get_absolute_url()]
    for path in [*pages, reverse("library:members", args=[world.library.id])]:
        page = client.get(path).content
        assert page.count(b"<script") == page.count(b"<script src=")
        assert b" style=" not in page
        assert b"<style" not in page
        assert b" onclick=" not in page


def test_making_a_library(world: World) -> None:
    client = world.client("nora")
    response = client.post(reverse("library:create"), {"name": "Futsal"})
    library = Library.objects.get(name="Futsal")
    assert response["Location"] == library.get_absolute_url()
    assert Membership.objects.get(library=library).role == "admin"
    assert client.post(reverse("library:create"), {"name": " "}).status_code == 422
    assert client.post(reverse("library:create"), {"name": "x" * 121}).status_code == 422


def test_the_number_of_statements_does_not_grow_with_the_videos(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        video = world.video(title=f"Match {number}", status="processing" if number % 2 else "ready")
        rendition(video)
        rendition(video, "poster")
        Job.objects.create(kind="index_segment", subject=str(video.id), queue="gpu", max_attempts=3)
    client = world.client("alice")
    with django_assert_max_num_queries(7):
        assert client.get(world.library.get_absolute_url()).status_code == 200
    with django_assert_max_num_queries(3):
        assert client.get("/").status_code == 200


def test_progress_says_how_far_it_is_and_when_to_stop(world: World) -> None:
    busy, done = world.video(status="processing"), world.video(title="Old", status="ready")
    for ordinal, (state, progress) in enumerate([("done", 1.0), ("running", 0.5)]):
        facts = {"state": state, "progress": progress, "queue": "gpu", "max_attempts": 3}
        Job.objects.create(kind="index_segment", subject=str(busy.id), ordinal=ordinal, **facts)
    client, path = world.client("victor"), reverse("library:progress", args=[world.library.id])

    response = client.get(path, {"live": [str(busy.id), str(done.id)]})
    page = response.content.decode()
    assert response.status_code == 200
    assert "Finding players: 0:15 of 0:20" in page
    assert f'id="video-{busy.id}" hx-swap-oob="true"' in page

    Video.objects.filter(id=busy.id).update(status="failed", error="The file is <b>broken</b>.")
    response = client.get(path, {"live": str(busy.id)})
    assert response.status_code == 286
    assert "The file is &lt;b&gt;broken&lt;/b&gt;." in response.content.decode()
    assert client.get(path, {"live": "x"}).status_code == 404
    theirs = Video.objects.create(library=world.other, title="Secret tactics", status="processing")
    assert "Secret" not in client.get(path, {"live": str(theirs.id)}).content.decode()


def test_media_in_parts(world: World) -> None:
    path = reverse("library:media", args=[rendition(world.video()).id])
    response = world.client("victor").get(path, headers={"Range": "bytes=2-5"})
    assert (response.status_code, b"".join(response.streaming_content)) == (206, b"2345")  # type: ignore[attr-defined]
    assert response["Content-Type"] == "video/mp4"
    assert world.status("victor", reverse("library:media", args=[uuid4()])) == 404


def test_the_storyboard_names_its_parts(world: World) -> None:
    video = world.video(decoded_seconds=25.0)
    sheet = rendition(video, "storyboard", layout={"interval": 2.0, "columns": 10, "count": 13, "tile": [160, 90]})
    text = world.client("victor").get(reverse("library:storyboard", args=[video.id])).content.decode()
    assert text.startswith("WEBVTT\n")
    assert f"00:00:00.000 --> 00:00:02.000\n/media/{sheet.id}#xywh=0,0,160,90" in text
    assert f"00:00:22.000 --> 00:00:24.000\n/media/{sheet.id}#xywh=160,90,160,90" in text
    assert "00:00:24.000 --> 00:00:25.000" in text


def test_uploading_without_javascript(world: World) -> None:
    client, path = world.client("eve"), reverse("library:upload_form", args=[world.library.id])
    files = [SimpleUploadedFile(f"half {n}.mp4", b"x" * n) for n in (1, 2)]
    assert client.post(path, {"file": files}).status_code == 302
    assert sorted(world.library.videos.values_list("title", "size_bytes")) == [("half 1", 1), ("half 2", 2)]
    assert Job.objects.filter(kind="probe").count() == 2
    page = client.post(path, {}, follow=True).content.decode()
    assert "Please choose a video file first." in page


def test_deleting_takes_the_files_along(world: World, django_capture_on_commit_callbacks: Any) -> None:
    video = world.video()
    rendition(video)
    Job.objects.create(kind="proxy", subject=str(video.id), queue="media", max_attempts=3)
    with django_capture_on_commit_callbacks(execute=True):
        world.client("eve").post(reverse("library:delete", args=[video.id]))
    assert not Video.objects.exists()
    assert not video.folder.exists()
    assert Job.objects.get().state == "cancelled"


def test_the_video_page_speaks_of_what_went_wrong(world: World) -> None:
    video = world.video(status="failed", error="The file has no picture, only sound.")
    page = world.client("victor").get(video.get_absolute_url()).content.decode()
    assert "The file has no picture, only sound." in page
    assert "<vs-player" not in page


def test_boxes_are_never_drawn_over_a_poster(world: World) -> None:
    """A poster is a picture of another time than the one the player stands at."""
    video = world.video(status="ready")
    rendition(video)
    rendition(video, "poster")
    page = world.client("victor").get(video.get_absolute_url()).content.decode()
    assert "<vs-player" in page
    assert "poster=" not in page


@pytest.mark.parametrize(("query", "start"), [("t=3.5", 'start="3.5"'), ("t=x", ""), ("t=nan", ""), ("t=-1", "")])
def test_the_video_page_begins_where_it_is_told(world: World, query: str, start: str) -> None:
    video = world.video(status="ready")
    rendition(video)
    page = world.client("victor").get(f"{video.get_absolute_url()}?{query}").content.decode()
    player = page[page.index("<vs-player") : page.index("<media-controller")]
    assert start in player
    assert bool(start) == (" start=" in player)


def test_editors_see_the_tools_of_editors(world: World) -> None:
    video = world.video(status="ready")
    assert "Delete video" in world.client("eve").get(video.get_absolute_url()).content.decode()
    assert "Delete video" not in world.client("rita").get(video.get_absolute_url()).content.decode()
    assert "data-upload" not in world.client("victor").get(world.library.get_absolute_url()).content.decode()


def test_renaming(world: World) -> None:
    video = world.video()
    client, path = world.client("eve"), reverse("library:rename", args=[video.id])
    client.post(path, {"title": "  Cup final "})
    client.post(path, {"title": ""})
    video.refresh_from_db()
    assert video.title == "Cup final"


class TestMembers:
    def change(self, world: World, who: str, whom: str, **data: str) -> int:
        path = reverse("library:change_member", args=[world.library.id, world.users[whom].pk])
        return world.status(who, path, method="post", **data)

    def role(self, world: World, name: str) -> str | None:
        found = Membership.objects.filter(library=world.library, user=world.users[name]).first()
        return found.role if found else None

    def test_adding_by_name_or_address(self, world: World) -> None:
        path = reverse("library:add_member", args=[world.library.id])
        assert world.status("alice", path, method="post", who="nora", role="viewer") == 302
        assert world.status("alice", path, method="post", who="SAM@example.org", role="editor") == 302
        assert (self.role(world, "nora"), self.role(world, "sam")) == ("viewer", "editor")
        for wrong in (
            {"who": "ghost", "role": "viewer"},
            {"who": "eve", "role": "admin"},
            {"who": "nora", "role": "king"},
        ):
            assert world.status("alice", path, method="post", **wrong) == 422
        assert self.role(world, "eve") == "editor"

    def test_changing_and_removing(self, world: World) -> None:
        self.change(world, "alice", "victor", role="editor")
        assert self.role(world, "victor") == "editor"
        self.change(world, "alice", "victor", remove="1")
        assert self.role(world, "victor") is None
        assert self.change(world, "alice", "sam", role="viewer") == 404

    def test_nobody_raises_themselves(self, world: World) -> None:
        assert self.change(world, "eve", "eve", role="admin") == 403
        assert self.role(world, "eve") == "editor"

    def test_the_last_admin_stays(self, world: World) -> None:
        self.change(world, "alice", "alice", role="viewer")
        self.change(world, "alice", "alice", remove="1")
        assert self.role(world, "alice") == "admin"
        self.change(world, "alice", "eve", role="admin")
        self.change(world, "alice", "alice", role="viewer")
        assert self.role(world, "alice") == "viewer"
