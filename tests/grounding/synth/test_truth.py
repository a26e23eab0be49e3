"""The truth: what the file says is what was drawn and played."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from grounding.errors import BadInputError
from grounding.synth import Truth, Written, load_truth
from grounding.synth.arena import FPS, HEIGHT, WIDTH
from grounding.synth.match import Match
from grounding.synth.paint import place
from grounding.synth.sim import Act
from grounding.synth.truth import LEAVE_HEIGHT, MIN_HEIGHT, MIN_SECONDS, save_truth
from grounding.vocabulary import COLOURS


def test_saved_and_loaded_truth_is_the_same(written: Written, truth: Truth, tmp_path: Path) -> None:
    save_truth(truth, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == written.truth.read_bytes()


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"format": 99}', "not json"])
def test_what_is_not_truth_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(BadInputError):
        load_truth(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        load_truth(tmp_path / "none.json")


def test_shots_cover_the_video_without_gaps(truth: Truth) -> None:
    assert truth.shots[0].start == 0
    assert truth.shots[-1].end == truth.seconds
    assert all(a.end == b.start for a, b in zip(truth.shots, truth.shots[1:], strict=False))


def test_tubes_keep_their_promises(truth: Truth) -> None:
    assert truth.tubes
    for tube in truth.tubes:
        times, boxes = tube.tube.times, tube.tube.boxes
        assert np.allclose(times * 5, np.round(times * 5))
        assert np.allclose(np.diff(times), 0.2)
        assert len(times) >= MIN_SECONDS * 5
        shot = truth.shots[tube.shot]
        assert shot.start <= times[0]
        assert times[-1] < shot.end
        assert boxes.min() >= 0
        assert boxes[:, 2].max() <= WIDTH
        assert boxes[:, 3].max() <= HEIGHT
        assert float((boxes[:, 3] - boxes[:, 1]).min()) >= LEAVE_HEIGHT - 0.2
        assert float(boxes[0, 3] - boxes[0, 1]) >= MIN_HEIGHT - 0.2
        assert len(tube.visible) == len(tube.digits) == len(times)
        assert 0 <= tube.visible.min() <= tube.visible.max() <= 1


def test_nobody_is_in_two_tubes_at_once(truth: Truth) -> None:
    seen = [(t.player, round(float(x), 3)) for t in truth.tubes for x in t.tube.times]
    assert len(seen) == len(set(seen))


def test_players_wear_known_colours_and_own_numbers(truth: Truth) -> None:
    assert {c for p in truth.players for c in (p.shirt, p.shorts)} <= set(COLOURS)
    for team in (0, 1):
        numbers = [p.number for p in truth.players if p.team == team]
        assert len(numbers) == len(set(numbers))
    assert [p.role for p in truth.players].count("referee") == 1


def test_events_lie_within_the_match(truth: Truth) -> None:
    assert truth.events
    for event in truth.events:
        assert 0 <= event.start < event.end <= truth.seconds
        assert 0 <= event.player < len(truth.players)


def test_ball_boxes_lie_in_the_picture(truth: Truth) -> None:
    assert truth.ball is not None
    assert truth.ball.boxes.min() >= 0
    assert np.all(truth.ball.boxes[:, 2:] <= [WIDTH, HEIGHT])


def test_how_much_of_the_ball_is_seen(truth: Truth, match: Match) -> None:
    assert truth.ball is not None
    assert truth.ball_visible is not None
    assert len(truth.ball_visible) == len(truth.ball.times)
    assert 0 <= truth.ball_visible.min() <= truth.ball_visible.max() <= 1
    assert truth.ball_visible.max() > 0.9
    whole = truth.ball.boxes[truth.ball_visible > 0.9]
    assert np.abs((whole[:, 2] - whole[:, 0]) - (whole[:, 3] - whole[:, 1])).max() < 3


def test_a_body_in_front_hides_the_ball(match: Match) -> None:
    renderer, frame = match.renderer, 30
    view = match.takes[0].views[frame]
    joints, trunk = renderer.bodies(frame)
    figures = place(view, joints, trunk, renderer.sizes, renderer.builds)
    p = max(renderer.in_view(figures), key=lambda q: renderer.sight(frame, view).inside[q])
    middle = figures.boxes[p].reshape(2, 2).mean(0)
    box = np.concatenate([middle - 4, middle + 4])
    assert renderer._ball_visible(figures, [], box) > 0.95
    assert renderer._ball_visible(figures, [p], box) < 0.1
    half_out = np.array([-10.0, 300.0, 10.0, 320.0])
    assert renderer._ball_visible(figures, [], half_out) == pytest.approx(0.5, abs=0.1)


def test_possession_is_what_was_played(truth: Truth, match: Match) -> None:
    assert truth.possession
    held = np.full(len(match.motion), -1)
    for span in truth.possession:
        assert 0 <= span.start < span.end <= truth.seconds
        held[round(span.start * FPS) : round(span.end * FPS)] = span.player
    np.testing.assert_array_equal(held, match.motion.holder)


def test_truth_of_the_first_format_is_still_read(written: Written, tmp_path: Path) -> None:
    old = json.loads(written.truth.read_text())
    old["format"] = 1
    del old["possession"], old["ball"]["visible"]
    (tmp_path / "old.json").write_text(json.dumps(old, separators=(",", ":")))
    truth = load_truth(tmp_path / "old.json")
    assert truth.possession is None
    assert truth.ball_visible is None
    save_truth(truth, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "old.json").read_bytes()


@pytest.mark.parametrize("act", [Act.NONE, Act.FALL, Act.RAISE, Act.JUMP, Act.KICK, Act.DIVE, Act.SLIDE])
def test_boxes_are_tight_around_what_is_drawn(match: Match, act: Act) -> None:
    """One body alone on black: the box of its pixels is the box that truth would tell."""
    frame, renderer = 12, match.renderer
    view = match.takes[0].views[frame]
    kept = match.motion.act[frame].copy(), match.motion.act_phase[frame].copy()
    match.motion.act[frame], match.motion.act_phase[frame] = act, 0.5
    try:
        joints, trunk = renderer.bodies(frame)
    finally:
        match.motion.act[frame], match.motion.act_phase[frame] = kept
    figures = place(view, joints, trunk, renderer.sizes, renderer.builds)
    whole = [p for p in renderer.in_view(figures) if figures.boxes[p].min() > 4 and figures.boxes[p, 2] < WIDTH - 4
             and figures.boxes[p, 3] < HEIGHT - 4]  # fmt: skip
    assert whole
    for p in whole:
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        renderer.painter.figure(image, view, (figures, figures.outlines([p])), p, (joints[p], trunk[p]))
        x, y, w, h = cv2.boundingRect((image.max(2) > 10).astype(np.uint8))
        assert np.abs(np.array([x, y, x + w, y + h]) - figures.boxes[p]).max() < 2.5


def test_a_body_in_front_hides_the_one_behind(match: Match) -> None:
    """`visible` of everybody is 1 alone, and less for whoever stands behind another in the same place."""
    renderer, frame = match.renderer, 30
    view = match.takes[0].views[frame]
    joints, trunk = renderer.bodies(frame)
    p = max(renderer.in_view(place(view, joints, trunk, renderer.sizes, renderer.builds)),
            key=lambda q: renderer.sight(frame, view).inside[q])  # fmt: skip
    away = (joints[p].mean(0) - view.position) / np.linalg.norm(joints[p].mean(0) - view.position)
    joints[:] = joints[p]
    joints[:2] += away * 1.0
    trunk[:] = trunk[p]
    figures = place(view, joints, trunk, renderer.sizes, renderer.builds)
    visible = renderer._visible(figures, [0, 2])
    assert visible[2] == 1
    assert visible[0] < 0.5


def test_file_names_the_video_beside_it(written: Written, truth: Truth) -> None:
    assert written.truth.with_name(truth.video) == written.video
    assert json.loads(written.truth.read_text())["fps"] == FPS
