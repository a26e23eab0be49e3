"""A policy as a verifier, as a file, and in the order of hits."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.errors import BadInputError
from grounding.retrieve.rank import rank
from grounding.rl.features import ENDS, JUDGE
from grounding.rl.judge import PolicyVerifier
from grounding.rl.network import Layers
from grounding.rl.policy import Policy, Scale, dump, load, policy_from, save
from grounding.rl.problems import SHIFTS
from grounding.types import Span
from grounding.verify.predicates import PredicateVerifier
from tests.grounding.rl.made import QUERY, candidate


def fixed(
    *, order: tuple[str, float] = ("score", 0.0), taking: float = 5.0, start: float = 0.0, end: float = 0.0
) -> Policy:
    """A policy that says the same of everything, but orders by one measure."""

    def layers(inputs: int, outputs: int) -> Layers:
        return Layers(np.zeros((inputs, 1)), np.zeros(1), np.zeros((1, outputs)), np.zeros(outputs))

    judge = layers(len(JUDGE), 2)
    judge.w1[JUDGE.index(order[0]), 0] = 0.01
    judge.w2[0, 0] = order[1]
    judge.b2[1] = taking
    starts, ends = layers(len(ENDS), len(SHIFTS)), layers(len(ENDS), len(SHIFTS))
    starts.b2[SHIFTS.index(start)] = 5.0
    ends.b2[SHIFTS.index(end)] = 5.0
    scales = {
        name: Scale(np.zeros(n), np.ones(n))
        for name, n in (("judge", len(JUDGE)), ("start", len(ENDS)), ("end", len(ENDS)))
    }
    return Policy(scales, {"judge": judge, "start": starts, "end": ends}, (1.0, 0.0), {"made_by": "a test"})


FOUND = [candidate(1, 10, 15, height=30.0), candidate(2, 20, 26, height=90.0), candidate(3, 30, 31, margin=0)]


def test_it_moves_ends_and_says_so() -> None:
    by_index = dict(PolicyVerifier(fixed(start=-2.0, end=0.5)).verify(QUERY, FOUND))
    assert sorted(by_index) == [0, 1, 2]
    assert by_index[0].span == Span(8.0, 15.5)
    assert (
        "Begins 2.0 s earlier than measured, as learnt. Ends 0.5 s later than measured, as learnt."
        in by_index[0].reason
    )
    assert by_index[2].span == Span(30, 31), "there are no boxes to move into"
    assert "as learnt" not in by_index[2].reason


def test_it_is_never_surer_than_what_was_measured() -> None:
    measured = dict(PredicateVerifier().verify(QUERY, FOUND))
    assert measured[0].verdict == "confirmed"
    assert dict(PolicyVerifier(fixed(taking=5.0)).verify(QUERY, FOUND))[0].verdict == "confirmed"
    refused = dict(PolicyVerifier(fixed(taking=-5.0)).verify(QUERY, FOUND))[0]
    assert refused.verdict == "unsure"
    assert "seldom what was meant" in refused.reason
    standing = replace(
        FOUND[0], evidence=[replace(e, terms={**e.terms, "motion:sprinting": 0.0}) for e in FOUND[0].evidence]
    )
    assert PredicateVerifier().judge(QUERY, standing).verdict == "rejected"
    taken = dict(PolicyVerifier(fixed(taking=5.0)).verify(QUERY, [standing]))[0]
    assert taken.verdict == "unsure"
    assert "often right all the same" in taken.reason
    assert dict(PolicyVerifier(fixed(taking=-5.0)).verify(QUERY, [standing]))[0].verdict == "rejected"


def test_what_was_left_open_is_refused_by_its_place_alone() -> None:
    policy = fixed(order=("height", 50.0), taking=-5.0)
    left_open = replace(PredicateVerifier().judge(QUERY, FOUND[1]), verdict="unsure")
    refused = PolicyVerifier(policy).judge(QUERY, FOUND[1], left_open)
    taken = PolicyVerifier(fixed(order=("height", 50.0))).judge(QUERY, FOUND[0], left_open)
    assert (refused.verdict, taken.verdict) == ("unsure", "unsure")
    assert [hit.track_ids[0] for hit in rank(QUERY, [(FOUND[1], refused), (FOUND[0], taken)]).hits] == [1, 2]


def test_hits_come_in_the_order_that_was_learnt() -> None:
    for sign, expected in ((50.0, [2, 1]), (-50.0, [1, 2])):
        verifier = PolicyVerifier(fixed(order=("height", sign)))
        judged = dict(verifier.verify(QUERY, FOUND[:2]))
        ranked = rank(QUERY, [(one, judged[k]) for k, one in enumerate(FOUND[:2])])
        assert [hit.track_ids[0] for hit in ranked.hits] == expected
        assert [hit.score for hit in ranked.hits] == sorted((hit.score for hit in ranked.hits), reverse=True)


def test_an_unsure_one_may_come_first_and_a_rejected_one_never() -> None:
    verifier = PolicyVerifier(fixed(order=("height", 50.0)))
    sure, unsure, rejected = (verifier.judge(QUERY, one, PredicateVerifier().judge(QUERY, one)) for one in FOUND)
    items = [
        (FOUND[0], sure),
        (FOUND[1], replace(unsure, verdict="unsure")),
        (FOUND[2], replace(rejected, verdict="rejected", likely=0.99)),
    ]
    assert [hit.track_ids[0] for hit in rank(QUERY, items).hits] == [2, 1, 3]


def test_without_a_policy_the_order_is_as_it_was() -> None:
    judged = dict(PredicateVerifier().verify(QUERY, FOUND))
    assert all(one.likely is None for one in judged.values())


def test_batches_do_not_matter() -> None:
    verifier = PolicyVerifier(fixed(order=("height", 50.0)))
    together = dict(verifier.verify(QUERY, FOUND))
    alone = [dict(verifier.verify(QUERY, [one]))[0] for one in FOUND]
    assert [together[k] for k in range(3)] == alone


def test_a_policy_comes_back_from_its_file(tmp_path: Path) -> None:
    made = fixed(order=("height", 3.0), start=-1.0)
    save(tmp_path / "p.json", made)
    back = load(tmp_path / "p.json")
    assert dump(back) == dump(made)
    assert dict(PolicyVerifier(back).verify(QUERY, FOUND)) == dict(PolicyVerifier(made).verify(QUERY, FOUND))


def _without_end(data: dict[str, Any]) -> None:
    del data["parts"]["end"]


def _too_small(data: dict[str, Any]) -> None:
    data["parts"]["start"]["w1"] = [[0.0]]


def _not_finite(data: dict[str, Any]) -> None:
    data["parts"]["judge"]["b2"] = [0.0, float("nan")]


def _in_words(data: dict[str, Any]) -> None:
    data["likely"] = ["much", "little"]


@pytest.mark.parametrize("spoil", [_without_end, _too_small, _not_finite, _in_words])
def test_what_is_no_policy_is_refused(spoil: Any) -> None:
    data = json.loads(json.dumps(dump(fixed())))
    spoil(data)
    with pytest.raises(BadInputError, match="no policy"):
        policy_from(data)


def test_a_policy_of_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="version 99"):
        policy_from({**dump(fixed()), "version": 99})
    for text in ("", "[]", "{}", "null", '{"version": 1}'):
        (tmp_path / "p.json").write_text(text)
        with pytest.raises(BadInputError, match="policy"):
            load(tmp_path / "p.json")
    with pytest.raises(BadInputError):
        load(tmp_path / "none.json")
