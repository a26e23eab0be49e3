"""Seconds joined to candidate tubes.

What holds for a whole track (colours, number) chooses the tracks; what changes (place, motion, direction, action,
relation, time) cuts them. A query that asks for nothing that changes gets whole tracks. Steps ("then") have to follow
each other on one track: its span runs from the beginning of the first to the end of the last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grounding.geometry import intersect, t_iou
from grounding.retrieve.score import (
    conjunction,
    measured,
    objects_asked,
    similarity_weight,
    split,
    staying,
    stretch,
    together,
    trust,
    truths,
)
from grounding.retrieve.sequence import best_sequence, steps_of
from grounding.retrieve.spans import NEVER, maximal_runs, smooth, without_bridges
from grounding.retrieve.times import Reader, of_video, time_spans
from grounding.retrieve.tubes import cut_tube, same_boxes
from grounding.types import Candidate, Evidence, Predicate, Query, Span, Terms, Tube
from grounding.vocabulary import PICTURE_LABEL, term

Array = NDArray[np.float64]

HOLDS: Final = 0.42
"""Degree of truth above which a second counts for a span."""
CONTEXT: Final = 3.0
"""Seconds of tube and evidence kept around a span, so that a verifier can move its ends."""
MAX_GAP: Final = 2
"""Seconds without an observation that a span may bridge."""
GAP_COST: Final = -0.2
SAME_BOXES: Final = 0.7
SAME_TIME: Final = 0.5
SPANS_PER_TRACK: Final = 4
PICTURE: Final = term("object", PICTURE_LABEL)


class SecondRow(NamedTuple):
    """One stored second of one track, as the search over rows brings it.

    similarity: cosine of its embedding to the query's, 0 where there is none.
    """

    video: str
    track_id: int
    second: int
    terms: Terms
    similarity: float


@dataclass(frozen=True, slots=True)
class _Question:
    """A query split into what chooses tracks, what cuts them, and when.

    steps: of each step, the indices of its predicates among `changing`.
    """

    static: tuple[Predicate, ...]
    changing: tuple[Predicate, ...]
    steps: tuple[list[int], ...]
    times: tuple[Predicate, ...]
    weight: float
    person: bool
    objects: tuple[str, ...]

    @classmethod
    def of(cls, query: Query) -> _Question:
        asked = measured(query)
        kinds = {predicate.kind for predicate in asked}
        static, changing = split(asked)
        return cls(
            static=static,
            changing=changing,
            steps=steps_of(changing),
            times=tuple(predicate for predicate in query.predicates if predicate.kind == "time"),
            weight=similarity_weight(query),
            person=bool(kinds - {"count", "object"}) or kinds == {"object"},
            objects=objects_asked(query),
        )


def candidates(
    query: Query,
    rows: Iterable[SecondRow],
    tubes: Mapping[tuple[str, int], Tube],
    *,
    limit: int = 50,
    durations: Mapping[str, float] | None = None,
    clocks: Mapping[str, Reader] | None = None,
) -> list[Candidate]:
    """The tubes that may answer a query, best first.

    Args:
        query: parsed.
        rows: seconds in any order; those of tracks without a tube are left out.
        tubes: by (video, track id).
        limit: most candidates given back.
        durations: seconds of each video, for "in the last minute"; without, the end of its last tube.
        clocks: what the times of a query mean in each video of which the match clock is known.

    Returns:
        At most `limit` candidates with disjoint spans per track, scores in 0..1, without near duplicates. Of tracks
        that are nothing of what is asked (a ball, where a shirt is asked) none.
    """
    question = _Question.of(query)
    groups = _by_track(question, rows, tubes)
    if not groups:
        return []
    ordered = [row for _, group in groups for row in group]
    spans = _asked_times(question.times, tubes, durations, clocks or {})
    fulfilled = truths(question.static + question.changing, [row.terms for row in ordered])
    similar = stretch(np.array([row.similarity for row in ordered]), query.cosines)
    threshold = _threshold(question, similar)
    changing = fulfilled[:, len(question.static) :]
    holding = np.stack([
        together(changing[:, step], [question.changing[i] for i in step]) for step in question.steps
    ]) if question.changing else similar[None]  # fmt: skip
    found: list[_Draft] = []
    start = 0
    for key, group in groups:
        end = start + len(group)
        track = _Track(question, group, tubes[key], fulfilled[start:end], similar[start:end], holding[:, start:end])
        found += track.drafts(spans.get(key[0]), threshold)
        start = end
    found.sort(key=lambda draft: (-draft.score, draft.track.rows[0].video, draft.span, draft.track.rows[0].track_id))
    return _spread(_without_duplicates(found, limit), limit)


def _by_track(
    question: _Question, rows: Iterable[SecondRow], tubes: Mapping[tuple[str, int], Tube]
) -> list[tuple[tuple[str, int], list[SecondRow]]]:
    """The rows of each track that may answer the question, by second; tracks in a fixed order."""
    tracks: dict[tuple[str, int], list[SecondRow]] = {}
    for row in rows:
        tracks.setdefault((row.video, row.track_id), []).append(row)
    return [
        (key, sorted(group, key=_second))
        for key, group in sorted(tracks.items())
        if key in tubes and _is_asked(question.objects, group)
    ]


def _second(row: SecondRow) -> int:
    return row.second


def _is_asked(objects: Sequence[str], rows: Sequence[SecondRow]) -> bool:
    """Whether a track is, in any second, one of the objects asked for, or nothing is known of what it is."""
    if not objects or any(row.terms.get(name) for row in rows for name in objects):
        return True
    return not any(name.startswith("object:") for row in rows for name in row.terms)


def _asked_times(
    times: Sequence[Predicate],
    tubes: Mapping[tuple[str, int], Tube],
    durations: Mapping[str, float] | None,
    read: Mapping[str, Reader],
) -> dict[str, tuple[Span, ...]]:
    """For each video, the spans in which an answer may lie; nothing when no time was asked."""
    if not times:
        return {}
    ends: dict[str, float] = defaultdict(float)
    for (video, _), tube in tubes.items():
        ends[video] = max(ends[video], tube.span.end)
    ends.update(durations or {})
    return {video: time_spans(times, duration, read.get(video, of_video)) for video, duration in ends.items()}


def _threshold(question: _Question, similar: Array) -> float:
    """Where a second begins to count. Cosines have no fixed meaning, so there it is relative to this library's."""
    if question.changing or question.static:
        return HOLDS
    return float(min(similar.mean() + 1.5 * similar.std(), 0.5 * (similar.mean() + similar.max())))


