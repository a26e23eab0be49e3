"""PP-OCRv6's small text recogniser, its 18,710 characters cut down to ASCII.

The last layer of the original costs as much as a third of the network, for characters no shirt shows. The letters stay,
so that a letter is not forced to be read as a digit.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from grounding.errors import WeightsError
from grounding.weights.characters import CHARACTERS

_LAST_WEIGHTS, _LAST_BIAS = "linear_8.w_0", "linear_8.b_0"


def convert(model_file: Path) -> bytes:
    """Input: `x` (batch, 3, 48, width) float32. Output: `chances` (batch, steps, 1 + len(CHARACTERS)), summing to 1.

    Raises WeightsError if the file is of another network.
    """
    model = onnx.load(str(model_file))
    graph = model.graph
    listed = {entry.key: entry.value for entry in model.metadata_props}.get("character", "").split("\n")
    weights = {entry.name: entry for entry in graph.initializer}
    if not {_LAST_WEIGHTS, _LAST_BIAS} <= weights.keys() or not set(CHARACTERS) <= set(listed):
        raise WeightsError(f"{model_file.name} is not PP-OCRv6's small recogniser.")
    columns = np.array([0, *(1 + listed.index(character) for character in CHARACTERS)])
    for name in (_LAST_WEIGHTS, _LAST_BIAS):
        kept = numpy_helper.to_array(weights[name])[..., columns]
        weights[name].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(kept), name))
    softmax = graph.node[-1]
    softmax.output[0] = "chances"
    del graph.output[:]
    shape: list[str | int | None] = ["batch", "steps", len(columns)]
    graph.output.append(helper.make_tensor_value_info("chances", onnx.TensorProto.FLOAT, shape))
    del graph.value_info[:]
    del model.metadata_props[:]
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))
