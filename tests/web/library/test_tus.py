"""The tus 1.0.0 protocol, call by call."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from tests.web.library.cast import World, make_world
from videosearch.jobs.models import Job
from videosearch.library import tus
from videosearch.library.models import Membership, Upload, Video

pytestmark = pytest.mark.django_db

PATCH = "application/offset+octet-stream"


class Tus:
    def __init__(self, world: World, name: str = "eve") -> None:
        self.client = world.client(name)
        self.endpoint = reverse("library:uploads", args=[world.library.id])

    def create(self, length: int | str | None, *, name: str = "match.mp4", **headers: str) -> Any:
        sent = {"Tus-Resumable": "1.0.0", "Upload-Metadata": f"filename {base64.b64encode(name.encode()).decode()}"}
        if length is not None:
            sent["Upload-Length"] = str(length)
        return self.client.post(self.endpoint, headers={**sent, **headers})

    def begin(self, length: int) -> str:
        response = self.create(length)
        assert response.status_code == 201, response.content
        return str(response["Location"])

    def patch(self, url: str, offset: int | str, data: bytes, *, content_type: str = PATCH, **headers: str) -> Any:
        sent = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset), "Content-Type": content_type, **headers}
        return self.client.patch(url, data, content_type=content_type, headers=sent)

    def offset(self, url: str) -> int:
        response = self.client.head(url, headers={"Tus-Resumable": "1.0.0"})
        assert response.status_code == 200
        return int(response["Upload-Offset"])


@pytest.fixture
def eve(world: World) -> Tus:
    return Tus(world)


def test_a_file_in_three_parts_becomes_a_video(eve: Tus, django_capture_on_commit_callbacks: Any) -> None:
    data = bytes(range(256)) * 1000
    url = eve.begin(len(data))
    with django_capture_on_commit_callbacks(execute=True):
        for start, end in [(0, 100_000), (100_000, 100_001), (100_001, len(data))]:
            response = eve.patch(url, start, data[start:end])
            assert (response.status_code, response["Upload-Offset"]) == (204, str(end))
            assert response["Tus-Resumable"] == "1.0.0"
            assert response["Upload-Expires"]
    video = Video.objects.get()
    assert (video.title, video.original_name, video.size_bytes) == ("match", "match.mp4", len(data))
    assert (video.status, video.uploaded_by and video.uploaded_by.username) == ("uploaded", "eve")
    assert hashlib.sha256(video.original.read_bytes()).digest() == hashlib.sha256(data).digest()
    assert Job.objects.get().kind == "probe"
    upload = Upload.objects.get()
    assert upload.video == video
    assert not upload.file.exists()
    assert eve.offset(url) == len(data)
    assert eve.patch(url, len(data), b"").status_code == 204
    assert Video.objects.count() == 1


def test_what_is_spoken_here(eve: Tus, settings: Settings) -> None:
    response = eve.client.options(eve.endpoint)
    assert response.status_code == 204
    assert response["Tus-Version"] == "1.0.0"
    assert response["Tus-Extension"] == "creation,expiration,termination"
    assert response["Tus-Max-Size"] == str(settings.MAX_UPLOAD_BYTES)


@pytest.mark.parametrize(
    ("length", "headers", "status"),
    [
        (None, {}, 400),
        ("-1", {}, 400),
        ("ten", {}, 400),
        ("٣", {}, 400),
        (10 * 1024**4, {}, 413),
        (10, {"Tus-Resumable": "0.2.2"}, 412),
        (10, {"Upload-Metadata": "filename !!!"}, 400),
        (10, {"Upload-Metadata": "filename YQ==,filename Yg=="}, 400),
        (10, {"Upload-Metadata": "filename /w=="}, 400),
        (10, {"Upload-Metadata": "filename " + "YWFh" * 10_000}, 400),
        (10, {"Upload-Metadata": ""}, 201),
        (10, {"Upload-Metadata": "is_confidential,filename YQ=="}, 201),
    ],
)
def test_creation(eve: Tus, length: int | str | None, headers: dict[str, str], status: int) -> None:
    assert eve.create(length, **headers).status_code == status
    assert Upload.objects.count() == (status == 201)


@pytest.mark.parametrize(
    ("offset", "data", "headers", "status"),
    [
        (0, b"12345", {}, 204),
        (3, b"12345", {}, 409),
        ("x", b"12345", {}, 400),
        (0, b"12345678901", {}, 413),
        (0, b"12345", {"content_type": "text/plain"}, 415),
        (0, b"12345", {"Tus-Resumable": "2.0.0"}, 412),
    ],
)
def test_patch(eve: Tus, offset: int | str, data: bytes, headers: dict[str, str], status: int) -> None:
    url = eve.begin(10)
    assert eve.patch(url, offset, data, **headers).status_code == status
    assert eve.offset(url) == (5 if status == 204 else 0)


def test_an_unknown_upload_is_not_found(eve: Tus) -> None:
    unknown = reverse("library:upload", args=[uuid4()])
    assert eve.patch(unknown, 0, b"").status_code == 404
    assert eve.client.head(unknown, headers={"Tus-Resumable": "1.0.0"}).status_code == 404
    assert eve.patch("/tus/../../etc/passwd/", 0, b"").status_code == 404


def test_another_ones_upload_is_not_found(world: World, eve: Tus) -> None:
    url = eve.begin(10)
    for name in ("alice", "sam", "nobody"):
        assert Tus(world, name).patch(url, 0, b"12345").status_code == 404
        assert Tus(world, name).client.delete(url, headers={"Tus-Resumable": "1.0.0"}).status_code == 404
    assert eve.offset(url) == 0


@pytest.mark.parametrize(
    ("name", "status"), [("alice", 201), ("eve", 201), ("rita", 403), ("victor", 403), ("sam", 404), ("nobody", 404)]
)
def test_editors_may_upload(world: World, name: str, status: int) -> None:
    assert Tus(world, name).create(10).status_code == status


def test_who_loses_the_role_on_the_way_is_refused(world: World, eve: Tus) -> None:
    url = eve.begin(10)
    Membership.objects.filter(user=world.users["eve"]).update(role="viewer")
    assert eve.patch(url, 0, b"12345").status_code == 403


def test_a_foreign_page_cannot_upload(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.users["eve"])
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
    assert client.post(reverse("library:uploads", args=[world.library.id]), headers=headers).status_code == 403


def test_giving_an_upload_up(eve: Tus, django_capture_on_commit_callbacks: Any) -> None:
    url = eve.begin(10)
    eve.patch(url, 0, b"12345")
    file = Upload.objects.get().file
    with django_capture_on_commit_callbacks(execute=True):
        assert eve.client.delete(url, headers={"Tus-Resumable": "1.0.0"}).status_code == 204
    assert not file.exists()
    assert eve.patch(url, 5, b"67890").status_code == 404


def test_uploads_nobody_finishes_expire(eve: Tus, django_capture_on_commit_callbacks: Any) -> None:
    url = eve.begin(10)
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    file = Upload.objects.get().file
    assert eve.patch(url, 0, b"12345").status_code == 410
    with django_capture_on_commit_callbacks(execute=True):
        eve.begin(10)
    assert Upload.objects.count() == 1
    assert not file.exists()


def test_a_patch_keeps_the_upload_alive(eve: Tus) -> None:
    url = eve.begin(10)
    Upload.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    eve.patch(url, 0, b"12345")
    assert Upload.objects.get().expires_at > timezone.now() + timedelta(hours=23)


def test_a_broken_line_keeps_what_arrived(eve: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"abcdefghij" * 300_000
    url = eve.begin(len(data))
    monkeypatch.setattr(tus, "PIECE", 1000)
    arrived = io.BytesIO(data[:2_500_500])

    def read(request: object, size: int) -> bytes:
        piece = arrived.read(size)
        if not piece:
            raise OSError("connection reset")
        return piece

    from django.core.handlers.wsgi import WSGIRequest

    with monkeypatch.context() as broken:
        broken.setattr(WSGIRequest, "read", lambda request, size: _unreadable(read, request, size))
        eve.patch(url, 0, data)
    assert eve.offset(url) == 2_500_500
    eve.patch(url, 2_500_500, data[2_500_500:])
    assert Video.objects.get().original.read_bytes() == data


def _unreadable(read: Any, request: object, size: int) -> bytes:
    from django.http import UnreadablePostError

    try:
        return bytes(read(request, size))
    except OSError as error:
        raise UnreadablePostError from error


def test_bytes_of_a_killed_patch_are_not_counted(eve: Tus) -> None:
    url = eve.begin(10)
    eve.patch(url, 0, b"12345")
    with Upload.objects.get().file.open("ab") as file:
        file.write(b"half of a patch that was killed")
    assert eve.offset(url) == 5
    eve.patch(url, 5, b"67890")
    assert Video.objects.get().original.read_bytes() == b"1234567890"


def test_large_bodies_are_not_held_to_the_form_limit(eve: Tus, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    url = eve.begin(50_000)
    assert eve.patch(url, 0, b"x" * 50_000).status_code == 204


def test_an_empty_file_becomes_a_video_that_will_say_so(eve: Tus) -> None:
    assert eve.create(0).status_code == 201
    assert Video.objects.get().size_bytes == 0


def test_no_room_on_the_disk(eve: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tus, "SPARE_BYTES", 2**62)
    assert eve.create(10).status_code == 507


def test_too_many_open_uploads(eve: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tus, "MAX_OPEN", 2)
    assert [eve.create(10).status_code for _ in range(3)] == [201, 201, 429]


def test_names_are_text_and_never_paths(world: World, eve: Tus) -> None:
    url = eve.create(1, name="../../etc/<img src=x onerror=alert(1)>\x00\n.mp4")["Location"]
    eve.patch(url, 0, b"x")
    video = Video.objects.get()
    assert video.original_name == "<img src=x onerror=alert(1)> .mp4"
    assert video.original == video.folder / "original"
    page = world.client("eve").get(world.library.get_absolute_url()).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


@pytest.mark.django_db(transaction=True)
def test_of_two_patches_at_once_one_is_locked_out() -> None:
    world = make_world()
    eve = Tus(world)
    url = eve.begin(10)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Upload.objects.select_for_update().get()
            held.set()
            done.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(10)
    try:
        assert eve.patch(url, 0, b"1234567890").status_code == 423
    finally:
        done.set()
        thread.join()
    assert eve.patch(url, 0, b"1234567890").status_code == 204
    assert Video.objects.get().original.read_bytes() == b"1234567890"
