"""What training the policy brings: on other matches, on kinds left out, by reward and tracks, for a habit. And what
anybody could bring who sees no more than is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from grounding.rl.feedback import config_for, lesson
from grounding.rl.policy import Policy
from grounding.rl.problems import SHIFTS, Problem
from grounding.rl.rewards import RewardName
from grounding.rl.scoring import KINDS, Row, agreement, table
from grounding.rl.train import Config, begin, finish, train

CORRECTIONS: Final = 50
REWARDS: Final[tuple[RewardName, ...]] = ("additive", "id", "coupled")


@dataclass(frozen=True, slots=True)
class Compared:
    """The rows of one kind: of the rule, and of each repeat's policy."""

    name: str
    before: Row
    after: tuple[Row, ...]

    def mean(self, measure: str) -> float:
        return float(np.mean([getattr(row, measure) for row in self.after]))

    def spread(self, measure: str) -> float:
        """Standard deviation over the repeats."""
        return float(np.std([getattr(row, measure) for row in self.after]))


@dataclass(frozen=True, slots=True)
class Habit:
    """What corrections of one habit taught: the mean move of the ends where the habit can be kept, in seconds; m_tIoU
    with what the habit asks for; and the rest, on the matches as they are: the policy's row with spans unmoved."""

    name: str
    start: float
    end: float
    m_tiou: float
    row: Row


@dataclass(frozen=True, slots=True)
class Reach:
    """What a judge without fault could make of candidates of which it is shown so many seconds more at either end:
    means (0..1) over those that show a true moment, with the best of all ends in what is shown."""

    margin: float
    candidates: int
    t_iou: float
    v_iou: float


def trained(problems: Sequence[Problem], config: Config, start: Policy | None = None) -> Policy:
    """One training in memory, from the first step to the last."""
    state = begin(problems, config, start)
    *_, last = train(problems, config, state, start)
    return finish(last, problems, config)


def compare(learn: Sequence[Problem], test: Sequence[Problem], config: Config, repeats: int) -> list[Compared]:
    """The rule and `repeats` policies with seeds from 0 on, by kind of query."""
    policies = [trained(learn, replace(config, seed=seed)) for seed in range(repeats)]
    return _compared(test, policies, config.reward)


def _compared(test: Sequence[Problem], policies: Sequence[Policy], reward: RewardName) -> list[Compared]:
    before = table(test, None, reward)
    after = [table(test, policy, reward) for policy in policies]
    return [Compared(row.kind, row, tuple(one[k] for one in after)) for k, row in enumerate(before)]


def left_out(learn: Sequence[Problem], test: Sequence[Problem], config: Config, repeats: int) -> Iterator[Compared]:
    """For each kind of query, policies that never saw one, on the queries of that kind."""
    for kind in KINDS:
        others, own = [one for one in learn if one.kind != kind], [one for one in test if one.kind == kind]
        if own and len(others) < len(learn):
            yield compare(others, own, config, repeats)[0]


def ablation(
    learn: Sequence[Problem],
    test: Sequence[Problem],
    tracked: Mapping[str, Sequence[Problem]],
    config: Config,
    repeats: int,
) -> Iterator[Compared]:
    """All queries, after training on each of the rewards; the column "reward" is always the additive one.

    tracked: by name, the problems of the test matches with tracks made at other rates or drawn in other ways; rows of
    these follow, judged by the policies of the additive reward, which saw the usual tracks alone.
    """
    usual: list[Policy] = []
    for reward in REWARDS:
        policies = [trained(learn, replace(config, reward=reward, seed=seed)) for seed in range(repeats)]
        usual = usual or policies
        yield replace(_compared(test, policies, "additive")[-1], name=reward)
    for name, problems in tracked.items():
        yield replace(_compared(problems, usual, "additive")[-1], name=f"{REWARDS[0]}, {name}")


def habits(
    learn: Sequence[Problem],
    corrections: Sequence[Problem],
    test: Sequence[Problem],
    test_corrections: Sequence[Problem],
    config: Config,
    repeats: int,
) -> Iterator[Habit]:
    """The rule, the policy before and after it learnt from `CORRECTIONS` corrections, for each repeat."""
    yield _habit("rule", None, test, test_corrections)
    for seed in range(repeats):
        before = trained(learn, replace(config, seed=seed))
        yield _habit(f"policy {seed}", before, test, test_corrections)
        order = np.random.default_rng(seed).permutation(len(corrections))[:CORRECTIONS]
        given = lesson(learn, [corrections[int(k)] for k in order])
        after = trained(given, config_for(before, seed), before)
        yield _habit(f"policy {seed} after {len(order)} corrections", after, test, test_corrections)


def reach(test: Sequence[Problem]) -> Iterator[Reach]:
    """By the margin that is shown around candidates, from none to the most that an end is ever moved by, seconds."""
    shifts = np.array(SHIFTS)
    for margin in sorted({abs(shift) for shift in SHIFTS if shift == int(shift)}):
        shown = np.ix_(shifts >= -margin, shifts <= margin)
        best = [
            (one.t_iou[k][shown].max(), one.v_iou[k][shown].max())
            for one in test if one.covered.size for k in np.flatnonzero(one.covered.any(axis=1))
        ]  # fmt: skip
        t_iou, v_iou = np.mean(best, axis=0) if best else (0.0, 0.0)
        yield Reach(margin, len(best), float(t_iou), float(v_iou))


def _habit(name: str, policy: Policy | None, test: Sequence[Problem], corrections: Sequence[Problem]) -> Habit:
    met = agreement(corrections, policy)
    return Habit(name, met.moved_start, met.moved_end, met.m_tiou or 0.0, table(test, policy, moves=False)[-1])
