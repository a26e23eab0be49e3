"""Poses of raised and of other arms to learn from: single pictures of generated matches, where something is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.synth.arena import FPS
from grounding.synth.observe import EVERY
from grounding.synth.sim import Act

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from grounding.describe.models import Pose
    from grounding.synth.sketch import Sketch
    from grounding.types import Floats

_PICTURES: Final = (8, 12, 4)
"""Pictures of a match with raised arms, with something else done, and with nothing."""
_SHAKE: Final = 0.025
_HELD: Final = (0.06, 0.94)


def poses(one: Sketch, pose: Pose) -> Iterator[tuple[Floats, Floats, NDArray[np.bool_], NDArray[np.bool_]]]:
    """For each picture boxes (N, 4), points (N, 17, 3), whose arms are raised (N,), and whose are about to be (N,)."""
    rng, motion = np.random.default_rng(one.truth.seed), one.match.motion
    for frame, shot in _chosen(one, rng):
        here = [tube for tube in one.truth.tubes if tube.shot == shot]
        here = [tube for tube in here if np.abs(tube.tube.times - frame / FPS).min() < 1e-3]
        if not here:
            continue
        boxes = np.array([tube.tube.boxes[int(np.abs(tube.tube.times - frame / FPS).argmin())] for tube in here])
        boxes = boxes + rng.normal(0.0, _SHAKE, boxes.shape) * (boxes[:, 3:] - boxes[:, 1:2])
        take = one.match.takes[shot]
        image = one.match.renderer.draw(frame, take.views[frame - take.start], take.style)
        who = [tube.player for tube in here]
        raising, phase = motion.act[frame, who] == Act.RAISE, motion.act_phase[frame, who]
        raised = raising & (phase > _HELD[0]) & (phase < _HELD[1])
        yield boxes.astype(np.float32), pose.estimate(image, boxes.astype(np.float32)), raised, raising & ~raised


def _chosen(one: Sketch, rng: np.random.Generator) -> list[tuple[int, int]]:
    """(frame, index of the take)."""
    act = one.match.motion.act
    kinds: tuple[list[tuple[int, int]], ...] = ([], [], [])
    for shot, take in enumerate(one.match.takes):
        who = sorted({tube.player for tube in one.truth.tubes if tube.shot == shot})
        for frame in range(-(-take.start // EVERY) * EVERY, take.end, EVERY):
            acts = act[frame, who]
            busy = np.isin(acts, (Act.NONE, Act.DRIBBLE, Act.GUARD), invert=True)
            kinds[0 if bool((acts == Act.RAISE).any()) else 1 if bool(busy.any()) else 2].append((frame, shot))
    return [found[k] for found, n in zip(kinds, _PICTURES, strict=True) for k in rng.permutation(len(found))[:n]]
