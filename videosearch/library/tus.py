"""Uploads that survive a broken line: the tus 1.0.0 protocol with creation, expiration and termination.

The state is one row per upload; each PATCH holds the row's lock, writes the body in pieces as it comes, and commits the
offset it got to, also when the line breaks in the middle. Ids are ours and nothing of the client's is part of a path.
"""

from __future__ import annotations

import base64
import binascii
import functools
import os
import shutil
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date

from videosearch.lib.scopes import maker, member
from videosearch.library import housekeeping, services
from videosearch.library.access import get_library
from videosearch.library.models import UPLOAD_LIFETIME, Role, Upload
from videosearch.library.names import clean_name

VERSION = "1.0.0"
CONTENT_TYPE = "application/offset+octet-stream"
MAX_OPEN = 50
PIECE = 1024 * 1024
SPARE_BYTES = 512 * 1024**2
_MAX_METADATA = 8192

View = Callable[..., HttpResponse]


class TusError(Exception):
    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def _tus(view: View) -> View:
    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != VERSION:
                raise TusError(HTTPStatus.PRECONDITION_FAILED, f"Only version {VERSION} of tus is spoken here.")
            response = view(request, *args, **kwargs)
        except TusError as error:
            response = HttpResponse(str(error), status=error.status, content_type="text/plain")
            response["Tus-Version"] = VERSION
        response["Tus-Resumable"] = VERSION
        response["Cache-Control"] = "no-store"
        return response

    return wrapped


@member(Role.EDITOR)
@_tus
def collection(request: HttpRequest, library_id: UUID) -> HttpResponse:
    """OPTIONS: what is spoken here. POST: begin an upload into this library."""
    if request.method == "OPTIONS":
        headers = {"Tus-Version": VERSION, "Tus-Extension": "creation,expiration,termination"}
        headers["Tus-Max-Size"] = str(settings.MAX_UPLOAD_BYTES)
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=headers)
    if request.method != "POST":
        return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "OPTIONS, POST"})
    library = get_library(request.user, library_id, Role.EDITOR)
    length = _length(request)
    name = clean_name(_metadata(request).get("filename", ""))
    housekeeping.purge_expired()
    user_id = request.user.pk or 0  # a member, since the library was found
    if Upload.objects.filter(user_id=user_id, video=None).count() >= MAX_OPEN:
        raise TusError(HTTPStatus.TOO_MANY_REQUESTS, f"You already have {MAX_OPEN} uploads open. Finish some first.")
    try:
        with transaction.atomic():
            services.require_room(library, length)
            upload = Upload.objects.create(library=library, user_id=user_id, original_name=name, length=length)
    except services.QuotaError as error:
        raise TusError(HTTPStatus.FORBIDDEN, str(error)) from error
    upload.file.parent.mkdir(parents=True, exist_ok=True)
    upload.file.touch()
    if length == 0:
        _finish(upload)
    response = HttpResponse(status=HTTPStatus.CREATED)
    response["Location"] = reverse("library:upload", args=[upload.id])
    return _describe(response, upload)


@maker(Role.EDITOR)
@_tus
def resource(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """HEAD: how far it is. PATCH: more bytes. DELETE: give it up."""
    verbs = {"HEAD": _head, "PATCH": _patch, "DELETE": _delete}
    verb = verbs.get(request.method or "")
    if verb is None:
        return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(verbs)})
    return verb(request, upload_id)


