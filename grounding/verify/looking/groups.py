"""Which candidates are shown to the model together, under which numbers, and in which seconds."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grounding.geometry import intersect
from grounding.types import Candidate, Span

MARGIN: Final = 1
"""Seconds shown before and after a candidate's span, so that its beginning and end can be told; a proposal is hardly
ever further off, and every second is a picture for each candidate."""
MOST_SECONDS: Final = 24
"""Pictures shown at once; longer spans are shown with every second, third ... second left out."""
MOST_MEMBERS: Final = 6
"""More numbers than this on one picture are hard to tell apart."""


@dataclass(frozen=True, slots=True)
class Group:
    """Candidates of one video that are asked about together.

    members: indices into the candidates; ids: the number each is marked with, in the same order; seconds: the whole
    seconds of the video that are shown.
    """

    video: str
    members: tuple[int, ...]
    ids: tuple[int, ...]
    seconds: tuple[int, ...]


def grouped(candidates: Sequence[Candidate], text: str = "") -> list[Group]:
    """Groups in the order of their best (first) candidate; each candidate is in exactly one.

    Candidates whose spans overlap in time go together, as many as can be told apart; two spans of one track never do,
    since one person would have two numbers. Numbers go by the tracks' own, not by rank, so that a model cannot guess
    what is thought to be best; a number that the question speaks of is left out, as it means a shirt.

    Args:
        candidates: best first.
        text: the question.
    """
    gathered: list[list[int]] = []
    for index, one in enumerate(candidates):
        home = next((members for members in gathered if _fits(one, [candidates[i] for i in members])), None)
        if home is None:
            gathered.append([index])
        else:
            home.append(index)
    spoken = {int(number) for number in re.findall(r"\d{1,2}", text)}
    return [_group(candidates, members, spoken) for members in gathered]


def _fits(one: Candidate, others: Sequence[Candidate]) -> bool:
    if len(others) >= MOST_MEMBERS or one.video != others[0].video:
        return False
    if any(set(one.track_ids) & set(other.track_ids) for other in others):
        return False
    if not any(intersect(one.span, other.span) for other in others):
        return False
    spans = [one.span, *(other.span for other in others)]
    widest = max(span.end for span in spans) - min(span.start for span in spans)
    return widest <= max(MOST_SECONDS - 2 * MARGIN, *(span.length for span in spans))


def _group(candidates: Sequence[Candidate], members: Sequence[int], spoken: set[int]) -> Group:
    ordered = sorted(members, key=lambda i: candidates[i].track_ids)
    free = (number for number in range(1, 1 + len(ordered) + len(spoken)) if number not in spoken)
    ids = tuple(next(free) for _ in ordered)
    first, end = clip_of([candidates[i].span for i in ordered])
    return Group(candidates[members[0]].video, tuple(ordered), ids, shown_seconds(first, end, MOST_SECONDS))


def clip_of(spans: Sequence[Span]) -> tuple[int, int]:
    """The whole seconds [first, end) of the spans with a margin; the video may turn out to end before."""
    first = math.floor(max(0.0, min(span.start for span in spans) - MARGIN))
    return first, max(first + 1, math.ceil(max(span.end for span in spans) + MARGIN - 1e-6))


def shown_seconds(first: int, end: int, most: int) -> tuple[int, ...]:
    """Every second of [first, end), or every k-th where those are more than `most`."""
    step = max(1, math.ceil((end - first) / most))
    return tuple(range(first, end, step))
