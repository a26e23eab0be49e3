"""What comes out of a detector, made fit for what follows."""

from __future__ import annotations

from typing import Final

import numpy as np

from grounding.types import Detections

MOST_BOXES: Final = 400
"""Boxes kept of one picture, the strongest: a full frame of people has fewer, and following costs their square."""


def sound(found: Detections, labels: int, width: int, height: int) -> tuple[Detections, int]:
    """The boxes that are boxes, cut to the picture, at most `MOST_BOXES`; and how many of `found` were none.

    None are: boxes or scores that are no finite number, boxes without extent inside the picture or turned inside out,
    labels outside `[0, labels)`. What is sound already is handed on as it is.
    """
    boxes, scores = found.boxes, found.scores
    with np.errstate(invalid="ignore"):
        inside = np.clip(boxes, 0, np.asarray([width, height, width, height], boxes.dtype))
        good = np.isfinite(boxes).all(axis=1) & np.isfinite(scores)
        good &= (inside[:, 2] > inside[:, 0]) & (inside[:, 3] > inside[:, 1])
        good &= (found.labels >= 0) & (found.labels < labels)
    bad = len(found) - int(good.sum())
    if bad == 0 and len(found) <= MOST_BOXES and np.array_equal(inside, boxes):
        return found, 0
    kept = np.flatnonzero(good)
    if len(kept) > MOST_BOXES:
        kept = np.sort(kept[np.argsort(-scores[kept], kind="stable")[:MOST_BOXES]])
    return Detections(inside[kept], scores[kept], found.labels[kept]), bad
