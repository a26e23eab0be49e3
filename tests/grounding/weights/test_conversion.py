"""The converted networks compute what their sources say, by references written apart from the converters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F

from grounding.weights import ensure, find, home
from grounding.weights.convert import efficientnet
from grounding.weights.convert.writer import PICTURES, Writer
from grounding.weights.labels import COCO_LABELS, SPORT_LABELS
from grounding.weights.runtime import Network, session
from grounding.weights.sources import locate
from grounding.weights.torchvision_ops import prepare
from tests.grounding.weights.tfjs_reference import Reference


@pytest.fixture(scope="module")
def picture() -> Callable[[int, int], np.ndarray]:
    """A smooth picture with edges, as networks of photographs want it."""

    def make(height: int, width: int) -> np.ndarray:
        rng = np.random.default_rng(3)
        coarse = torch.from_numpy(rng.uniform(0, 255, (1, 3, height // 32, width // 32)).astype(np.float32))
        smooth = F.interpolate(coarse, (height, width), mode="bilinear")[0].permute(1, 2, 0).numpy()
        smooth[height // 3 : height // 2, width // 3 : width // 2] = (220, 40, 30)
        return smooth.astype(np.uint8)[None]

    return make


@pytest.mark.parametrize("size", [(512, 512), (288, 512)])
def test_centernet_agrees_with_the_graph_at_any_size(
    size: tuple[int, int], picture: Callable[[int, int], np.ndarray]
) -> None:
    reference = Reference(locate(find("centernet").sources[0], home()))
    image = picture(*size)
    feed = {"tower_0/images": torch.from_numpy(image.astype(np.float32))}
    logits, sides = Network("centernet").run({"images": image})
    heat, distances = reference.run(feed, ["tower_0/keypoints", "tower_0/wh"])
    assert logits.shape == (1, len(SPORT_LABELS), size[0] // 4, size[1] // 4)
    chosen = heat[..., [COCO_LABELS.index(label) for label in SPORT_LABELS]]
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), chosen.permute(0, 3, 1, 2).numpy(), atol=1e-4)
    np.testing.assert_allclose(sides, distances.permute(0, 3, 1, 2).numpy(), atol=0.02)


def test_movenet_agrees_with_the_graph(picture: Callable[[int, int], np.ndarray]) -> None:
    reference = Reference(locate(find("movenet-lightning").sources[0], home()))
    image = picture(192, 192)
    scope = "StatefulPartitionedCall"
    wanted = [
        f"{scope}/Sigmoid",
        f"{scope}/Sigmoid_1",
        f"{scope}/kpt_regress_0/conv2d_6/BiasAdd",
        f"{scope}/kpt_offset_0/conv2d_7/BiasAdd",
    ]
    expected = reference.run({f"{scope}/stack": torch.from_numpy(image.astype(np.float32))}, wanted)
    for ours, theirs in zip(Network("movenet-lightning").run({"images": image}), expected, strict=True):
        np.testing.assert_allclose(ours, theirs.permute(0, 3, 1, 2).numpy(), atol=2e-3)


def test_the_number_finder_agrees_with_its_source_to_the_bit() -> None:
    source = locate(find("ppocr-finder").sources[0], home())
    pixels = np.random.default_rng(5).normal(0, 1, (1, 3, 64, 64)).astype(np.float32)
    (expected,) = session(source).run(None, {"x": pixels})
    np.testing.assert_array_equal(Network("ppocr-finder").run({"x": pixels})[0], expected)


@pytest.mark.parametrize("weight_id", ["centernet", "movenet-lightning", "efficientnet-lite0", "ppocr-finder"])
def test_converted_files_hold_nothing_that_only_costs_time(weight_id: str) -> None:
    """ONNX Runtime computes nodes that lead nowhere, and subnormal numbers cost a hundred times others."""
    graph = onnx.load(str(ensure(weight_id))).graph
    used = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
    assert [node.name for node in graph.node if used.isdisjoint(node.output)] == []
    for constant in graph.initializer:
        value = np.abs(onnx.numpy_helper.to_array(constant))
        if value.dtype == np.float32:
            assert not np.any((value > 0) & (value < np.finfo(np.float32).tiny)), constant.name


def test_what_leads_to_no_output_is_not_written() -> None:
    writer = Writer()
    pixels = writer.pictures("images")
    writer.emit("Add", [pixels, writer.number(3)], "unused")
    writer.emit("Mul", [pixels, writer.number(2)], "doubled")
    graph = onnx.load_from_string(writer.model({"images": PICTURES}, {"doubled": ("batch", 3, "h", "w")})).graph
    assert [node.output[0] for node in graph.node] == ["images:float", "images:nchw", "doubled"]
    assert [constant.name for constant in graph.initializer] == ["number:2"]


def _lite0(state: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """EfficientNet-Lite0 as its paper tells it, batch norm unfolded."""

    def layer(x: torch.Tensor, conv: str, norm: str, stride: int = 1, *, relu: bool = True) -> torch.Tensor:
        kernel = state[f"{conv}.weight"]
        total = max(kernel.shape[2] - stride, 0)
        x = F.pad(x, [total // 2, total - total // 2] * 2)
        x = F.conv2d(x, kernel, stride=stride, groups=x.shape[1] if kernel.shape[1] == 1 else 1)
        moments = (state[f"{norm}.running_mean"], state[f"{norm}.running_var"])
        x = F.batch_norm(x, *moments, state[f"{norm}.weight"], state[f"{norm}.bias"], eps=1e-3)
        return F.relu6(x) if relu else x

    x = layer(x, "_conv_stem", "_bn0", 2)
    plan = [(1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1)]
    strides = [stride if first == 0 else 1 for repeats, stride in plan for first in range(repeats)]
    for index, stride in enumerate(strides):
        scope, before = f"_blocks.{index}", x
        if f"{scope}._expand_conv.weight" in state:
            x = layer(x, f"{scope}._expand_conv", f"{scope}._bn0")
        x = layer(x, f"{scope}._depthwise_conv", f"{scope}._bn1", stride)
        x = layer(x, f"{scope}._project_conv", f"{scope}._bn2", relu=False)
        if x.shape == before.shape:
            x = x + before
    return layer(x, "_conv_head", "_bn1").mean((2, 3)) @ state["_fc.weight"].T + state["_fc.bias"]


def test_efficientnet_agrees_with_its_paper_and_knows_a_daisy(tmp_path: Path) -> None:
    import cv2
    from sklearn.datasets import load_sample_image  # type: ignore[import-untyped]

    source = locate(find("efficientnet-lite0").sources[0], home())
    daisy = cv2.resize(load_sample_image("flower.jpg"), (256, 224))[None, :, 16:240]
    path = tmp_path / "classifier.onnx"
    path.write_bytes(efficientnet.convert(source, classes=True))
    classes = session(path).run(["classes"], {"images": np.ascontiguousarray(daisy)})[0]
    state = torch.load(source, weights_only=True)
    pixels = (torch.from_numpy(np.ascontiguousarray(daisy)).float().permute(0, 3, 1, 2) - 127) / 128
    np.testing.assert_allclose(classes, _lite0(state, pixels).numpy(), atol=2e-3)
    assert int(np.argmax(classes)) == 985


@pytest.mark.slow
def test_minilm_agrees_with_sentence_transformers() -> None:
    prepare()
    from sentence_transformers import SentenceTransformer

    from grounding.embed import MiniLmEmbedder

    texts = ["number 10 in red", "a goalkeeper dives to the left and saves the ball", "x", "", "Ünïcode ⚽ " * 60]
    model = SentenceTransformer(str(ensure("minilm-tokenizer").parent), device="cpu")
    model.max_seq_length = 128
    expected = model.encode(texts, normalize_embeddings=True)
    agreement = np.sum(MiniLmEmbedder().embed(texts) * expected, axis=1)
    assert np.all(agreement > 0.9999), agreement
