"""How a model that looks is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grounding.rl.rewards import RewardName

Stage = Literal["sft", "grpo", "both"]


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of a training. ValueError for what cannot be meant.

    stage: imitation of true answers ("sft"), GRPO ("grpo"), or one after the other. warm_up, steps: steps of each.
    batch: rows of a step of imitation; prompts, group: clips of a step of GRPO, and answers drawn for each; at_once:
    rows in memory at a time. warm_rate, rate: of learning. rank: of the adapter, whose scale is twice that; vision:
    whether the part that sees gets an adapter too. kl: weight of the KL term that holds GRPO near to where it began.
    form: weight of the form of an answer beside its reward of 0 to 2. tokens: most of an answer. judging, thoughts:
    see `lessons.imitations`. recompute: saves memory for a third more time. every: steps between checkpoints; look:
    steps between two looks at the clips held out, 0 for none but before and after each stage.
    """

    stage: Stage = "both"
    reward: RewardName = "additive"
    seed: int = 0
    warm_up: int = 200
    steps: int = 300
    batch: int = 8
    prompts: int = 4
    group: int = 8
    at_once: int = 8
    warm_rate: float = 2e-4
    rate: float = 5e-5
    rank: int = 16
    vision: bool = False
    kl: float = 0.0
    form: float = 0.1
    temperature: float = 1.0
    tokens: int = 64
    judging: bool = True
    thoughts: bool = False
    recompute: bool = False
    every: int = 25
    look: int = 50

    def __post_init__(self) -> None:
        if min(self.batch, self.prompts, self.at_once, self.rank, self.every, self.tokens) < 1 or self.group < 2:
            raise ValueError("training needs at least one row a step, two answers a group, and a rank of one")
        if self.batch % min(self.batch, self.at_once) or (self.prompts * self.group) % self._rollouts:
            raise ValueError("rows of a step have to be a multiple of those in memory at a time")
        if self.stages and min(self.length(one) for one in self.stages) < 1:
            raise ValueError("a stage needs at least one step")

    @property
    def stages(self) -> tuple[Literal["sft", "grpo"], ...]:
        return ("sft", "grpo") if self.stage == "both" else (self.stage,)

    @property
    def _rollouts(self) -> int:
        return min(self.at_once, self.prompts * self.group)

    def length(self, stage: Literal["sft", "grpo"]) -> int:
        """Steps of a stage."""
        return self.warm_up if stage == "sft" else self.steps

    def rows(self, stage: Literal["sft", "grpo"]) -> tuple[int, int]:
        """(rows in memory at a time, how often those make a step)."""
        whole = self.batch if stage == "sft" else self.prompts * self.group
        once = min(self.at_once, whole)
        return once, whole // once
