"""Judging candidates: the verifier ranks and labels, it never removes."""

from grounding.verify.base import Verifier
from grounding.verify.predicates import PredicateVerifier

__all__ = ["PredicateVerifier", "Verifier"]
