"""The same person is nearer than another."""

from __future__ import annotations

import numpy as np
import pytest

from grounding.describe.appearance import AppearanceEmbedder
from grounding.types import Floats, Image

KITS = (((200, 30, 40), (240, 240, 240)), ((40, 60, 200), (30, 30, 30)), ((240, 240, 240), (200, 30, 40)))


def _player(kit: tuple[tuple[int, int, int], tuple[int, int, int]], *, scale: int, seed: int) -> Image:
    """A crude figure on grass: head, shirt, shorts, legs."""
    rng = np.random.default_rng(seed)
    grass = rng.integers(70, 90, (32, 16, 1)) * np.array([0.7, 1.4, 0.6])
    image = np.clip(grass, 0, 255).astype(np.uint8)
    left = 5 + int(rng.integers(-1, 2))
    image[2:6, left + 2 : left + 5] = (190, 140, 110)
    image[6:16, left : left + 7] = kit[0]
    image[16:22, left + 1 : left + 6] = kit[1]
    image[22:31, left + 1 : left + 3] = image[22:31, left + 4 : left + 6] = (190, 140, 110)
    return np.asarray(image.repeat(scale, 0).repeat(scale, 1), np.uint8)


@pytest.fixture(scope="module")
def embedder() -> AppearanceEmbedder:
    return AppearanceEmbedder()


def _embed(embedder: AppearanceEmbedder, image: Image) -> Floats:
    box = np.array([[0, 0, image.shape[1], image.shape[0]]], np.float32)
    row: Floats = embedder.embed(image, box)[0]
    return row


def test_kits_are_told_apart(embedder: AppearanceEmbedder) -> None:
    first = np.stack([_embed(embedder, _player(kit, scale=5, seed=1)) for kit in KITS])
    again = np.stack([_embed(embedder, _player(kit, scale=4, seed=2)) for kit in KITS])
    alike = first @ again.T
    assert np.argmax(alike, axis=1).tolist() == [0, 1, 2]
    assert np.min(np.diag(alike)) > np.max(alike[~np.eye(3, dtype=bool)])


def test_rows_are_unit_vectors_for_each_box(embedder: AppearanceEmbedder) -> None:
    image = np.concatenate([_player(kit, scale=4, seed=3) for kit in KITS], axis=1)
    boxes = np.array([[64 * n, 0, 64 * n + 64, 128] for n in range(3)] + [[150, 60, 260, 300]], np.float32)
    rows = embedder.embed(image, boxes)
    assert rows.shape == (4, embedder.dimension)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(rows[1], embedder.embed(image, boxes[1:2])[0], atol=1e-5)
    assert embedder.embed(image, np.zeros((0, 4), np.float32)).shape == (0, embedder.dimension)
