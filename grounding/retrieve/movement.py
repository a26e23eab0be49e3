"""Motions, and whether "left" and "right" are a way to go or a place to be."""

from __future__ import annotations

from typing import Final

from grounding.retrieve.items import Line
from grounding.vocabulary import term

_PLAYS: Final = ("kicking", "passing", "shooting", "throwing")


def read_motions(line: Line) -> None:
    for at, item in enumerate(line.items):
        if item.role == "motion" and item.entry.value and not (item.entry.generic and _leads_somewhere(line, at)):
            line.add(at, "motion", item.entry.value, item.entry.terms)
            item.role = "motion_used"
        elif item.role == "motion":
            item.role = "motion_used"


def _leads_somewhere(line: Line, at: int) -> bool:
    following = line.next(at)
    return line.role(following) in ("side", "to_side", "direction", "motion", "place")


def read_sides(line: Line) -> None:
    for at, item in enumerate(line.items):
        if item.role == "side":
            moving = line.role(line.next(at, step=-1)) == "motion_used"
        elif item.role == "to_side":
            moving = line.lexicon.is_a(item.tokens[0][1], "towards") or _moves_before(line, at)
        else:
            continue
        side = item.entry.value
        if _plays_before(line, at):
            line.add(at, "direction", side)  # The way the ball goes, which is not measured.
        elif moving or side == "away":
            _add_direction(line, at, side, moving=moving)
        else:
            line.add(at, "place", side, (term("place", side), term("place", f"far {side}")))


def _add_direction(line: Line, at: int, side: str, *, moving: bool) -> None:
    following = line.next(at, skip=())
    from_somebody = side == "away" and following is not None and line.is_a(following, "from")
    if moving and not from_somebody:
        line.add(at, "direction", side, (term("direction", side),))
    else:
        line.items[at].role = "rest"


def _plays_before(line: Line, at: int) -> bool:
    """Whether the ball is played just before: "passes to the left"."""
    before = line.next(at, step=-1, skip=("stop", "unknown"))
    return before is not None and line.items[before].entry.value in _PLAYS


def _moves_before(line: Line, at: int) -> bool:
    """A motion said earlier in the same clause, not more than a few words back."""
    for i in range(at - 1, max(-1, at - 8), -1):
        if line.items[i].words == ",":
            return False
        if line.items[i].role == "motion_used" or line.lexicon.is_a(line.items[i].tokens[0][1], "with_ball"):
            return True
    return False
