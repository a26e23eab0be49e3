"""System checks: what the machine must have, each with what to do about it.

The cheap ones run at every start. Those of the database come with `manage.py check --database default`, those that hash
files with `manage.py check --deploy`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import DatabaseError, connections

Apps = Sequence[AppConfig] | None


@register("videosearch")
def ffmpeg_is_here(app_configs: Apps, **_: object) -> list[CheckMessage]:  # noqa: ARG001
    from videosearch.lib import ffmpeg

    try:
        works = os.access(ffmpeg.binary(), os.X_OK)
    except (ImportError, RuntimeError):
        works = False
    if works:
        return []
    hint = "It comes with the package imageio-ffmpeg; run `make env`, or name one in IMAGEIO_FFMPEG_EXE."
    return [Error("There is no ffmpeg that can be run.", hint=hint, id="videosearch.E001")]


@register("videosearch")
def media_is_writable(app_configs: Apps, **_: object) -> list[CheckMessage]:  # noqa: ARG001
    folder = Path(settings.MEDIA_ROOT)
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        return []
    hint = "Name another one in VIDEOSEARCH_MEDIA_ROOT, or give this user the right to write there."
    return [Error(f"Videos cannot be stored in {folder}.", hint=hint, id="videosearch.E002")]


@register("videosearch")
def vendored_files_are_here(app_configs: Apps, **_: object) -> list[CheckMessage]:  # noqa: ARG001
    from videosearch.local import vendor

    return [Error(problem, hint="`make vendor` brings it.", id="videosearch.E003") for problem in vendor.problems()]


@register("videosearch")
def profile_is_known(app_configs: Apps, **_: object) -> list[CheckMessage]:  # noqa: ARG001
    if settings.VIDEOSEARCH_PROFILE in {"embedded", "full"}:
        return []
    hint = "VIDEOSEARCH_PROFILE is either embedded or full."
    return [Error(f"There is no profile {settings.VIDEOSEARCH_PROFILE!r}.", hint=hint, id="videosearch.E004")]


@register(Tags.database)
def database_has_vectors(app_configs: Apps, databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:  # noqa: ARG001
    found: list[CheckMessage] = []
    for alias in databases or ():
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
                has_it = cursor.fetchone() is not None
        except DatabaseError as error:
            hint = "Is DATABASE_URL right, and the server up?"
            found.append(Error(f"The database does not answer: {error}", hint=hint, id="videosearch.E005"))
            continue
        if not has_it:
            hint = "Install pgvector 0.8 on the database server."
            found.append(Error("The database has no extension vector.", hint=hint, id="videosearch.E006"))
    return found


@register("videosearch", deploy=True)
def weights_are_here(app_configs: Apps, **_: object) -> list[CheckMessage]:  # noqa: ARG001
    from grounding import weights

    return [Error(problem, hint="`make weights` brings it.", id="videosearch.E007") for problem in weights.check()]


@register("videosearch", deploy=True)
def hosts_are_named(app_configs: Apps, **_: object) -> list[CheckMessage]:  # noqa: ARG001
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    hint = 'Set VIDEOSEARCH_ALLOWED_HOSTS, for instance to ["video.example.org"].'
    return [CheckWarning("Requests for any host are answered.", hint=hint, id="videosearch.W001")]


@register("videosearch", deploy=True)
def pages_are_encrypted(app_configs: Apps, **_: object) -> list[CheckMessage]:  # noqa: ARG001
    if settings.SESSION_COOKIE_SECURE:
        return []
    hint = "Put a proxy that speaks HTTPS in front and set VIDEOSEARCH_HTTPS=1."
    return [CheckWarning("Passwords and footage go over the line in the clear.", hint=hint, id="videosearch.W002")]
