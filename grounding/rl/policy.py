"""The policy of the embedded profile: a few thousand numbers that order candidates, take or refuse them and move ends.

It looks at what the predicate verifier measured (`features`) and answers for each candidate alone, so that candidates
may come in batches. numpy only: whoever applies a policy needs nothing that trained it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grounding.errors import BadInputError
from grounding.files import write_bytes
from grounding.logistic import sigmoid
from grounding.rl.features import ENDS, JUDGE, VERSION
from grounding.rl.network import Array, Layers

PARTS: Final = ("judge", "start", "end")
INPUTS: Final[Mapping[str, int]] = {"judge": len(JUDGE), "start": len(ENDS), "end": len(ENDS)}
DIGITS: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Takes measures to a mean of 0 and a spread of 1. What never changed in training is left out: its gain is 0."""

    mean: Array
    gain: Array

    @classmethod
    def of(cls, measures: Array) -> Scale:
        """Of (N, inputs) measures."""
        spread = measures.std(axis=0)
        return cls(measures.mean(axis=0), np.where(spread > 1e-6, 1.0 / np.maximum(spread, 1e-6), 0.0))

    def __call__(self, measures: Array) -> Array:
        return np.asarray(np.clip((measures - self.mean) * self.gain, -4.0, 4.0))


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """scales and layers: by the names of `PARTS`; "judge" gives the order and the odds of taking, "start" and "end"
    one number for each of `problems.SHIFTS`. likely: slope and offset that turn the order into the probability that
    the candidate is right. about: how it was trained, kept with it."""

    scales: Mapping[str, Scale]
    layers: Mapping[str, Layers]
    likely: tuple[float, float] = (1.0, 0.0)
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many numbers were learnt."""
        return sum(layers.size for layers in self.layers.values())

    def raw(self, part: str, measures: Array) -> Array:
        """(..., outputs) of one part for (..., inputs) measures as they are."""
        return self.layers[part](self.scales[part](measures))

    def probability(self, order: Array) -> NDArray[np.float64]:
        """That a candidate of this order is right."""
        slope, offset = self.likely
        return sigmoid(slope * order + offset)


def dump(policy: Policy) -> dict[str, Any]:
    """The JSON object of a policy."""
    return {
        "version": VERSION,
        "about": dict(policy.about),
        "likely": [round(value, DIGITS) for value in policy.likely],
        "parts": {
            name: {
                "mean": _rounded(policy.scales[name].mean),
                "gain": _rounded(policy.scales[name].gain),
                **{key: _rounded(value) for key, value in policy.layers[name].weights().items()},
            }
            for name in PARTS
        },
    }


def policy_from(data: Any) -> Policy:
    """The policy of a JSON object; BadInputError where it is none, or one of another version."""
    try:
        if data["version"] != VERSION:
            raise BadInputError(
                f"This policy is of version {data['version']}, this program knows {VERSION}: train anew."
            )
        parts = {
            name: {key: np.array(value, np.float64) for key, value in data["parts"][name].items()} for name in PARTS
        }
        scales = {name: Scale(part["mean"], part["gain"]) for name, part in parts.items()}
        layers = {name: Layers(part["w1"], part["b1"], part["w2"], part["b2"]) for name, part in parts.items()}
        slope, offset = data["likely"]
        policy = Policy(scales, layers, (float(slope), float(offset)), dict(data["about"]))
        _check(policy)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInputError("This is no policy: train one with python -m grounding train policy.") from error
    return policy


def save(path: Path, policy: Policy) -> None:
    """Writes a policy as JSON, whole or not at all."""
    write_bytes(path, (json.dumps(dump(policy)) + "\n").encode())


def load(path: Path) -> Policy:
    """Reads a policy; BadInputError where there is none."""
    try:
        return policy_from(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise BadInputError(f"{path} holds no policy that could be read.") from error


def _check(policy: Policy) -> None:
    """That shapes fit each other and all is finite: a file from elsewhere may be anything."""
    from grounding.rl.problems import SHIFTS

    for name in PARTS:
        layers, scale = policy.layers[name], policy.scales[name]
        outputs = 2 if name == "judge" else len(SHIFTS)
        hidden = len(layers.b1)
        shapes = [scale.mean.shape, scale.gain.shape, *(one.shape for one in layers.weights().values())]
        wanted = [(INPUTS[name],)] * 2 + [(INPUTS[name], hidden), (hidden,), (hidden, outputs), (outputs,)]
        if shapes != wanted:
            raise ValueError(f"the part {name} has shapes {shapes}, expected {wanted}")
        if not all(np.isfinite(one).all() for one in (scale.mean, scale.gain, *layers.weights().values())):
            raise ValueError(f"the part {name} is not finite")


def _rounded(values: Array) -> Any:
    return np.round(values, DIGITS).tolist()
