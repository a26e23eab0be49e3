"""Searching indexes held in memory: rows, candidates, verification, ranking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grounding.retrieve.candidates import SecondRow, candidates
from grounding.retrieve.matchtimes import reader_of
from grounding.retrieve.rank import Answer, rank
from grounding.types import Candidate, Hit, Query, Tube, Verification, VideoIndex
from grounding.verify.base import Verifier


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a query: whether anything good was found and how likely that is, and the hits, best first."""

    answer: Answer
    hits: tuple[Hit, ...]
    probability: float


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
    answer, hits, probability = rank(query, propose(indexes, query, verifier=verifier, limit=limit))
    return Found(answer, tuple(hits[:top]), probability)


def propose(
    indexes: Sequence[VideoIndex], query: Query, *, verifier: Verifier | None, limit: int = 50
) -> list[tuple[Candidate, Verification | None]]:
    """The candidates of a search and what the verifier says of each, before they are ranked. Arguments as `search`."""
    tubes: dict[tuple[str, int], Tube] = {
        (index.info.name, track.track_id): track.tube for index in indexes for track in index.tracks
    }
    rows = [row for index in indexes for row in rows_of(index, query)]
    durations = {index.info.name: index.decoded.end for index in indexes}
    clocks = {index.info.name: reader_of(index.clock) for index in indexes}
    proposed = candidates(query, rows, tubes, limit=limit, durations=durations, clocks=clocks)
    scores = {(index.info.name, track.track_id): track.score for index in indexes for track in index.tracks}
    proposed = [replace(one, seen=scores[one.video, one.track_ids[0]]) for one in proposed]
    judged = dict(verifier.verify(query, proposed)) if verifier else {}
    return [(candidate, judged.get(i)) for i, candidate in enumerate(proposed)]
