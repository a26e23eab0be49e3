"""What the routes' arguments stand for: one maker for each name that a path converter has.

A new route with a new argument needs one more row in `MAKERS`, no test of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from tests.web.search.world import make_track
from videosearch.accounts.models import ApiToken, User
from videosearch.indexing.models import IndexVersion
from videosearch.library.models import Library, Membership, Rendition, Role, Upload, Video
from videosearch.reels.models import Bookmark, Film, Reel, ReelItem, Tag
from videosearch.search.models import Candidate, Query, SavedSearch
from videosearch.sharing.models import Share

RED = {"object:person": 0.9, "shirt_colour:red": 0.9}


@dataclass
class Team:
    """A library with one member for each role, and one video that can be watched and searched."""

    library: Library
    members: dict[str, User]
    video: Video
    version: IndexVersion


def make_team(name: str, film: Path) -> Team:
    library = Library.objects.create(name=name)
    members = {role.value: User.objects.create_user(f"{name}-{role.value}", password="secret") for role in Role}
    for role, user in members.items():
        Membership.objects.create(library=library, user=user, role=role)
    version, _ = IndexVersion.objects.get_or_create(key="test", profile="embedded", active=True)
    video = Video.objects.create(
        library=library, title=f"Match of {name}", status="ready", width=320, height=180, duration=20.0, fps=25.0,
        original_name="match.mp4", indexed_seconds=20.0,
    )  # fmt: skip
    video.folder.mkdir(parents=True)
    shutil.copyfile(film, video.folder / "proxy.mp4")
    shutil.copyfile(film, video.folder / "original")
    (video.folder / "storyboard.jpg").write_bytes(b"\xff\xd8")
    layout = {"interval": 1.0, "columns": 10, "count": 3, "tile": [160, 90]}
    for kind, file, facts in (("proxy", "proxy.mp4", {}), ("storyboard", "storyboard.jpg", {"layout": layout})):
        path = f"videos/{video.pk}/{file}"
        Rendition.objects.create(video=video, kind=kind, path=path, width=320, height=180, **facts)
    make_track(video, version, RED, start=0, end=2, attributes={"shirt_colour": "red"})
    return Team(library, members, video, version)


def _upload(team: Team, user: User) -> object:
    upload = Upload.objects.create(library=team.library, user=user, original_name="match.mp4", length=10)
    upload.file.parent.mkdir(parents=True, exist_ok=True)
    upload.file.touch()
    return upload.pk


def _query(team: Team, user: User) -> Query:
    query = Query.objects.create(
        user=user, text="red", state=Query.State.DONE, answer=Query.Answer.FOUND, parsed={"predicates": [], "rest": ""}
    )
    query.libraries.add(team.library)
    return query


def _candidate(team: Team, user: User) -> object:
    track = team.video.tracks.get()
    return Candidate.objects.create(
        query=_query(team, user), rank=1, video=team.video, track_ids=[track.track_id], label="Red shirt",
        start=track.start, end=track.end, score=0.9, tube=bytes(track.tube),
    ).pk  # fmt: skip


def _bookmark(team: Team, user: User) -> object:
    track = team.video.tracks.get()
    return Bookmark.objects.create(
        user=user, library=team.library, video=team.video, track=track, track_ids=[track.track_id], label="Red shirt",
        start=track.start, end=track.end, tube=bytes(track.tube),
    ).pk  # fmt: skip


def _reel(team: Team, user: User) -> Reel:
    film = Film.objects.create(user=user, library=team.library, title="Film", plan={"parts": []}, seconds=2, digest="")
    film.folder.mkdir(parents=True)
    film.path = film.folder.joinpath("film.mp4").relative_to(settings.MEDIA_ROOT).as_posix()
    shutil.copyfile(team.video.folder / "proxy.mp4", film.file)
    film.poster.write_bytes(b"\xff\xd8")
    film.save()
    return Reel.objects.create(user=user, library=team.library, title="Reel", film=film)


def _item(team: Team, user: User) -> object:
    track = team.video.tracks.get()
    return ReelItem.objects.create(
        reel=_reel(team, user), video=team.video, track_ids=[track.track_id], label="Red shirt", start=0, end=1,
        tube=bytes(track.tube),
    ).pk  # fmt: skip


def _share(team: Team, user: User) -> Share:
    film = _reel(team, user).film
    assert film is not None
    return Share.objects.create(user=user, library=team.library, film=film)


MAKERS: dict[str, Callable[[Team, User], object]] = {
    "library_id": lambda team, _: team.library.pk,
    "video_id": lambda team, _: team.video.pk,
    "rendition_id": lambda team, _: team.video.renditions.get(kind="proxy").pk,
    "user_id": lambda team, _: team.members["viewer"].pk,
    "upload_id": _upload,
    "query_id": lambda team, user: _query(team, user).pk,
    "candidate_id": _candidate,
    "moment_id": _candidate,
    "saved_id": lambda _, user: SavedSearch.objects.create(user=user, name="Red", text="red").pk,
    "bookmark_id": _bookmark,
    "reel_id": lambda team, user: _reel(team, user).pk,
    "item_id": _item,
    "film_id": lambda team, user: _reel(team, user).film_id,
    "share_id": lambda team, user: _share(team, user).pk,
    "key": lambda *_: Share.objects.latest("created_at").key,  # of the one made for the argument before
    "tag_id": lambda team, _: Tag.objects.get_or_create(library=team.library, name="Shot")[0].pk,
    "token_id": lambda _, user: ApiToken.issue(user, "script")[0].pk,
    "rest": lambda *_: "nowhere",
}

QUERIES = {"indexing:tracks": "?start=0&end=5", "api:search": "?query=red&wait=0", "search:tracks": "?start=0&end=2"}
"""What a route must be asked, to be answered with 200."""
