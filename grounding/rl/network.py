"""Networks of one hidden layer, their gradients and Adam, in numpy: small enough to need nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Weights = dict[str, Array]

BETAS: Final = (0.9, 0.999)
EPSILON: Final = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """tanh(x W1 + b1) W2 + b2. w1: (inputs, hidden), b1: (hidden,), w2: (hidden, outputs), b2: (outputs,)."""

    w1: Array
    b1: Array
    w2: Array
    b2: Array

    @classmethod
    def fresh(cls, inputs: int, hidden: int, outputs: int, random: np.random.Generator) -> Layers:
        """Small random first weights, and a second layer of nothing: it begins by saying 0 to everything."""
        first = random.normal(size=(inputs, hidden)) / np.sqrt(inputs)
        return cls(first, np.zeros(hidden), np.zeros((hidden, outputs)), np.zeros(outputs))

    def __call__(self, x: Array) -> Array:
        """(..., outputs) of (..., inputs)."""
        return np.asarray(np.tanh(x @ self.w1 + self.b1) @ self.w2 + self.b2)

    def gradient(self, x: Array, slope: Array) -> Weights:
        """Of a loss with `slope` (N, outputs) by the outputs at `x` (N, inputs)."""
        hidden = np.tanh(x @ self.w1 + self.b1)
        back = (slope @ self.w2.T) * (1.0 - hidden**2)
        return {"w1": x.T @ back, "b1": back.sum(0), "w2": hidden.T @ slope, "b2": slope.sum(0)}

    def weights(self) -> Weights:
        return {"w1": self.w1, "b1": self.b1, "w2": self.w2, "b2": self.b2}

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return sum(one.size for one in self.weights().values())


@dataclass(slots=True)
class Adam:
    """Kingma and Ba, "Adam" (ICLR 2015), with decoupled weight decay (Loshchilov and Hutter, ICLR 2019)."""

    rate: float
    decay: float
    mean: Weights
    square: Weights
    steps: int = 0

    @classmethod
    def of(cls, weights: Mapping[str, Array], rate: float, decay: float) -> Adam:
        nothing = {name: np.zeros_like(one) for name, one in weights.items()}
        return cls(rate, decay, nothing, {name: one.copy() for name, one in nothing.items()})

    def step(self, weights: Mapping[str, Array], gradient: Mapping[str, Array]) -> Weights:
        """The weights after one step downhill."""
        self.steps += 1
        first, second = BETAS
        out: Weights = {}
        for name, weight in weights.items():
            slope = gradient[name]
            self.mean[name] = first * self.mean[name] + (1 - first) * slope
            self.square[name] = second * self.square[name] + (1 - second) * slope**2
            mean = self.mean[name] / (1 - first**self.steps)
            square = self.square[name] / (1 - second**self.steps)
            kept = weight * (1 - self.rate * self.decay) if weight.ndim > 1 else weight
            out[name] = kept - self.rate * mean / (np.sqrt(square) + EPSILON)
        return out


def softmax(logits: Array) -> Array:
    """Over the last axis; -inf is a choice nobody has."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