@dataclass(slots=True)
class _Track:
    """The rows of one track with their degrees of truth, (rows, static + changing), and stretched similarities.

    holding: (steps, rows) how far all changing predicates of a step hold together.
    """

    question: _Question
    rows: list[SecondRow]
    tube: Tube
    fulfilled: Array
    similar: Array
    holding: Array

    def drafts(self, asked: tuple[Span, ...] | None, threshold: float) -> Iterator[_Draft]:
        for part in (self.tube.span,) if asked is None else asked:
            whole = intersect(self.tube.span, part)
            inside = (
                np.array([whole.start < r.second + 1 and r.second < whole.end for r in self.rows]) if whole else None
            )
            if whole is None or inside is None or not inside.any():
                continue
            if not self.question.changing and self.question.static:
                yield _Draft(self, whole, self._score(whole, [inside]))
                continue
            for span, chosen in self._spans(inside, threshold):
                clipped = intersect(span, whole)
                if clipped is not None:
                    yield _Draft(self, clipped, self._score(clipped, chosen))

    def _spans(self, inside: NDArray[np.bool_], threshold: float) -> Iterator[tuple[Span, list[NDArray[np.bool_]]]]:
        """The best spans of whole seconds in which the changing predicates hold, the best first.

        With each, the rows in which each step holds.
        """
        first = self.rows[0].second
        at = np.array([row.second - first for row in self.rows])
        if len(self.question.steps) > 1:
            yield from self._sequences(at, inside, threshold)
            return
        held = np.where(inside, smooth(self.holding[0]), 0.0)
        gains = np.full(int(at[-1]) + 1, GAP_COST)
        gains[at] = held - threshold
        gains = without_bridges(gains, MAX_GAP)
        runs = maximal_runs(gains.tolist())
        runs.sort(key=lambda run: -float(np.sum(gains[run[0] : run[1]])))
        if not runs:
            best = int(np.argmax(np.where(inside, held, -1.0)))
            runs = [_around(held, at, best)]
        for start, end in runs[:SPANS_PER_TRACK]:
            yield Span(float(first + start), float(first + end)), [(at >= start) & (at < end)]

    def _sequences(
        self, at: NDArray[np.int64], inside: NDArray[np.bool_], threshold: float
    ) -> Iterator[tuple[Span, list[NDArray[np.bool_]]]]:
        """Where the steps follow each other, the best first; each second is in one of them at most."""
        first = self.rows[0].second
        low, high = at[inside][0], at[inside][-1] + 1
        gains = [np.full(int(at[-1]) + 1, GAP_COST) for _ in self.question.steps]
        for gain, holding in zip(gains, self.holding, strict=True):
            gain[at] = holding - threshold
        for place in range(SPANS_PER_TRACK):
            runs, total = best_sequence([gain[low:high] for gain in gains])
            if place and total <= 0:
                return
            runs = [(int(low + start), int(low + end)) for start, end in runs]
            chosen = [(at >= start) & (at < end) & inside for start, end in runs]
            if not all(rows.any() for rows in chosen):
                return
            yield Span(float(first + runs[0][0]), float(first + runs[-1][1])), chosen
            for gain in gains:
                gain[runs[0][0] : runs[-1][1]] = NEVER

    def candidate(self, span: Span, score: float) -> Candidate | None:
        """The moment with its boxes and what was measured in it and around it; None where it has no box."""
        around = Span(span.start - CONTEXT, span.end + CONTEXT) if self.question.changing else span
        tube = cut_tube(self.tube, around)
        if cut_tube(self.tube, span) is None or tube is None:
            return None
        return Candidate(
            video=self.rows[0].video,
            track_ids=(self.rows[0].track_id,),
            span=span,
            tube=tube,
            evidence=tuple(
                Evidence(row.second, row.terms, row.similarity)
                for row in self.rows
                if row.second + 1 > around.start and row.second < around.end
            ),
            score=score,
        )

    def _score(self, span: Span, chosen: Sequence[NDArray[np.bool_]]) -> float:
        """Fulfilment over the rows chosen for each step, less for a span too short to be sure of, and similarity."""
        question, weight = self.question, self.question.weight
        similar = float(self.similar[np.logical_or.reduce(chosen)].mean())
        n = len(question.static)
        means = self.fulfilled.mean(axis=0)
        for step, rows in zip(question.steps, chosen, strict=False):
            columns = [n + i for i in step]
            means[columns] = self.fulfilled[rows][:, columns].mean(axis=0)
        score = float(conjunction(means, question.static + question.changing))
        if question.changing or not question.static:
            held = sum(float(holding[rows].sum()) for holding, rows in zip(self.holding, chosen, strict=True))
            score *= trust(min(span.length, held))
        else:
            score *= staying(span.length)
        if question.person and self.rows[0].terms.get(PICTURE):
            score *= 0.3
        return (1.0 - weight) * score + weight * similar


