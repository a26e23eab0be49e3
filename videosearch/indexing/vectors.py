"""Which column holds a vector. Vectors of sentences all have one length; those of image-text models have their own.

Rows of one version have one of the two columns, the other is null, which costs a bit of a row and nothing of an index.
Shorter vectors are filled up with zeros to the length of the second column: neither cosines nor distances change.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from grounding.types import Floats

SENTENCE: Final = 384
PICTURE: Final = 1024
"""The longest of the registered image-text models."""


def column_of(dimension: int) -> str:
    """The column of `Observation` for vectors of this length. ValueError for one that is too long."""
    if dimension > PICTURE:
        raise ValueError(f"vectors of {dimension} numbers are too long to be stored; at most {PICTURE} are")
    return "embedding" if dimension == SENTENCE else "seen"


def as_stored(vector: Floats) -> Floats:
    """The vector as its column holds it."""
    missing = 0 if column_of(len(vector)) == "embedding" else PICTURE - len(vector)
    return np.pad(np.asarray(vector, np.float32), (0, missing))
