"""Sending private files in parts, which Django 5.2 cannot do by itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date

_BLOCK = 256 * 1024
_RANGE = re.compile(r"bytes=\s*(?P<first>\d{0,30})-(?P<last>\d{0,30})\s*", re.ASCII | re.IGNORECASE)

Range = tuple[int, int]
"""First byte and the one after the last."""


class Unsatisfiable(Exception):  # noqa: N818
    """A well-formed range that holds no byte of the file."""


def ranged_file_response(
    request: HttpRequest, path: Path, content_type: str, *, filename: str = "", download: bool = False
) -> HttpResponseBase:
    """The file, or the one range of it that was asked for (RFC 9110): 200, 206, 304, 412 or 416.

    Whether the caller may have the file is decided before. With `MEDIA_ACCEL_PREFIX` set, nginx sends the bytes; the
    path it gets comes from us alone. A filename is what the browser proposes for saving.

    Raises: Http404 when there is no such file.
    """
    if not path.is_file():
        raise Http404
    response = _delegate(path) if settings.MEDIA_ACCEL_PREFIX else _send(request, path)
    if response.status_code != 304:
        response.headers["Content-Type"] = content_type
    if filename:
        response.headers["Content-Disposition"] = content_disposition_header(download, filename) or "inline"
    response.headers["Cache-Control"] = "private, no-cache"  # kept, but the right to it is asked for each time
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def parse_range(header: str, size: int) -> Range | None:
    """The single byte range of a Range header, or None where it is to be ignored: not understood, or more than one.

    Raises: Unsatisfiable.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or not (match["first"] or match["last"]):
        return None
    if not match["first"]:
        length = min(int(match["last"]), size)
        if length == 0:
            raise Unsatisfiable
        return size - length, size
    first, last = int(match["first"]), int(match["last"] or size)
    if match["last"] and last < first:
        return None
    if first >= size:
        raise Unsatisfiable
    return first, min(last + 1, size)


def _delegate(path: Path) -> HttpResponse:
    inside = path.resolve().relative_to(settings.MEDIA_ROOT).as_posix()
    return HttpResponse(headers={"X-Accel-Redirect": f"{settings.MEDIA_ACCEL_PREFIX.rstrip('/')}/{quote(inside)}"})


def _send(request: HttpRequest, path: Path) -> HttpResponseBase:
    stream = path.open("rb")
    facts = os.fstat(stream.fileno())
    etag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
    modified = int(facts.st_mtime)
    size = facts.st_size
    headers = {"ETag": etag, "Last-Modified": http_date(modified), "Accept-Ranges": "bytes"}

    unchanged = get_conditional_response(request, etag, modified)
    if unchanged is not None and unchanged.status_code != 200:
        stream.close()
        for name, value in headers.items():
            unchanged.headers[name] = value
        return unchanged
    try:
        wanted = _wanted(request, size, etag, headers["Last-Modified"])
    except Unsatisfiable:
        stream.close()
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})

    start, end = wanted or (0, size)
    headers["Content-Length"] = str(end - start)
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    if request.method == "HEAD":
        stream.close()
        return HttpResponse(headers=headers)
    return StreamingHttpResponse(_Part(stream, start, end), status=206 if wanted else 200, headers=headers)


def _wanted(request: HttpRequest, size: int, etag: str, modified: str) -> Range | None:
    header = request.headers.get("Range", "")
    condition = request.headers.get("If-Range", "").strip()
    if request.method != "GET" or not header or (condition and condition not in {etag, modified}):
        return None
    return parse_range(header, size)


class _Part:
    """The bytes [start, end) of a file, block by block; closes it when the response is closed, however that ends."""

    def __init__(self, stream: BinaryIO, start: int, end: int) -> None:
        self._stream = stream
        self._start = start
        self._end = end

    def __iter__(self) -> Iterator[bytes]:
        self._stream.seek(self._start)
        left = self._end - self._start
        while left > 0 and (block := self._stream.read(min(_BLOCK, left))):
            left -= len(block)
            yield block

    def close(self) -> None:
        self._stream.close()
