"""One search, from the text to the candidates on the page. Verdicts come later, from the worker (`tasks.verify`)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple
from uuid import UUID

from django.db import transaction

from grounding.errors import BadQueryError
from grounding.retrieve import SecondRow, candidates, part_of, without
from grounding.retrieve.guessing import unknown_words
from grounding.retrieve.matchtimes import reader_of
from grounding.retrieve.parts import REST
from grounding.sheets import track_name
from grounding.types import SENTENCE_COSINES, Terms
from grounding.types import Candidate as Proposal
from grounding.types import Query as Parsed
from grounding.verify.words import phrase
from grounding.vocabulary import PICTURE_LABEL
from videosearch.accounts.models import User
from videosearch.indexing.models import IndexVersion, Track
from videosearch.indexing.tubes import pack, unpack
from videosearch.lib import broker
from videosearch.library.models import Library
from videosearch.search import convert, embedding, likeness, matchtimes, naming, retrieval
from videosearch.search.filters import Filters
from videosearch.search.likeness import Example
from videosearch.search.models import Candidate, Query
from videosearch.search.naming import Meaning, Reading
from videosearch.search.scope import Scope

CANDIDATES: Final = 20


class Found(NamedTuple):
    """A stored query and its candidates, which are all there is as long as its state is `verifying`."""

    query: Query
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True)
class Asked:
    """Words, what the answers must be, whom they shall look like, and the seconds to play around them."""

    text: str = ""
    filters: Filters = field(default_factory=Filters)
    like: Example | None = None
    lead: float = 0.0
    lag: float = 0.0


def search(user: User, asked: Asked | str, libraries: Sequence[Library], *, replaces: UUID | None = None) -> Found:
    """Ask of `libraries` (which the caller has checked the user may see) and store what was found.

    `replaces`: an earlier query of the same user whose verdicts are no longer wanted.

    Raises:
        BadQueryError: this cannot be asked.
    """
    began = time.monotonic()
    if isinstance(asked, str):
        asked = Asked(asked)
    version = IndexVersion.objects.filter(active=True).only("pk", "key", "settings").first()
    reading, ignored = _understood(asked, libraries, version)
    parsed = reading.meanings[0].parsed
    query = Query(
        user=user,
        version=version,
        text=asked.text.strip() and parsed.text,
        filters=[one.text for one in asked.filters.given if one.key != "ignore" or one.value in ignored],
        like=asked.like.stored if asked.like else {},
        lead=asked.lead,
        lag=asked.lag,
        parsed=convert.reading_json(reading),
        embedded=parsed.embedding is not None,
        state=Query.State.VERIFYING,
    )
    if notes := matchtimes.notes(reading, libraries, asked.filters.videos):
        query.parsed["notes"] = [*query.parsed.get("notes", ()), *notes]
    found = [
        _found(query, _scope(asked, meaning, libraries, version), meaning.parsed, asked.like)
        for meaning in reading.meanings
    ]
    rows, seconds = found[0] if len(found) == 1 else _merged(found)
    query.heat = _heat(seconds)
    query.elapsed_ms = round((time.monotonic() - began) * 1000)
    _store(query, libraries, rows)
    _start_checking(query, found=bool(rows) and bool(parsed.text))
    if replaces is not None:
        cancel(user, replaces)
    return Found(query, rows)


def _understood(asked: Asked, libraries: Sequence[Library], version: IndexVersion | None) -> tuple[Reading, set[str]]:
    """The question as it is searched, with its vectors where there is a version, and what of it is ignored."""
    reading = _read(asked, libraries)
    words = unknown_words(reading.meanings[0].parsed) if version else ()
    if version and words:
        # The worker guesses at them while it embeds the text.
        reading = _embedded(reading, version, words)
        guesses = embedding.guesses(words)
        reading = _read(asked, libraries, guesses) if guesses else reading
    reading, ignored = _heeded(reading, asked.filters.ignored)
    return _embedded(reading, version) if version else reading, ignored


def _read(asked: Asked, libraries: Sequence[Library], guesses: Mapping[str, str] | None = None) -> Reading:
    """The words, or what the filters say where there are none; nothing where an example is all there is."""
    words = asked.text.strip() or asked.filters.words
    if not words and asked.filters.given and asked.like is None:
        raise BadQueryError("Say what to look for as well, in words or with number:, shirt:, team: or player:.")
    if asked.like and not words:
        reading = Reading((Meaning(None, Parsed("", (), "", None), ""),))
    else:
        reading = naming.understand(words, libraries, asked.filters.videos, guesses)
    when = asked.filters.times
    if not when:
        return reading
    return replace(
        reading,
        meanings=tuple(
            one._replace(parsed=replace(one.parsed, predicates=(*one.parsed.predicates, *when)))
            for one in reading.meanings
        ),
    )


def _heeded(reading: Reading, ignored: Sequence[str]) -> tuple[Reading, set[str]]:
    """The reading without what is to be ignored, and what of that there was in it.

    What is left is said in the words of the descriptions, since what was not meant would still be in the sentence.
    """
    there = {part_of(one) for meaning in reading.meanings for one in meaning.parsed.predicates} & set(ignored)
    if REST in ignored and any(meaning.parsed.rest for meaning in reading.meanings):
        there.add(REST)
    if not there:
        return reading, there
    meanings = []
    for meaning in reading.meanings:
        left = without(meaning.parsed, there)
        said = [phrase(one) for one in left.predicates if one.kind != "time"]
        meanings.append(meaning._replace(parsed=left, sentence=", ".join(filter(None, [*said, left.rest]))))
    return replace(reading, meanings=tuple(meanings)), there


def _embedded(reading: Reading, version: IndexVersion, words: Sequence[str] = ()) -> Reading:
    low, high = version.settings.get("cosines", SENTENCE_COSINES)
    meanings = tuple(
        one._replace(
            parsed=replace(
                one.parsed,
                embedding=embedding.query_vector(one.sentence, version.key, words),
                cosines=(float(low), float(high)),
            )
        )
        for one in reading.meanings
        if one.sentence
    )
    return replace(reading, meanings=meanings or reading.meanings)


def _scope(asked: Asked, meaning: Meaning, libraries: Sequence[Library], version: IndexVersion | None) -> Scope:
    filters = asked.filters
    scope = Scope(
        tuple(library.pk for library in libraries),
        (version.pk,) if version else (),
        videos=filters.videos if meaning.videos is None else meaning.videos,
        numbers=filters.numbers,
        shirts=filters.shirts,
        worn=filters.worn,
    )
    return replace(scope, windows=matchtimes.windows(meaning.parsed, matchtimes.films(scope, meaning.parsed)))


def _merged(
    found: Sequence[tuple[list[Candidate], list[retrieval.Second]]],
) -> tuple[list[Candidate], list[retrieval.Second]]:
    """What several meanings of one question found, in one order. No video is in two of them."""
    rows = sorted((row for rows, _ in found for row in rows), key=lambda row: -row.score - (row.likeness or 0))
    for rank, row in enumerate(rows[:CANDIDATES], 1):
        row.rank = rank
    seconds = sorted((one for _, seconds in found for one in seconds), key=lambda one: -one.score)
    return rows[:CANDIDATES], seconds[: retrieval.TOP]


def _found(
    query: Query, scope: Scope, parsed: Parsed, like: Example | None
) -> tuple[list[Candidate], list[retrieval.Second]]:
    """The candidates and the seconds that fit."""
    kinds = {"object", *(predicate.kind for predicate in parsed.predicates)}
    if like is None:
        seconds = retrieval.best_seconds(scope, parsed)
        proposals, tracks = _propose(scope, parsed, seconds)
        return [_candidate_row(query, rank, one, tracks, kinds) for rank, one in enumerate(proposals, 1)], seconds
    alike = {one.track: likeness.share(one.cosine) for one in retrieval.alike(scope, like.appearance, but=like.key)}
    if not parsed.text:
        proposals, tracks = _looking_like(alike)
        seconds = []
    else:
        scope = replace(scope, tracks=tuple(key for key, share in alike.items() if share >= likeness.ALIKE / 2))
        seconds = _weighed(retrieval.best_seconds(scope, parsed), alike)
        proposals, tracks = _propose(scope, parsed, seconds)
    rows = [_candidate_row(query, rank, one, tracks, kinds) for rank, one in enumerate(proposals, 1)]
    for row in rows:
        row.likeness = round(alike[tracks[str(row.video_id), row.track_ids[0]].key], 4)
    rows.sort(key=lambda row: -row.score - (row.likeness or 0))
    for rank, row in enumerate(rows, 1):
        row.rank = rank
    return rows, seconds


def _looking_like(alike: Mapping[int, float]) -> tuple[list[Proposal], Tracks]:
    best = sorted(alike, key=lambda key: -alike[key])[:CANDIDATES]
    seen = [Seen(*values) for values in Track.objects.filter(pk__in=best).values_list(*_OF_TRACK)]
    tubes = {one.key: (str(one.video_id), one.track_id, unpack(one.tube)) for one in seen}
    found = likeness.proposals(tubes, {key: alike[key] for key in best}, CANDIDATES)
    return found, {(str(one.video_id), one.track_id): one for one in seen}


def _weighed(seconds: Iterable[retrieval.Second], alike: Mapping[int, float]) -> list[retrieval.Second]:
    """Half what was said, half how it looks."""
    weighed = [one._replace(score=(one.score + alike[one.track]) / 2) for one in seconds]
    return sorted(weighed, key=lambda one: -one.score)


def cancel(user: User, query_id: UUID) -> None:
    Query.objects.filter(pk=query_id, user=user, state=Query.State.VERIFYING).update(state=Query.State.CANCELLED)


class Seen(NamedTuple):
    """What a search needs of a track: one statement fetches dozens of them."""

    key: int
    video_id: UUID
    track_id: int
    label: str
    attributes: dict[str, str]
    score: float
    tube: bytes | memoryview

    @property
    def name(self) -> str:
        return track_name(self.label, self.track_id, self.attributes)


_OF_TRACK: Final = ("pk", *Seen._fields[1:])

Tracks = dict[tuple[str, int], Seen]


def _propose(scope: Scope, parsed: Parsed, seconds: Sequence[retrieval.Second]) -> tuple[list[Proposal], Tracks]:
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
    films = matchtimes.films(scope, parsed)
    lengths = {str(video): film.duration for video, film in films.items()}
    read = {str(video): reader_of(film.clock) for video, film in films.items()}
    return candidates(parsed, rows, tubes, limit=CANDIDATES, durations=lengths, clocks=read), tracks


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
        seen=track.score,
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
    """Send the first batch. With nothing to judge, or nobody to send it to, the query is answered at once; so it is
    where nothing but looks was asked for."""
    from videosearch.search import checking, measuring, tasks

    sent = found and broker.send(tasks.verify, str(query.pk), queue="search", expires=measuring.PATIENCE_SECONDS)
    if not sent:
        checking.answer(query)
