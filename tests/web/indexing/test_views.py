from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from django.urls import reverse

from grounding.types import Tube
from tests.web.library.cast import World
from videosearch.indexing.models import IndexVersion, Track
from videosearch.indexing.strips import rows_of
from videosearch.jobs.models import Job
from videosearch.library.models import Video

pytestmark = pytest.mark.django_db


def track(video: Video, track_id: int, times: list[float], label: str = "person", **attributes: str) -> Track:
    version, _ = IndexVersion.objects.get_or_create(key="v1", defaults={"profile": "embedded"})
    made = Track(video=video, version=version, track_id=track_id, label=label, score=0.9, attributes=attributes)
    boxes = np.tile(np.array([[10, 20, 30, 60.04]], np.float32), (len(times), 1))
    made.set_tube(Tube(np.array(times), boxes))
    made.save()
    return made


@pytest.fixture
def video(world: World) -> Video:
    video = world.video(status="ready", indexed_seconds=20.0)
    track(video, 1, [1.0, 1.2, 1.4, 5.0, 5.2], shirt_colour="red", number="10")
    track(video, 2, [10.0, 10.2], shirt_colour="light blue")
    track(video, 3, [0.0, 0.2], label="sports ball")
    track(video, 4, [0.0, 19.8], label="picture")
    return video


def fetch(world: World, video: Video, query: str = "") -> Any:
    response = world.client("victor").get(reverse("indexing:tracks", args=[video.id]) + query)
    return response.status_code, json.loads(response.content)


def test_boxes_of_chosen_tracks(world: World, video: Video) -> None:
    status, data = fetch(world, video, "?tracks=1")
    assert status == 200
    assert (data["width"], data["height"]) == (1280, 720)
    [one] = data["tracks"]
    assert (one["track_id"], one["name"], one["colour"]) == (1, "Number 10, red shirt", "red")
    assert (one["start"], one["end"], one["step"]) == (1.0, 5.4, 0.2)
    assert one["boxes"][0] == [1.0, 10.0, 20.0, 30.0, 60.0]
    assert [row[0] for row in one["boxes"]] == [1.0, 1.2, 1.4, 5.0, 5.2]


def test_boxes_of_a_span_come_with_neighbours_and_without_the_whole_picture(world: World, video: Video) -> None:
    status, data = fetch(world, video, "?start=0&end=1.3")
    assert status == 200
    assert {one["track_id"]: [row[0] for row in one["boxes"]] for one in data["tracks"]} == {
        1: [1.0, 1.2, 1.4],
        3: [0.0, 0.2],
    }


@pytest.mark.parametrize(
    "query",
    [
        "", "?tracks=x", "?start=a&end=b", "?start=5&end=1", "?start=nan&end=2", "?start=0&end=inf", "?start=0&end=500",
        "?tracks=-1", "?tracks=99999999999999999999", "?tracks=" + ",".join("1" * 201),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(world: World, video: Video, query: str) -> None:
    status, data = fetch(world, video, query)
    assert status == 422
    assert data["error"]


def test_strangers_find_nothing(world: World, video: Video) -> None:
    for name, method in [("tracks", "get"), ("seen", "get"), ("reindex", "post")]:
        path = reverse(f"indexing:{name}", args=[video.id])
        for who in ("sam", "nora", "nobody"):
            assert world.status(who, path, method=method) == 404
    assert not Job.objects.exists()


def test_only_editors_index_again(world: World, video: Video, looker: Any) -> None:
    path = reverse("indexing:reindex", args=[video.id])
    assert world.status("rita", path, method="post") == 403
    assert world.status("eve", path) == 405
    assert world.status("eve", path, method="post") == 302
    assert Job.objects.filter(kind="index_segment", subject=str(video.id)).count() == 2


def test_strips_show_unbroken_runs(video: Video) -> None:
    [row] = rows_of([Track.objects.get(track_id=1)], 20.0)
    assert [(run.start, run.end) for run in row.runs] == [(1.0, 1.6), (5.0, 5.4)]
    assert [(run.x, run.width) for run in row.runs] == [(50.0, 30.0), (250.0, 20.0)]
    assert row.seconds == pytest.approx(1.0)


def test_the_strips_as_a_page_and_as_a_part(world: World, video: Video) -> None:
    client, path = world.client("victor"), reverse("indexing:seen", args=[video.id])
    page = client.get(path).content.decode()
    assert "<html" in page
    assert page.index("Ball 3") < page.index("Number 10, red shirt") < page.index("Light blue shirt")
    assert f"{video.get_absolute_url()}?t=1.00&amp;track=1" in page
    part = client.get(path, {"track": "1"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert part.count("data-chosen") == 1


def test_strips_are_few_statements(world: World, video: Video, django_assert_max_num_queries: Any) -> None:
    for number in range(10, 40):
        track(video, number, [1.0, 1.2])
    client = world.client("victor")
    with django_assert_max_num_queries(9):
        page = client.get(reverse("indexing:seen", args=[video.id])).content.decode()
    assert page.count('class="strip-row"') == 15
    assert "Show more" in page