def _head(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    upload = _find(request, upload_id)
    response = HttpResponse(status=HTTPStatus.OK)
    response["Upload-Length"] = str(upload.length)
    return _describe(response, upload)


def _patch(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    if request.content_type != CONTENT_TYPE:
        raise TusError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The content type must be {CONTENT_TYPE}.")
    claimed = _whole_number(request.headers.get("Upload-Offset", ""))
    with transaction.atomic():
        upload = _find(request, upload_id, lock=True)
        if claimed != upload.offset:
            raise TusError(HTTPStatus.CONFLICT, f"The upload stands at {upload.offset} bytes.")
        if _whole_number(request.headers.get("Content-Length") or "0") > upload.length - upload.offset:
            raise TusError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is more than the file's stated length.")
        if upload.video_id is None:
            upload.offset = _receive(request, upload)
            upload.expires_at = timezone.now() + UPLOAD_LIFETIME
            upload.save(update_fields=["offset", "expires_at"])
            if upload.offset == upload.length:
                _finish(upload)
    return _describe(HttpResponse(status=HTTPStatus.NO_CONTENT), upload)


def _delete(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    with transaction.atomic():
        upload = _find(request, upload_id, lock=True)
        upload.delete()
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _find(request: HttpRequest, upload_id: UUID, *, lock: bool = False) -> Upload:
    uploads = Upload.objects.select_related("library", "user").filter(id=upload_id, user_id=request.user.pk or 0)
    if lock:
        uploads = uploads.select_for_update(nowait=True, of=("self",))
    try:
        upload = uploads.first()
    except OperationalError as error:
        raise TusError(HTTPStatus.LOCKED, "Another request is writing to this upload.") from error
    if upload is None:
        raise Http404("No such upload.")
    get_library(request.user, upload.library_id, Role.EDITOR)
    if upload.expires_at <= timezone.now():
        raise TusError(HTTPStatus.GONE, "This upload was left alone for too long. Please start it again.")
    return upload


def _receive(request: HttpRequest, upload: Upload) -> int:
    """Write the body behind the offset as it comes; the new offset. A broken line keeps what had arrived."""
    offset = upload.offset
    try:
        with upload.file.open("r+b") as file:
            file.seek(offset)
            file.truncate()  # bytes of a PATCH that was killed before it could say how far it came
            while offset < upload.length and (piece := _read(request, min(PIECE, upload.length - offset))):
                file.write(piece)
                offset += len(piece)
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError as error:
        raise TusError(HTTPStatus.GONE, "The bytes of this upload are gone. Please start it again.") from error
    except OSError as error:
        raise TusError(HTTPStatus.INSUFFICIENT_STORAGE, "The server's disk is full.") from error
    return offset


def _read(request: HttpRequest, size: int) -> bytes:
    try:
        return request.read(size)
    except UnreadablePostError:
        return b""


def _finish(upload: Upload) -> None:
    upload.video = services.add_upload(upload)
    upload.save(update_fields=["video"])


def _length(request: HttpRequest) -> int:
    if "Upload-Length" not in request.headers:
        raise TusError(HTTPStatus.BAD_REQUEST, "Upload-Length is missing.")
    length = _whole_number(request.headers["Upload-Length"])
    if length > settings.MAX_UPLOAD_BYTES:
        raise TusError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Files may have {settings.MAX_UPLOAD_BYTES} bytes here.")
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    if length + SPARE_BYTES > shutil.disk_usage(settings.MEDIA_ROOT).free:
        raise TusError(HTTPStatus.INSUFFICIENT_STORAGE, "The server's disk has no room for this file.")
    return length


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise TusError(HTTPStatus.BAD_REQUEST, "A whole number was expected.")
    return int(text)


def _metadata(request: HttpRequest) -> dict[str, str]:
    """`Upload-Metadata: key base64,key base64`."""
    header = request.headers.get("Upload-Metadata", "")
    if len(header) > _MAX_METADATA:
        raise TusError(HTTPStatus.BAD_REQUEST, "Upload-Metadata is too long.")
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, value = pair.partition(" ")
        if key in found:
            raise TusError(HTTPStatus.BAD_REQUEST, f"Upload-Metadata names {key[:40]!r} twice.")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise TusError(HTTPStatus.BAD_REQUEST, "Upload-Metadata cannot be read.") from error
    return found


def _describe(response: HttpResponse, upload: Upload) -> HttpResponse:
    response["Upload-Offset"] = str(upload.offset)
    response["Upload-Expires"] = http_date(upload.expires_at.timestamp())
    return response
