"""How good the rule and a policy are on the same problems, by kind of query and in all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grounding.calibrate import RIGHT_ABOVE
from grounding.logistic import sigmoid
from grounding.rl.judge import TAKEN, likely
from grounding.rl.network import Array
from grounding.rl.policy import Policy
from grounding.rl.problems import SHIFTS, Problem
from grounding.rl.rewards import RewardName

KINDS: Final = ("appearance", "spatial", "composite", "number", "action")
_STAY: Final = len(SHIFTS) // 2


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Of the first hit: R@1 (vIoU above 0.3), means of tIoU and vIoU, and of the reward; R@5: of
    the first five; recall: share of the true moments that some candidate shows which was not rejected; queries: how
    many had an answer."""

    kind: str
    queries: int
    r_at_1: float
    r_at_5: float
    m_tiou: float
    m_viou: float
    reward: float
    recall: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far reviewers are met: share of what they called right that is not refused, share of what they called wrong
    that is; mean tIoU with the spans they gave or left as they were; seconds, with sign, that starts and ends lie
    after theirs; None where nothing was said of it."""

    said: int
    right_kept: float | None
    wrong_refused: float | None
    m_tiou: float | None
    moved_start: float
    moved_end: float


def table(
    problems: Sequence[Problem], policy: Policy | None, reward: RewardName = "additive", *, moves: bool = True
) -> list[Row]:
    """A row for each kind that was asked, and a last one over all; policy None: the rule as it is.

    moves: False scores whom the policy puts first with the spans as the rule has them.
    """
    asked = [one for one in problems if one.answerable and one.teaches.order > 0]
    rows = {id(one): _measures(one, policy, reward, moves=moves) for one in asked}
    kinds = [*(kind for kind in KINDS if any(one.kind == kind for one in asked)), "all"]
    return [_row(kind, [rows[id(one)] for one in asked if kind in (one.kind, "all")]) for kind in kinds]


def agreement(problems: Sequence[Problem], policy: Policy | None) -> Agreement:
    """Over problems made of what reviewers said: one candidate each."""
    single = [one for one in problems if one.teaches.order == 0 and len(one) == 1]
    decided = [decide(one, policy) for one in single]
    taken = [bool(one.taken[0]) for one in decided]
    right = [k for k, one in enumerate(single) if one.answerable]
    wrong = [k for k, one in enumerate(single) if not one.answerable]
    spans = [k for k in right if single[k].teaches.start > 0]
    shifts = np.array([[SHIFTS[int(one.starts[0])], SHIFTS[int(one.ends[0])]] for one in decided]).reshape(-1, 2)
    overlaps = [float(single[k].t_iou[0, decided[k].starts[0], decided[k].ends[0]]) for k in spans]
    return Agreement(
        said=len(single),
        right_kept=_mean([float(taken[k]) for k in right]),
        wrong_refused=_mean([float(not taken[k]) for k in wrong]),
        m_tiou=_mean(overlaps),
        moved_start=float(shifts[:, 0].mean()) if len(shifts) else 0.0,
        moved_end=float(shifts[:, 1].mean()) if len(shifts) else 0.0,
    )


class Decided(NamedTuple):
    """(N,) each: the order, larger first; whether taken, whether not rejected; the index of the move of the start, and
    of the end."""

    order: Array
    taken: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def decide(one: Problem, policy: Policy | None) -> Decided:
    """What the policy does with a problem; None: what the rule does."""
    if policy is None:
        stay = np.full(len(one), _STAY, np.int64)
        return Decided(-one.rule.astype(np.float64), one.taken, one.taken, stay, stay)
    judge = policy.raw("judge", one.judge)
    starts, ends = (policy.raw(part, getattr(one, part)).argmax(axis=-1) for part in ("start", "end"))
    taken = np.asarray(sigmoid(judge[:, 1]) >= TAKEN)
    # As `judge._verdict` and `rank`: what the rule left open is never rejected, what it rejects may come back.
    kept = taken | one.taken
    return Decided(likely(policy, judge[:, 0], taken) - ~kept, taken, kept, starts, ends)


def _measures(one: Problem, policy: Policy | None, reward: RewardName, *, moves: bool) -> list[float]:
    moments = one.covered.shape[1]
    if not len(one):
        return [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, float(moments)]
    order, _, kept, starts, ends = decide(one, policy)
    first = np.argsort(-order, kind="stable")[:5]
    at = (first, starts[first], ends[first]) if moves else (first, _STAY, _STAY)
    right = one.v_iou[at] > RIGHT_ABOVE
    worth = (one.t_iou, one.v_iou, one.rewards[reward])
    found = float(one.covered[kept].any(axis=0).sum()) if moments else 0.0
    return [float(right[0]), float(right.any()), *(float(table[at][0]) for table in worth), found, float(moments)]


def _row(kind: str, measures: Sequence[Sequence[float]]) -> Row:
    values = np.array(measures).reshape(-1, 7)
    first, five, t_iou, v_iou, reward = (
        float(one) for one in (values[:, :5].mean(axis=0) if len(values) else np.zeros(5))
    )
    recall = float(values[:, 5].sum()) / max(float(values[:, 6].sum()), 1.0)
    return Row(kind, len(values), first, five, t_iou, v_iou, reward, recall)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
