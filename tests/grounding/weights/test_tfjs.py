"""Reading and converting small graphs written by hand."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.errors import WeightsError
from grounding.weights.convert import tfjs_onnx
from grounding.weights.convert.tfjs import read_graph
from grounding.weights.runtime import session


def _text(value: str) -> dict[str, Any]:
    return {"s": base64.b64encode(value.encode()).decode()}


def _write(folder: Path, nodes: list[dict[str, Any]], weights: dict[str, np.ndarray]) -> Path:
    entries, data = [], b""
    for name, array in weights.items():
        entry: dict[str, Any] = {"name": name, "shape": list(array.shape), "dtype": str(array.dtype)}
        if array.dtype == np.float16:
            entry |= {"dtype": "float32", "quantization": {"dtype": "float16"}}
        entries.append(entry)
        data += array.tobytes()
    (folder / "w.bin").write_bytes(data)
    constants = [{"name": name, "op": "Const"} for name in weights]
    manifest = [{"paths": ["w.bin"], "weights": entries}]
    path = folder / "model.json"
    path.write_text(json.dumps({"modelTopology": {"node": constants + nodes}, "weightsManifest": manifest}))
    return path


def _conv(name: str, source: str, kernel: str, **attributes: Any) -> dict[str, Any]:
    strides = {"list": {"i": ["1", "2", "2", "1"]}}
    return {
        "name": name, "op": "_FusedConv2D", "input": [source, kernel, "bias"],
        "attr": {"strides": strides, "padding": _text("SAME"), "fused_ops": {"list": {"s": [_text("BiasAdd")["s"]]}}}
        | attributes,
    }  # fmt: skip


IMAGE = {"name": "image", "op": "Placeholder"}


def test_reads_float16_and_integers(tmp_path: Path) -> None:
    half = np.array([[1.5, -2.0]], np.float16)
    graph = read_graph(_write(tmp_path, [IMAGE], {"half": half, "count": np.array(7, np.int32)}))
    assert graph.constants["half"].dtype == np.float32
    assert graph.constants["half"].tolist() == [[1.5, -2.0]]
    assert graph.constants["count"] == 7
    assert set(graph.nodes) == {"image"}


@pytest.mark.parametrize("change", [-1, 1])
def test_too_few_or_too_many_weights_are_refused(tmp_path: Path, change: int) -> None:
    path = _write(tmp_path, [IMAGE], {"half": np.ones(4, np.float16)})
    data = (tmp_path / "w.bin").read_bytes()
    (tmp_path / "w.bin").write_bytes(data[:change] if change < 0 else data + b"x")
    with pytest.raises(WeightsError):
        read_graph(path)


def test_stride_two_pads_at_the_end(tmp_path: Path) -> None:
    """TensorFlow starts a 3 x 3 kernel of stride 2 at the first pixel of an even picture, not one before it."""
    kernel = np.zeros((3, 3, 3, 1), np.float32)
    kernel[0, 0, 0, 0] = 1
    path = _write(tmp_path, [IMAGE, _conv("out", "image", "kernel")], {"kernel": kernel, "bias": np.ones(1, "f4")})
    (tmp_path / "out.onnx").write_bytes(tfjs_onnx.convert(read_graph(path), image="image", outputs={"out": "y"}))
    image = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(1, 4, 6, 3)
    (result,) = session(tmp_path / "out.onnx").run(None, {"images": image})
    np.testing.assert_array_equal(result[0, 0], image[0, ::2, ::2, 0] + 1.0)


def test_hard_swish_is_recognised_and_exact(tmp_path: Path) -> None:
    kernel = np.zeros((1, 1, 3, 1), np.float32)
    kernel[0, 0, 0, 0] = 0.1
    nodes = [
        IMAGE,
        _conv("x", "image", "kernel"),
        {"name": "scaled", "op": "Mul", "input": ["sixth", "x"]},
        {"name": "shifted", "op": "Add", "input": ["x", "three"]},
        {"name": "clipped", "op": "Relu6", "input": ["shifted"]},
        {"name": "out", "op": "Mul", "input": ["scaled", "clipped"]},
    ]
    constants = {"sixth": np.array(1 / 6, "f4"), "three": np.array(3, "f4"), "bias": np.full(1, -6, "f4")}
    path = _write(tmp_path, nodes, {"kernel": kernel, **constants})
    data = tfjs_onnx.convert(read_graph(path), image="image", outputs={"out": "y"})
    assert b"HardSigmoid" in data
    (tmp_path / "out.onnx").write_bytes(data)
    image = np.zeros((1, 2, 64, 3), np.uint8)
    image[0, :, :, 0] = np.arange(128).reshape(2, 64)
    (result,) = session(tmp_path / "out.onnx").run(None, {"images": image})
    x = image[0, ::2, ::2, 0] * np.float32(0.1) - 6
    np.testing.assert_allclose(result[0, 0], x * np.clip(x + 3, 0, 6) / 6, atol=1e-5)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"name": "out", "op": "Softmax", "input": ["image"]}, "operation Softmax"),
        (_conv("out", "image", "kernel", padding=_text("EXPLICIT")), "padding EXPLICIT"),
        (_conv("out", "image", "kernel", fused_ops={"list": {"s": [_text("Elu")["s"]]}}), "activation Elu"),
    ],
)
def test_what_cannot_be_converted_is_named(tmp_path: Path, node: dict[str, Any], message: str) -> None:
    kernel = np.zeros((1, 1, 3, 1), np.float32)
    graph = read_graph(_write(tmp_path, [IMAGE, node], {"kernel": kernel, "bias": np.zeros(1, "f4")}))
    with pytest.raises(WeightsError, match=message):
        tfjs_onnx.convert(graph, image="image", outputs={"out": "y"})
