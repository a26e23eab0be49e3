"""Another version is filled beside the one that is searched, and takes its place in one step."""

from __future__ import annotations

import threading
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from grounding.types import Query
from tests.web.indexing.looker import Looker
from tests.web.indexing.test_work import indexed, playable
from tests.web.library.cast import World, make_world
from videosearch import jobs
from videosearch.indexing import versions, work
from videosearch.indexing.models import IndexVersion, Observation, Shot, Track
from videosearch.library.models import Video
from videosearch.search import retrieval
from videosearch.search.scope import Scope

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def active() -> str:
    return IndexVersion.objects.get(active=True).key


def found(world: World) -> set[tuple[str, str]]:
    """(video, version) of everything that a search for all finds, by the way the product searches."""
    version = IndexVersion.objects.get(active=True)
    query = Query("red", (), "red", np.eye(384, dtype=np.float32)[0])
    seconds = retrieval.best_seconds(Scope((world.library.pk,), (version.pk,)), query)
    return {(one.video, version.key) for one in seconds}


def test_the_old_version_is_searched_until_the_new_one_has_every_video(world: World, looker: Looker) -> None:
    first, second = indexed(playable(world)), indexed(playable(world, title="second"))
    both = {str(first.pk), str(second.pk)}
    looker.version = "v2"
    work.restart(first)
    jobs.run_due()

    assert (active(), found(world)) == ("v1", {(video, "v1") for video in both})
    new = IndexVersion.objects.get(key="v2")
    assert versions.coverage(new) == (1, 2)
    assert set(versions.tracks_of(first).values_list("version__key", flat=True)) == {"v1"}
    assert versions.tracks_of(first).count() == Track.objects.filter(video=first).count() / 2

    work.restart(second)
    jobs.run_due()
    assert (active(), found(world)) == ("v2", {(video, "v2") for video in both})
    assert set(versions.tracks_of(first).values_list("version__key", flat=True)) == {"v2"}


def test_what_was_replaced_goes_when_nobody_can_be_reading_it(world: World, looker: Looker) -> None:
    video = indexed(playable(world))
    rows = Observation.objects.count()
    looker.version = "v2"
    work.restart(video)
    jobs.run_due()
    assert Observation.objects.count() == 2 * rows
    assert versions.forget_replaced() == 0
    IndexVersion.objects.filter(key="v1").update(replaced_at=timezone.now() - 2 * versions.KEPT)
    assert versions.forget_replaced() == rows
    assert set(Shot.objects.values_list("version__key", flat=True)) == {"v2"}
    assert set(Track.objects.values_list("version__key", flat=True)) == {"v2"}
    assert {key for _, key in found(world)} == {"v2"}


def test_a_video_that_came_meanwhile_shows_its_tracks_at_once(world: World, looker: Looker) -> None:
    indexed(playable(world))
    looker.version = "v2"
    newcomer = indexed(playable(world, title="new"))
    assert active() == "v1"
    assert versions.tracks_of(newcomer).count() == 4
    page = world.client("eve").get(f"/library/videos/{newcomer.pk}/seen/").content.decode()
    assert "found by searching once" in page
    assert "(1 of 2)" in page


def test_a_video_that_fails_does_not_lose_its_old_rows(world: World, looker: Looker) -> None:
    video = indexed(playable(world))
    looker.version, looker.unreadable = "v2", {0, 1, 2}
    work.restart(video)
    jobs.run_due()
    video.refresh_from_db()
    assert (active(), found(world)) == ("v1", {(str(video.pk), "v1")})
    assert "could not be examined" in video.error


def test_an_administrator_goes_back(world: World, looker: Looker) -> None:
    video = indexed(playable(world))
    looker.version = "v2"
    work.restart(video)
    jobs.run_due()
    old = IndexVersion.objects.get(key="v1")
    versions.activate(old)
    old.refresh_from_db()
    assert (active(), old.replaced_at) == ("v1", None)
    assert found(world) == {(str(video.pk), "v1")}
    IndexVersion.objects.filter(key="v2").update(replaced_at=timezone.now() - timedelta(days=1))
    assert versions.forget_replaced() == 50


def test_nobody_who_searches_meanwhile_sees_a_gap_or_a_mixture(world: World, looker: Looker) -> None:
    videos = [indexed(playable(world, title=f"match {number}")) for number in range(3)]
    expected = {str(video.pk) for video in videos}
    looker.version = "v2"
    answers: list[set[tuple[str, str]]] = []
    ends = threading.Event()

    def search() -> None:
        try:
            while not ends.is_set():
                answers.append(found(world))
        finally:
            connection.close()

    searching = [threading.Thread(target=search) for _ in range(2)]
    for thread in searching:
        thread.start()
    for video in videos:
        work.restart(video)
        jobs.run_due()
    before = len(answers)
    while len(answers) < before + 6:
        ends.wait(0.01)
    ends.set()
    for thread in searching:
        thread.join()
    assert active() == "v2"
    assert len(answers) > 10
    for answer in answers:
        assert {video for video, _ in answer} == expected
        assert len({version for _, version in answer}) == 1
    assert {version for answer in answers for _, version in answer} == {"v1", "v2"}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    from videosearch.lib.caching import process_cache

    process_cache.clear()


def test_a_video_without_anything_to_see_does_not_hold_the_others_up(world: World, looker: Looker) -> None:
    indexed(playable(world))
    world.video(status=Video.Status.FAILED)
    world.video(status=Video.Status.PARTIAL, title="watch only")
    assert versions.coverage(IndexVersion.objects.get(key="v1")) == (1, 1)
