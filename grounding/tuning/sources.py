"""What clips are made of: questions, proposed targets and true moments of matches, of public sets, of reviewers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.geometry import intersect
from grounding.retrieve import parse
from grounding.retrieve.tubes import cut_tube
from grounding.rl.feedback import Judgement, kind_of
from grounding.tuning.clips import Asked
from grounding.types import Candidate, Query, Span, Tube

if TYPE_CHECKING:
    from grounding.data import Sample
    from grounding.synth import Answer, TrueTube, Truth
    from grounding.synth import Query as TrueQuery

OTHERS: Final = 4
"""Others that are marked beside who is meant, where nobody proposed any."""
WIDER: Final = 4.0
"""Seconds by which a made candidate reaches beyond its moment at most, on each side. Were it always as much, the clip
itself would tell the moment."""


def of_match(truth: Truth, queries: Sequence[TrueQuery], seed: int) -> Iterator[Asked]:
    """True tubes as candidates, without a tracker: who answers, and others that are in the picture then.

    For a question that nothing answers, anybody. seed: of the choice.
    """
    random = np.random.default_rng((seed, truth.seed))
    for query in queries:
        asked = parse(query.text)
        moments = query.answers[:2] if query.answers else _anybody(truth, random)
        for moment in moments:
            by_id = {tube.id: tube for tube in truth.tubes}
            home = by_id[moment.tube_id]
            around = [one for one in truth.tubes if one.shot == home.shot and one.id != home.id]
            near = [one for one in around if (both := intersect(one.span, moment.span)) and both.length >= 1.0]
            chosen = [near[i] for i in random.permutation(len(near))[:OTHERS]]
            spans = [_wider(moment.span, home.span, random)]
            spans += [_wider(moment.span, one.span, random) for one in chosen]
            found = [
                Candidate(truth.video, (one.id,), span, one.tube, (), 0.5)
                for one, span in zip([home, *chosen], spans, strict=True)
            ]
            true = [answer.tube for answer in query.answers]
            yield Asked(asked, found, true, query.kind, f"{truth.sport}-{truth.seed}")


def _anybody(truth: Truth, random: np.random.Generator) -> list[Answer]:
    from grounding.synth import Answer

    tube: TrueTube = truth.tubes[int(random.integers(len(truth.tubes)))]
    start = float(random.uniform(tube.span.start, max(tube.span.start, tube.span.end - 5.0)))
    span = Span(start, min(tube.span.end, start + 5.0))
    return [Answer(tube.player, tube.id, span, tube.tube)] if span.length >= 1.0 else []


def _wider(span: Span, room: Span, random: np.random.Generator) -> Span:
    start, end = random.uniform(0.0, WIDER, 2)
    inside = intersect(Span(max(0.0, span.start - start), span.end + end), room)
    return inside or room


def of_samples(samples: Sequence[Sample]) -> Iterator[Asked]:
    """Samples of a public set: who is meant beside others of the same video that the set knows in that time."""
    for place, one in enumerate(samples):
        if one.text is None:
            continue
        random = np.random.default_rng((place, len(samples)))
        others: dict[int, Tube] = {}
        for other in samples:
            for target in other.targets if other.video == one.video else ():
                if target.identity is not None and target.identity not in {own.identity for own in one.targets}:
                    known = others.get(target.identity)
                    others[target.identity] = target.tube if known is None else _joined(known, target.tube)
        for own in one.targets[:2]:
            identity = own.identity if own.identity is not None else 0
            near = {k: tube for k, tube in others.items() if intersect(tube.span, own.span)}
            chosen = [sorted(near)[i] for i in random.permutation(len(near))[:OTHERS]]
            tubes = {identity: own.tube, **{k: near[k] for k in chosen if k != identity}}
            found = [
                Candidate(one.video, (k,), _wider(own.span, _room(own.span), random), tube, (), 0.5)
                for k, tube in tubes.items()
            ]
            yield Asked(parse(one.text), found, [t.tube for t in one.targets], one.kind or "", one.video)


def _room(span: Span) -> Span:
    return Span(max(0.0, span.start - WIDER), span.end + WIDER)


def _joined(one: Tube, other: Tube) -> Tube:
    """Boxes of both, those of the first where they have a time in common."""
    times = np.concatenate([one.times, other.times])
    kept, places = np.unique(np.round(times, 6), return_index=True)
    return Tube(kept, np.concatenate([one.boxes, other.boxes])[places], one.step)


def of_reviewer(
    query: Query, candidate: Candidate, judgement: Judgement, span: Span, *, group: str = ""
) -> Asked | None:
    """One thing said of one moment, see `rl.feedback.said`: what is right answers, what is wrong does not.

    None where no box lies in the span that was given. It is shown alone: of others nothing was said.
    """
    if judgement == "wrong":
        return Asked(query, [candidate], [], kind_of(query), group)
    true = cut_tube(candidate.tube, span)
    if true is None:
        return None
    return Asked(query, [candidate], [true], kind_of(query), group)
