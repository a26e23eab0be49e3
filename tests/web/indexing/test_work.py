"""From segments to rows, with the real jobs and database."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.indexing.looker import Looker
from tests.web.library.cast import World, make_world
from videosearch import jobs
from videosearch.indexing import work
from videosearch.indexing.models import IndexVersion, Observation, Shot, Track
from videosearch.jobs.models import Job
from videosearch.library.models import Rendition, Video

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def playable(world: World, **facts: Any) -> Video:
    video = world.video(**{"status": "processing", "duration": 25.0, "decoded_seconds": 25.0, **facts})
    video.folder.mkdir(parents=True)
    Rendition.objects.create(video=video, kind="proxy", path="x")
    return video


def indexed(video: Video) -> Video:
    work.start(video)
    jobs.run_due()
    video.refresh_from_db()
    return video


def counts() -> tuple[int, int, int]:
    return Shot.objects.count(), Track.objects.count(), Observation.objects.count()


def test_a_video_becomes_searchable(world: World, looker: Looker) -> None:
    video = indexed(playable(world))

    assert (video.status, video.error, video.indexed_seconds) == ("ready", "", 25.0)
    assert sorted(looker.looked) == [0, 1, 2]
    version = IndexVersion.objects.get()
    assert (version.key, version.active, version.settings) == ("v1", True, {"rate": 5.0})
    assert counts() == (2, 4, 25 + 25)
    track = Track.objects.get(track_id=0)
    assert (track.name, track.start) == ("Number 10, red shirt", 0.0)
    assert track.end == pytest.approx(25.0)
    seen = Observation.objects.filter(track=track, second=7).get()
    assert (seen.library, seen.video, seen.version) == (world.library, video, version)
    assert seen.terms == {"object:person": 1.0, "shirt_colour:red": 0.9}
    assert seen.embedding[0] == 1.0
    assert not list(video.folder.glob("index/*/.*")), "half-made files are left"


def test_stitching_twice_leaves_nothing_twice(world: World, looker: Looker) -> None:
    video = indexed(playable(world))
    before = counts()
    for _ in range(2):
        jobs.enqueue("stitch", video.id, 3, again=True)
        jobs.run_due()
    assert counts() == before
    video.refresh_from_db()
    assert video.status == "ready"


def test_a_segment_that_was_done_is_not_looked_at_again(world: World, looker: Looker) -> None:
    video = indexed(playable(world))
    jobs.enqueue("index_segment", video.id, 1, again=True)
    jobs.run_due()
    assert sorted(looker.looked) == [0, 1, 2]
    assert counts() == (2, 4, 50)


def test_it_can_be_searched_up_to_where_indexing_has_come(world: World, looker: Looker) -> None:
    video = playable(world)
    jobs.enqueue("index_segment", video.id, 0)
    jobs.run_due()
    video.refresh_from_db()

    assert (video.status, video.indexed_seconds) == ("processing", 10.0)
    assert counts() == (2, 2, 20)
    jobs.enqueue("index_segment", video.id, 2)
    jobs.run_due()
    assert counts() == (2, 2, 20), "a part with a gap before it waits"
    jobs.enqueue("index_segment", video.id, 1)
    jobs.run_due()
    video.refresh_from_db()
    assert (video.status, video.indexed_seconds) == ("ready", 25.0)
    assert counts() == (2, 4, 50)


def test_a_late_provisional_stitch_does_not_undo_the_last(world: World, looker: Looker) -> None:
    video = indexed(playable(world))
    jobs.enqueue("stitch", video.id, 1, again=True)
    jobs.run_due()
    assert counts() == (2, 4, 50)


def test_stitching_is_not_done_after_each_segment_of_a_match(world: World) -> None:
    points = sorted(work.stitch_points(90))
    assert points[:6] == [1, 2, 3, 5, 8, 12]
    assert points[-1] == 90
    assert sum(points) < 5 * 90
    assert work.stitch_points(1) == {1}


def test_a_part_that_cannot_be_read_makes_the_video_partial(world: World, looker: Looker) -> None:
    looker.unreadable = {1}
    video = indexed(playable(world))
    assert (video.status, video.error) == ("partial", "Not searchable: 10–20 s.")
    assert looker.stitched[-1] == [0, 2]
    assert Track.objects.count() == 3


def test_a_video_nothing_of_which_can_be_read_can_still_be_watched(world: World, looker: Looker) -> None:
    looker.unreadable = {0, 1, 2}
    video = indexed(playable(world))
    assert (video.status, video.indexed_seconds) == ("partial", 0.0)
    assert video.error.startswith("This video can be watched but not searched")
    assert counts() == (0, 0, 0)


def test_a_file_that_ends_early_says_so(world: World, looker: Looker) -> None:
    video = indexed(playable(world, decoded_seconds=12.0))
    assert (video.status, video.error) == ("partial", "The file ends early: 12 of 25 seconds could be read.")


def test_indexing_again_replaces_the_rows_and_what_was_said(world: World, looker: Looker) -> None:
    looker.unreadable = {1}
    video = indexed(playable(world))
    looker.unreadable = set()
    work.restart(video)
    jobs.run_due()
    video.refresh_from_db()
    assert (video.status, video.error) == ("ready", "")
    assert counts() == (2, 4, 50)


def test_rows_of_other_videos_stay(world: World, looker: Looker) -> None:
    first, second = indexed(playable(world)), indexed(playable(world))
    work.restart(first)
    jobs.run_due()
    assert Observation.objects.filter(video=second).count() == 50


def test_a_video_deleted_while_it_is_indexed_ends_quietly(world: World, looker: Looker) -> None:
    video = playable(world)
    work.start(video)
    Video.objects.filter(id=video.id).delete()
    jobs.run_due()
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_stitching_that_breaks_leaves_a_video_to_watch(
    world: World, looker: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise jobs.PermanentError("The models could not be loaded.")

    monkeypatch.setattr("videosearch.lib.engine.stitch", broken)
    video = indexed(playable(world))
    assert video.status == "partial"
    assert video.error == "This video can be watched but not searched: The models could not be loaded."