@dataclass(frozen=True, slots=True)
class _Draft:
    """A moment with its score; most are never looked at again, so its boxes are cut only when it is taken."""

    track: _Track
    span: Span
    score: float


def _around(held: Array, at: NDArray[np.int64], best: int) -> tuple[int, int]:
    """The neighbouring seconds nearly as good as the best one."""
    low = high = best
    while low > 0 and at[low] - at[low - 1] == 1 and held[low - 1] >= 0.8 * held[best]:
        low -= 1
    while high < len(at) - 1 and at[high + 1] - at[high] == 1 and held[high + 1] >= 0.8 * held[best]:
        high += 1
    return int(at[low]), int(at[high]) + 1


def _without_duplicates(found: list[_Draft], limit: int) -> list[Candidate]:
    """Of two candidates that show the same boxes at the same time, the better one; at most `limit` of a video."""
    kept: list[Candidate] = []
    by_video: dict[str, list[Candidate]] = defaultdict(list)
    for draft in found:
        rivals = by_video[draft.track.rows[0].video]
        if len(rivals) >= limit:
            continue
        candidate = draft.track.candidate(draft.span, draft.score)
        if candidate is not None and not any(_same(candidate, rival) for rival in rivals):
            kept.append(candidate)
            rivals.append(candidate)
    return kept


def _same(one: Candidate, other: Candidate) -> bool:
    if one.track_ids == other.track_ids or t_iou(one.span, other.span) <= SAME_TIME:
        return False
    return same_boxes(one.tube, other.tube) > SAME_BOXES


def _spread(found: list[Candidate], limit: int) -> list[Candidate]:
    """The best `limit`, but no video takes far more than its share while others have something to show."""
    videos = {candidate.video for candidate in found}
    if len(found) <= limit or len(videos) == 1:
        return found[:limit]
    share = max(5, 3 * limit // (2 * len(videos)))
    taken: dict[str, int] = defaultdict(int)
    first: list[Candidate] = []
    later: list[Candidate] = []
    for candidate in found:
        taken[candidate.video] += 1
        (first if taken[candidate.video] <= share else later).append(candidate)
    chosen = (first + later)[:limit]
    return sorted(chosen, key=lambda candidate: -candidate.score)
