"""Writing ONNX files node by node, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

_OPSET: Final = 17
_IR_VERSION: Final = 9
"""Fixed, and old enough for every ONNX Runtime of the last years."""

Shape = Sequence[int | str]


class Writer:
    """Collects nodes and constants; each value has one name."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def emit(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Adds a node with one output, and returns the output's name."""
        self._nodes.append(helper.make_node(op, list(inputs), [output], name=output, **attributes))
        return output

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Adds a constant. The same name may be given again for the same value."""
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def number(self, value: float) -> str:
        """A float32 scalar, shared by all who use it."""
        return self.constant(f"number:{value}", np.array(value, np.float32))

    def sizes(self, *values: int) -> str:
        """A vector of int64, as shapes and axes are given, shared by all who use it."""
        return self.constant(f"sizes:{values}", np.array(values, np.int64))

    def pictures(self, name: str) -> str:
        """The input of a picture network: (batch, height, width, 3) uint8 RGB, turned to (batch, 3, h, w) float32."""
        floats = self.emit("Cast", [name], f"{name}:float", to=TensorProto.FLOAT)
        return self.emit("Transpose", [floats], f"{name}:nchw", perm=[0, 3, 1, 2])

    def model(self, inputs: Mapping[str, tuple[int, Shape]], outputs: Mapping[str, Shape]) -> bytes:
        """The file. inputs: name → (TensorProto type, shape); outputs, float32: name → shape; letters are left open.

        What no output needs is left out: ONNX Runtime would compute it all the same.
        """
        nodes, needed = self._needed(outputs)
        graph = helper.make_graph(
            nodes,
            "converted",
            [helper.make_tensor_value_info(name, kind, list(shape)) for name, (kind, shape) in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)) for name, shape in outputs.items()],
            [constant for name, constant in self._constants.items() if name in needed],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="grounding")
        model.ir_version = _IR_VERSION
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))

    def _needed(self, outputs: Iterable[str]) -> tuple[list[onnx.NodeProto], set[str]]:
        """The nodes that lead to `outputs`, in order, and the names of all values on the way."""
        needed, nodes = set(outputs), []
        for node in reversed(self._nodes):
            if not needed.isdisjoint(node.output):
                needed.update(node.input)
                nodes.append(node)
        return nodes[::-1], needed


PICTURES: Final = (TensorProto.UINT8, ("batch", "height", "width", 3))


def same_padding(kernel: tuple[int, int], stride: int) -> list[int]:
    """TensorFlow's SAME as ONNX's begin and end pads, for even sizes: with stride 2 the odd pixel is at the end."""
    total = [max(size - stride, 0) for size in kernel]
    before = [amount // 2 for amount in total]
    return [*before, *(amount - first for amount, first in zip(total, before, strict=True))]
