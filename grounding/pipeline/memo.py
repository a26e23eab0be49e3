"""Remembers the vectors of sentences: a video is stitched again after each segment, mostly of the same sentences."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grounding.embed.base import TextEmbedder
    from grounding.types import Floats

_MOST: Final = 100_000
"""Sentences of about two matches; 80 MB in half precision, as which the vectors are stored in the end as well."""

_memories: WeakKeyDictionary[object, OrderedDict[str, NDArray[np.float16]]] = WeakKeyDictionary()
_lock = Lock()


def embedded(texts: Sequence[str], embedder: TextEmbedder) -> dict[str, Floats]:
    """Text → unit vector. Each text is embedded once, and not again so long as the same embedder lives."""
    unique = list(dict.fromkeys(texts))
    with _lock:
        memory = _memories.setdefault(embedder, OrderedDict())
        known = {text: memory[text] for text in unique if text in memory}
    new = [text for text in unique if text not in known]
    if new:
        # Also the first time through half precision, so that a repeated stitch gives the same to the bit.
        known.update(zip(new, embedder.embed(new).astype(np.float16), strict=True))
    with _lock:
        for text in unique:
            memory[text] = known[text]
            memory.move_to_end(text)
        while len(memory) > _MOST:
            memory.popitem(last=False)
    return {text: _unit(known[text]) for text in unique}


def _unit(row: NDArray[np.float16]) -> Floats:
    full = row.astype(np.float32)
    return np.asarray(full / max(float(np.linalg.norm(full)), 1e-6), np.float32)
