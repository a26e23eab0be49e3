"""Logistic regression: from measures to a degree of truth, or to a probability."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_ROUNDS: Final = 50
_FREE: Final = 1e-6
"""What holds the bias, which nothing else does."""


def sigmoid(odds: ArrayLike) -> Array:
    """Of log odds, which beyond 30 make no difference."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0))), np.float64)


def regress(measures: Array, true: ArrayLike, weight: ArrayLike = 1.0, *, ridge: float = 1.0) -> tuple[Array, float]:
    """Weights (K,) and bias of greatest likelihood, held back a little from steepness; by Newton's method.

    measures (N, K), each about 0..1 or of unit spread; true (N,) 0 or 1; weight: how much each row counts; ridge:
    strength of the pull of the weights towards 0, in rows.
    """
    x = np.hstack([measures, np.ones((len(measures), 1))])
    held = np.diag([*([ridge] * measures.shape[1]), _FREE])
    counts, wanted = np.asarray(weight, np.float64), np.asarray(true, np.float64)
    w = np.zeros(x.shape[1])
    for _ in range(_ROUNDS):
        p = sigmoid(x @ w)
        slope = x.T @ (counts * (p - wanted)) + held @ w
        curve = (x * (counts * p * (1 - p))[:, None]).T @ x + held
        step = np.linalg.solve(curve, slope)
        w = w - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return w[:-1], float(w[-1])
