"""The vectors of observations: of their sentences, or, with an image-text model, of what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grounding.pipeline.memo import embedded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grounding.embed.base import TextEmbedder
    from grounding.pipeline.observe import Identity
    from grounding.types import Floats, Observation, SegmentResult

Rows = tuple["Identity", "Sequence[Observation]"]


def of_sentences(found: Sequence[Rows], embedder: TextEmbedder) -> list[Floats]:
    """For each identity (N, D) unit vectors of the sentences of its observations."""
    vectors = embedded([one.description for _, rows in found for one in rows], embedder)
    return [np.stack([vectors[one.description] for one in rows]).astype(np.float32) for _, rows in found]


def of_pictures(found: Sequence[Rows], results: Sequence[SegmentResult]) -> list[Floats]:
    """For each identity (N, D) unit vectors of its crops, each second's own or the nearest second's.

    Whoever was never cut out (balls, things, the small and far) has the vectors of the whole pictures.

    Raises:
        ValueError: no segment has vectors of pictures; they were looked at without an image-text model.
    """
    whole = _whole(results)
    if not whole:
        raise ValueError("segments without vectors of pictures; index them again with the image-text model")
    vectors = []
    for identity, rows in found:
        own = {sample.second: sample.vector for sample in identity.samples if sample.vector is not None}
        vectors.append(_nearest(own or whole, [one.second for one in rows]))
    return vectors


def _whole(results: Sequence[SegmentResult]) -> dict[int, Floats]:
    """Second → vector of the whole picture, each by the segment that answers for it, the last one also beyond."""
    found: dict[int, Floats] = {}
    for result in sorted(results, key=lambda one: one.segment.index, reverse=True):
        for picture in result.pictures:
            second = int(picture.t + 1e-6)
            if second not in found or picture.t < result.segment.core.end:
                found[second] = picture.vector.astype(np.float32)
    return found


def _nearest(known: Mapping[int, object], seconds: Sequence[int]) -> Floats:
    """(N, D) of `known` at the nearest of its seconds, of unit length in single precision."""
    have = np.array(sorted(known))
    wanted = np.asarray(seconds)
    after = np.clip(np.searchsorted(have, wanted), 0, len(have) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.where(np.abs(have[before] - wanted) <= np.abs(have[after] - wanted), before, after)
    rows = np.stack([np.asarray(known[int(second)], np.float32) for second in have])[nearer]
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), np.float32)
