"""One video out of its segments: tracklets that run on from one segment into the next become one.

Neighbouring segments read a few seconds in common on the same time grid, so the same target has the same boxes in
both. What both report is kept once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from grounding.geometry import paired_iou
from grounding.types import CropSample, Floats, Registration, SegmentResult, Span, Times, Tracklet

_SAME_TIME = 1e-3
_SAME_TARGET = 0.5
_SAME_BOX = 0.6
_second = attrgetter("second")


@dataclass(frozen=True, slots=True, eq=False)
class Stitched:
    """The segments of a video as one: identifiers count from 0 in order of time; camera and pitch as in
    `SegmentResult`."""

    decoded: Span
    cuts: tuple[float, ...]
    tracklets: tuple[Tracklet, ...]
    camera_times: Times
    camera: NDArray[np.float64]
    pitch: tuple[Registration, ...] = ()


def stitch_segments(results: Sequence[SegmentResult]) -> Stitched:
    """Merge what the segments found; they may come in any order and some may be missing.

    Raises ValueError when there is none, or one twice.
    """
    ordered = sorted(results, key=lambda result: result.segment.index)
    if not ordered:
        raise ValueError("stitching needs at least one segment")
    if len({result.segment.index for result in ordered}) < len(ordered):
        raise ValueError("a segment was given twice")
    over: list[Tracklet] = []
    open_still = list(ordered[0].tracklets)
    for before, after in pairwise(ordered):
        if not after.tracklets:
            continue
        past, open_still = _merge(open_still, list(after.tracklets), _handover(before, after))
        over += past
    tracklets = over + open_still
    tracklets.sort(key=lambda tracklet: (float(tracklet.times[0]), tracklet.label))
    camera_times, camera = _merge_cameras(ordered)
    return Stitched(
        decoded=Span(ordered[0].decoded.start, max(result.decoded.end for result in ordered)),
        cuts=_merge_cuts(ordered),
        tracklets=tuple(replace(tracklet, tracklet_id=k) for k, tracklet in enumerate(tracklets)),
        camera_times=camera_times,
        camera=camera,
        pitch=_merge_pitches(ordered),
    )


def _handover(before: SegmentResult, after: SegmentResult) -> float:
    """The time from which the later segment answers: the middle of what both decoded."""
    start = after.decoded.start
    return start + max(min(before.decoded.end, after.decoded.end) - start, 0.0) / 2.0


def _merge(earlier: list[Tracklet], later: list[Tracklet], handover: float) -> tuple[list[Tracklet], list[Tracklet]]:
    """What is over, and what may go on: those of one target made one; where both sides saw the same box, it is kept
    once."""
    first = min(float(t.times[0]) for t in later)
    # What ended before the later segment began cannot meet it nor any after it; a long match has thousands of those.
    past = [tracklet for tracklet in earlier if tracklet.times[-1] < first - _SAME_TIME]
    live = [tracklet for tracklet in earlier if tracklet.times[-1] >= first - _SAME_TIME]
    last = max((float(t.times[-1]) for t in live), default=-np.inf)
    pairs = _match(live, later)
    rows, columns = {i for i, _ in pairs}, {j for _, j in pairs}
    merged = [_concatenate(live[i], later[j], handover) for i, j in pairs]
    lonely = [tracklet for k, tracklet in enumerate(live) if k not in rows]
    fresh = [tracklet for k, tracklet in enumerate(later) if k not in columns]
    kept: list[Tracklet] = []
    # Runs that both segments know have the boxes first, then the longer ones.
    for group in (merged, lonely + fresh):
        for tracklet in sorted(group, key=lambda t: -len(t.times)):
            rest = tracklet if tracklet.times[0] > last + _SAME_TIME else _without_claimed(tracklet, kept)
            if rest is not None:
                kept.append(rest)
    return past, kept


def _match(earlier: list[Tracklet], later: list[Tracklet]) -> list[tuple[int, int]]:
    """Pairs (i, j) of one target: most common boxes first, by assignment."""
    if not earlier or not later:
        return []
    support = np.array([[_agreement(a, b) for b in later] for a in earlier])
    rows, columns = linear_sum_assignment(-support)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if support[i, j] > 0]


def _agreement(first: Tracklet, second: Tracklet) -> float:
    """Summed IoU over the common times, 0 when the two are not the same target."""
    if first.label != second.label or second.times[0] > first.times[-1] + _SAME_TIME:
        return 0.0
    left, right = _common(first.times, second.times)
    if len(left) == 0:
        return 0.0
    overlap = paired_iou(first.boxes[left], second.boxes[right])
    return float(overlap.sum()) if overlap.mean() >= _SAME_TARGET else 0.0


def _common(first: Times, second: Times) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the times both have."""
    near = np.minimum(np.searchsorted(second, first - _SAME_TIME), len(second) - 1)
    left = np.flatnonzero(np.abs(second[near] - first) <= _SAME_TIME)
    return left, near[left]


