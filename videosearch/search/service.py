"""One search, from the text to the candidates on the page. Verdicts come later, from the worker (`tasks.verify`)."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import Final, NamedTuple
from uuid import UUID

from django.db import transaction

from grounding.retrieve import SecondRow, candidates, parse, time_span
from grounding.types import Candidate as Proposal
from grounding.types import Query as Parsed
from grounding.types import Terms
from grounding.vocabulary import PICTURE_LABEL
from videosearch.accounts.models import User
from videosearch.indexing.models import IndexVersion, Track
from videosearch.indexing.tubes import pack, unpack
from videosearch.lib import broker
from videosearch.library.models import Library, Video
from videosearch.search import convert, embedding, retrieval
from videosearch.search.models import Candidate, Query

CANDIDATES: Final = 20


class Found(NamedTuple):
    """A stored query and its candidates, which are all there is as long as its state is `verifying`."""

    query: Query
    candidates: list[Candidate]


def search(user: User, text: str, libraries: Sequence[Library], *, replaces: UUID | None = None) -> Found:
    """Ask `text` of `libraries` (which the caller has checked the user may see) and store what was found.

    `replaces`: an earlier query of the same user whose verdicts are no longer wanted.

    Raises:
        BadQueryError: the text cannot be asked.
    """
    began = time.monotonic()
    parsed = parse(text)
    version = IndexVersion.objects.filter(active=True).only("pk", "key").first()
    if version is not None:
        parsed = replace(parsed, embedding=embedding.query_vector(parsed.text, version.key))
    scope = retrieval.Scope(tuple(library.pk for library in libraries), (version.pk,) if version else ())
    durations = _durations(scope, parsed)
    scope = replace(scope, windows=_windows(parsed, durations))
    seconds = retrieval.best_seconds(scope, parsed)
    proposals, tracks = _propose(scope, parsed, seconds, durations)
    query = Query(
        user=user,
        text=parsed.text,
        parsed=convert.parsed_json(parsed),
        heat=_heat(seconds),
        embedded=parsed.embedding is not None,
        state=Query.State.VERIFYING,
    )
    query.elapsed_ms = round((time.monotonic() - began) * 1000)
    kinds = {"object", *(predicate.kind for predicate in parsed.predicates)}
    rows = [_candidate_row(query, rank, one, tracks, kinds) for rank, one in enumerate(proposals, 1)]
    _store(query, libraries, rows)
    _start_checking(query, found=bool(proposals))
    if replaces is not None:
        cancel(user, replaces)
    return Found(query, rows)


def cancel(user: User, query_id: UUID) -> None:
    Query.objects.filter(pk=query_id, user=user, state=Query.State.VERIFYING).update(state=Query.State.CANCELLED)


class Seen(NamedTuple):
    """What a search needs of a track: one statement fetches dozens of them."""

    key: int
    video_id: UUID
    track_id: int
    label: str
    attributes: dict[str, str]
    tube: bytes | memoryview

    @property
    def name(self) -> str:
        return Track(track_id=self.track_id, label=self.label, attributes=self.attributes).name


_OF_TRACK: Final = ("pk", *Seen._fields[1:])

Tracks = dict[tuple[str, int], Seen]


def _propose(
    scope: retrieval.Scope, parsed: Parsed, seconds: Sequence[retrieval.Second], durations: Mapping[UUID, float]
) -> tuple[list[Proposal], Tracks]:
    evidence = retrieval.evidence(scope, parsed, seconds)
    found = Track.objects.filter(pk__in={row.track for row in evidence}).values_list(*_OF_TRACK) if evidence else ()
    by_key = {values[0]: Seen(*values) for values in found}
    # A video that is still being indexed may get new tracks between two statements; its seconds are then left out.
    rows = [
        SecondRow(row.video, by_key[row.track].track_id, row.second, row.terms, row.similarity)
        for row in evidence
        if row.track in by_key
    ]
    tracks = {(str(track.video_id), track.track_id): track for track in by_key.values()}
    tubes = {key: unpack(track.tube) for key, track in tracks.items()}
    lengths = {str(video): duration for video, duration in durations.items()}
    return candidates(parsed, rows, tubes, limit=CANDIDATES, durations=lengths), tracks


def _durations(scope: retrieval.Scope, parsed: Parsed) -> dict[UUID, float]:
    """How long each video is; asked only when the query speaks of times."""
    if all(predicate.kind != "time" for predicate in parsed.predicates):
        return {}
    return {
        video.pk: video.playable_seconds
        for video in Video.objects.filter(library__in=scope.libraries).only("duration", "decoded_seconds")
    }


def _windows(parsed: Parsed, durations: Mapping[UUID, float]) -> dict[UUID, tuple[int, int]] | None:
    """The seconds of each video that the times in the query leave, None where it speaks of none."""
    times = [predicate for predicate in parsed.predicates if predicate.kind == "time"]
    if not times:
        return None
    windows: dict[UUID, tuple[int, int]] = {}
    for video, duration in durations.items():
        spans = [time_span(predicate, duration) for predicate in times]
        low, high = max(span.start for span in spans), min(span.end for span in spans)
        if high > low:
            windows[video] = (math.floor(low), math.ceil(high))
    return windows


def _candidate_row(query: Query, rank: int, proposal: Proposal, tracks: Tracks, kinds: Set[str]) -> Candidate:
    """The proposal as it is stored: of what was measured only the kinds the query is about."""
    track = tracks[proposal.video, proposal.track_ids[0]]
    row = Candidate(
        query=query,
        rank=rank,
        video_id=UUID(proposal.video),
        track_ids=list(proposal.track_ids),
        label="Whole picture" if track.label == PICTURE_LABEL else track.name,
        colour=track.attributes.get("shirt_colour", ""),
        start=proposal.span.start,
        end=proposal.span.end,
        score=proposal.score,
        evidence=[[one.second, _of_kinds(one.terms, kinds), round(one.similarity, 4)] for one in proposal.evidence],
        tube=pack(proposal.tube),
    )
    # Known not to be there, so that nobody asks the database for them.
    row._state.fields_cache.update(verification=None, hit=None)
    return row


def _of_kinds(terms: Terms, kinds: Set[str]) -> dict[str, float]:
    return {name: value for name, value in terms.items() if name.partition(":")[0] in kinds}


def _heat(seconds: Iterable[retrieval.Second]) -> dict[str, list[list[int]]]:
    """Per video the seconds that fit and how well, from 0 to 100: of the tracks seen in a second, the best."""
    best: dict[tuple[str, int], float] = {}
    for one in seconds:
        key = (one.video, one.second)
        best[key] = max(one.score, best.get(key, 0.0))
    heat: dict[str, list[list[int]]] = {}
    for (video, second), score in sorted(best.items(), key=lambda item: item[0][1]):
        heat.setdefault(video, []).append([second, round(100 * min(1.0, score))])
    return heat


def _store(query: Query, libraries: Sequence[Library], rows: list[Candidate]) -> None:
    with transaction.atomic():
        query.save(force_insert=True)
        asked = Query.libraries.through
        asked.objects.bulk_create(asked(query=query, library=library) for library in libraries)
        Candidate.objects.bulk_create(rows)


def resume(query: Query) -> None:
    """Somebody came back to a query that a newer one had cancelled."""
    cancelled = Query.objects.filter(pk=query.pk, state=Query.State.CANCELLED)
    if cancelled.update(state=Query.State.VERIFYING):
        query.state = Query.State.VERIFYING
        _start_checking(query, found=True)


def _start_checking(query: Query, *, found: bool) -> None:
    """Send the first batch. With nothing to judge, or nobody to send it to, the query is answered at once."""
    from videosearch.search import checking, tasks

    sent = found and broker.send(tasks.verify, str(query.pk), queue="search", expires=checking.PATIENCE_SECONDS)
    if not sent:
        checking.answer(query)
