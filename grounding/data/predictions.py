"""The file of predicted tubes that `eval tubes` scores, one JSON object:

    step          optional: seconds between two boxes; a longer distance is a gap. The median distance where missing
    predictions   [{id, start, end, boxes: [[t, x1, y1, x2, y2], ...]}]

`id` is that of the sample; start and end are the predicted span `[start, end)`, and every t the time of a box, in
seconds from the first frame of the video; boxes are pixels, times increasing. These are the fields of the project's own
hits. Boxes may be sparser than frames (they are interpolated) and may go beyond the span: gt_vIoU is taken on the true
span whatever the predicted one. A prediction without boxes is scored for its span alone. Frame numbers of a public set
become times as in its reader: f / fps with f from 0; a time within a twentieth of a frame of a frame's own means that
frame, so three decimals do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grounding.data.fields import Entry, read_json
from grounding.types import Floats, Span, Times


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """One predicted tube. times (N,) increasing seconds, boxes (N, 4), N may be 0; step in seconds or None."""

    id: str
    span: Span
    times: Times
    boxes: Floats
    step: float | None
    where: str


def read_predictions(path: Path) -> Iterator[Prediction]:
    """The predictions of a file, in its order.

    Raises:
        BadInputError: the file is missing or an entry is not of the format, with the entry and the field.
    """
    document = read_json(path)
    step = document.at("step").positive() if document.has("step") else None
    for entry in document.at("predictions").each():
        yield _prediction(entry, step)


def _prediction(entry: Entry, step: float | None) -> Prediction:
    start, end = entry.at("start").number(), entry.at("end").number()
    if end < start:
        raise entry.bad(f"end must not be before start, got {start:g} and {end:g}")
    rows = entry.at("boxes").each()
    times = np.array([row.each()[0].number() if row.each() else np.nan for row in rows], np.float64)
    boxes = entry.at("boxes").table(5)[:, 1:]
    if np.any(np.diff(times) <= 0):
        raise entry.at("boxes").bad("times must be increasing")
    return Prediction(entry.at("id").text(), Span(start, end), times, boxes, step, entry.where)
