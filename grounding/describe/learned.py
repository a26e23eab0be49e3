"""Small learned functions from measures to a degree of truth: logistic curves whose weights lie in a file beside.

`python -m grounding bench learn` makes the file from generated matches; it tells the seeds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grounding.logistic import regress, sigmoid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WEIGHTS: Final = Path(__file__).with_name("learned.json")


@dataclass(frozen=True, slots=True)
class Curve:
    """A degree of truth from named inputs, each about 0..1: a logistic curve of their weighted sum."""

    inputs: tuple[str, ...]
    weights: tuple[float, ...]
    bias: float

    def degrees(self, columns: Mapping[str, Array]) -> Array:
        """(N,) degrees from (N,) values of each input. KeyError where an input is missing."""
        total = self.bias + sum(w * columns[name] for name, w in zip(self.inputs, self.weights, strict=True))
        return sigmoid(total)

    def as_json(self) -> dict[str, Any]:
        """What `curves` reads."""
        weights = {name: round(weight, 4) for name, weight in zip(self.inputs, self.weights, strict=True)}
        return {"bias": round(self.bias, 4), "weights": weights}


@cache
def curves() -> Mapping[str, Curve]:
    """What was learned, by name."""
    data = json.loads(WEIGHTS.read_text())["curves"]
    return {
        name: Curve(tuple(row["weights"]), tuple(float(w) for w in row["weights"].values()), float(row["bias"]))
        for name, row in data.items()
    }


def fit(columns: Mapping[str, Array], inputs: Sequence[str], true: NDArray[np.bool_], weight: Array) -> Curve:
    """The curve of greatest likelihood, held back a little from steepness; by Newton's method.

    columns: (N,) values of each input; true (N,); weight (N,) how much each row counts.
    """
    weights, bias = regress(np.stack([columns[name] for name in inputs], 1), true, weight)
    return Curve(tuple(inputs), tuple(weights.tolist()), bias)
