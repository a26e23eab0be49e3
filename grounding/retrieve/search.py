"""Searching indexes held in memory: rows, candidates, verification, ranking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from grounding.retrieve.candidates import SecondRow, candidates
from grounding.retrieve.rank import Answer, rank
from grounding.types import Hit, Query, Tube, VideoIndex
from grounding.verify.base import Verifier


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a query: whether anything good was found, and the hits, best first."""

    answer: Answer
    hits: tuple[Hit, ...]


def rows_of(index: VideoIndex, query: Query) -> Iterator[SecondRow]:
    """All seconds of an index with the similarity of their embeddings to the query's.

    Raises:
        ValueError: query and index were embedded by different models.
    """
    for track in index.tracks:
        similar = np.zeros(len(track.observations), np.float32)
        if query.embedding is not None and track.embeddings.size:
            if track.embeddings.shape[1] != len(query.embedding):
                raise ValueError(
                    f"the query has {len(query.embedding)} dimensions, {index.info.name} {track.embeddings.shape[1]}"
                )
            similar = track.embeddings @ query.embedding
        for observation, similarity in zip(track.observations, similar.tolist(), strict=True):
            yield SecondRow(index.info.name, track.track_id, observation.second, observation.terms, similarity)


def search(
    indexes: Sequence[VideoIndex], query: Query, *, verifier: Verifier | None, top: int = 10, limit: int = 50
) -> Found:
    """Finds the moments of `indexes` that answer a query.

    Args:
        indexes: videos of one index version, with different names.
        query: parsed, and embedded by the model of that version (or without an embedding: predicates alone).
        verifier: judges the candidates; without one, hits stay unchecked.
        top: most hits given back.
        limit: most candidates that are verified.
    """
    tubes: dict[tuple[str, int], Tube] = {
        (index.info.name, track.track_id): track.tube for index in indexes for track in index.tracks
    }
    rows = [row for index in indexes for row in rows_of(index, query)]
    durations = {index.info.name: index.decoded.end for index in indexes}
    proposed = candidates(query, rows, tubes, limit=limit, durations=durations)
    judged = dict(verifier.verify(query, proposed)) if verifier else {}
    answer, hits = rank(query, [(candidate, judged.get(i)) for i, candidate in enumerate(proposed)])
    return Found(answer, tuple(hits[:top]))
