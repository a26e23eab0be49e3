"""What the policy is trained and scored on: candidates as it sees them, and what each of its answers would be worth.

An answer is a candidate with both ends of its span moved. There are few of them, so what each is worth is worked out
once and a rollout is a look into a table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from grounding.calibrate import RIGHT_ABOVE
from grounding.errors import BadInputError
from grounding.files import write_atomically
from grounding.geometry import paired_iou
from grounding.metrics.tubes import GRID_STEP, boxes_on_grid, grid_span
from grounding.retrieve.rank import rank
from grounding.rl.features import ENDS, JUDGE, VERSION, see
from grounding.rl.rewards import ALPHA, RewardName
from grounding.types import Candidate, Query, Span, Tube, Verification

Array = NDArray[np.float64]
Table = NDArray[np.float32]

SHIFTS: Final = tuple(float(k) / 2 for k in range(-6, 7))
"""Seconds by which an end may be moved."""
SHORTEST: Final = 0.4
"""Seconds below which a span is left as it was."""
TABLES: Final[tuple[RewardName, ...]] = ("additive", "id", "coupled")


@dataclass(frozen=True, slots=True)
class Teaches:
    """How much a problem counts for each thing that is learnt; 0 where it says nothing of it."""

    order: float = 1.0
    accept: float = 1.0
    start: float = 1.0
    end: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A query with its N candidates.

    judge (N, len(JUDGE)), start and end (N, len(ENDS)): see `features`. rewards: by name, (N, S, S) float32: what the
    candidate is worth with its start moved by SHIFTS[i] and its end by SHIFTS[j]; t_iou, v_iou: the same of the best
    answering moment. rule: (N,) places of the candidates in the order of the rule; taken: (N,) whether the rule did
    not reject it. answerable: whether anything answers the query. covered: (N, moments) which of the true moments the
    candidate as it is shows (vIoU above 0.3).
    """

    kind: str
    match: str
    judge: Array
    start: Array
    end: Array
    rewards: dict[RewardName, Table]
    t_iou: Table
    v_iou: Table
    rule: NDArray[np.int64]
    taken: NDArray[np.bool_]
    answerable: bool
    covered: NDArray[np.bool_]
    teaches: Teaches = field(default_factory=Teaches)

    def __len__(self) -> int:
        return len(self.judge)


def moved(span: Span, room: Span, start: float, end: float) -> Span:
    """`span` with its ends moved by so many seconds, inside `room`; as it was where nothing would be left of it."""
    first = min(max(span.start + start, min(room.start, span.start)), span.end)
    last = max(min(span.end + end, max(room.end, span.end)), span.start)
    return Span(first, last) if last - first >= SHORTEST else span


