"""The SQL: whose rows, how they are scored, how many statements, and what the approximate way finds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grounding.retrieve.parse import parse
from grounding.retrieve.score import score_second
from grounding.types import Predicate, Query
from tests.web.search.world import make_cast, make_track, make_video, unit
from videosearch.indexing.models import IndexVersion, Observation
from videosearch.search import retrieval
from videosearch.search.scope import Scope


@pytest.fixture(autouse=True)
def _fresh_graph(db: None) -> None:
    """The rows of other tests in this database are gone, but stay in the graph until it is made again: an approximate
    scan may end among them."""
    with connection.cursor() as cursor:
        cursor.execute("REINDEX INDEX observation_nearest")


pytestmark = pytest.mark.django_db

RED_TEN = {"object:person": 0.9, "shirt_colour:red": 0.8, "number:10": 0.7}
BLUE = {"object:person": 0.9, "shirt_colour:blue": 0.9}


def asked(text: str, seed: int | None = None) -> Query:
    query = parse(text)
    return Query(query.text, query.predicates, query.rest, None if seed is None else unit(seed))


def test_finds_what_was_measured() -> None:
    cast = make_cast()
    video = make_video(cast.library)
    make_track(video, cast.version, BLUE)
    red = make_track(video, cast.version, RED_TEN, start=30, end=35)

    found = retrieval.best_seconds(Scope((cast.library.pk,), (cast.version.pk,)), asked("number 10 in red"))

    assert [(one.track, one.second) for one in found[:5]] == [(red.pk, second) for second in range(30, 35)]
    assert found[0].score > 2 * found[-1].score


@pytest.mark.parametrize("exact", [True, False])
def test_other_libraries_and_versions_are_never_scored(exact: bool) -> None:
    cast = make_cast()
    old = IndexVersion.objects.create(key="old", profile="embedded")
    mine = make_track(make_video(cast.library), cast.version, BLUE)
    theirs = make_track(make_video(cast.other), cast.version, RED_TEN)
    outdated = make_track(make_video(cast.library), old, RED_TEN)
    scope = Scope((cast.library.pk,), (cast.version.pk,))
    query = asked("number 10 in red", seed=1)

    found = retrieval.best_seconds(scope, query, exact=exact)
    assert {one.track for one in found} <= {mine.pk}

    # Not even when somebody hands in seconds of other teams' tracks.
    forged = [retrieval.Second(str(track.video_id), track.pk, 12, 1.0) for track in (mine, theirs, outdated)]
    assert {row.track for row in retrieval.evidence(scope, query, forged)} == {mine.pk}


@pytest.mark.parametrize("scope", [Scope((), (1,)), Scope((), ())])
def test_no_library_asks_nothing(scope: Scope) -> None:
    with CaptureQueriesContext(connection) as statements:
        assert retrieval.best_seconds(scope, asked("red")) == []
        assert retrieval.evidence(scope, asked("red"), []) == []
    assert len(statements) == 0


def test_statements_are_few_and_text_is_never_in_them() -> None:
    cast = make_cast()
    make_track(make_video(cast.library), cast.version, RED_TEN)
    scope = Scope((cast.library.pk,), (cast.version.pk,))
    name = "x'); DROP TABLE indexing_observation; --"
    query = Query("?", (Predicate("object", "?", (name, "object:person")),), "", unit(3))

    with CaptureQueriesContext(connection) as statements:
        found = retrieval.best_seconds(scope, query)
        rows = retrieval.evidence(scope, query, found)

    said = [one["sql"] for one in statements if "indexing_observation" in one["sql"]]
    assert len(said) == 3  # how many rows there are, which seconds, what was measured around them
    assert len(found) == len(rows) == 10
    assert Observation.objects.count() == 10


def test_sql_says_what_the_library_says() -> None:
    """The expression in the database and `score_second` in Python are one formula."""
    cast = make_cast()
    video = make_video(cast.library)
    random = np.random.default_rng(5)
    names = ["object:person", "shirt_colour:red", "shirt_colour:blue", "number:10", "place:left", "motion:sprinting"]
    terms = [{name: round(float(random.random()), 3) for name in names if random.random() < 0.5} for _ in range(60)]
    vectors = [unit(second) for second in range(60)]
    make_track(video, cast.version, terms, start=0, end=60, vectors=vectors)
    for text in ("number 10 in red sprinting on the left", "player in blue or red", "a wonderful evening", "7"):
        query = asked(text, seed=7)
        found = retrieval.best_seconds(Scope((cast.library.pk,), (cast.version.pk,)), query)
        assert query.embedding is not None
        expected = {
            second: score_second(query, terms[second], float(vectors[second] @ query.embedding)) for second in range(60)
        }
        assert {one.second: pytest.approx(one.score, abs=2e-3) for one in found} == expected


RED = Predicate("shirt_colour", "red", ("shirt_colour:red",))
RUNNING = Predicate("motion", "running", ("motion:running", "motion:sprinting"))
TEN = Predicate("number", "10", ("number:10",))
LEFT = Predicate("place", "left", ("place:left",))


@pytest.mark.parametrize(
    "predicates",
    [
        (replace(RED, negated=True), replace(TEN, negated=True), replace(RUNNING, negated=True)),
        (
            replace(RED, either=1, branch=1),
            replace(TEN, either=1, branch=1),
            replace(LEFT, either=1, branch=2),
            RUNNING,
        ),
        (RED, RUNNING, replace(LEFT, step=1)),
        (TEN, replace(LEFT, negated=True), replace(RED, step=1, negated=True), replace(RUNNING, step=2)),
    ],
    ids=["not", "or", "then", "not then"],
)
def test_sql_says_the_same_of_not_or_and_then(predicates: tuple[Predicate, ...]) -> None:
    cast = make_cast()
    random = np.random.default_rng(6)
    names = ["object:person", "shirt_colour:red", "shirt_colour:blue", "number:10", "number:4", "place:left"]
    names += ["motion:sprinting", "motion:running"]
    terms = [{name: round(float(random.random()), 3) for name in names if random.random() < 0.4} for _ in range(60)]
    make_track(make_video(cast.library), cast.version, [{"object:person": 0.9} | one for one in terms], start=0, end=60)
    query = Query("?", predicates)
    for exact in (True, False):
        found = retrieval.best_seconds(Scope((cast.library.pk,), (cast.version.pk,)), query, exact=exact)
        expected = {second: score_second(query, terms[second], 0.0) for second in range(60)}
        assert {one.second: pytest.approx(one.score, abs=2e-3) for one in found}.items() <= expected.items()
        assert len(found) == 60 or not exact


LEFT_WING = Predicate("place", "left wing", ("pitch:left wing", "place:left", "place:far left"))
BOX = Predicate("place", "penalty area", ("pitch:penalty area", "pitch:key"))


@pytest.mark.parametrize(
    "predicates",
    [(LEFT_WING,), (BOX,), (replace(LEFT_WING, negated=True), RED), (replace(BOX, negated=True), TEN)],
    ids=["sided", "on the pitch alone", "not sided", "not on the pitch alone"],
)
def test_sql_says_the_same_of_places_on_the_pitch(predicates: tuple[Predicate, ...]) -> None:
    cast = make_cast()
    random = np.random.default_rng(8)
    names = ["pitch:seen", "pitch:sides", "pitch:left wing", "pitch:penalty area", "pitch:key", "place:left"]
    names += ["shirt_colour:red", "number:10"]
    terms = [{name: round(float(random.random()), 3) for name in names if random.random() < 0.4} for _ in range(60)]
    make_track(make_video(cast.library), cast.version, [{"object:person": 0.9} | one for one in terms], start=0, end=60)
    query = Query("?", predicates)
    found = retrieval.best_seconds(Scope((cast.library.pk,), (cast.version.pk,)), query, exact=True)
    expected = {second: score_second(query, terms[second], 0.0) for second in range(60)}
    assert {one.second: pytest.approx(one.score, abs=2e-3) for one in found} == expected


def test_nothing_to_go_by_finds_nothing() -> None:
    cast = make_cast()
    make_track(make_video(cast.library), cast.version, RED_TEN)
    assert retrieval.best_seconds(Scope((cast.library.pk,), (cast.version.pk,)), asked("wonderful")) == []


def test_balls_do_not_answer_questions_about_shirts() -> None:
    cast = make_cast()
    video = make_video(cast.library)
    make_track(video, cast.version, {"object:sports ball": 0.9}, label="sports ball")
    person = make_track(video, cast.version, BLUE)
    scope = Scope((cast.library.pk,), (cast.version.pk,))
    for exact in (True, False):
        assert {one.track for one in retrieval.best_seconds(scope, asked("red", 1), exact=exact)} == {person.pk}
        assert retrieval.best_seconds(scope, asked("ball", 1), exact=exact)[0].track != person.pk


def test_evidence_is_of_the_whole_track() -> None:
    cast = make_cast()
    track = make_track(make_video(cast.library), cast.version, RED_TEN, start=0, end=100)
    scope = Scope((cast.library.pk,), (cast.version.pk,))
    rows = retrieval.evidence(scope, asked("in red"), [retrieval.Second(str(track.video_id), track.pk, 50, 1.0)])
    assert [row.second for row in rows] == list(range(100))
    assert rows[0].terms == RED_TEN


def test_windows_leave_out_other_seconds_and_videos() -> None:
    cast = make_cast()
    videos = [make_video(cast.library, title) for title in ("first", "second")]
    tracks = [make_track(video, cast.version, RED_TEN, start=0, end=60) for video in videos]
    scope = Scope((cast.library.pk,), (cast.version.pk,), {videos[0].pk: [(20, 22), (22, 25)]})
    for exact in (True, False):
        found = retrieval.best_seconds(scope, asked("red", seed=1), exact=exact)
        assert sorted((one.track, one.second) for one in found) == [(tracks[0].pk, second) for second in range(20, 25)]
    assert retrieval.best_seconds(Scope(scope.libraries, scope.versions, {}), asked("red")) == []


def test_arms_find_what_an_exact_scan_finds() -> None:
    """Recall@40 of the approximate way with the library filter on, over clustered vectors and rare terms."""
    cast = make_cast()
    random = np.random.default_rng(11)
    centres = random.normal(size=(40, 384))
    for library in (cast.library, cast.other, cast.other):
        video = make_video(library)
        for number in range(25):
            vectors: list[Any] = [centres[number] + 0.9 * random.normal(size=384) for _ in range(40)]
            terms = {"object:person": 0.9, f"number:{number}": 0.8}
            make_track(video, cast.version, terms, start=0, end=40, vectors=vectors)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE indexing_observation")
    scope = Scope((cast.library.pk,), (cast.version.pk,))
    recalls = []
    for text, number in (("number 7", 1), ("wonderful evening", 2), ("number 3 celebrating wildly", 3)):
        query = parse(text)
        vector = centres[number] + 0.9 * random.normal(size=384)
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        query = Query(query.text, query.predicates, query.rest, vector)
        exact = {(one.track, one.second) for one in retrieval.best_seconds(scope, query, exact=True, top=40)}
        quick = {(one.track, one.second) for one in retrieval.best_seconds(scope, query, exact=False, top=40)}
        recalls.append(len(exact & quick) / 40)
    assert min(recalls) >= 0.9, recalls


def test_what_is_common_is_found_through_the_vectors_and_what_is_rare_through_the_terms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both ways bring every row that holds all that was asked, and never another library's."""
    cast = make_cast()
    monkeypatch.setattr(retrieval, "RARE", 30)
    for library in (cast.library, cast.other):
        video = make_video(library)
        for number in range(30):
            colour = "red" if number % 2 else "blue"
            terms = {"object:person": 0.9, f"shirt_colour:{colour}": 0.9, f"number:{number}": 0.8}
            make_track(video, cast.version, terms, start=0, end=10)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE indexing_observation")
    scope = Scope((cast.library.pk,), (cast.version.pk,))
    common = retrieval._shares(scope)
    assert 200 < common.rows < 400
    assert common.shares["shirt_colour:red"] == pytest.approx(0.5, abs=0.1)
    for text, held in (("red", 90), ("number 3", 10), ("number 4 in red", 0)):
        found = retrieval.best_seconds(scope, asked(text, seed=2), exact=False, top=held or 20)
        by_score = [one.score for one in found]
        exact = [one.score for one in retrieval.best_seconds(scope, asked(text, seed=2), exact=True, top=held or 20)]
        assert by_score == pytest.approx(exact, abs=0.02), text
