"""A slow, independent reading of a TensorFlow.js graph: each node run by torch in TensorFlow's own layout.

It shares no code with the converter, not even the reader of the file.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


class Reference:
    """Values are (batch, height, width, channels) everywhere, as the graph says."""

    def __init__(self, model_json: Path) -> None:
        model = json.loads(model_json.read_text())
        self.nodes = {node["name"]: node for node in model["modelTopology"]["node"]}
        self.weights: dict[str, Tensor] = {}
        group = model["weightsManifest"][0]
        raw = np.fromfile(model_json.parent / group["paths"][0], np.uint8)
        at = 0
        for weight in group["weights"]:
            kind = np.dtype("f2" if "quantization" in weight else {"float32": "f4", "int32": "i4"}[weight["dtype"]])
            count = int(np.prod(weight["shape"])) if weight["shape"] else 1
            values = raw[at : at + count * kind.itemsize].view(kind).reshape(weight["shape"])
            self.weights[weight["name"]] = torch.from_numpy(np.array(values, values.dtype if kind == "i4" else "f4"))
            at += count * kind.itemsize
        # Stored in half precision, the sixth of hard swish is 0.16663; the network was trained with a sixth.
        for name, value in self.weights.items():
            if value.ndim == 0 and value.dtype == torch.float32 and abs(value - 1 / 6) < 1e-4:
                self.weights[name] = torch.tensor(1 / 6)

    def run(self, feed: dict[str, Tensor], wanted: list[str]) -> list[Tensor]:
        done = dict(feed)
        return [self._value(name, done) for name in wanted]

    def _value(self, name: str, done: dict[str, Tensor]) -> Tensor:
        if name in self.weights:
            return self.weights[name]
        if name not in done:
            node = self.nodes[name]
            done[name] = self._apply(node, [self._value(item, done) for item in node.get("input", [])])
        return done[name]

    def _apply(self, node: dict[str, Any], x: list[Tensor]) -> Tensor:
        kind, attributes = node["op"], node.get("attr", {})
        if kind in ("Add", "AddV2"):
            return x[0] + x[1]
        if kind == "Mul":
            return x[0] * x[1]
        if kind == "Sub":
            return x[0] - x[1]
        if kind == "Sigmoid":
            return torch.sigmoid(x[0])
        if kind in ("Relu", "Relu6"):
            return x[0].clamp(0, 6 if kind == "Relu6" else None)
        if kind == "Identity":
            return x[0]
        if kind == "ConcatV2":
            return torch.cat(x[:-1], int(x[-1]))
        if kind == "Mean":
            return x[0].mean(tuple(x[1].tolist()), keepdim=True)
        if kind == "ResizeBilinear":
            return _double(x[0], half_pixel=attributes["half_pixel_centers"].get("b", False))
        return _convolve(kind, attributes, x)


def _convolve(kind: str, attributes: dict[str, Any], x: list[Tensor]) -> Tensor:
    picture, kernel = x[0].permute(0, 3, 1, 2), x[1]
    stride = int(attributes["strides"]["list"]["i"][1])
    if base64.b64decode(attributes["padding"]["s"]) == b"SAME":
        pads = []
        for size, taps in zip((picture.shape[3], picture.shape[2]), (kernel.shape[1], kernel.shape[0]), strict=True):
            total = max((-(-size // stride) - 1) * stride + taps - size, 0)
            pads += [total // 2, total - total // 2]
        picture = F.pad(picture, pads)
    groups = picture.shape[1] if "Depthwise" in kind else 1
    shaped = kernel.permute(2, 3, 0, 1) if groups > 1 else kernel.permute(3, 2, 0, 1)
    result = F.conv2d(picture, shaped, stride=stride, groups=groups).permute(0, 2, 3, 1)
    for name in attributes.get("fused_ops", {}).get("list", {}).get("s", []):
        step = base64.b64decode(name)
        result = result + x[2] if step == b"BiasAdd" else result.clamp(0, 6 if step == b"Relu6" else None)
    return result


def _double(x: Tensor, *, half_pixel: bool) -> Tensor:
    """Bilinear to twice the size, by gathering rows and columns one after the other."""
    for axis in (1, 2):
        size = x.shape[axis]
        at = torch.arange(2 * size, dtype=torch.float64)
        at = ((at + 0.5) / 2 - 0.5).clamp(min=0) if half_pixel else at / 2
        low = at.floor().long().clamp(max=size - 1)
        high = (low + 1).clamp(max=size - 1)
        share = (at - low).float().reshape([-1 if other == axis else 1 for other in range(4)])
        x = x.index_select(axis, low) * (1 - share) + x.index_select(axis, high) * share
    return x
