"""Predicted tubes over the samples of a data set, frame by frame as the public evaluators do."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from grounding.data.predictions import Prediction
from grounding.data.sample import Sample, Target
from grounding.errors import BadInputError
from grounding.metrics.frames import NOTHING, FrameTube, Row, TubeScore, score_frames, table
from grounding.metrics.tubes import boxes_on_grid, grid_span
from grounding.types import Span, Times, Tube

NEAR = 0.05
"""A time this share of a frame off a frame's own time means that frame."""


@dataclass(frozen=True, slots=True)
class SampleScore:
    """The score of one sample; `answered` False where there was no prediction, which scores 0."""

    id: str
    kind: str | None
    answered: bool
    score: TubeScore


def score_samples(samples: Iterable[Sample], predictions: Iterable[Prediction]) -> list[SampleScore]:
    """The score of every sample, in order; of several targets the one with the best vIoU counts.

    Raises:
        BadInputError: two samples or two predictions have the same id, or a prediction names no sample.
    """
    asked: dict[str, Prediction] = {}
    for prediction in predictions:
        if prediction.id in asked:
            raise BadInputError(f"{prediction.where}: {prediction.id} was predicted before")
        asked[prediction.id] = prediction
    scores: dict[str, SampleScore] = {}
    for sample in samples:
        if sample.id in scores:
            raise BadInputError(f"two samples are called {sample.id}; score one annotation file at a time")
        answer = asked.pop(sample.id, None)
        score = NOTHING if answer is None else _best(answer, sample.targets)
        scores[sample.id] = SampleScore(sample.id, sample.kind, answer is not None, score)
    for left in asked.values():
        raise BadInputError(f"{left.where}: there is no sample {left.id} in these annotations")
    return list(scores.values())


def rows(scores: Iterable[SampleScore]) -> list[Row]:
    """The table by kind, last over all; samples without a kind are in the last row alone."""
    items = list(scores)
    if all(item.kind is None for item in items):
        return table([("all", item.score) for item in items])[-1:]
    return table([(item.kind or "", item.score) for item in items])


def _best(answer: Prediction, targets: Iterable[Target]) -> TubeScore:
    scores = [score_frames(_predicted(answer, 1 / t.tube.step), _true(t)) for t in targets]
    return max(scores, key=lambda score: (score.v_iou, score.t_iou, score.gt_v_iou))


def _true(target: Target) -> FrameTube:
    rate = 1 / target.tube.step
    return _frame_tube(_frames(target.span, rate), target.tube, rate)


def _predicted(answer: Prediction, rate: float) -> FrameTube:
    start, end = _near(np.array([answer.span.start, answer.span.end]), rate)
    times, first = np.unique(_near(answer.times, rate), return_index=True)
    step = answer.step or (float(np.median(np.diff(times))) if len(times) > 1 else 1 / rate)
    tube = Tube(times, answer.boxes[first], step) if len(times) else None
    return _frame_tube(_frames(Span(float(start), float(end)), rate), tube, rate)


def _near(times: Times, rate: float) -> Times:
    """Times moved to that of the frame they mean."""
    frames = np.rint(times * rate)
    return np.where(np.abs(times * rate - frames) < NEAR, frames / rate, times)


def _frames(span: Span, rate: float) -> tuple[int, int]:
    """The frames `[start, end)` whose times lie in a half-open span."""
    return math.ceil(span.start * rate - 1e-6), math.ceil(span.end * rate - 1e-6)


def _frame_tube(span: tuple[int, int], tube: Tube | None, rate: float) -> FrameTube:
    if tube is None:
        return FrameTube(*span, np.zeros(0, np.int64), np.zeros((0, 4)))
    first, last = grid_span(tube, 1 / rate)
    boxes = boxes_on_grid(tube, first, last, 1 / rate)
    there = np.flatnonzero(np.isfinite(boxes[:, 0]))
    return FrameTube(*span, first + there, boxes[there].astype(np.float64))
