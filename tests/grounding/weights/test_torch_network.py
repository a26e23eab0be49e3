"""Small networks run by torch give what ONNX Runtime gives. On the CPU here; a GPU differs by where it rounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from grounding.describe.appearance import AppearanceEmbedder
from grounding.describe.pose import PoseEstimator
from grounding.weights import ensure
from grounding.weights.runtime import Network
from grounding.weights.torch_network import TorchNetwork


@pytest.mark.parametrize(
    ("weight", "height", "width"), [("movenet-lightning", 192, 128), ("efficientnet-lite0", 128, 64)]
)
def test_the_same_as_onnx_runtime(weight: str, height: int, width: int) -> None:
    rng = np.random.default_rng(2)
    crops = [rng.integers(0, 255, (1, height, width, 3), np.uint8) for _ in range(3)]
    square = rng.integers(0, 255, (1, height, height, 3), np.uint8)
    feeds = [{"images": one} for one in (crops[0], square, *crops[1:])]  # two shapes, mixed
    expected = Network(weight).run_many(feeds)
    found = Network(weight, "cpu").run_many(feeds)
    assert len(found) == len(expected) == 4
    for ours, theirs in zip(found, expected, strict=True):
        assert [one.shape for one in ours] == [one.shape for one in theirs]
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, other, atol=2e-3, rtol=1e-3)


def test_points_and_looks_are_those_of_the_cpu() -> None:
    rng = np.random.default_rng(3)
    image = rng.integers(0, 255, (300, 400, 3), np.uint8)
    boxes = np.array([[10, 10, 60, 130], [100, 40, 240, 260], [350, 200, 398, 299]], np.float32)
    apart = [image.copy() for _ in boxes]
    np.testing.assert_allclose(
        PoseEstimator("cpu").estimate(apart, boxes), PoseEstimator().estimate(image, boxes), atol=0.2
    )
    np.testing.assert_allclose(
        AppearanceEmbedder("cpu").embed(apart, boxes), AppearanceEmbedder().embed(image, boxes), atol=1e-3
    )
    assert PoseEstimator("cpu").estimate([], np.zeros((0, 4), np.float32)).shape == (0, 17, 3)


def test_an_operator_that_is_not_provided_for(tmp_path: Path) -> None:
    model = onnx.load(ensure("movenet-lightning"))
    model.graph.node[-1].op_type = "Softsign"
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(ValueError, match=r"other\.onnx has 1 inputs and operators .*Softsign"):
        TorchNetwork(tmp_path / "other.onnx", "cpu")
