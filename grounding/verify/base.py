"""What every verifier does, whether it checks measurements or asks a model that sees the pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from grounding.types import Candidate, Query, Verification


class Verifier(Protocol):
    """Judges candidates one by one; the caller owns order, batching and stopping."""

    name: str
    """Stored with each verification, so that judgements of different verifiers can be told apart."""

    def verify(self, query: Query, candidates: Sequence[Candidate]) -> Iterator[tuple[int, Verification]]:
        """(index into `candidates`, judgement), each candidate once, in the order in which they are done."""
        ...
