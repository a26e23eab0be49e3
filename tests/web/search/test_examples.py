"""The queries the start page proposes ask for nothing that cannot be measured."""

from __future__ import annotations

import pytest

from grounding.retrieve import parse
from videosearch.search.views import EXAMPLES


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_can_be_measured(text: str) -> None:
    read = parse(text)
    assert read.predicates
    assert all(predicate.terms for predicate in read.predicates)
