"""Reads a TensorFlow.js graph model: a `.json` with nodes and a weight manifest, and `.bin` shards.

The format is that of TensorFlow's GraphDef written as JSON: attributes are tagged unions, byte strings are base64.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grounding.errors import WeightsError

Array = NDArray[Any]
_DTYPES: Final = {"float32": np.float32, "int32": np.int32, "bool": np.bool_, "uint8": np.uint8}


@dataclass(frozen=True, slots=True)
class Node:
    """One operation. `inputs` are names of nodes or constants; `attributes` are decoded to int, bool, str or lists."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by name, in no particular order, and constants by name (float16 weights widened to float32)."""

    nodes: Mapping[str, Node]
    constants: Mapping[str, Array]


def read_graph(model_json: Path) -> Graph:
    """Reads `model_json` and the weight shards that it names beside it.

    Raises WeightsError if the weights are shorter or longer than the manifest says.
    """
    model = json.loads(model_json.read_text())
    constants: dict[str, Array] = {}
    for group in model["weightsManifest"]:
        data = b"".join((model_json.parent / path).read_bytes() for path in group["paths"])
        offset = 0
        for entry in group["weights"]:
            array, offset = _read_weight(entry, data, offset)
            constants[entry["name"]] = array
        if offset != len(data):
            raise WeightsError(
                f"{model_json.name}: the manifest names {offset} bytes of weights, there are {len(data)}."
            )
    nodes = {
        raw["name"]: Node(
            name=raw["name"],
            op=raw["op"],
            inputs=tuple(name.removeprefix("^") for name in raw.get("input", ())),
            attributes={key: _attribute(value) for key, value in raw.get("attr", {}).items()},
        )
        for raw in model["modelTopology"]["node"]
        if raw["op"] != "Const"
    }
    return Graph(nodes, constants)


def _read_weight(entry: Mapping[str, Any], data: bytes, offset: int) -> tuple[Array, int]:
    stored = entry.get("quantization", {}).get("dtype", entry["dtype"])
    if stored != "float16" and stored not in _DTYPES:
        raise WeightsError(f"The weight {entry['name']} is stored as {stored}, which this reader does not know.")
    dtype = np.dtype(np.float16 if stored == "float16" else _DTYPES[stored]).newbyteorder("<")
    count = int(np.prod(entry["shape"], dtype=np.int64))
    end = offset + count * dtype.itemsize
    if end > len(data):
        raise WeightsError(f"The weights end inside {entry['name']}.")
    array: Array = np.frombuffer(data[offset:end], dtype).reshape(entry["shape"]).astype(_DTYPES[entry["dtype"]])
    return array, end


def _attribute(value: Mapping[str, Any]) -> Any:
    if "s" in value:
        return base64.b64decode(value["s"]).decode()
    if "i" in value:
        return int(value["i"])
    if "list" in value:
        content = value["list"]
        if "s" in content:
            return [base64.b64decode(item).decode() for item in content["s"]]
        return [int(item) for item in content.get("i", ())]
    return next(iter(value.values()), None)
