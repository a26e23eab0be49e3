"""all-MiniLM-L6-v2 on ONNX Runtime: 384 dimensions, needs no torch when running."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Final

import numpy as np

from grounding.types import SENTENCE_COSINES, Floats
from grounding.weights import ensure
from grounding.weights.runtime import Network

_DIMENSION: Final = 384
_MOST_TOKENS: Final = 128
_BATCH: Final = 16
_REMEMBERED: Final = 4096
"""Descriptions of one player repeat second after second; 4096 vectors are 6 MB."""


class MiniLmEmbedder:
    """Embeds texts; what was embedded lately is remembered. Safe to use from several threads."""

    def __init__(self) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(ensure("minilm-tokenizer")))
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._tokenizer.no_padding()
        self._network = Network("minilm")
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._lock = Lock()

    @property
    def dimension(self) -> int:
        return _DIMENSION

    @property
    def cosines(self) -> tuple[float, float]:
        return SENTENCE_COSINES

    def embed(self, texts: Sequence[str]) -> Floats:
        """See `TextEmbedder`. The same text is computed once."""
        asked = list(dict.fromkeys(texts))
        with self._lock:
            found = {text: self._known[text] for text in asked if text in self._known}
        new = [text for text in asked if text not in found]
        found.update(zip(new, self._compute(new), strict=True))
        with self._lock:
            for text in asked:
                self._known[text] = found[text]
                self._known.move_to_end(text)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return np.stack([found[text] for text in texts]) if asked else np.zeros((0, _DIMENSION), np.float32)

    def _compute(self, texts: Sequence[str]) -> list[Floats]:
        """Batches texts of like length, so that little padding is computed."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(texts)), key=lambda index: len(tokens[index]))
        batches = [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]
        feeds = []
        for batch in batches:
            ids, mask = np.zeros((2, len(batch), len(tokens[batch[-1]])), np.int64)
            for row, index in enumerate(batch):
                ids[row, : len(tokens[index])] = tokens[index]
                mask[row, : len(tokens[index])] = 1
            feeds.append({"ids": ids, "mask": mask})
        rows: dict[int, Floats] = {}
        for batch, outputs in zip(batches, self._network.run_many(feeds), strict=True):
            rows.update(zip(batch, outputs[0], strict=True))
        return [rows[index] for index in range(len(texts))]
