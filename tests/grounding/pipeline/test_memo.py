"""Sentences are embedded once per embedder, however often a video is stitched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from grounding.pipeline import memo
from grounding.types import Floats


class Embedder:
    dimension = 4
    cosines = (0.0, 1.0)

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        rows = np.asarray([[len(text), 1, 2, 3] for text in texts], np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_each_text_is_computed_once() -> None:
    embedder = Embedder()
    first = memo.embedded(["a", "bb", "a"], embedder)
    second = memo.embedded(["bb", "ccc"], embedder)
    assert embedder.asked == ["a", "bb", "ccc"]
    np.testing.assert_array_equal(first["bb"], second["bb"])
    assert first["a"] == pytest.approx(embedder.embed(["a"])[0], abs=1e-3)
    assert float(np.linalg.norm(first["a"])) == pytest.approx(1.0, abs=1e-6)
    other = Embedder()
    memo.embedded(["a"], other)
    assert other.asked == ["a"]
    assert memo.embedded([], other) == {}


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "_MOST", 2)
    embedder = Embedder()
    memo.embedded(["a", "bb"], embedder)
    memo.embedded(["a", "ccc"], embedder)
    memo.embedded(["a", "bb"], embedder)
    assert embedder.asked == ["a", "bb", "ccc", "bb"]
