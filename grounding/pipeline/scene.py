"""What is measured of all people of a video together: the ground, their movement, their bodies and the ball."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grounding.describe.body import moments_of
from grounding.describe.doing import body_terms
from grounding.describe.motion import Movement, movements
from grounding.describe.play import ball_play
from grounding.describe.tilt import Tilt, heights_by_second, tilt_of
from grounding.pipeline.observe import Identity, Scene, Surroundings, seconds_of
from grounding.vocabulary import BALL_LABEL, PERSON_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grounding.pitch.places import Pitch
    from grounding.track.stage import Stage
    from grounding.types import Terms, VideoInfo


def scene_of(
    info: VideoInfo,
    identities: Sequence[Identity],
    stage: Stage,
    kits: Mapping[int, Terms],
    pitch: Pitch | None = None,
) -> Scene:
    """The scene of these identities. kits: key of a person → terms of what is worn; pitch: where the field lies."""
    around = Surroundings()
    people = [(identity.key, identity.tube) for identity in identities if identity.label == PERSON_LABEL]
    for key, tube in people:
        around.add_person(key, tube)
    balls = [identity.tube for identity in identities if identity.label == BALL_LABEL]
    tilt, moved = ground_of(info, identities, stage)
    around.play = ball_play(balls, people, tilt, kits)
    moments = moments_of(dict(people), stage, tilt, (info.width, info.height))
    return Scene(info, stage, around, tilt, moved, {key: body_terms(own) for key, own in moments.items()}, kits, pitch)


def ground_of(
    info: VideoInfo, identities: Sequence[Identity], stage: Stage
) -> tuple[Tilt, dict[int, dict[int, Movement]]]:
    """How the ground lies, and key → second → movement over it."""
    people = [identity for identity in identities if identity.label == PERSON_LABEL]
    tilt = tilt_of((identity.tube for identity in people), stage.shot, (info.width, info.height))
    flat = {
        i.key: movements(i.tube, seconds_of(i.tube), stage, picture_height=info.height, depth=1.0, slope=tilt.slope)
        for i in identities
    }
    heights = {identity.key: heights_by_second(identity.tube) for identity in identities}
    tilt = tilt.focused((flat[identity.key], heights[identity.key]) for identity in people)
    moved = {
        key: {s: movement.deep(tilt.depth(s + 0.5, heights[key][s])) for s, movement in own.items()}
        for key, own in flat.items()
    }
    return tilt, moved
