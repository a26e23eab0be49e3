"""Trains the policy by reward: REINFORCE with the mean of a group of rollouts as baseline, as in GRPO.

For each query a group of rollouts is drawn: each picks one candidate by the order, takes or refuses every candidate,
and moves both ends of every span. What was picked earns its reward (`rewards`); the ends earn the reward of their
candidate; taking earns 1 where the candidate is right (vIoU above 0.3, as R@1 counts) and 0 where not, refusing
`worth_of_refusing` always. Each is held against the mean of its group (Shao et al., "DeepSeekMath", arXiv 2402.03300):

    A_g = (r_g - mean(r)) / (std(r) + floor)

with a floor under the deviation, as a group in which all is nearly equal teaches nothing; the rewards of taking are not
divided at all (Liu et al., "Understanding R1-Zero-like training", arXiv 2503.20783, divide none). An entropy bonus
keeps it trying; against a policy that training started from, a KL term keeps the order and the taking near where they
were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grounding.calibrate import RIGHT_ABOVE
from grounding.logistic import regress, sigmoid
from grounding.rl.judge import SELDOM
from grounding.rl.network import Adam, Array, Layers, Weights, softmax
from grounding.rl.policy import INPUTS, PARTS, Policy, Scale
from grounding.rl.problems import SHIFTS, Problem
from grounding.rl.rewards import RewardName

MIDDLE: Final = len(SHIFTS) // 2
NONE: Final = -1e9
"""Logit of a candidate that is not there."""


@dataclass(frozen=True, slots=True)
class Config:
    """How the policy is trained. ValueError for what cannot be meant.

    steps: of policy gradient, after `warm_up` steps of imitating the rule. group: rollouts of each query; batch:
    queries a step. noise: added to the measures, in units of their spread; with a few hundred queries the network
    otherwise learns them by heart. worth_of_refusing: how likely a candidate must be right to be taken; small, so that
    what the rule left open stays open unless it is nearly always wrong. every: steps between checkpoints.
    """

    reward: RewardName = "additive"
    seed: int = 0
    steps: int = 1900
    warm_up: int = 100
    batch: int = 32
    group: int = 12
    hidden: int = 8
    rate: float = 3e-3
    decay: float = 0.2
    entropy: float = 0.02
    kl: float = 0.0
    floor: float = 0.05
    noise: float = 0.3
    worth_of_refusing: float = SELDOM
    every: int = 25

    def __post_init__(self) -> None:
        if min(self.batch, self.hidden, self.every) < 1 or self.group < 2 or min(self.steps, self.warm_up) < 0:
            raise ValueError("training needs at least one query a step, two rollouts a group and one hidden unit")


@dataclass(slots=True)
class State:
    """All that training goes on from: kept as a checkpoint, two runs from the same one are equal."""

    step: int
    weights: Weights
    scales: dict[str, Scale]
    adam: Adam
    random: np.random.Generator
    curve: list[dict[str, float]] = field(default_factory=list)

    def policy(self, likely: tuple[float, float] = (1.0, 0.0), about: dict[str, Any] | None = None) -> Policy:
        layers = {name: Layers(**{key: self.weights[f"{name}.{key}"] for key in _KEYS}) for name in PARTS}
        return Policy(self.scales, layers, likely, about or {})


_KEYS: Final = ("w1", "b1", "w2", "b2")


@dataclass(frozen=True, slots=True, eq=False)
class Arena:
    """Problems side by side: (Q, N, ...) arrays, N the most candidates of any; there: (Q, N) which of them exist.

    measures: by part, scaled; reward: (Q, N, S, S); right: (Q, N, S, S); first: (Q,) the first hit of the rule;
    teaches: (Q, 4) order, accept, start, end.
    """

    measures: dict[str, Array]
    there: NDArray[np.bool_]
    reward: NDArray[np.float32]
    right: NDArray[np.bool_]
    first: NDArray[np.int64]
    taken: NDArray[np.bool_]
    teaches: Array

    @classmethod
    def of(cls, problems: Sequence[Problem], scales: dict[str, Scale], reward: RewardName) -> Arena:
        most = max(len(one) for one in problems)
        size = (len(problems), most)
        measures = {part: np.zeros((*size, INPUTS[part])) for part in PARTS}
        there, taken = np.zeros(size, bool), np.zeros(size, bool)
        tables = np.zeros((*size, len(SHIFTS), len(SHIFTS)), np.float32)
        right = np.zeros(tables.shape, bool)
        for q, one in enumerate(problems):
            n = len(one)
            there[q, :n], taken[q, :n] = True, one.taken
            tables[q, :n], right[q, :n] = one.rewards[reward], one.v_iou > RIGHT_ABOVE
            for part in PARTS:
                measures[part][q, :n] = scales[part](getattr(one, part))
        first = np.array([int(one.rule.argmin()) for one in problems], np.int64)
        teaches = np.array([[t.order, t.accept, t.start, t.end] for t in (one.teaches for one in problems)])
        return cls(measures, there, tables, right, first, taken, teaches)


def scales_of(problems: Sequence[Problem]) -> dict[str, Scale]:
    return {part: Scale.of(np.concatenate([getattr(one, part) for one in problems])) for part in PARTS}


def begin(problems: Sequence[Problem], config: Config, start: Policy | None = None) -> State:
    """Before the first step; `start`: a policy to go on from, with its scales."""
    random = np.random.default_rng(config.seed)
    scales = dict(start.scales) if start else scales_of(problems)
    weights: Weights = {}
    for part in PARTS:
        layers = start.layers[part] if start else _fresh(part, config.hidden, random)
        weights |= {f"{part}.{key}": value.copy() for key, value in layers.weights().items()}
    return State(0, weights, scales, Adam.of(weights, config.rate, config.decay), random)


def _fresh(part: str, hidden: int, random: np.random.Generator) -> Layers:
    return Layers.fresh(INPUTS[part], hidden, 2 if part == "judge" else len(SHIFTS), random)


def train(
    problems: Sequence[Problem], config: Config, state: State, reference: Policy | None = None
) -> Iterator[State]:
    """Goes on from `state` to the last step; gives the state every `config.every` steps and in the end.

    problems: with candidates; those without are left out. reference: what `config.kl` holds the judging near to. The
    same state is given each time, further on: whoever keeps a checkpoint writes it before asking for the next.
    """
    asked = [one for one in problems if len(one)]
    if not asked:
        raise ValueError("there is nothing to learn from: no query has a candidate")
    arena = Arena.of(asked, state.scales, config.reward)
    held = _Held.of(reference, arena) if reference and config.kl else None
    while state.step < config.warm_up + config.steps:
        chosen = state.random.integers(len(asked), size=min(config.batch, len(asked)))
        policy = state.policy()
        inputs = {part: _shaken(arena.measures[part][chosen], config.noise, state.random) for part in PARTS}
        outputs = {part: policy.layers[part](inputs[part]) for part in PARTS}
        if state.step < config.warm_up:
            slopes, seen = _imitate(arena, chosen, outputs)
        else:
            slopes, seen = _reinforce(arena, chosen, outputs, config, state.random, held)
        gradient = _gradient(policy, inputs, arena.there[chosen], slopes)
        state.weights = state.adam.step(state.weights, gradient)
        state.step += 1
        state.curve.append({"step": state.step, **seen})
        if state.step % config.every == 0 or state.step == config.warm_up + config.steps:
            yield state


def _shaken(measures: Array, noise: float, random: np.random.Generator) -> Array:
    """Measures never twice the same, so that no candidate can be known again by them."""
    return measures + noise * random.normal(size=measures.shape) if noise else measures


def _gradient(policy: Policy, inputs: dict[str, Array], there: NDArray[np.bool_], slopes: dict[str, Array]) -> Weights:
    out: Weights = {}
    for part in PARTS:
        found = policy.layers[part].gradient(inputs[part][there], slopes[part][there])
        out |= {f"{part}.{key}": value for key, value in found.items()}
    return out


def _order(outputs: dict[str, Array], there: NDArray[np.bool_]) -> Array:
    return np.where(there, outputs["judge"][..., 0], NONE)


def _imitate(
    arena: Arena, chosen: NDArray[np.int64], outputs: dict[str, Array]
) -> tuple[dict[str, Array], dict[str, float]]:
    """Cross-entropy to what the rule does: its first hit, its refusals, its ends."""
    there = arena.there[chosen]
    count = len(chosen)
    picks = softmax(_order(outputs, there))
    wanted = np.eye(picks.shape[1])[arena.first[chosen]]
    taken = sigmoid(outputs["judge"][..., 1])
    judge = np.stack([(picks - wanted) / count, (taken - arena.taken[chosen]) * there / there.sum()], axis=-1)
    stay = np.eye(len(SHIFTS))[MIDDLE]
    ends = {part: (softmax(outputs[part]) - stay) / there.sum() for part in ("start", "end")}
    loss = -float(np.log(np.maximum((picks * wanted).sum(1), 1e-9)).mean())
    return {"judge": judge, **ends}, {"imitation": loss}


def _reinforce(
    arena: Arena,
    chosen: NDArray[np.int64],
    outputs: dict[str, Array],
    config: Config,
    random: np.random.Generator,
    held: _Held | None,
) -> tuple[dict[str, Array], dict[str, float]]:
    """Slopes of the loss by the outputs, from one group of rollouts a query; and what to log."""
    there, teaches = arena.there[chosen], arena.teaches[chosen]
    group, (count, most) = config.group, there.shape
    order, odds = _order(outputs, there), outputs["judge"][..., 1]
    picks, taking = softmax(order), sigmoid(odds)
    moves = {part: softmax(outputs[part]) for part in ("start", "end")}
    starts, ends = (_draw(moves[part], group, random) for part in ("start", "end"))
    picked = _draw(picks, group, random)
    took = random.random((group, count, most)) < taking
    queries, rows = chosen[None, :, None], np.arange(most)[None, None, :]
    earned = arena.reward[queries, rows, starts, ends].astype(np.float64)
    right = arena.right[queries, rows, starts, ends]
    decided = np.where(took, right, config.worth_of_refusing)
    gained = np.take_along_axis(earned, picked[..., None], axis=2)[..., 0]

    share = picks * count / np.maximum(count, 1) + 1.0 / np.maximum(there.sum(1, keepdims=True), 1)
    share = np.where(there, share / 2, 0.0)
    judge = np.zeros((count, most, 2))
    judge[..., 0] = _choice_slope(picks, picked, _advantage(gained, config.floor)) - config.entropy * _lift(picks)
    judge[..., 0] *= teaches[:, :1]
    even = there / np.maximum(there.sum(1, keepdims=True), 1)
    # Not divided by the deviation: that would make the small worth of refusing as loud as the large one of a right hit.
    accept = -((decided - decided.mean(0)) * (took - taking)).mean(0)
    accept += config.entropy * odds * taking * (1 - taking)
    judge[..., 1] = accept * even * teaches[:, 1:2]
    if held is not None:
        judge += config.kl * held.slope(chosen, picks, odds, taking, even)
    slopes = {"judge": judge / count}
    better = _advantage(earned, config.floor)
    for k, (part, drawn) in enumerate((("start", starts), ("end", ends)), start=2):
        slope = _choice_slope(moves[part], drawn, better) - config.entropy * _lift(moves[part])
        slopes[part] = slope * share[..., None] * teaches[:, k][:, None, None] / count
    seen = {
        "reward": float(gained.mean()),
        "decided": float((decided * even).sum(2).mean()),
        "entropy": float(_entropy(picks).mean()),
        "moved": float((np.abs(np.array(SHIFTS)[starts]) * even).sum(2).mean()),
    }
    return slopes, seen


def _draw(likely: Array, group: int, random: np.random.Generator) -> NDArray[np.int64]:
    """(group, ...) choices over the last axis."""
    reached = likely.cumsum(axis=-1)
    drawn = random.random((group, *likely.shape[:-1], 1)) * reached[..., -1:]
    return np.asarray((drawn >= reached).sum(axis=-1), np.int64)


def _advantage(rewards: Array, floor: float) -> Array:
    """Over the first axis, the group."""
    return np.asarray((rewards - rewards.mean(0)) / (rewards.std(0) + floor))


def _choice_slope(likely: Array, drawn: NDArray[np.int64], advantage: Array) -> Array:
    """Of -mean(A log p(drawn)) by the logits: likely (..., K), drawn and advantage (group, ...)."""
    rows = likely[..., 0].size
    places = (np.arange(rows) * likely.shape[-1] + drawn.reshape(len(drawn), rows)).ravel()
    weights = np.bincount(places, advantage.ravel(), likely.size).reshape(likely.shape) / len(drawn)
    return np.asarray(likely * weights.sum(-1, keepdims=True) - weights)


def _entropy(likely: Array) -> Array:
    return np.asarray(-(likely * np.log(np.maximum(likely, 1e-12))).sum(-1))


def _lift(likely: Array) -> Array:
    """Slope of the entropy by the logits."""
    return np.asarray(-likely * (np.log(np.maximum(likely, 1e-12)) + _entropy(likely)[..., None]))


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """What another policy says of all problems: log probabilities of picking (Q, N), odds of taking (Q, N)."""

    picks: Array
    odds: Array

    @classmethod
    def of(cls, reference: Policy, arena: Arena) -> _Held:
        outputs = {"judge": reference.layers["judge"](arena.measures["judge"])}
        picks = softmax(_order(outputs, arena.there))
        return cls(np.log(np.maximum(picks, 1e-12)), outputs["judge"][..., 1])

    def slope(self, chosen: NDArray[np.int64], picks: Array, odds: Array, taking: Array, even: Array) -> Array:
        """Of KL(policy || reference) by the outputs of "judge"."""
        apart = np.log(np.maximum(picks, 1e-12)) - self.picks[chosen]
        order = picks * (apart - (picks * apart).sum(-1, keepdims=True))
        take = taking * (1 - taking) * (odds - self.odds[chosen]) * even
        return np.stack([order, take], axis=-1)


def finish(state: State, problems: Sequence[Problem], config: Config, about: dict[str, Any] | None = None) -> Policy:
    """The trained policy; how likely its candidates are right is fitted on all of `problems` that have a whole list."""
    policy = state.policy()
    asked = [one for one in problems if len(one) and one.teaches.order > 0]
    likely = (1.0, 0.0)
    if asked:
        orders = np.concatenate([policy.raw("judge", one.judge)[:, 0] for one in asked])
        right = np.concatenate([_right_as_moved(policy, one) for one in asked])
        if 0 < right.sum() < len(right):
            weights, offset = regress(orders[:, None], right)
            likely = (max(float(weights[0]), 1e-3), offset)
    return state.policy(likely, {"config": asdict(config), **(about or {})})


def _right_as_moved(policy: Policy, one: Problem) -> Array:
    starts, ends = (policy.raw(part, getattr(one, part)).argmax(-1) for part in ("start", "end"))
    return np.asarray(one.v_iou[np.arange(len(one)), starts, ends] > RIGHT_ABOVE, np.float64)
