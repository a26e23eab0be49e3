"""What players do, against the simulation's own positions and events; and matches that are not drawn."""

from __future__ import annotations

import numpy as np
import pytest

from grounding.synth import Truth
from grounding.synth.arena import FPS
from grounding.synth.match import Match
from grounding.synth.sim import FLOORED, Act
from grounding.synth.sketch import Sketch, sketch, turned


@pytest.fixture(scope="module", params=["football", "basketball"])
def longer(request: pytest.FixtureRequest) -> Sketch:
    return sketch(request.param, 12, 40)


def seconds(one: Sketch, term: str) -> set[tuple[int, int]]:
    return {(tube.player, s) for tube in one.truth.tubes for s, terms in tube.terms.items() if term in terms}


def shown(one: Sketch) -> set[tuple[int, int]]:
    return {(tube.player, s) for tube in one.truth.tubes for s in tube.terms}


def test_kicks_and_throws_are_the_passes_and_shots_that_are_seen(longer: Sketch) -> None:
    football = longer.truth.sport == "football"
    left = {(e.player, int(e.start)) for e in longer.truth.events if e.kind in ("pass", "shot")} & shown(longer)
    assert seconds(longer, "relation:kicks ball") == (left if football else set())
    assert seconds(longer, "action:throwing") == (set() if football else left)
    assert left


def test_who_falls_was_up_before(longer: Sketch) -> None:
    act = longer.match.motion.act
    for player, second in seconds(longer, "action:falling"):
        part = act[max(0, second * FPS - 1) : (second + 1) * FPS, player]
        assert np.isin(part, FLOORED).any()
        assert not np.isin(part, FLOORED).all()


def test_who_celebrates_raises_the_arms(longer: Sketch) -> None:
    act = longer.match.motion.act
    for player, second in seconds(longer, "action:celebrating"):
        assert (act[second * FPS : (second + 1) * FPS, player] == Act.RAISE).any()


def test_a_duel_has_two_sides_and_a_ball(longer: Sketch) -> None:
    motion, actors = longer.match.motion, longer.match.cast.actors
    for _, second in seconds(longer, "relation:in a duel"):
        frames = range(second * FPS, min(len(motion), (second + 1) * FPS), 5)
        gaps = np.hypot(*(motion.pos[frames] - motion.ball[frames, None, :2]).transpose(2, 0, 1))
        near = {actors[k].team for k in np.flatnonzero(np.median(gaps, axis=0) < 2.6)}
        assert {0, 1} <= near


def test_alone_and_in_a_group_exclude_each_other(longer: Sketch) -> None:
    alone, group = seconds(longer, "relation:alone"), seconds(longer, "relation:in a group")
    assert not alone & group
    assert seconds(longer, "relation:in a huddle") <= group


def test_a_sketch_is_the_match_that_is_drawn(truth: Truth) -> None:
    one = sketch(truth.sport, truth.seed, round(truth.seconds))
    assert [tube.terms for tube in one.truth.tubes] == [tube.terms for tube in truth.tubes]
    for drawn, sketched in zip(truth.tubes, one.truth.tubes, strict=True):
        assert np.array_equal(drawn.tube.boxes, sketched.tube.boxes)
    assert one.truth.events == truth.events
    assert one.cuts == tuple(shot.start for shot in truth.shots[1:])


def test_the_camera_of_a_sketch_carries_the_ground(match: Match) -> None:
    views = match.takes[0].views
    ground = np.array([[*match.motion.pos[0, k].tolist(), 0.0] for k in range(4)])
    (before, _), (after, _) = views[0].project(ground), views[20].project(ground)
    moved = np.concatenate([before, np.ones((4, 1))], 1) @ turned(views[0], views[20]).T
    assert moved[:, :2] / moved[:, 2:] == pytest.approx(after, abs=1e-6)
