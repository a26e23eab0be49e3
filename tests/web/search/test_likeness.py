"""More like this: from a hit, from a box, with words; whose rows are compared; what is said when nobody is there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.urls import reverse

from tests.web.search.test_views import shown, signed_in
from tests.web.search.world import Cast, make_track, make_video
from videosearch.indexing.models import IndexVersion, Track
from videosearch.search import likeness, retrieval
from videosearch.search.models import Candidate, Query
from videosearch.search.scope import Scope

PAGE = reverse("search:page")
RED = {"object:person": 0.9, "shirt_colour:red": 0.9}
RUNNING = {**RED, "motion:running": 0.9}


def looks(cosine: float, seed: int = 1) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A unit vector with this cosine to the first axis."""
    rest = np.random.default_rng(seed).normal(size=15)
    rest /= np.linalg.norm(rest)
    return np.concatenate([[cosine], np.sqrt(1 - cosine**2) * rest]).astype(np.float32)


def dress(track: Track, cosine: float, seed: int = 1) -> Track:
    track.appearance = looks(cosine, seed)
    track.save(update_fields=["appearance"])
    return track


@pytest.fixture
def match(cast: Cast, worker: list[str]) -> Cast:
    video = make_video(cast.library)
    dress(make_track(video, cast.version, RED, start=10, end=20, attributes={"number": "1"}), 1.0)
    dress(make_track(video, cast.version, RED, start=30, end=40, attributes={"number": "2"}), 0.95, 2)
    dress(make_track(video, cast.version, RUNNING, start=50, end=60, attributes={"number": "3"}), 0.9, 3)
    dress(make_track(video, cast.version, RUNNING, start=70, end=80, attributes={"number": "4"}), 0.3, 4)
    make_track(
        video, cast.version, RED, start=90, end=95, attributes={"shirt_colour": "red"}
    )  # indexed before looks were kept
    dress(make_track(make_video(cast.other, "Secret training"), cast.version, RED, attributes={"number": "9"}), 0.99, 5)
    return cast


def test_tracks_in_reach_by_their_looks(match: Cast) -> None:
    scope = Scope((match.library.pk,), (match.version.pk,))
    own = Track.objects.get(video__library=match.library, attributes__number="1")
    found = retrieval.alike(scope, looks(1.0), but=own.pk)
    assert [round(one.cosine, 2) for one in found] == [0.95, 0.9, 0.3]
    assert [
        one.cosine for one in retrieval.alike(Scope(scope.libraries, scope.versions, numbers=("3",)), looks(1.0))
    ] == [pytest.approx(0.9, abs=0.01)]
    video = own.video_id
    late = Scope(scope.libraries, scope.versions, windows={video: [(45, 65)]})
    assert [round(one.cosine, 2) for one in retrieval.alike(late, looks(1.0))] == [0.9]
    other = IndexVersion.objects.create(key="other", profile="embedded")
    assert retrieval.alike(Scope(scope.libraries, (other.pk,)), looks(1.0)) == []
    assert retrieval.alike(Scope((), scope.versions), looks(1.0)) == []


def hit_of(match: Cast, number: str) -> Candidate:
    signed_in(match.alice).get(PAGE, {"q": "red", "f": f"number:{number}"})
    return Candidate.objects.get(query=Query.objects.latest("created_at"))


def test_from_a_hit(match: Cast) -> None:
    page = signed_in(match.alice).get(PAGE, {"like": hit_of(match, "1").pk}).content.decode()
    assert shown(page.encode()) == ["Number 2", "Number 3", "Number 4"]
    assert "Looks 94 % alike." in page
    assert "Secret training" not in page
    good, _, weaker = page.partition("Weaker matches")
    assert shown(weaker.encode()) == ["Number 4"]
    assert '<span class="chip-key">like</span>Number 1' in good
    query = Query.objects.latest("created_at")
    assert (query.state, query.answer) == ("done", "found")


def test_together_with_words(match: Cast) -> None:
    alice = signed_in(match.alice)
    alice.get(PAGE, {"like": str(hit_of(match, "1").pk), "q": "running"})
    page = alice.get(reverse("search:result", args=[Query.objects.latest("created_at").pk])).content
    assert shown(page)[0] == "Number 3"
    assert b"% alike." in page
    # Nobody who looks quite different is asked for, however fast he runs.
    assert "Number 4" not in shown(page)


def test_from_a_box_on_a_picture(match: Cast) -> None:
    video = match.library.videos.get()
    alice = signed_in(match.alice)
    place = f"{video.pk}@12.00:100,195,150,305"
    page = alice.get(PAGE, {"like": place}).content
    assert shown(page)[0] == "Number 2"
    again = alice.get(reverse("search:result", args=[Query.objects.get().pk])).content.decode()
    assert f'name="like" value="{video.pk}@12.00:100,195,150,305"' in again
    nobody = alice.get(PAGE, {"like": f"{video.pk}@12.00:600,195,650,305"})
    assert nobody.status_code == 422
    assert b"Nobody was found in this box" in nobody.content
    before = alice.get(PAGE, {"like": f"{video.pk}@92.00:108,200,148,300"})
    assert b"index it again" in before.content


@pytest.mark.parametrize("odd", ["x", "0", "9" * 18, "9" * 40, "٣", "00000000-0000-0000-0000-000000000000@1:1,2,3,4"])
def test_examples_that_are_not_there(match: Cast, odd: str) -> None:
    assert signed_in(match.alice).get(PAGE, {"like": odd}).status_code == 404


def test_examples_of_others_are_not_there(match: Cast) -> None:
    row = hit_of(match, "1")
    place = f"{row.video_id}@12.00:100,195,150,305"
    assert signed_in(match.bob).get(PAGE, {"like": row.pk}).status_code == 404
    assert signed_in(match.bob).get(PAGE, {"like": place}).status_code == 200  # on the team: the video is his as well
    for like in (row.pk, place):
        assert signed_in(match.charlie).get(PAGE, {"like": like}).status_code == 404


def test_a_moment_of_looks_is_what_was_in_sight_at_once(match: Cast) -> None:
    from grounding.types import Tube

    times = np.concatenate([np.arange(0, 4, 0.2), np.arange(10, 40, 0.2)])
    tube = Tube(times, np.tile(np.array([0, 0, 10, 20], np.float32), (len(times), 1)), step=0.2)
    (one,) = likeness.proposals({7: ("v", 3, tube)}, {7: 0.9}, 5)
    assert one.span.start == pytest.approx(17.5)
    assert one.span.end == pytest.approx(32.5)