def _concatenate(first: Tracklet, second: Tracklet, handover: float) -> Tracklet:
    """The observations of `first` before `handover` and of `second` from then on, each filling the other's holes."""
    own = first.times < handover - _SAME_TIME
    theirs = second.times >= handover - _SAME_TIME
    left, right = _common(first.times, second.times)
    own |= ~np.isin(np.arange(len(first.times)), left)
    theirs |= ~np.isin(np.arange(len(second.times)), right)
    times = np.concatenate([first.times[own], second.times[theirs]])
    order = np.argsort(times, kind="stable")
    return Tracklet(
        first.tracklet_id,
        first.label,
        times[order],
        np.concatenate([first.boxes[own], second.boxes[theirs]])[order],
        np.concatenate([first.scores[own], second.scores[theirs]])[order],
        _merge_samples(first.samples, second.samples),
        first.numbers + second.numbers,
        _merge_signatures(first, second),
    )


def _merge_signatures(first: Tracklet, second: Tracklet) -> Floats | None:
    if first.signature is None or second.signature is None:
        return second.signature if first.signature is None else first.signature
    total = first.signature * np.float32(len(first.times)) + second.signature * np.float32(len(second.times))
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-6), np.float32)


def _merge_samples(first: tuple[CropSample, ...], second: tuple[CropSample, ...]) -> tuple[CropSample, ...]:
    """Both, in order of time as each of them is, and one sample a second: the sharper of two."""
    start = bisect_left(first, second[0].second, key=_second) if second else len(first)
    best: dict[int, CropSample] = {}
    # A run of hours goes through here once for each segment: only its end is looked at.
    for sample in (*first[start:], *second):
        if sample.second not in best or sample.sharpness > best[sample.second].sharpness:
            best[sample.second] = sample
    return first[:start] + tuple(best[at] for at in sorted(best))


def _without_claimed(tracklet: Tracklet, others: list[Tracklet]) -> Tracklet | None:
    """What is left of `tracklet` when the boxes that others of its class have already are taken out."""
    keep = np.ones(len(tracklet.times), bool)
    for other in others:
        if other.label != tracklet.label:
            continue
        left, right = _common(tracklet.times, other.times)
        keep[left] &= paired_iou(tracklet.boxes[left], other.boxes[right]) < _SAME_BOX
    if keep.all():
        return tracklet
    if keep.sum() < 2:
        return None
    times = tracklet.times[keep]
    seconds = {int(t) for t in times}
    return replace(
        tracklet,
        times=times,
        boxes=tracklet.boxes[keep],
        scores=tracklet.scores[keep],
        samples=tuple(sample for sample in tracklet.samples if sample.second in seconds),
    )


def _merge_cuts(ordered: Sequence[SegmentResult]) -> tuple[float, ...]:
    cuts: list[float] = []
    for cut in sorted(cut for result in ordered for cut in result.cuts):
        if not cuts or cut - cuts[-1] > 0.05:
            cuts.append(cut)
    return tuple(cuts)


def _merge_pitches(ordered: Sequence[SegmentResult]) -> tuple[Registration, ...]:
    """Each time once, of two the surer."""
    best: dict[float, Registration] = {}
    for one in (one for result in ordered for one in result.pitch):
        known = best.get(round(one.t, 3))
        if known is None or one.error < known.error:
            best[round(one.t, 3)] = one
    return tuple(best[t] for t in sorted(best))


def _merge_cameras(ordered: Sequence[SegmentResult]) -> tuple[Times, NDArray[np.float64]]:
    """Each time once. The first picture of a segment knows nothing of the one before, so the earlier segment's wins."""
    times, motions = [ordered[0].camera_times], [ordered[0].camera]
    last = float(ordered[0].camera_times[-1]) if len(ordered[0].camera_times) else -np.inf
    for result in ordered[1:]:
        new = result.camera_times > last + _SAME_TIME
        times.append(result.camera_times[new])
        motions.append(result.camera[new])
        last = max(last, float(result.camera_times[-1])) if len(result.camera_times) else last
    return np.concatenate(times), np.concatenate(motions)
