"""The panoramic camera films the same match smaller; the broadcast cameras film what they always have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.errors import BadInputError
from grounding.synth import Truth, generate, load_truth
from grounding.synth.arena import FPS, arena_of
from grounding.synth.match import Match
from grounding.synth.truth import HEIGHTS

RECORDED = Path(__file__).with_name("seed-7.json")


def test_a_seed_gives_what_it_gave_when_this_was_recorded(truth: Truth) -> None:
    """Figures of years ago must stay comparable. A tenth of a pixel is left to other processors' sines."""
    recorded: dict[str, Any] = json.loads(RECORDED.read_text())[truth.sport]
    assert [[s.style, s.start, s.end] for s in truth.shots] == recorded["shots"]
    assert [q.text for q in truth.queries] == recorded["queries"]
    tubes = [[t.player, t.shot, len(t.tube.times), *t.tube.boxes[0], *t.tube.boxes[-1]] for t in truth.tubes]
    np.testing.assert_allclose(tubes, recorded["tubes"], atol=0.11)


@pytest.fixture(scope="module", params=["football", "basketball"])
def wide(request: pytest.FixtureRequest) -> Match:
    return Match.make(arena_of(request.param), 1, 20 * FPS, "wide")


def test_the_panoramic_camera_films_the_same_match(wide: Match) -> None:
    other = Match.make(wide.arena, 1, 20 * FPS)
    np.testing.assert_array_equal(wide.motion.pos, other.motion.pos)
    assert wide.cast.teams == other.cast.teams
    assert {take.style for take in wide.takes} == {"wide"}
    assert [take.start for take in wide.takes] == [0, *sorted(b for b in wide.motion.breaks if 0 < b < 20 * FPS)]


def test_half_of_the_field_is_in_view_and_people_are_small(wide: Match) -> None:
    low, high = {"football": (18, 56), "basketball": (40, 92)}[wide.arena.sport]
    for take in wide.takes:
        for frame in range(take.start, take.end, 50):
            view = take.views[frame - take.start]
            sight = wide.renderer.sight(frame, view)
            heights = (sight.boxes[:, 3] - sight.boxes[:, 1])[sight.inside > 0.9]
            assert len(heights) >= 0.7 * len(wide.cast.actors)
            standing = np.median(heights)
            assert low < standing < high
            near = np.array([[x, 0.3 * wide.arena.width, 0.0] for x in np.linspace(0, wide.arena.length, 101)])
            pixels, depth = view.project(near)
            assert np.mean((pixels[:, 0] > 0) & (pixels[:, 0] < 1280) & (depth > 0)) > 0.4


def test_its_files_have_names_of_their_own_and_truth_of_small_people(tmp_path: Path) -> None:
    made: Any = list(generate("football", 7, 2, tmp_path, camera="wide"))[-1]
    assert (made.video.name, made.truth.name) == ("football-7-wide.mp4", "football-7-wide.json")
    truth = load_truth(made.truth)
    assert len(truth.tubes) >= 15
    heights = np.concatenate([t.tube.boxes[:, 3] - t.tube.boxes[:, 1] for t in truth.tubes])
    assert HEIGHTS["wide"][1] <= heights.min() < np.median(heights) < HEIGHTS["broadcast"][0]


def test_another_camera_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no camera drone"):
        list(generate("football", 7, 2, tmp_path, camera="drone"))  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
