"""A video's page has the caller's moments in it, and nobody else's."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from tests.web.reels.made import make_bookmark, signed_in
from tests.web.search.world import Cast, make_track, make_video
from videosearch.accounts.models import User
from videosearch.library.models import Library, Membership, Role, Video
from videosearch.search import service
from videosearch.search.models import Query

pytestmark = pytest.mark.django_db

RED_TEN = {"object:person": 0.9, "shirt_colour:red": 0.9, "number:10": 0.9}
KIT = {"shirt_colour": "red", "number": "10"}


def shown(user: User, video: Video, query: object = "") -> tuple[str, dict[str, dict[str, Any]]]:
    """The page, and the clip of each moment in it by its id."""
    response = signed_in(user).get(reverse("library:video", args=[video.pk]), {"query": str(query)})
    assert response.status_code == 200
    text = response.content.decode()
    found = re.findall(r'<li data-hit id="([^"]+)" data-clip="([^"]+)"', text)
    return text, {key: json.loads(html.unescape(clip)) for key, clip in found}


def asked(cast: Cast, video: Video) -> Query:
    make_track(video, cast.version, RED_TEN, start=80, end=90, attributes=KIT)
    make_track(make_video(cast.library, "Another"), cast.version, RED_TEN, start=5, end=9, attributes=KIT)
    return service.search(cast.alice, "number 10 in red", [cast.library])[0]


def test_the_hits_of_the_search_and_the_bookmarks(cast: Cast, worker: list[str]) -> None:
    video = make_video(cast.library)
    query = asked(cast, video)
    row = make_bookmark(cast.alice, video, 30, 36, note="Corner")
    hit = query.candidates.get(video=video)
    text, clips = shown(cast.alice, video, query.pk)
    assert list(clips) == [f"bookmark-{row.pk}", f"hit-{hit.pk}"]  # by time; none of the other video
    clip = clips[f"hit-{hit.pk}"]
    assert (clip["start"], clip["end"], clip["moment"], clip["tracks"]) == (80.0, None, [80.0, 90.0], hit.track_ids)
    assert text.count("data-strip ") == 1
    assert reverse("search:result", args=[query.pk]) in text
    _, without = shown(cast.alice, video)
    assert list(without) == [f"bookmark-{row.pk}"]


def test_nothing_of_others(cast: Cast, worker: list[str]) -> None:
    video = make_video(cast.library)
    query = asked(cast, video)
    make_bookmark(cast.alice, video, note="Corner")
    for given in (query.pk, uuid4(), "x", "'"):
        text, clips = shown(cast.bob, video, given)  # a member sees the video, and none of Alice's moments
        assert clips == {}
        assert "Corner" not in text
        assert "number 10 in red" not in text
    address = reverse("library:video", args=[video.pk])
    assert signed_in(cast.charlie).get(address, {"query": str(query.pk)}).status_code == 404
    Membership.objects.filter(user=cast.alice).delete()
    assert signed_in(cast.alice).get(address, {"query": str(query.pk)}).status_code == 404


def test_a_video_of_another_library(cast: Cast, worker: list[str]) -> None:
    query = asked(cast, make_video(cast.library))
    away = Library.objects.create(name="Away")
    Membership.objects.create(library=away, user=cast.alice, role=Role.VIEWER)
    assert shown(cast.alice, make_video(away), query.pk)[1] == {}


def test_nobody_else_is_followed_after_indexing_anew(cast: Cast, worker: list[str]) -> None:
    video = make_video(cast.library)
    query = asked(cast, video)
    hit = query.candidates.get(video=video)
    video.tracks.all().delete()
    make_track(video, cast.version, RED_TEN, start=80, end=90, attributes={"shirt_colour": "blue", "number": "4"})
    assert shown(cast.alice, video, query.pk)[1][f"hit-{hit.pk}"]["tracks"] == []