def problem(
    query: Query,
    items: Sequence[tuple[Candidate, Verification]],
    answers: Sequence[Tube],
    *,
    kind: str = "",
    match: str = "",
    teaches: Teaches | None = None,
) -> Problem:
    """A query, its candidates as the predicate verifier judged them, and the tubes that answer it (none: a null)."""
    seen = [see(query, candidate, judged) for candidate, judged in items]
    tables = [_Worth.of(candidate, judged.span, answers) for candidate, judged in items]
    right = _right([candidate for candidate, _ in items], tables, len(answers))
    rewards: dict[RewardName, Table] = {
        "additive": _best(one.t_iou + one.v_iou for one in tables),
        "id": _best(one.t_iou + right[k][:, None, None] for k, one in enumerate(tables)),
        "coupled": _best(one.t_iou + one.t_iou**ALPHA * one.s_iou for one in tables),
    }
    middle = len(SHIFTS) // 2
    places = np.zeros(len(items), np.int64)
    for place, hit in enumerate(rank(query, items).hits):
        places[hit.place] = place
    return Problem(
        kind=kind,
        match=match,
        judge=np.array([one.judge for one in seen]).reshape(-1, len(JUDGE)),
        start=np.array([one.start for one in seen]).reshape(-1, len(ENDS)),
        end=np.array([one.end for one in seen]).reshape(-1, len(ENDS)),
        rewards=rewards,
        t_iou=_best(one.t_iou for one in tables),
        v_iou=_best(one.v_iou for one in tables),
        rule=places,
        taken=np.array([judged.verdict != "rejected" for _, judged in items], bool),
        answerable=bool(answers),
        covered=np.array([one.v_iou[:, middle, middle] > RIGHT_ABOVE for one in tables], bool).reshape(
            len(items), len(answers)
        ),
        teaches=teaches or Teaches(),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Worth:
    """Of one candidate, (answers, S, S) what each pair of moved ends is worth; fits: per answer and time, the IoU."""

    t_iou: Array
    v_iou: Array
    s_iou: Array
    fits: Array
    first: int

    @classmethod
    def of(cls, candidate: Candidate, span: Span, answers: Sequence[Tube]) -> _Worth:
        room = candidate.tube.span
        low, high = grid_span(candidate.tube, GRID_STEP)
        spans = [[moved(span, room, a, b) for b in SHIFTS] for a in SHIFTS]
        starts = np.array([[one.start for one in row] for row in spans])
        ends = np.array([[one.end for one in row] for row in spans])
        ours = boxes_on_grid(candidate.tube, low, high, GRID_STEP)
        fits, there = np.zeros((len(answers), high - low)), np.zeros((len(answers), high - low))
        for k, answer in enumerate(answers):
            true = answer.span
            if true.start < room.end and room.start < true.end:
                theirs = boxes_on_grid(answer, low, high, GRID_STEP)
                seen = np.isfinite(theirs[:, 0])
                both = seen & np.isfinite(ours[:, 0])
                there[k] = seen
                fits[k, both] = paired_iou(ours[both], theirs[both])
        true_spans = [answer.span for answer in answers]
        first = np.array([one.start for one in true_spans])[:, None, None]
        last = np.array([one.end for one in true_spans])[:, None, None]
        inter = np.maximum(np.minimum(ends, last) - np.maximum(starts, first), 0.0)
        t_iou = inter / np.maximum(ends - starts + last - first - inter, 1e-9)
        return cls(t_iou, *_overlaps(starts, ends, answers, fits, there, low), fits, low)


def _overlaps(
    starts: Array, ends: Array, answers: Sequence[Tube], fits: Array, there: Array, low: int
) -> tuple[Array, Array]:
    """vIoU and vIoU-Int of each answer with each pair of ends, on the grid, as `grounding.metrics.tubes` has them."""
    n = fits.shape[1]
    at = np.ceil(starts / GRID_STEP - 1e-6).astype(np.int64), np.ceil(ends / GRID_STEP - 1e-6).astype(np.int64)
    limits = np.array([grid_span(answer, GRID_STEP) for answer in answers], np.int64).reshape(-1, 2)
    unseen = np.array([_unseen(answer) for answer in answers])
    first, last = limits[:, 0][:, None, None], limits[:, 1][:, None, None]
    begin, stop = np.maximum(at[0], first), np.maximum(np.minimum(at[1], last), np.maximum(at[0], first))
    union = np.maximum(at[1], last) - np.minimum(at[0], first) - unseen[:, None, None]

    def between(values: Array) -> Array:
        total = np.concatenate([np.zeros((len(values), 1)), values.cumsum(axis=1)], axis=1)
        a, b = np.clip(begin - low, 0, n), np.clip(stop - low, 0, n)
        rows = np.arange(len(values))[:, None, None]
        return np.asarray(total[rows, b] - total[rows, a])

    sums = between(fits)
    return sums / np.maximum(union, 1), sums / np.maximum(between(there), 1)


def _unseen(true: Tube) -> int:
    start, end = grid_span(true, GRID_STEP)
    return int(np.isnan(boxes_on_grid(true, start, end, GRID_STEP)[:, 0]).sum()) if end > start else 0


def _right(found: Sequence[Candidate], tables: Sequence[_Worth], count: int) -> Array:
    """(candidates, answers) whether the track is the one that fits the answer at most times (STVG-R1's ID*)."""
    tracks = sorted({one.track_ids for one in found})
    low = min((one.first for one in tables), default=0)
    high = max((one.first + one.fits.shape[1] for one in tables), default=0)
    best = np.zeros((len(tracks), count, high - low), np.float32)
    for candidate, one in zip(found, tables, strict=True):
        part = best[tracks.index(candidate.track_ids), :, one.first - low : one.first - low + one.fits.shape[1]]
        np.maximum(part, one.fits, out=part)
    votes = np.zeros((count, len(tracks)))
    winner, value = best.argmax(axis=0), best.max(axis=0) if tracks else best.sum(axis=0)
    for k in range(count):
        votes[k] = np.bincount(winner[k][value[k] > 0], minlength=len(tracks))
    right = np.zeros((len(found), count))
    for n, candidate in enumerate(found):
        own = votes[:, tracks.index(candidate.track_ids)]
        right[n] = (own > 0) & (own == votes.max(axis=1))
    return right


def _best(tables: Iterable[Array]) -> Table:
    size = (len(SHIFTS), len(SHIFTS))
    rows = [one.max(axis=0) if len(one) else np.zeros(size) for one in tables]
    return np.array(rows, np.float32).reshape(-1, *size)


def save(path: Path, problems: Sequence[Problem]) -> None:
    """Writes a set of problems as one file, values rounded to what training can tell apart; OSError if it cannot."""
    counts = [len(one) for one in problems]
    meta = {
        "version": VERSION,
        "counts": counts,
        "moments": [one.covered.shape[1] for one in problems],
        "problems": [
            [one.kind, one.match, one.answerable,
             [one.teaches.order, one.teaches.accept, one.teaches.start, one.teaches.end]]
            for one in problems
        ],
    }  # fmt: skip
    arrays: dict[str, Any] = {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)}
    for name in ("judge", "start", "end"):
        arrays[name] = np.concatenate([getattr(one, name) for one in problems]).astype(np.float16)
    for reward in TABLES:
        arrays[reward] = np.round(np.concatenate([one.rewards[reward] for one in problems]) * 127).astype(np.uint8)
    for name in ("t_iou", "v_iou"):
        arrays[name] = np.round(np.concatenate([getattr(one, name) for one in problems]) * 255).astype(np.uint8)
    arrays["rule"] = np.concatenate([one.rule for one in problems]).astype(np.int16)
    arrays["taken"] = np.concatenate([one.taken for one in problems])
    arrays["covered"] = np.packbits(np.concatenate([one.covered.ravel() for one in problems]))
    write_atomically(path, lambda file: np.savez_compressed(file, **arrays))


