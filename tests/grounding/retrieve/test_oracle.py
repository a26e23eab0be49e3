"""The ceiling of parsing, candidates, verification and ranking: what they reach when every measurement is right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from grounding.evaluate import Question, nulls_right, score_match, table
from grounding.retrieve import parse
from grounding.retrieve.search import Found, search
from grounding.synth.arena import FPS, arena_of, stream
from grounding.synth.match import Match
from grounding.synth.observe import EVERY, Observer
from grounding.synth.queries import Asker
from grounding.synth.truth import Query, TrueTube
from grounding.types import Track, VideoIndex
from grounding.verify import PredicateVerifier
from tests.grounding.retrieve.made import index, track


def truth_of(sport: str, seed: int, seconds: int) -> tuple[tuple[TrueTube, ...], tuple[Query, ...]]:
    """What a match shows and asks, without drawing it."""
    match = Match.make(arena_of(sport), seed, seconds * FPS)
    observer = Observer(match.cast, match.motion, match.takes)
    for number, take in enumerate(match.takes):
        for frame in range(take.start, take.end):
            if frame % EVERY == 0:
                observer.see(frame, number, match.renderer.sight(frame, take.views[frame - take.start]))
    tubes = observer.tubes()
    return tubes, Asker(match.cast.actors, tubes, stream(seed, "queries")).write()


def oracle(tubes: Sequence[TrueTube], seconds: float) -> VideoIndex:
    """The index of a tracker and measurements without fault; roles are not measured."""

    def true_track(tube: TrueTube) -> Track:
        return track(
            tube.id + 1,
            tube.tube,
            lambda second: {
                "object:person": 1.0,
                **{name: 1.0 for name in tube.terms.get(second, ()) if not name.startswith("role:")},
            },
        )

    return index(*(true_track(tube) for tube in tubes), seconds=seconds)


def sayable(query: Query) -> bool:
    """A role without a colour ("referee") is no measurement; nothing in the index can answer it."""
    asked = {name.split(":")[0] for name in query.terms}
    return "role" not in asked or {p.kind for p in parse(query.text).predicates} >= {"shirt_colour"}


@pytest.mark.slow
@pytest.mark.parametrize(("sport", "seed"), [("football", 41), ("basketball", 42)])
def test_with_true_measurements_nearly_every_first_hit_is_right(sport: str, seed: int) -> None:
    tubes, queries = truth_of(sport, seed, 60)
    truth = oracle(tubes, 60.0)
    questions = [Question(q.text, q.kind, tuple(answer.tube for answer in q.answers)) for q in queries if sayable(q)]

    def ask(text: str) -> Found:
        return search([truth], parse(text), verifier=PredicateVerifier())

    score = score_match("oracle", truth, [tube.tube for tube in tubes], questions, ask)
    reached = table([score])[-1]
    assert np.mean(score.tube_recall) > 0.99
    assert reached.queries >= 20
    assert reached.r_at_1 > 0.9
    assert reached.m_viou > 0.85
    right, asked = nulls_right([score])
    assert right == asked > 0
