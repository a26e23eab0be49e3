"""Vectors of image-text models, of whatever length, beside those of sentences: found by both ways, never mixed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.db import connection

from grounding.retrieve import parse
from grounding.retrieve.score import score_second
from grounding.types import Query
from tests.web.search.world import Cast, make_cast, make_track, make_video
from videosearch.indexing.models import IndexVersion, Observation
from videosearch.indexing.vectors import PICTURE, SENTENCE, as_stored, column_of
from videosearch.search import convert, embedding, retrieval
from videosearch.search.expressions import vector_text
from videosearch.search.models import Query as Asked
from videosearch.search.naming import Meaning, Reading
from videosearch.search.scope import Scope

pytestmark = pytest.mark.django_db
LENGTH = 128


def picture(seed: int, length: int = LENGTH) -> np.ndarray[Any, np.dtype[np.float32]]:
    vector = np.random.default_rng(seed).normal(size=length).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector))


@pytest.fixture
def cast() -> Cast:
    """One video in two versions: of sentences, and of pictures, which is the active one."""
    cast = make_cast()
    video = make_video(cast.library)
    make_track(video, cast.version, {"object:person": 1.0}, start=0, end=40)
    cast.version.active = False
    cast.version.save()
    cast.version = IndexVersion.objects.create(key="full-1", profile="full", active=True, dimension=LENGTH)
    make_track(
        video, cast.version, {"object:person": 1.0}, start=0, end=40, vectors=[picture(second) for second in range(40)]
    )
    return cast


def asking(text: str, vector: Any, cosines: tuple[float, float] = (-0.2, 0.9)) -> Query:
    return replace(parse(text), embedding=vector, cosines=cosines)


def test_columns() -> None:
    assert (column_of(SENTENCE), column_of(LENGTH), column_of(PICTURE)) == ("embedding", "seen", "seen")
    assert as_stored(picture(1)).shape == (PICTURE,)
    assert as_stored(picture(1, SENTENCE)).shape == (SENTENCE,)
    with pytest.raises(ValueError, match="1025 numbers are too long to be stored; at most 1024"):
        column_of(1025)


@pytest.mark.parametrize("exact", [True, False], ids=["every row", "through the index"])
def test_the_nearest_is_found(cast: Cast, exact: bool) -> None:
    scope = Scope((cast.library.pk,), (cast.version.pk,))
    query = asking("a wonderful evening", picture(17) + 0.3 * picture(99))
    found = retrieval.best_seconds(scope, query, exact=exact)
    assert found[0].second == 17
    cosine = float(picture(17) @ query.embedding / np.linalg.norm(query.embedding))  # type: ignore[operator,arg-type]
    assert found[0].score == pytest.approx(score_second(query, {"object:person": 1.0}, cosine), abs=2e-3)
    (first, *_) = retrieval.evidence(scope, query, found[:1])
    assert len(retrieval.evidence(scope, query, found)) == 40
    assert -1 <= first.similarity <= 1


@pytest.mark.parametrize("exact", [True, False])
def test_words_that_are_measured_count_beside_it(cast: Cast, exact: bool) -> None:
    scope = Scope((cast.library.pk,), (cast.version.pk,))
    query = asking("a person on a wonderful evening", picture(5))
    found = retrieval.best_seconds(scope, query, exact=exact)
    assert found[0].second == 5
    expected = score_second(query, {"object:person": 1.0}, 1.0)
    assert found[0].score == pytest.approx(expected, abs=2e-3)


def test_rows_have_one_of_the_two(cast: Cast) -> None:
    assert Observation.objects.filter(version=cast.version, embedding=None).exclude(seen=None).count() == 40
    assert Observation.objects.exclude(version=cast.version).filter(seen=None).exclude(embedding=None).count() == 40


def test_the_index_of_pictures_is_used(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(
            "EXPLAIN SELECT o.id FROM indexing_observation o ORDER BY o.seen <=> %s::halfvec LIMIT 5",
            [vector_text(as_stored(picture(3)))],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "observation_nearest_seen" in plan


def test_vectors_of_queries_may_have_any_length() -> None:
    for length in (LENGTH, SENTENCE, 768):
        digest = embedding.digest_of("red", f"version {length}")
        embedding.store(digest, picture(1, length).tolist())
        kept = embedding.query_vector("red", f"version {length}")
        assert kept is not None
        np.testing.assert_allclose(kept, picture(1, length), atol=1e-3)


def test_the_range_of_cosines_is_kept_with_the_question(cast: Cast) -> None:
    query = asking("a wonderful evening", picture(1), (0.1, 0.4))
    stored = convert.reading_json(Reading((Meaning(None, query, query.text),)))
    assert stored["cosines"] == [0.1, 0.4]
    row = Asked(user=cast.alice, text=query.text, parsed=stored, embedded=True)
    assert convert.query_from(row).cosines == (0.1, 0.4)
    plain = convert.reading_json(Reading((Meaning(None, parse("red"), "red"),)))
    assert "cosines" not in plain
