"""The embedded profile's own networks on a rendered match."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grounding.geometry import boxes_at, iou_matrix
from grounding.pipeline import Models, Settings, StageTimes, index_video
from grounding.types import VideoIndex

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_rendered_match_is_described_as_it_is(tmp_path: Path) -> None:
    """Most players are found, and of those most are told by the right shirt, motion and side of the picture."""
    from grounding.synth import generate, load_truth

    *_, made = generate("football", 1, 20, tmp_path)
    truth = load_truth(made.truth)  # type: ignore[union-attr]
    times = StageTimes()
    *_, index = index_video(made.video, Models.load("embedded"), Settings(), times=times)  # type: ignore[union-attr]
    assert isinstance(index, VideoIndex)
    people = [(o, track) for track in index.tracks if track.label == "person" for o in track.observations]
    seen = asked = 0
    right = {"shirt_colour": 0, "motion": 0, "place": 0}
    for tube in truth.tubes:
        for second, terms in tube.terms.items():
            if not tube.tube.times[0] <= second + 0.5 <= tube.tube.times[-1]:
                continue
            asked += 1
            here = [o for o, _ in people if o.second == second]
            if not here:
                continue
            overlap = iou_matrix(boxes_at(tube.tube.times, tube.tube.boxes, [second + 0.5]), [o.box for o in here])[0]
            best = here[int(overlap.argmax())]
            if overlap.max() < 0.5:
                continue
            seen += 1
            for kind in right:
                told = [(degree, name) for name, degree in best.terms.items() if name.startswith(f"{kind}:")]
                right[kind] += bool(told) and max(told)[1] in terms
    assert seen / asked > 0.75
    assert right["shirt_colour"] / seen > 0.85
    assert right["motion"] / seen > 0.6
    assert right["place"] / seen > 0.9
    found = [shot.span.start for shot in index.shots[1:]]
    assert all(min(abs(np.asarray(found) - cut), default=9.0) < 0.21 for cut in truth.cuts)
    assert set(times.seconds()) >= {"decode", "detect", "describe", "embed"}
