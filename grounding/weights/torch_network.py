"""A small registered network on a GPU: its ONNX graph run by torch, many inputs at once.

One input at a time a GPU is no quicker than a core; a second of a match has twenty. What ONNX Runtime computes on the
CPU is computed here by the same operators, so that the results differ by rounding only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grounding.weights.torch_runtime import Batches

Operator = Callable[[Sequence[Any], Mapping[str, Any]], Any]

_MOST: Final = 128


class TorchNetwork:
    """The file's graph on a device; its first axis is that of the inputs. Safe to use from several threads.

    Raises:
        ValueError: the graph has an operator that is not provided for, or several inputs.
    """

    def __init__(self, path: Path, where: str) -> None:
        import onnx
        import torch
        from onnx import numpy_helper

        graph = onnx.load(path).graph
        self._device = torch.device(where)
        self._weights = {
            one.name: torch.from_numpy(np.array(numpy_helper.to_array(one))).to(self._device)
            for one in graph.initializer
        }
        inputs = [one.name for one in graph.input if one.name not in self._weights]
        unknown = {node.op_type for node in graph.node} - set(_OPERATORS)
        if unknown or len(inputs) != 1:
            raise ValueError(f"{path.name} has {len(inputs)} inputs and operators that are not provided for: {unknown}")
        (self._input,) = inputs
        self._outputs = [one.name for one in graph.output]
        self._steps = [
            (
                _OPERATORS[node.op_type],
                list(node.input),
                node.output[0],
                {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute},
            )
            for node in graph.node
        ]
        self._batches = Batches(_MOST)

    def run_many(self, feeds: Sequence[Mapping[str, NDArray[Any]]]) -> list[list[NDArray[Any]]]:
        """See `runtime.Network.run_many`. Inputs of one shape are computed together."""
        alike: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for place, feed in enumerate(feeds):
            alike[feed[self._input].shape].append(place)
        found: dict[int, list[NDArray[Any]]] = {}
        for places in alike.values():
            rows = self._batches.run(self._run, [feeds[place][self._input] for place in places])
            found.update(zip(places, rows, strict=True))
        return [found[place] for place in range(len(feeds))]

    def _run(self, inputs: Sequence[NDArray[Any]]) -> list[list[NDArray[Any]]]:
        import torch

        counts = [len(one) for one in inputs]
        with torch.inference_mode():
            values = dict(self._weights)
            values[self._input] = torch.from_numpy(np.concatenate(inputs)).to(self._device)
            for operator, names, output, said in self._steps:
                values[output] = operator([values[name] if name else None for name in names], said)
            whole = [values[name].cpu().numpy() for name in self._outputs]
        ends = np.cumsum(counts)[:-1]
        return [list(parts) for parts in zip(*(np.split(one, ends) for one in whole), strict=True)]


def _cast(given: Sequence[Any], said: Mapping[str, Any]) -> Any:
    import onnx
    import torch

    if said["to"] != onnx.TensorProto.FLOAT:
        raise ValueError(f"a cast to {said['to']} is not provided for")
    return given[0].to(torch.float32)


def _conv(given: Sequence[Any], said: Mapping[str, Any]) -> Any:
    import torch

    pixels, weights, bias = given[0], given[1], given[2] if len(given) > 2 else None
    top, left, bottom, right = said.get("pads", (0, 0, 0, 0))
    pads = (top, left)
    if (top, left) != (bottom, right):
        pixels, pads = torch.nn.functional.pad(pixels, (left, right, top, bottom)), (0, 0)
    strides, dilations = tuple(said.get("strides", (1, 1))), tuple(said.get("dilations", (1, 1)))
    return torch.nn.functional.conv2d(pixels, weights, bias, strides, pads, dilations, said.get("group", 1))


def _clip(given: Sequence[Any], said: Mapping[str, Any]) -> Any:
    del said
    low, high = (*given[1:], None, None)[:2]
    return given[0].clamp(min=low, max=high)


def _resize(given: Sequence[Any], said: Mapping[str, Any]) -> Any:
    import torch

    if said.get("mode") != b"linear" or said.get("coordinate_transformation_mode") != b"half_pixel":
        raise ValueError("only a linear resize over the middles of pixels is provided for")
    scales = tuple(float(one) for one in given[2][2:])
    return torch.nn.functional.interpolate(given[0], scale_factor=scales, mode="bilinear", align_corners=False)


_OPERATORS: Final[Mapping[str, Operator]] = {
    "Add": lambda given, _: given[0] + given[1],
    "Cast": _cast,
    "Clip": _clip,
    "Conv": _conv,
    "Div": lambda given, _: given[0] / given[1],
    "Identity": lambda given, _: given[0],
    "Mul": lambda given, _: given[0] * given[1],
    "Relu": lambda given, _: given[0].relu(),
    "Resize": _resize,
    "Sigmoid": lambda given, _: given[0].sigmoid(),
    "Sub": lambda given, _: given[0] - given[1],
    "Transpose": lambda given, said: given[0].permute(*said["perm"]),
}
