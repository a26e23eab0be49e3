"""Writes a TensorFlow.js convolution network as ONNX.

TensorFlow keeps pictures as (batch, height, width, channels), ONNX as (batch, channels, height, width): every tensor of
four dimensions is turned once, here, and not while running. The height and width are left open, so that one file
serves every input size that is a multiple of the network's stride (32).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from grounding.errors import WeightsError
from grounding.weights.convert.tfjs import Array, Graph, Node
from grounding.weights.convert.writer import PICTURES, Writer, same_padding

_ELEMENTWISE: Final = {
    "Add": "Add", "AddV2": "Add", "Sub": "Sub", "Mul": "Mul",
    "Relu": "Relu", "Sigmoid": "Sigmoid", "Identity": "Identity",
}  # fmt: skip
_CONVOLUTIONS: Final = ("Conv2D", "_FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative")
_HALF_PRECISION: Final = 1e-4


def convert(graph: Graph, *, image: str, outputs: Mapping[str, str]) -> bytes:
    """Converts the part of `graph` between the node `image` and `outputs` (node → name in the ONNX file).

    The ONNX input is `images`, (batch, height, width, 3) uint8, RGB 0-255, as decoders give pictures. The outputs
    are (batch, channels, height, width) float32. Raises WeightsError at an operation it does not know.
    """
    writer = Writer()
    walk = _Walk(graph, writer, {image: writer.pictures("images")})
    for node, name in outputs.items():
        writer.emit("Identity", [walk.value(node)], name)
    shapes = {name: ("batch", f"{name}_channels", "rows", "columns") for name in outputs.values()}
    return writer.model({"images": PICTURES}, shapes)


class _Walk:
    """Walks the graph backwards from what is asked and writes each node once, after its inputs."""

    def __init__(self, graph: Graph, writer: Writer, known: dict[str, str]) -> None:
        self._graph = graph
        self._writer = writer
        self._done = known
        self._writers: dict[str, Callable[[Node], str]] = {
            **dict.fromkeys(_ELEMENTWISE, self._elementwise),
            **dict.fromkeys(_CONVOLUTIONS, self._convolution),
            "Relu6": lambda node: self._activate("Relu6", self.value(node.inputs[0]), node.name),
            "ConcatV2": self._concat,
            "Mean": self._mean,
            "ResizeBilinear": self._resize,
        }

    def value(self, name: str) -> str:
        """The ONNX name of a node's or constant's value, writing it if need be."""
        # An own stack: these graphs are hundreds of nodes deep.
        pending = [name]
        while pending:
            current = pending[-1]
            missing = self._missing(current)
            if missing:
                pending += missing
                continue
            pending.pop()
            if current not in self._done:
                self._done[current] = self._write(current)
        return self._done[name]

    def _missing(self, name: str) -> list[str]:
        if name in self._done or name in self._graph.constants:
            return []
        return [i for i in self._graph.nodes[name].inputs if i not in self._done and i not in self._graph.constants]

    def _write(self, name: str) -> str:
        if name in self._graph.constants:
            return self._writer.constant(name, _channels_first(_exact(self._graph.constants[name])))
        node = self._graph.nodes[name]
        write = self._writers.get(node.op)
        if write is None:
            raise WeightsError(f"The graph has the operation {node.op} ({node.name}), which cannot be converted.")
        return write(node)

    def _elementwise(self, node: Node) -> str:
        swish = self._hard_swish(node)
        if swish is not None:
            return swish
        return self._writer.emit(_ELEMENTWISE[node.op], [self.value(name) for name in node.inputs], node.name)

    def _hard_swish(self, node: Node) -> str | None:
        """`(c·x) · relu6(x + 3)` as `x · hardsigmoid(x)`: two operations for four, on tensors that cost bandwidth."""
        if node.op != "Mul" or len(node.inputs) != 2:
            return None
        scaled, clipped = (self._graph.nodes.get(name) for name in node.inputs)
        if scaled is None or clipped is None or scaled.op != "Mul" or clipped.op != "Relu6":
            return None
        shifted = self._graph.nodes[clipped.inputs[0]]
        factor, x = scaled.inputs
        if shifted.op not in ("Add", "AddV2") or shifted.inputs[0] != x or factor not in self._graph.constants:
            return None
        sixth, three = float(self._graph.constants[factor]), float(self._graph.constants[shifted.inputs[1]])
        if abs(sixth - 1 / 6) > _HALF_PRECISION or three != 3:
            return None
        source = self.value(x)
        gate = self._writer.emit("HardSigmoid", [source], f"{node.name}:gate", alpha=1 / 6, beta=0.5)
        return self._writer.emit("Mul", [source, gate], node.name)

    def _convolution(self, node: Node) -> str:
        kernel = self._graph.constants[node.inputs[1]]
        height, width, channels, filters = kernel.shape
        depthwise = "Depthwise" in node.op
        weights = kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(3, 2, 0, 1)
        if depthwise:
            weights = weights.reshape(channels * filters, 1, height, width)
        fused = list(node.attributes.get("fused_ops") or [])
        inputs = [self.value(node.inputs[0]), self._writer.constant(f"{node.name}:weights", weights)]
        if "BiasAdd" in fused:
            fused.remove("BiasAdd")
            inputs.append(self._writer.constant(f"{node.name}:bias", self._graph.constants[node.inputs[2]]))
        stride = node.attributes["strides"][1]
        output = self._writer.emit(
            "Conv",
            inputs,
            f"{node.name}:linear" if fused else node.name,
            kernel_shape=[height, width],
            strides=[stride, stride],
            pads=_padding(node, (height, width), stride),
            group=channels if depthwise else 1,
        )
        return self._activate(fused[0], output, node.name) if fused else output

    def _activate(self, kind: str, value: str, name: str) -> str:
        if kind == "Relu":
            return self._writer.emit("Relu", [value], name)
        if kind == "Relu6":
            return self._writer.emit("Clip", [value, self._writer.number(0), self._writer.number(6)], name)
        raise WeightsError(f"{name} has the activation {kind}, which cannot be converted.")

    def _concat(self, node: Node) -> str:
        *parts, axis = node.inputs
        if int(self._graph.constants[axis]) not in (3, -1):
            raise WeightsError(f"{node.name} joins along another axis than the channels.")
        return self._writer.emit("Concat", [self.value(name) for name in parts], node.name, axis=1)

    def _mean(self, node: Node) -> str:
        if sorted(self._graph.constants[node.inputs[1]].tolist()) != [1, 2]:
            raise WeightsError(f"{node.name} is a mean over other axes than the picture's.")
        return self._writer.emit("GlobalAveragePool", [self.value(node.inputs[0])], node.name)

    def _resize(self, node: Node) -> str:
        if node.attributes.get("align_corners"):
            raise WeightsError(f"{node.name} aligns corners, which cannot be converted.")
        scales = self._writer.constant("double", np.array([1, 1, 2, 2], np.float32))
        mode = "half_pixel" if node.attributes.get("half_pixel_centers") else "asymmetric"
        inputs = [self.value(node.inputs[0]), "", scales]
        return self._writer.emit("Resize", inputs, node.name, mode="linear", coordinate_transformation_mode=mode)


def _exact(value: Array) -> Array:
    """The sixth of a hard swish as it was trained with; rounded to half precision the gate would end at 0.9998."""
    is_sixth = value.ndim == 0 and value.dtype == np.float32 and abs(float(value) - 1 / 6) < _HALF_PRECISION
    return np.array(1 / 6, np.float32) if is_sixth else value


def _channels_first(value: Array) -> Array:
    if value.ndim == 4:
        return value.transpose(0, 3, 1, 2)
    return value.transpose(2, 0, 1) if value.ndim == 3 else value


def _padding(node: Node, kernel: tuple[int, int], stride: int) -> list[int]:
    kind = node.attributes["padding"]
    if kind == "VALID":
        return [0, 0, 0, 0]
    if kind != "SAME":
        raise WeightsError(f"{node.name} has the padding {kind}, which cannot be converted.")
    return same_padding(kernel, stride)
