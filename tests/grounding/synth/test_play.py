"""The match itself: bodies move like bodies, the game has what a game has, cameras see what they aim at."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from grounding.synth.arena import FPS, HEIGHT, WIDTH, alike, arena_of, stream
from grounding.synth.basketball import Basketball
from grounding.synth.camera import Director, look_at
from grounding.synth.cast import make_cast
from grounding.synth.football import Football
from grounding.synth.sim import Motion, World, run


def play(sport: str, seed: int, seconds: int) -> Motion:
    arena = arena_of(sport)
    world = World(arena, make_cast(arena, seed), stream(seed, "play"), seconds * FPS)
    return run(world, Football(world) if sport == "football" else Basketball(world))


@pytest.fixture(scope="module", params=["football", "basketball"])
def played(request: pytest.FixtureRequest) -> tuple[str, Motion]:
    return request.param, play(request.param, 21, 90)


def test_nobody_is_faster_than_people_are(played: tuple[str, Motion]) -> None:
    velocity = played[1].velocity()
    speed = np.hypot(*velocity.transpose(2, 0, 1))
    assert speed.max() < 10.5
    assert 0.3 < np.median(speed) < 4


def test_speed_changes_gradually(played: tuple[str, Motion]) -> None:
    motion = played[1]
    change = np.diff(motion.velocity(), axis=0) * FPS
    calm = np.ones(len(change), bool)
    for frame in motion.breaks:
        calm[max(0, frame - 3) : frame + 3] = False
    assert np.percentile(np.hypot(*change[calm].transpose(2, 0, 1)), 99) < 7.5


def test_everybody_stays_on_the_ground_around_the_field(played: tuple[str, Motion]) -> None:
    arena, motion = arena_of(played[0]), played[1]
    assert motion.pos.min() >= -arena.margin
    assert motion.pos[..., 0].max() <= arena.length + arena.margin
    assert motion.lift.min() >= 0
    assert motion.lift.max() < 1


def test_all_kinds_of_motion_occur(played: tuple[str, Motion]) -> None:
    speed = np.hypot(*played[1].velocity().transpose(2, 0, 1)) / arena_of(played[0]).body
    share = np.histogram(speed, [0, 0.3, 1.2, 3.0, 99])[0] / speed.size
    assert share.min() > 0.02


def test_a_game_has_passes_shots_goals_jumps_and_falls() -> None:
    for sport in ("football", "basketball"):
        kinds = Counter(h.kind for seed in (31, 32, 33) for h in play(sport, seed, 90).happenings)
        assert min(kinds[k] for k in ("pass", "shot", "goal", "jump", "fall", "celebrate", "tackle")) >= 1, kinds


def test_the_score_counts_the_goals() -> None:
    motion = play("football", 31, 120)
    goals = [h for h in motion.happenings if h.kind == "goal"]
    assert int(motion.score[-1].sum()) == len(goals)
    basket = play("basketball", 31, 90)
    assert int(basket.score[-1].sum()) >= 2 * sum(h.kind == "goal" for h in basket.happenings)


@pytest.mark.parametrize("sport", ["football", "basketball"])
def test_kits_can_be_told_apart(sport: str) -> None:
    for seed in range(60):
        cast = make_cast(arena_of(sport), seed)
        shirts = {a.team: a.shirt for a in cast.actors if a.role == "player"}
        assert not alike(shirts[0], shirts[1])
        assert "black" not in shirts.values()
        for keeper in (a for a in cast.actors if a.role == "goalkeeper"):
            assert keeper.shirt not in shirts.values()
        assert not (sport == "football" and "green" in {a.shirt for a in cast.actors})


def test_takes_cover_every_frame_and_cut_where_the_game_jumps(played: tuple[str, Motion]) -> None:
    sport, motion = played
    takes = Director(arena_of(sport), motion, stream(21, "camera")).takes()
    assert [f for t in takes for f in range(t.start, t.end)] == list(range(len(motion)))
    assert all(len(t.views) == t.end - t.start for t in takes)
    assert set(motion.breaks) <= {t.start for t in takes}


def test_cameras_move_without_jerks(played: tuple[str, Motion]) -> None:
    for take in Director(arena_of(played[0]), played[1], stream(21, "camera")).takes():
        ahead = np.array([v.rotation[2] for v in take.views])
        turn = np.degrees(np.arccos(np.clip((ahead[1:] * ahead[:-1]).sum(1), -1, 1)))
        assert turn.max(initial=0) < 2.5


def test_a_camera_has_its_target_in_the_middle() -> None:
    view = look_at(np.array([3.0, -20.0, 9.0]), np.array([10.0, 5.0, 1.0]), 900.0)
    pixel, depth = view.project(np.array([10.0, 5.0, 1.0]))
    assert pixel == pytest.approx([WIDTH / 2, HEIGHT / 2])
    assert depth > 0
    right, up = view.project(np.array([[11.0, 5.0, 1.0], [10.0, 5.0, 2.0]]))[0]
    assert right[0] > WIDTH / 2
    assert up[1] < HEIGHT / 2


def test_a_plane_lands_where_its_points_are_projected() -> None:
    view = look_at(np.array([3.0, -20.0, 9.0]), np.array([10.0, 5.0, 1.0]), 900.0)
    origin, along, down = np.array([0.0, 10.0, 0.0]), np.array([20.0, 0, 0]), np.array([0, -10.0, 0])
    u, v = 0.3, 0.8
    mapped = view.plane(origin, along, down) @ np.array([u, v, 1.0])
    assert mapped[:2] / mapped[2] == pytest.approx(view.project(origin + u * along + v * down)[0])


def test_velocity_ignores_the_jump_of_a_break() -> None:
    """After the first goal everybody is put back for the kick-off: metres in a frame, but nobody ran them."""
    motions = (play("football", seed, 90) for seed in range(30, 40))
    motion = next(m for m in motions if m.breaks)
    jumped = np.abs(np.diff(motion.pos, axis=0)).max((1, 2))
    assert jumped[motion.breaks[0] - 1] > 2
    speed = np.hypot(*motion.velocity().transpose(2, 0, 1))
    assert speed[[b for f in motion.breaks for b in (f - 1, f)]].max() < 10.5
