"""Motions, and whether "left" and "right" are a way to go or a place to be."""

from __future__ import annotations

from grounding.retrieve.items import Line
from grounding.vocabulary import term

_WITH_BALL = ("carrying", "carries", "dribbling", "dribbles", "chasing", "chases", "bouncing")
"""Words of `relation:near ball` that also say that somebody moves."""


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
            moving = item.words.startswith("towards") or _moves_before(line, at)
        else:
            continue
        side = item.entry.value
        if moving or side == "away":
            _add_direction(line, at, side, moving=moving)
        else:
            line.add(at, "place", side, (term("place", side), term("place", f"far {side}")))


def _add_direction(line: Line, at: int, side: str, *, moving: bool) -> None:
    following = line.next(at, skip=())
    from_somebody = side == "away" and following is not None and line.items[following].words == "from"
    if moving and not from_somebody:
        line.add(at, "direction", side, (term("direction", side),))
    else:
        line.items[at].role = "rest"


def _moves_before(line: Line, at: int) -> bool:
    """A motion said earlier in the same clause, not more than a few words back."""
    for i in range(at - 1, max(-1, at - 8), -1):
        if line.items[i].words == ",":
            return False
        if line.items[i].role == "motion_used" or line.items[i].tokens[0][1] in _WITH_BALL:
            return True
    return False
