"""Second-level association: which detections of sparse pictures, 1 to 10 a second, are the same target.

At such rates a runner's boxes often do not touch, so targets are found again where a motion model expects them, in
body heights, by place and size together with boxes grown beyond their borders. Weak detections may continue a target
but never start one (ByteTrack, Zhang et al., ECCV 2022). Where two targets could have swapped, both runs end and new
ones begin: joining, which knows more, decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from grounding.geometry import Array, coverage_matrix, expand, iou_matrix, paired_iou
from grounding.track.edges import LEAST_VISIBLE, Size, completed, fragments, visible_share
from grounding.track.motion import BoxFilter, MotionNoise
from grounding.track.run import Run
from grounding.types import Detections, Floats, Tracklet

_FAR = 1e6
_SPARSE = 2.0
_SLOWEST = 1.0
"""Seconds between two pictures of footage in which somebody can be followed at all."""


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """What decides a match. Costs are negative log-likelihoods: a deviation of one sigma costs 0.5.

    confident: scores that may start a target; weak: lowest score that may continue one. gate: highest cost of a match,
    weak_gate that of a weak detection. reach: how much boxes are grown before their overlap is taken, at 5 Hz and
    below. max_age: seconds a target is waited for since it was last reported. min_hits: detections a run needs to be
    kept. ambiguity: when the exchanged assignment costs less than this more, runs are split. small: labels of small
    fast things (a ball).
    """

    confident: float = 0.2
    weak: float = 0.12
    gate: float = 8.0
    weak_gate: float = 5.0
    overlap_weight: float = 1.0
    reach: float = 1.6
    appearance_weight: float = 15.0
    max_age: float = 0.8
    min_hits: int = 2
    ambiguity: float = 0.4
    noise: MotionNoise = field(default_factory=MotionNoise)
    small: tuple[str, ...] = ("sports ball", "ball")
    small_noise: MotionNoise = field(
        default_factory=lambda: MotionNoise(push=60.0, start_speed=10.0, jitter=0.3, size_jitter=0.4, size_drift=0.5)
    )


class Flow(Protocol):
    """What carries boxes from the last picture to this one; see `track.flow`."""

    def carry(self, boxes: Array, expected: Array) -> tuple[Array, NDArray[np.bool_]]: ...


class SecondLevelTracker:
    """Online tracker of one video segment; times are passed in, so gaps and any rate are fine.

    rate: nominal pictures a second, 1 to 10; labels: class names that `Detections.labels` index. Identifiers are
    counted per instance from 0. Only matches within a class are made.
    """

    def __init__(self, rate: float, labels: Sequence[str], settings: TrackerSettings | None = None) -> None:
        if rate <= 0:
            raise ValueError(f"rate must be positive, got {rate}")
        chosen = settings or TrackerSettings()
        # A target may always be missed once, and the wait must outlast two steps of a slow rate.
        # Who is looked for once a second may be in the picture for one look only.
        hits = chosen.min_hits if rate >= _SPARSE else 1
        self.settings = replace(chosen, max_age=max(chosen.max_age, 2.5 / rate), min_hits=hits)
        self.rate = rate
        self.labels = tuple(labels)
        self._pools = [_Pool(k, name in chosen.small, self.settings) for k, name in enumerate(self.labels)]
        self._finished: list[Run] = []
        self._next_id = 0
        self._time: float | None = None

    def update(
        self,
        t: float,
        detections: Detections,
        camera: ArrayLike | None = None,
        *,
        appearance: Floats | None = None,
        size: Size | None = None,
        flow: Flow | None = None,
    ) -> list[tuple[int, Floats, float]]:
        """Take in the picture at `t` seconds; returns (tracklet_id, box (4,), score) of each target detected in it.

        camera: (3, 3) homography from the previous picture to this one. appearance: (N, D) unit rows, one for each
        detection. size: width and height of the picture; with it people are followed out of the picture and back in,
        and are not reported while less than half of them is seen. flow: carries boxes from the previous picture.
        Raises ValueError when time does not advance or the rows do not fit.
        """
        if appearance is not None and len(appearance) != len(detections):
            raise ValueError(f"{len(detections)} detections need as many appearance rows, got {len(appearance)}")
        dt = self._advance(t, camera, flow, note=False)
        seen: list[tuple[int, Floats, float]] = []
        for pool in self._pools:
            mine = np.flatnonzero(detections.labels == pool.label)
            if len(mine) == 0:
                continue
            given = None if appearance is None else appearance[mine]
            picture = _Picture(t, dt, detections.boxes[mine], detections.scores[mine], given, size)
            started, ended = pool.match(picture, self._next_id)
            self._next_id += started
            self._finished += ended
            seen += [(run.tracklet_id, run.boxes[-1], run.scores[-1]) for run in pool.runs if run.times[-1] == t]
        return sorted(seen, key=lambda item: item[0])

    def carry(self, t: float, flow: Flow | None, camera: ArrayLike | None = None) -> None:
        """Take in the picture at `t`, on which nothing was looked for: all targets go where `flow` carries them, or
        without it as they went, with the camera.

        Raises ValueError when time does not advance.
        """
        self._advance(t, camera, flow, note=True)

    def _advance(self, t: float, camera: ArrayLike | None, flow: Flow | None, *, note: bool) -> float:
        """Move all targets on to `t`; returns the seconds since the picture before."""
        if self._time is not None and t <= self._time:
            raise ValueError(f"time must advance, got {t} after {self._time}")
        dt = 1.0 / self.rate if self._time is None else t - self._time
        self._time = t
        homography = np.eye(3) if camera is None else np.asarray(camera, np.float64)
        for pool in self._pools:
            self._finished += pool.advance(t, dt, homography, flow, note=note)
        return dt

    def cut(self, t: float) -> None:
        """End all targets: the picture at `t`, still to come, belongs to another shot."""
        if self._time is not None and t <= self._time:
            raise ValueError(f"a cut must lie ahead, got {t} after {self._time}")
        for pool in self._pools:
            self._finished += pool.clear()

    def tracklets(self) -> list[Tracklet]:
        """All runs so far with at least `min_hits` detections, living ones included, in order of identifier."""
        runs = self._finished + [run for pool in self._pools for run in pool.runs]
        runs = [run for run in runs if run.detections >= self.settings.min_hits]
        return [run.tracklet(self.labels[run.label]) for run in sorted(runs, key=lambda run: run.tracklet_id)]


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """The detections of one class in one picture."""

    t: float
    dt: float
    boxes: Floats
    scores: Floats
    appearance: Floats | None
    size: Size | None


class _Pool:
    """The living targets of one class."""

    def __init__(self, label: int, small: bool, settings: TrackerSettings) -> None:
        self.label = label
        self.settings = settings
        self.runs: list[Run] = []
        self._filter = BoxFilter(settings.small_noise if small else settings.noise)
        # A ball of a few pixels has no looks to speak of, and no part of it is seen without the rest.
        self._small = small

    def advance(self, t: float, dt: float, camera: Array, flow: Flow | None, *, note: bool) -> list[Run]:
        """Move all targets to time `t`; returns those given up."""
        if not self.runs:
            return []
        before = self._filter.boxes
        self._filter.warp(camera)
        self._filter.predict(dt)
        # A ball of a few pixels has nothing on it to follow.
        if flow is not None and not self._small:
            self._carry(t, *flow.carry(before, self._filter.boxes), note=note)
        # Footage of one picture a second is slower than any rate asked for; a hole in it is not.
        wait = max(self.settings.max_age, 1.5 * min(dt, _SLOWEST))
        old = np.array([t - run.times[-1] > wait + 1e-6 for run in self.runs])
        return self._drop(old) if old.any() else []

    def _carry(self, t: float, boxes: Array, sure: NDArray[np.bool_], *, note: bool) -> None:
        """Correct the targets that could be followed by where they came to, and `note` that down as well."""
        rows = np.flatnonzero(sure)
        self._filter.update(rows, boxes[rows])
        for row in rows if note else ():
            self.runs[row].carry(t, self._filter.boxes[row])

    def clear(self) -> list[Run]:
        return self._drop(np.ones(len(self.runs), bool))

    def match(self, picture: _Picture, next_id: int) -> tuple[int, list[Run]]:
        """Give the detections to targets; returns how many were started, and the runs ended for being ambiguous."""
        s = self.settings
        confident = picture.scores >= s.confident
        weak = ~confident & (picture.scores >= s.weak)
        full = self._completed(picture)
        cost = self._costs(picture, full)
        free = np.ones(len(self.runs), bool)
        pairs = _assign(cost, free, confident, s.gate)
        ambiguous = self._ambiguous(cost, pairs)
        free[[row for row, _ in pairs]] = False
        pairs += _assign(cost, free, weak, s.weak_gate)
        ended = self._extend(picture, full, pairs, ambiguous)
        taken = [column for _, column in pairs]
        before = next_id
        for row, column in ambiguous:
            next_id = self._renew(row, picture, column, next_id)
        fresh = self._worth_starting(picture, confident, taken)
        self._filter.add(picture.boxes[fresh])
        for column in fresh:
            self.runs.append(self._new_run(picture, int(column), next_id))
            next_id += 1
        return next_id - before, ended

    def _completed(self, picture: _Picture) -> Array:
        """(targets, detections, 4) the detected boxes, those cut off by the picture's edge as large as each target."""
        expected = np.exp(self._filter.log_size)
        if picture.size is None or self._small:
            return np.repeat(picture.boxes[None].astype(np.float64), len(expected), axis=0)
        return completed(picture.boxes, expected, picture.size)

    def _costs(self, picture: _Picture, full: Array) -> Array:
        """(targets, detections) negative log-likelihoods, up to a constant."""
        if not self.runs:
            return np.zeros((0, len(picture.boxes)))
        f, s = self._filter, self.settings
        step = (full[..., :2] + full[..., 2:]) / 2.0 - f.centre[:, None]
        spread = f.variance[:, 0] + f.noise.jitter**2 + 0.01
        place = np.sum(step**2, axis=2) / (f.heights**2 * spread)[:, None]
        size = np.log(np.maximum(full[..., 2:] - full[..., :2], 1.0)) - f.log_size[:, None]
        # Widths change with the stride, heights hardly.
        size_spread = (f.size_variance + f.noise.size_jitter**2)[:, None] + 0.01
        shape = size[..., 1] ** 2 / size_spread + size[..., 0] ** 2 / (3.0 * size_spread + 0.03)
        reach = s.reach * max(1.0, 5.0 * min(picture.dt, 1.0)) ** 0.5
        flat = full.reshape(-1, 4)
        predicted = np.repeat(f.boxes, full.shape[1], axis=0)
        overlap = paired_iou(expand(predicted, reach), expand(flat, reach)).reshape(full.shape[:2])
        # The log term makes a target of which little is known less greedy than one that is sure of its place.
        cost = 0.5 * (place + shape) + np.log(spread / 0.02)[:, None] * 0.5 + s.overlap_weight * (1.0 - overlap)
        return np.asarray(cost + self._appearance_costs(picture), np.float64)

    def _appearance_costs(self, picture: _Picture) -> Array:
        shape = (len(self.runs), len(picture.boxes))
        if picture.appearance is None or self._small:
            return np.zeros(shape)
        known = [run.appearance for run in self.runs]
        costs = np.zeros(shape)
        for row, vector in enumerate(known):
            if vector is not None:
                costs[row] = self.settings.appearance_weight * (1.0 - picture.appearance @ vector)
        return costs

    def _ambiguous(self, cost: Array, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The pairs that could as well be exchanged with another pair."""
        if len(pairs) < 2 or self.settings.ambiguity <= 0:
            return []
        rows, columns = (np.array(side) for side in zip(*pairs, strict=True))
        square = cost[np.ix_(rows, columns)]
        own = np.diag(square)
        extra = square + square.T - own[:, None] - own[None, :]
        np.fill_diagonal(extra, _FAR)
        possible = (square < self.settings.gate) & (self.settings.gate > square.T)
        doubtful = ((extra < self.settings.ambiguity) & possible).any(axis=1)
        return [pair for pair, doubt in zip(pairs, doubtful, strict=True) if doubt]

    def _extend(
        self, picture: _Picture, full: Array, pairs: list[tuple[int, int]], ambiguous: list[tuple[int, int]]
    ) -> list[Run]:
        """Append the detections to their targets; ambiguous ones are left as ended."""
        if not pairs:
            return []
        rows, columns = (np.array(side, np.intp) for side in zip(*pairs, strict=True))
        scores = picture.scores[columns]
        trust = np.clip(scores / self.settings.confident, 0.25, 1.0)
        expected = self._filter.boxes
        self._filter.update(rows, full[rows, columns], trust)
        corrected = self._filter.boxes
        split = {row for row, _ in ambiguous}
        seen = visible_share(picture.boxes[columns], full[rows, columns]) >= LEAST_VISIBLE
        for (row, column), enough in zip(pairs, seen, strict=True):
            if row not in split and enough:
                self._confirm(self.runs[row], picture, column, expected[row], corrected[row])
        return [self.runs[row] for row in sorted(split)]

    def _confirm(self, run: Run, picture: _Picture, column: int, expected: Array, corrected: Array) -> None:
        box, score = picture.boxes[column], float(picture.scores[column])
        run.confirm(picture.t, box, score, expected=expected, corrected=corrected)
        if picture.appearance is not None:
            run.see(picture.appearance[column])

    def _renew(self, row: int, picture: _Picture, column: int, next_id: int) -> int:
        """Begin a new run in place of an ended one; what is known of its motion stays."""
        self.runs[row] = self._new_run(picture, column, next_id)
        return next_id + 1

    def _new_run(self, picture: _Picture, column: int, tracklet_id: int) -> Run:
        run, box = Run(tracklet_id, self.label), picture.boxes[column].astype(np.float64)
        self._confirm(run, picture, column, box, box)
        return run

    def _worth_starting(self, picture: _Picture, confident: NDArray[np.bool_], taken: list[int]) -> NDArray[np.intp]:
        """Confident detections that are left, but for second boxes on somebody already matched."""
        left = confident.copy()
        left[taken] = False
        if picture.size is not None and not self._small:
            left &= ~fragments(picture.boxes, picture.size)
        candidates = np.flatnonzero(left)
        if len(taken) and len(candidates):
            double = iou_matrix(picture.boxes[candidates], picture.boxes[taken]).max(axis=1) > 0.7
            inside = coverage_matrix(picture.boxes[candidates], picture.boxes[taken]).max(axis=1) > 0.9
            candidates = candidates[~(double | (inside & (picture.scores[candidates] < 0.5)))]
        return candidates

    def _drop(self, gone: NDArray[np.bool_]) -> list[Run]:
        ended = [run for run, out in zip(self.runs, gone, strict=True) if out]
        self.runs = [run for run, out in zip(self.runs, gone, strict=True) if not out]
        self._filter.keep(~gone)
        return ended


def _assign(cost: Array, rows: NDArray[np.bool_], columns: NDArray[np.bool_], gate: float) -> list[tuple[int, int]]:
    """The cheapest pairs of the allowed rows and columns, none dearer than `gate`; leaving a pair out costs `gate`."""
    row, column = np.flatnonzero(rows), np.flatnonzero(columns)
    if len(row) == 0 or len(column) == 0:
        return []
    part = np.minimum(cost[np.ix_(row, column)], gate)
    chosen = zip(*linear_sum_assignment(part), strict=True)
    return [(int(row[i]), int(column[j])) for i, j in chosen if part[i, j] < gate]
