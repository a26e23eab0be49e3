"""Byte ranges, as RFC 9110 sections 13 and 14 have them."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.test import RequestFactory

from videosearch.lib.files import Unsatisfiable, parse_range, ranged_file_response

pytestmark = pytest.mark.django_db  # closing a response looks after old connections

BODY = bytes(range(256)) * 4096  # 1 MiB: more than one block
SIZE = len(BODY)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(BODY)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def _get(path: Path, method: str = "GET", **headers: str) -> HttpResponseBase:
    request = RequestFactory().generic(method, "/", headers={k.replace("_", "-"): v for k, v in headers.items()})
    return ranged_file_response(request, path, "video/mp4")


def _body(response: HttpResponseBase) -> bytes:
    return response.getvalue()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-1", (0, 2)),
        ("bytes=0-", (0, 10)),
        ("bytes=5-", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-500", (0, 10)),
        ("bytes=9-9", (9, 10)),
        ("bytes=3-99999999999999999999", (3, 10)),
        ("BYTES=2-4", (2, 5)),
        ("bytes= 2-4 ", (2, 5)),
        ("bytes=9-5", None),
        ("bytes=-", None),
        ("bytes=abc", None),
        ("bytes=1-2,4-5", None),
        ("bytes=" + ",".join(["0-1"] * 2000), None),
        ("bytes=--3", None),
        ("bytes=1.5-3", None),
        ("bytes=٣-٤", None),
        ("bytes=" + "9" * 5000 + "-", None),
        ("items=0-1", None),
        ("", None),
    ],
)
def test_parse_range(header: str, expected: tuple[int, int] | None) -> None:
    assert parse_range(header, 10) == expected


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999-"])
def test_parse_range_past_the_end(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse_range(header, 10)


def test_an_empty_file_has_no_range() -> None:
    with pytest.raises(Unsatisfiable):
        parse_range("bytes=0-", 0)


def test_the_whole_file(clip: Path) -> None:
    response = _get(clip)
    assert response.status_code == 200
    assert _body(response) == BODY
    assert response["Content-Length"] == str(SIZE)
    assert response["Content-Type"] == "video/mp4"
    assert response["Accept-Ranges"] == "bytes"
    assert response["Cache-Control"].startswith("private")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "Content-Range" not in response


def test_a_part(clip: Path) -> None:
    response = _get(clip, Range="bytes=1000-700000")
    assert response.status_code == 206
    assert _body(response) == BODY[1000:700001]
    assert response["Content-Range"] == f"bytes 1000-700000/{SIZE}"
    assert response["Content-Length"] == "699001"


def test_past_the_end(clip: Path) -> None:
    response = _get(clip, Range=f"bytes={SIZE}-")
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{SIZE}"
    assert _body(response) == b""


def test_head_ignores_ranges_and_has_no_body(clip: Path) -> None:
    response = _get(clip, "HEAD", Range="bytes=0-1")
    assert response.status_code == 200
    assert response["Content-Length"] == str(SIZE)
    assert _body(response) == b""


def test_if_range(clip: Path) -> None:
    whole = _get(clip)
    etag, modified = whole["ETag"], whole["Last-Modified"]
    whole.close()
    for condition, status in [(etag, 206), (modified, 206), ('"other"', 200), (f"W/{etag}", 200), ("x", 200)]:
        response = _get(clip, Range="bytes=0-1", If_Range=condition)
        assert response.status_code == status, condition
        response.close()


def test_conditional_requests(clip: Path) -> None:
    whole = _get(clip)
    etag, modified = whole["ETag"], whole["Last-Modified"]
    whole.close()
    assert _get(clip, If_None_Match=etag).status_code == 304
    assert _get(clip, If_None_Match=etag, Range="bytes=0-1").status_code == 304
    assert _get(clip, If_Modified_Since=modified).status_code == 304
    assert _get(clip, If_Match='"other"').status_code == 412
    changed = _get(clip, If_None_Match='"other"')
    assert changed.status_code == 200
    changed.close()


def test_a_changed_file_has_another_etag(clip: Path) -> None:
    before = _get(clip)
    before.close()
    clip.write_bytes(BODY[::-1])
    after = _get(clip)
    after.close()
    assert before["ETag"] != after["ETag"]


def _is_open(path: Path) -> bool:
    return any(file.path == str(path) for file in psutil.Process().open_files())


def test_the_file_is_closed_when_the_client_goes_away(clip: Path) -> None:
    response = _get(clip)
    assert isinstance(response, StreamingHttpResponse)
    next(iter(response))
    assert _is_open(clip)
    response.close()
    assert not _is_open(clip)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(Http404):
        _get(tmp_path / "none.mp4")


def test_nginx_gets_our_path(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    settings.MEDIA_ACCEL_PREFIX = "/protected/"  # type: ignore[attr-defined]
    path = tmp_path / "a" / "50 % x.mp4"
    path.parent.mkdir()
    path.write_bytes(b"x")
    response = _get(path, Range="bytes=0-0", X_Accel_Redirect="/etc/passwd")
    assert response.status_code == 200
    assert response["X-Accel-Redirect"] == "/protected/a/50%20%25%20x.mp4"
    assert response["Content-Type"] == "video/mp4"
    with pytest.raises(ValueError, match="subpath"):
        ranged_file_response(RequestFactory().get("/"), Path(__file__), "text/plain")


def test_the_proposed_name_is_quoted(clip: Path) -> None:
    request = RequestFactory().get("/")
    response = ranged_file_response(request, clip, "video/mp4", filename='a"\r\nX: y\u202e.mp4', download=True)
    response.close()
    assert "\n" not in response["Content-Disposition"]
    assert response["Content-Disposition"].startswith("attachment; filename")
