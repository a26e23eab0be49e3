"""Sentences of like meaning are near; the same text is computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from grounding.embed import MiniLmEmbedder
from grounding.weights.runtime import Network


@pytest.fixture(scope="module")
def embedder() -> MiniLmEmbedder:
    return MiniLmEmbedder()


def test_rows_are_unit_vectors_in_order(embedder: MiniLmEmbedder) -> None:
    texts = ["the ball", "a much longer text about a goalkeeper in green who dives to the left", "", "the ball"]
    rows = embedder.embed(texts)
    assert rows.shape == (4, embedder.dimension) == (4, 384)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(rows[0], rows[3])
    np.testing.assert_allclose(rows[1], embedder.embed(texts[1:2])[0], atol=1e-5)
    assert embedder.embed([]).shape == (0, 384)


def test_like_meaning_is_nearer(embedder: MiniLmEmbedder) -> None:
    rows = embedder.embed(["player sprinting down the wing", "a man runs fast along the side line", "a plate of soup"])
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2


def test_neighbours_in_a_batch_do_not_matter(embedder: MiniLmEmbedder) -> None:
    alone = MiniLmEmbedder().embed(["number ten"])[0]
    crowd = embedder.embed([f"{'very ' * (n % 9)}long text {n}" for n in range(40)] + ["number ten"])[-1]
    np.testing.assert_allclose(crowd, alone, atol=1e-5)


def test_a_text_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = MiniLmEmbedder()
    rows: list[int] = []
    run_many = Network.run_many

    def counted(self: Network, feeds: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
        rows.extend(len(feed["ids"]) for feed in feeds)
        return run_many(self, feeds)

    monkeypatch.setattr(Network, "run_many", counted)
    embedder.embed(["a", "b", "a", "a"])
    embedder.embed(["b", "c"])
    assert sum(rows) == 3


def test_a_text_of_any_length_is_cut(embedder: MiniLmEmbedder) -> None:
    assert embedder.embed(["goal " * 5000]).shape == (1, 384)
