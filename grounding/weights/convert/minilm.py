"""The sentence encoder all-MiniLM-L6-v2 (a BERT of 6 layers) with its mean pooling."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from grounding.errors import WeightsError
from grounding.weights.convert.writer import Writer

_LAYERS: Final = 6
_HEADS: Final = 12
_WIDTH: Final = 384
_EPSILON: Final = 1e-12


def convert(state_file: Path) -> bytes:
    """Inputs: `ids` and `mask`, (batch, tokens) int64. Output: `embedding`, (batch, 384), of unit length.

    Raises WeightsError if the state is of another network.
    """
    try:
        return _Builder(_read_safetensors(state_file)).build()
    except KeyError as error:
        raise WeightsError(f"{state_file.name} has no {error}: it is not MiniLM of {_LAYERS} layers.") from error


def _read_safetensors(path: Path) -> dict[str, NDArray[Any]]:
    """The format: eight bytes of header length, a JSON header with offsets, the arrays."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    arrays = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            arrays[name] = np.frombuffer(data[start:end], "<f4").reshape(entry["shape"])
    return arrays


class _Builder:
    def __init__(self, state: dict[str, NDArray[Any]]) -> None:
        self._state = state
        self._writer = Writer()

    def build(self) -> bytes:
        value = self._embeddings()
        bias = self._mask_bias()
        for layer in range(_LAYERS):
            value = self._layer(value, bias, f"encoder.layer.{layer}")
        self._pool(value)
        shape = ("batch", "tokens")
        inputs = {"ids": (int(TensorProto.INT64), shape), "mask": (int(TensorProto.INT64), shape)}
        return self._writer.model(inputs, {"embedding": ("batch", _WIDTH)})

    def _embeddings(self) -> str:
        """Word + position + type of sentence (always the first), normalised."""
        writer = self._writer
        words = writer.emit("Gather", [self._weight("embeddings.word_embeddings.weight"), "ids"], "words")
        # The one type of sentence is the same for every token, hence a part of its position.
        table = self._state["embeddings.position_embeddings.weight"]
        table = table + self._state["embeddings.token_type_embeddings.weight"][0]
        shape = writer.emit("Shape", ["ids"], "ids:shape")
        count = writer.emit("Slice", [shape, writer.sizes(1), writer.sizes(2)], "ids:tokens")
        places = writer.emit("Slice", [writer.constant("positions", table), writer.sizes(0), count], "places")
        return self._norm(writer.emit("Add", [words, places], "embedded"), "embeddings.LayerNorm")

    def _mask_bias(self) -> str:
        """0 where there is a word, hugely negative where there is padding, as (batch, 1, 1, tokens)."""
        writer = self._writer
        mask = writer.emit("Cast", ["mask"], "mask:float", to=TensorProto.FLOAT)
        hidden = writer.emit("Sub", [mask, writer.number(1)], "mask:hidden")
        bias = writer.emit("Mul", [hidden, writer.number(1e9)], "mask:bias")
        return writer.emit("Unsqueeze", [bias, writer.sizes(1, 2)], "mask:wide")

    def _layer(self, value: str, bias: str, scope: str) -> str:
        writer = self._writer
        attended = self._attention(value, bias, f"{scope}.attention.self")
        attended = self._dense(attended, f"{scope}.attention.output.dense")
        value = writer.emit("Add", [attended, value], f"{scope}:attended")
        value = self._norm(value, f"{scope}.attention.output.LayerNorm")
        wide = self._gelu(self._dense(value, f"{scope}.intermediate.dense"), f"{scope}:gelu")
        narrow = self._dense(wide, f"{scope}.output.dense")
        return self._norm(writer.emit("Add", [narrow, value], f"{scope}:sum"), f"{scope}.output.LayerNorm")

    def _attention(self, value: str, bias: str, scope: str) -> str:
        writer = self._writer
        split = writer.sizes(0, 0, _HEADS, _WIDTH // _HEADS)
        heads = {}
        for name, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
            dense = self._dense(value, f"{scope}.{name}")
            apart = writer.emit("Reshape", [dense, split], f"{scope}.{name}:heads")
            heads[name] = writer.emit("Transpose", [apart], f"{scope}.{name}:turned", perm=order)
        scores = writer.emit("MatMul", [heads["query"], heads["key"]], f"{scope}:scores")
        scores = writer.emit("Div", [scores, writer.number(float(np.sqrt(_WIDTH // _HEADS)))], f"{scope}:scaled")
        scores = writer.emit("Add", [scores, bias], f"{scope}:masked")
        weights = writer.emit("Softmax", [scores], f"{scope}:weights", axis=-1)
        mixed = writer.emit("MatMul", [weights, heads["value"]], f"{scope}:mixed")
        turned = writer.emit("Transpose", [mixed], f"{scope}:back", perm=[0, 2, 1, 3])
        return writer.emit("Reshape", [turned, writer.sizes(0, 0, _WIDTH)], f"{scope}:joined")

    def _gelu(self, value: str, name: str) -> str:
        writer = self._writer
        scaled = writer.emit("Div", [value, writer.number(float(np.sqrt(2)))], f"{name}:scaled")
        erf = writer.emit("Erf", [scaled], f"{name}:erf")
        gate = writer.emit("Add", [erf, writer.number(1)], f"{name}:gate")
        doubled = writer.emit("Mul", [value, gate], f"{name}:doubled")
        return writer.emit("Mul", [doubled, writer.number(0.5)], name)

    def _pool(self, value: str) -> None:
        """Mean over the words, then unit length."""
        writer = self._writer
        mask = writer.emit("Unsqueeze", ["mask:float", writer.sizes(2)], "mask:column")
        kept = writer.emit("Mul", [value, mask], "kept")
        total = writer.emit("ReduceSum", [kept, writer.sizes(1)], "total", keepdims=0)
        # The mean's divisor is left out: the length is divided away next.
        writer.emit("LpNormalization", [total], "embedding", axis=1, p=2)

    def _dense(self, value: str, name: str) -> str:
        turned = self._writer.constant(f"{name}.turned", self._state[f"{name}.weight"].T)
        product = self._writer.emit("MatMul", [value, turned], f"{name}:product")
        return self._writer.emit("Add", [product, self._weight(f"{name}.bias")], name)

    def _norm(self, value: str, name: str) -> str:
        inputs = [value, self._weight(f"{name}.weight"), self._weight(f"{name}.bias")]
        return self._writer.emit("LayerNormalization", inputs, name, axis=-1, epsilon=_EPSILON)

    def _weight(self, name: str) -> str:
        return self._writer.constant(name, self._state[name])
