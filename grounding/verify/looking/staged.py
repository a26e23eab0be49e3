"""Measuring first, since it costs nothing, then looking at the best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grounding.types import Candidate, Query, Verification
from grounding.verify.base import Verifier
from grounding.verify.looking.fusion import BEST, best_of, fused
from grounding.verify.looking.verifier import LookingVerifier


class StagedVerifier:
    """`first` judges all candidates; the model looks at the `most` best of them and refines what is said."""

    def __init__(self, first: Verifier, looking: LookingVerifier, most: int = BEST) -> None:
        self._first = first
        self._looking = looking
        self._most = most
        self.name = f"{first.name} + {looking.name}"

    def verify(self, query: Query, candidates: Sequence[Candidate]) -> Iterator[tuple[int, Verification]]:
        """See `Verifier`. Those that are not looked at come first, as they were measured."""
        measured = dict(self._first.verify(query, candidates))
        order = sorted(measured)
        best = [order[i] for i in best_of([measured[i] for i in order], self._most)]
        yield from ((i, measured[i]) for i in order if i not in set(best))
        for place, look in self._looking.look(query, [candidates[i] for i in best]):
            index = best[place]
            yield index, fused(query, measured[index], look, self._looking.name)
