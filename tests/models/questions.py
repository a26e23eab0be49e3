"""Questions about who is seen on marked pictures, with their answers; many for the same pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from tests.models.players import COLOURS, Player, caption
from tests.models.scenes import kits

if TYPE_CHECKING:
    from tests.models.clips import Seen

UNTOLD: Final = "walking"
"""The pose of somebody of whom nothing is to be told."""
_TRIES: Final = 8
_FIELDS: Final = (
    ("shirt",), ("shirt",), ("shirt",), ("shirt",), ("shirt", "shorts"), ("shorts",), ("shirt", "pose"),
    ("shirt", "pose"), ("pose",), ("shirt", "ball"), ("ball",),
)  # fmt: skip
NOBODY: Final = '{"id": "none"}'

Wanted = tuple[Player, frozenset[str]]
"""Who is looked for, and the fields of it that are asked."""


def another(
    seen: Sequence[Sequence[Seen]], seconds: Sequence[int], rng: np.random.Generator, *, several: bool = True
) -> tuple[Wanted, str, str] | None:
    """(who, the question's words, the right answer); None where none was found.

    seen: by picture. several: whether the answer may be more than one person.
    """
    everybody = [one.player for people in seen for one in people if one.player.shirt in COLOURS]
    for _ in range(_TRIES if everybody else 0):
        wanted = everybody[int(rng.integers(len(everybody)))]
        if rng.random() < 0.3:
            also = everybody[int(rng.integers(len(everybody)))]
            wanted = wanted._replace(shorts=also.shorts, pose=also.pose, ball=also.ball)
        if rng.random() < 0.1:
            wanted = wanted._replace(shirt=COLOURS[int(rng.integers(len(COLOURS)))])
        asked = frozenset(_FIELDS[int(rng.integers(len(_FIELDS)))])
        if not _may_ask(wanted, asked):
            continue
        found = answer(seen, seconds, (wanted, asked))
        if found is None or (found.startswith("[") and not several):
            continue
        if found != NOBODY or rng.random() < 0.5:
            return (wanted, asked), caption(wanted, rng, asked), found
    return None


def _may_ask(wanted: Player, asked: frozenset[str]) -> bool:
    if ("ball" in asked and not wanted.ball) or ("pose" in asked and wanted.pose == UNTOLD):
        return False
    return wanted[:2] not in kits(apart=True) and ("shorts" not in asked or wanted.shorts in COLOURS)


def fits(player: Player, wanted: Wanted) -> bool:
    return all(getattr(player, field) == getattr(wanted[0], field) for field in wanted[1])


def answer(seen: Sequence[Sequence[Seen]], seconds: Sequence[int], wanted: Wanted) -> str | None:
    """As the prompt wants it: one object, several in a list, or none. None where somebody fits in two stretches, or
    where it cannot be told."""
    fitting: dict[int, list[int]] = {}
    worn = wanted[1] - {"pose"}
    for k, people in enumerate(seen):
        for one in people:
            if one.number is None:
                continue
            if "pose" in wanted[1] and one.player.pose == UNTOLD and fits(one.player, (wanted[0], worn)):
                return None
            if fits(one.player, wanted):
                fitting.setdefault(one.number, []).append(k)
    if any(rows[-1] - rows[0] + 1 != len(rows) for rows in fitting.values()):
        return None
    said = [
        f'{{"id": {number}, "start": {seconds[rows[0]]}, "end": {seconds[rows[-1]]}}}'
        for number, rows in sorted(fitting.items())
    ]
    return NOBODY if not said else said[0] if len(said) == 1 else f"[{', '.join(said)}]"
