"""Clips made of candidates and true moments, grouped and marked exactly as the product does it when it asks a model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from grounding.retrieve.tubes import cut_tube
from grounding.rl.rewards import meant
from grounding.rl.trajectories import Replaced, RuleWriter, Task, Writer, grounded
from grounding.tuning.examples import FITS, Example, fits, longest
from grounding.types import Candidate, Image, Query, Span, Tube
from grounding.verify.looking.films import Films
from grounding.verify.looking.groups import Group, grouped
from grounding.verify.looking.verifier import shown_of

Why = Literal["no picture", "several are right", "hardly covered", "one too many without an answer"]

WITHOUT: Final = 0.2
"""Share of the clips of a set in which nothing marked answers the question; a search proposes many more."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A question with what is proposed for it, best first, and the moments of the video that answer it."""

    query: Query
    candidates: Sequence[Candidate]
    true: Sequence[Tube]
    kind: str = ""
    group: str = ""


@dataclass(slots=True)
class Counts:
    """How many clips were made, and how many were not for what."""

    made: int = 0
    without: int = 0
    dropped: Counter[Why] = field(default_factory=Counter)


def clips(
    asked: Iterable[Asked], films: Films, counts: Counts, *, most: int = 2, thoughts: Writer | None = None
) -> Iterator[tuple[Example, list[Image]]]:
    """Clips with their pictures, at most `most` of each question, its best candidates first.

    counts: filled as they are made. thoughts: who writes the reasoning, where something was measured.
    Raises:
        BadInputError: a film is gone or cannot be read.
    """
    for number, one in enumerate(asked):
        for place, group in enumerate(grouped(one.candidates, one.query.text)[:most]):
            members = [one.candidates[i] for i in group.members]
            shown = shown_of(films, group, members)
            made = _made(one, group, members, [second for second, _ in shown])
            if (
                isinstance(made, Example)
                and not made.true
                and counts.without >= WITHOUT / (1 - WITHOUT) * (counts.made - counts.without + 1)
            ):
                made = "one too many without an answer"
            if not isinstance(made, Example):
                counts.dropped[made] += 1
                continue
            counts.made += 1
            counts.without += not made.true
            if thoughts is not None:
                made = replace(made, thought=_thought(one.query, made, members, shown[0][0], thoughts))
            yield replace(made, name=f"{_plain(one.group)}-{number:04d}-{place}"), [picture for _, picture in shown]


def _made(one: Asked, group: Group, members: Sequence[Candidate], seconds: Sequence[int]) -> Example | Why:
    """The clip of a group, or why it cannot be learnt from: its answer has to be one number beyond doubt."""
    if not seconds:
        return "no picture"
    first = seconds[0]
    clip = Span(float(first), float(seconds[-1] + 1))
    tubes = {number: _moved(c.tube, clip) for number, c in zip(group.ids, members, strict=True)}
    seen = {number: tube for number, tube in tubes.items() if tube is not None}
    true = [tube for tube in (_moved(tube, clip) for tube in one.true) if tube is not None]
    right = {meant(seen, tube) for tube in true}
    if any(number is not None and fits(seen[number], tube) <= FITS for tube in true for number in [meant(seen, tube)]):
        return "hardly covered"
    numbers = right - {None}
    if len(numbers) > 1:
        return "several are right"
    if set(seen) != set(group.ids):
        return "no picture"
    covered = tuple(tube for tube in true if meant(seen, tube) is not None)
    return Example(
        name="", question=" ".join(one.query.text.split()), ids=group.ids,
        seconds=tuple(second - first for second in seconds), pictures=(), tubes=seen, true=covered, kind=one.kind,
        group=one.group,
    )  # fmt: skip


def _moved(tube: Tube, clip: Span) -> Tube | None:
    """The part of a tube inside a clip, its times counted from the clip's first second."""
    cut = cut_tube(tube, clip)
    return None if cut is None else Tube(cut.times - clip.start, cut.boxes, cut.step)


def _thought(query: Query, example: Example, members: Sequence[Candidate], first: int, writer: Writer) -> str:
    """What a writer says of the clip, held against the truth; "" where it cannot be used."""
    if not example.true or not any(one.evidence for one in members):
        return ""
    targets = {
        number: _from_first(one, example.tubes[number], first, example.length)
        for number, one in zip(example.ids, members, strict=True)
    }
    task = Task(query, targets, longest(example.true))
    found = grounded(writer.write(task), task)
    match = re.search(r"<think>(.*?)</think>", found.text, re.DOTALL) if isinstance(found, Replaced) else None
    return match[1].strip() if match else ""


def _from_first(one: Candidate, tube: Tube, first: int, length: int) -> Candidate:
    """A candidate with its times counted from the clip's first second."""
    evidence = [replace(e, second=e.second - first) for e in one.evidence if 0 <= e.second - first < length]
    span = Span(max(0.0, one.span.start - first), max(0.0, one.span.end - first))
    return replace(one, tube=tube, span=span, evidence=evidence)


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:60] or "clip"


__all__ = ["Asked", "Counts", "RuleWriter", "Why", "clips"]
