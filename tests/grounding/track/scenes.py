"""Hand-made scenes: who is where, at which score, at which times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from grounding.track import SecondLevelTracker
from grounding.types import Detections, Floats, Tracklet

LABELS = ("person", "sports ball")
Path = Callable[[float], tuple[float, float] | None]
"""Time → middle of the box, or None where nothing is detected."""


def box(x: float, y: float, height: float = 100.0) -> list[float]:
    return [x - 0.2 * height, y - height / 2, x + 0.2 * height, y + height / 2]


def detections(boxes: Sequence[Sequence[float]], scores: Iterable[float] | float = 0.7, label: int = 0) -> Detections:
    n = len(boxes)
    values = np.full(n, scores) if isinstance(scores, int | float) else np.asarray(list(scores))
    return Detections(
        np.asarray(boxes, np.float32).reshape(-1, 4), values.astype(np.float32), np.full(n, label, np.int16)
    )


def shift(dx: float, dy: float = 0.0) -> NDArray[np.float64]:
    return np.array([[1.0, 0, dx], [0, 1.0, dy], [0, 0, 1.0]])


def watch(
    tracker: SecondLevelTracker, paths: Sequence[Path], times: Iterable[float], looks: Sequence[Floats] | None = None
) -> dict[int, list[int]]:
    """Feeds the paths; returns for each path the identifiers it was given over time (-1 where not reported)."""
    given: dict[int, list[int]] = {k: [] for k in range(len(paths))}
    for t in times:
        places = [(k, place) for k, path in enumerate(paths) if (place := path(float(t))) is not None]
        boxes = [box(*place) for _, place in places]
        rows = None if looks is None else np.array([looks[k] for k, _ in places], np.float32)
        seen = tracker.update(float(t), detections(boxes), appearance=rows)
        for (k, _), own in zip(places, boxes, strict=True):
            hits = [i for i, b, _ in seen if np.allclose(b, own, atol=1e-3)]
            given[k].append(hits[0] if hits else -1)
    return given


def tracklet(
    identifier: int,
    times: Sequence[float] | NDArray[np.float64],
    path: Path,
    *,
    numbers: tuple[tuple[str, float], ...] = (),
    signature: Floats | None = None,
) -> Tracklet:
    places = [path(float(t)) for t in times]
    boxes = np.array([box(*place) for place in places if place is not None], np.float32)
    scores = np.full(len(boxes), 0.7, np.float32)
    return Tracklet(
        identifier,
        "person",
        np.asarray(times, np.float64),
        boxes,
        scores,
        numbers=numbers,
        signature=signature,
    )