def load(path: Path) -> list[Problem]:
    """Reads what `save` wrote. BadInputError where it is something else, or of another version."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        meta = json.loads(arrays["meta"].tobytes())
        if meta["version"] != VERSION:
            raise BadInputError(f"{path} holds problems of version {meta['version']}, this program knows {VERSION}.")
        return list(_problems(meta, arrays))
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        if isinstance(error, FileNotFoundError):
            raise BadInputError(f"There is no file {path}.") from None
        raise BadInputError(f"{path} holds no problems that could be read.") from error


def _problems(meta: dict[str, Any], arrays: dict[str, Any]) -> Iterable[Problem]:
    covered = np.unpackbits(arrays["covered"]).astype(bool)
    at = bit = 0
    for count, moments, (kind, match, answerable, teaches) in zip(
        meta["counts"], meta["moments"], meta["problems"], strict=True
    ):
        rows = slice(at, at + count)
        yield Problem(
            kind=kind,
            match=match,
            judge=arrays["judge"][rows].astype(np.float64),
            start=arrays["start"][rows].astype(np.float64),
            end=arrays["end"][rows].astype(np.float64),
            rewards={name: arrays[name][rows].astype(np.float32) / 127 for name in TABLES},
            t_iou=arrays["t_iou"][rows].astype(np.float32) / 255,
            v_iou=arrays["v_iou"][rows].astype(np.float32) / 255,
            rule=arrays["rule"][rows].astype(np.int64),
            taken=arrays["taken"][rows],
            answerable=answerable,
            covered=covered[bit : bit + count * moments].reshape(count, moments),
            teaches=Teaches(*teaches),
        )
        at, bit = at + count, bit + count * moments


def only(problem: Problem, keep: int) -> Problem:
    """The problem with the first `keep` candidates in the order of the rule: a smaller one that is nearly as good."""
    kept = np.sort(np.argsort(problem.rule, kind="stable")[:keep])
    places = np.argsort(np.argsort(problem.rule[kept], kind="stable"), kind="stable")
    return replace(
        problem,
        judge=problem.judge[kept],
        start=problem.start[kept],
        end=problem.end[kept],
        rewards={name: table[kept] for name, table in problem.rewards.items()},
        t_iou=problem.t_iou[kept],
        v_iou=problem.v_iou[kept],
        rule=places.astype(np.int64),
        taken=problem.taken[kept],
        covered=problem.covered[kept],
    )
