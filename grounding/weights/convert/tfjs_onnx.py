"""Writes a TensorFlow.js convolution network as ONNX.

TensorFlow keeps pictures as (batch, height, width, channels), ONNX as (batch, channels, height, width): every tensor of
four dimensions is turned once, here, and not while running. The height and width are left open, so that one file
serves every input size that is a multiple of the network's stride (32).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from grounding.errors import WeightsError
from grounding.weights.convert.tfjs import Array, Graph, Node

OPSET: Final = 17
IR_VERSION: Final = 9
"""Old enough for every ONNX Runtime of the last years; fixed so that a conversion gives the same bytes each time."""

_ELEMENTWISE: Final = {
    "Add": "Add", "AddV2": "Add", "Sub": "Sub", "Mul": "Mul",
    "Relu": "Relu", "Sigmoid": "Sigmoid", "Identity": "Identity",
}  # fmt: skip
_CONVOLUTIONS: Final = {"Conv2D", "_FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative"}


def convert(graph: Graph, *, image: str, channels_last_input: str, outputs: dict[str, str]) -> bytes:
    """Converts the part of `graph` between the node `image` and `outputs` (node → name in the ONNX file).

    The ONNX input is `channels_last_input`, (batch, height, width, 3) uint8, RGB 0-255, as decoders give pictures.
    The outputs are (batch, channels, height, width) float32. Raises WeightsError at an operation it does not know.
    """
    writer = _Writer(graph)
    writer.start(image, channels_last_input)
    for node in outputs:
        writer.tensor(node)
    for node, name in outputs.items():
        writer.emit("Identity", [writer.tensor(node)], name)
    model = helper.make_model(
        helper.make_graph(
            writer.nodes,
            "converted",
            [helper.make_tensor_value_info(channels_last_input, TensorProto.UINT8, ["batch", "height", "width", 3])],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", f"{name}_channels", "rows", "columns"])
                for name in outputs.values()
            ],
            writer.initializers,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="grounding",
    )
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


class _Writer:
    """Walks the graph backwards from what is asked and writes each node once, after its inputs."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._done: dict[str, str] = {}
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._writers: dict[str, Callable[[Node], str]] = {
            **dict.fromkeys(_ELEMENTWISE, self._elementwise),
            **dict.fromkeys(_CONVOLUTIONS, self._convolution),
            "Relu6": self._relu6,
            "ConcatV2": self._concat,
            "Mean": self._mean,
            "ResizeBilinear": self._resize,
        }

    def start(self, image: str, channels_last_input: str) -> None:
        """Makes the ONNX input stand for the node `image`."""
        floats = self.emit("Cast", [channels_last_input], f"{image}:float", to=TensorProto.FLOAT)
        self._done[image] = self.emit("Transpose", [floats], f"{image}:nchw", perm=[0, 3, 1, 2])

    def tensor(self, name: str) -> str:
        """The ONNX name of a node's or constant's value, writing it if need be."""
        if name in self._done:
            return self._done[name]
        if name in self._graph.constants:
            self._done[name] = self.constant(name, _channels_first(self._graph.constants[name]))
            return self._done[name]
        # An own stack, since the deepest of these graphs nest further than Python's calls should.
        pending = [name]
        while pending:
            node = self._graph.nodes[pending[-1]]
            missing = [i for i in node.inputs if i not in self._done and i not in self._graph.constants]
            if missing:
                pending += missing
                continue
            pending.pop()
            if node.name not in self._done:
                self._done[node.name] = self._write(node)
        return self._done[name]

    def _write(self, node: Node) -> str:
        write = self._writers.get(node.op)
        if write is None:
            raise WeightsError(f"The graph has the operation {node.op} ({node.name}), which cannot be converted.")
        return write(node)

    def emit(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, list(inputs), [output], name=output, **attributes))
        return output

    def constant(self, name: str, value: Array) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _elementwise(self, node: Node) -> str:
        swish = self._hard_swish(node)
        if swish:
            return swish
        return self.emit(_ELEMENTWISE[node.op], [self.tensor(name) for name in node.inputs], node.name)

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
        slope, offset = float(self._graph.constants[factor]), float(self._graph.constants[shifted.inputs[1]])
        gate = self.emit("HardSigmoid", [self.tensor(x)], f"{node.name}:gate", alpha=slope, beta=slope * offset)
        return self.emit("Mul", [self.tensor(x), gate], node.name)

    def _relu6(self, node: Node) -> str:
        low = self._once("zero", np.float32(0))
        high = self._once("six", np.float32(6))
        return self.emit("Clip", [self.tensor(node.inputs[0]), low, high], node.name)

    def _once(self, name: str, value: Any) -> str:
        if name not in self._done:
            self._done[name] = self.constant(name, np.asarray(value))
        return self._done[name]

    def _convolution(self, node: Node) -> str:
        kernel = self._graph.constants[node.inputs[1]]
        height, width, channels, filters = kernel.shape
        depthwise = "Depthwise" in node.op
        weights = kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(3, 2, 0, 1)
        if depthwise:
            weights = weights.reshape(channels * filters, 1, height, width)
        stride = node.attributes["strides"][1]
        inputs = [self.tensor(node.inputs[0]), self.constant(f"{node.name}:weights", weights)]
        fused = node.attributes.get("fused_ops") or []
        if "BiasAdd" in fused:
            inputs.append(self.constant(f"{node.name}:bias", self._graph.constants[node.inputs[2]]))
        padding = _padding((height, width), stride, node.attributes["padding"])
        activation = [op for op in fused if op != "BiasAdd"]
        output = self.emit(
            "Conv",
            inputs,
            f"{node.name}:linear" if activation else node.name,
            kernel_shape=[height, width],
            strides=[stride, stride],
            pads=padding,
            group=channels if depthwise else 1,
        )
        if not activation:
            return output
        if activation == ["Relu"]:
            return self.emit("Relu", [output], node.name)
        if activation == ["Relu6"]:
            return self.emit(
                "Clip", [output, self._once("zero", np.float32(0)), self._once("six", np.float32(6))], node.name
            )
        raise WeightsError(f"{node.name} fuses {activation}, which cannot be converted.")

    def _concat(self, node: Node) -> str:
        *parts, axis = node.inputs
        if int(self._graph.constants[axis]) not in (3, -1):
            raise WeightsError(f"{node.name} joins along another axis than the channels.")
        return self.emit("Concat", [self.tensor(name) for name in parts], node.name, axis=1)

    def _mean(self, node: Node) -> str:
        if sorted(self._graph.constants[node.inputs[1]].tolist()) != [1, 2]:
            raise WeightsError(f"{node.name} is a mean over other axes than the picture's.")
        return self.emit("GlobalAveragePool", [self.tensor(node.inputs[0])], node.name)

    def _resize(self, node: Node) -> str:
        if node.attributes.get("align_corners"):
            raise WeightsError(f"{node.name} aligns corners, which cannot be converted.")
        scales = self._once("double", np.array([1, 1, 2, 2], np.float32))
        mode = "half_pixel" if node.attributes.get("half_pixel_centers") else "asymmetric"
        inputs = [self.tensor(node.inputs[0]), "", scales]
        return self.emit("Resize", inputs, node.name, mode="linear", coordinate_transformation_mode=mode)


def _channels_first(value: Array) -> Array:
    if value.ndim == 4:
        return value.transpose(0, 3, 1, 2)
    return value.transpose(2, 0, 1) if value.ndim == 3 else value


def _padding(kernel: tuple[int, int], stride: int, kind: str) -> list[int]:
    """Padding as ONNX wants it. TensorFlow's SAME on an even size with stride 2 puts the odd pixel at the end."""
    if kind == "VALID":
        return [0, 0, 0, 0]
    if kind != "SAME":
        raise WeightsError(f"Padding {kind} cannot be converted.")
    total = [max(size - stride, 0) for size in kernel]
    before = [amount // 2 for amount in total]
    return [*before, *(amount - first for amount, first in zip(total, before, strict=True))]
