"""What happens in a clip: who is there, who has a red number, and who is looked for. Without any picture."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

import numpy as np

from tests.models.players import COLOURS, NUMBERS, POSES, Player, split

Kind = Literal["who", "pose", "ball"]
KINDS: Final[tuple[Kind, ...]] = ("who", "pose", "ball")
"""Asked by clothes alone; by clothes and what they do; by clothes and that they have the ball. The last two hold in a
part of the pictures only."""

MOST_PEOPLE: Final = 5
NONE: Final = 0.2
"""Share of clips in which nobody numbered is looked for."""
_EXTRAS: Final = 3
_EVENTS: Final = ("arms raised", "diving", "kicking", "running")

Kit = tuple[str, str]


class Scene:
    """Who does what in which picture, without where and how it looks.

    people: for each person their player in each picture. ids: red numbers of those that have one, by person; shown:
    the pictures (from, to) in which they have it. target: the person looked for, or None.
    """

    def __init__(self, rng: np.random.Generator, kind: Kind, count: int, numbered: int, apart: bool) -> None:
        self._rng, self._kind, self._count = rng, kind, count
        worn = kits(apart)
        kit = worn[int(rng.integers(len(worn)))]
        event = _EVENTS[int(rng.integers(len(_EVENTS)))]
        self.wanted = Player(*kit, NUMBERS[0], event if kind == "pose" else "standing", kind == "ball")
        self.asked = self._fields()
        self.target: int | None = 0 if rng.random() >= NONE else None
        total = numbered + int(rng.integers(_EXTRAS + 1)) * int(rng.random() < 0.5)
        self.people = [self._person(k) for k in range(total)]
        free = list(range(1, MOST_PEOPLE + 2))
        if rng.random() < 0.9:
            free = free[:numbered]
        self.ids = {k: int(number) for k, number in enumerate(rng.permutation(free)[:numbered])}
        self.shown = [self._stretch(0.5) for _ in range(total)]
        if self.target is not None:
            self.people[0], self.shown[0] = self._target()
        if kind != "ball":
            self._give_ball()

    def holds(self, person: int, k: int) -> bool:
        """Whether they are marked in picture k and what is asked is true of them there."""
        return self.shown[person][0] <= k < self.shown[person][1] and self._fits(self.people[person][k])

    def _fits(self, player: Player) -> bool:
        return all(getattr(player, field) == getattr(self.wanted, field) for field in self.asked)

    def _fields(self) -> frozenset[str]:
        worn = (("shirt",), ("shirt",), ("shirt", "shorts"), ("shorts",))[int(self._rng.integers(4))]
        if self._kind == "who":
            return frozenset(worn)
        bare = self._rng.random() < 0.2
        return frozenset((self._kind, *(() if bare else worn[:1])))

    def _stretch(self, whole: float, least: int = 2) -> tuple[int, int]:
        """(from, to) of at least `least` pictures; all of them in a share of `whole`."""
        count = self._count
        if self._rng.random() < whole or count <= least:
            return 0, count
        length = int(self._rng.integers(least, count + 1))
        start = int(self._rng.integers(count - length + 1))
        return start, start + length

    def _target(self) -> tuple[list[Player], tuple[int, int]]:
        """Is it, throughout or for a while, and is marked for a while that has a part of that in it."""
        one = self._player(self.wanted[:2])
        if self._kind == "who":
            shown = self._stretch(0.3)
            return self._acting(one, 0.3), shown
        start, end = self._stretch(0.15)
        still = one._replace(pose="standing" if self.wanted.pose == "running" else one.pose, ball=False)
        does = still._replace(pose=self.wanted.pose) if self._kind == "pose" else still._replace(ball=True)
        row = [does if start <= k < end else still for k in range(self._count)]
        shown = self._stretch(0.7)
        if min(end, shown[1]) <= max(start, shown[0]):
            shown = 0, self._count
        return row, shown

    def _person(self, place: int) -> list[Player]:
        """Somebody who is never it, though often nearly."""
        for _ in range(50):
            row = self._acting(self._player(self._kit_beside()), 0.5)
            if self._kind == "ball" and self._rng.random() < 0.5:
                start, end = self._stretch(0.1)
                row = [one._replace(ball=start <= k < end) for k, one in enumerate(row)]
            if not any(self._fits(one) for one in row):
                return row
        other = next(colour for colour in COLOURS if colour not in self.wanted[:2])
        return [self._player((other, other))._replace(pose="standing")] * self._count

    def _kit_beside(self) -> Kit:
        """Of anybody else: like the wanted one above, below, in both or in nothing."""
        worn = kits(apart=False)
        alike = float(self._rng.random())
        if alike < 0.5:
            place = 0 if alike < 0.3 else 1
            worn = tuple(kit for kit in worn if kit[place] == self.wanted[place])
        elif alike < 0.6 and self.wanted[:2] in worn:
            return self.wanted[:2]
        return worn[int(self._rng.integers(len(worn)))]

    def _player(self, kit: Kit) -> Player:
        pose = POSES[int(self._rng.integers(2))]
        return Player(*kit, NUMBERS[int(self._rng.integers(len(NUMBERS)))], pose, ball=False)

    def _acting(self, one: Player, share: float) -> list[Player]:
        """The same throughout, or doing something for a while."""
        event = one.pose
        if self._rng.random() < share:
            often = self._kind == "pose" and self._rng.random() < 0.5
            event = self.wanted.pose if often else _EVENTS[int(self._rng.integers(len(_EVENTS)))]
        start, end = self._stretch(0.2)
        return [one._replace(pose=event) if start <= k < end else one for k in range(self._count)]

    def _give_ball(self) -> None:
        """To anybody or nobody: nothing is asked about it."""
        who = int(self._rng.integers(2 * len(self.people)))
        if who < len(self.people):
            self.people[who] = [one._replace(ball=True) for one in self.people[who]]


@cache
def kits(apart: bool) -> tuple[Kit, ...]:
    """The pairs of colours of shirt and shorts that are kept back from training, or those that are not."""
    kept = {(one.shirt, one.shorts) for one in split().apart}
    return tuple((a, b) for a in COLOURS for b in COLOURS if ((a, b) in kept) == apart)
