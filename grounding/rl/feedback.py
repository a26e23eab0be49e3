"""What reviewers said of moments, as problems to learn from; and the lesson they make together with a base set.

A reviewer speaks of one moment: it is right as it was shown, it is wrong, or it begins or ends elsewhere. Nothing is
said of the order, so nothing is learnt of it from them. The base set keeps what was learnt before: its queries count
in full for order and taking, and little for the ends, which are what a team has habits in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from grounding.retrieve.tubes import cut_tube
from grounding.rl.policy import Policy
from grounding.rl.problems import Problem, Teaches, problem
from grounding.rl.train import Config
from grounding.types import Candidate, Query, Span
from grounding.verify.predicates import PredicateVerifier

Judgement = Literal["right", "wrong", "corrected"]

SHARE: Final = 0.5
"""What reviewers said fills this share of the lesson, however little it is."""
ENDS_OF_BASE: Final = 0.1
"""How much the base set counts for the ends."""
LESSON: Final = Config(steps=600, warm_up=0, rate=2e-3, kl=0.5, entropy=0.02)
"""How a policy goes on from what reviewers said."""


def said(query: Query, candidate: Candidate, judgement: Judgement, span: Span, *, kind: str = "") -> Problem | None:
    """One thing said of one moment. None where it can teach nothing: no box lies in the span that was given.

    Args:
        query: as it was asked. candidate: as it was proposed, with its evidence and the boxes around it.
        span: as it was shown, or as it was corrected to.
    """
    judged = PredicateVerifier().judge(query, candidate)
    if judgement == "wrong":
        return problem(query, [(candidate, judged)], [], kind=kind, teaches=Teaches(0.0, 1.0, 0.0, 0.0))
    true = cut_tube(candidate.tube, span)
    if true is None:
        return None
    return problem(query, [(candidate, judged)], [true], kind=kind, teaches=Teaches(0.0, 1.0, 1.0, 1.0))


def kind_of(query: Query) -> str:
    """Of the five kinds of questions that coaches ask; "" where nothing can be measured."""
    kinds = {predicate.kind for predicate in query.predicates}
    who = bool(kinds & {"shirt_colour", "shorts_colour", "object", "name"})
    if "action" in kinds:
        return "action"
    if kinds & {"place", "motion", "direction", "relation"}:
        return "composite" if who or "number" in kinds else "spatial"
    return "number" if "number" in kinds else "appearance" if who else ""


def lesson(base: Sequence[Problem], given: Sequence[Problem]) -> list[Problem]:
    """A training set of both: the base as often as it is, what was given repeated to `SHARE` of the whole."""
    kept = [replace(one, teaches=replace(one.teaches, start=ENDS_OF_BASE, end=ENDS_OF_BASE)) for one in base]
    if not given:
        return kept
    times = max(1, round(SHARE / (1 - SHARE) * len(base) / len(given)))
    return [*kept, *(one for _ in range(times) for one in given)]


def config_for(policy: Policy, seed: int = 0) -> Config:
    """That of `LESSON`, with the size and the reward the policy was trained with."""
    about = policy.about.get("config", {})
    reward = about.get("reward", LESSON.reward) if isinstance(about, dict) else LESSON.reward
    return replace(LESSON, seed=seed, hidden=len(policy.layers["judge"].b1), reward=reward)
