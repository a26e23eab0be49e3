"""The networks of a profile, loaded together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grounding.errors import BadInputError
from grounding.pipeline.settings import Settings

if TYPE_CHECKING:
    from grounding.describe.models import Appearance, Numbers, Pose
    from grounding.detect.base import Detector
    from grounding.embed.base import TextEmbedder

PROFILES = ("embedded",)
OTHERS_THRESHOLD = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """What looks (detector, pose, appearance, numbers) and what embeds sentences (embedder)."""

    detector: Detector
    pose: Pose
    appearance: Appearance
    numbers: Numbers
    embedder: TextEmbedder

    @classmethod
    def load(cls, profile: str = "embedded", settings: Settings | None = None) -> Models:
        """Loads all networks of a profile, as `settings` (the default ones) ask for; seconds, so once a process.

        Raises:
            BadInputError: there is no such profile. WeightsError: a weight is missing or damaged.
        """
        if profile not in PROFILES:
            raise BadInputError(f"There is no profile {profile}; there is {', '.join(PROFILES)}.")
        from grounding.describe.appearance import AppearanceEmbedder
        from grounding.describe.number import NumberReader
        from grounding.describe.pose import PoseEstimator
        from grounding.detect.centernet import SPORT_LABELS, CenterNetDetector
        from grounding.embed.minilm import MiniLmEmbedder

        # Weak boxes help to follow people and the ball; of other things only clear ones are worth a track.
        others = dict.fromkeys(set(SPORT_LABELS) - {"person", "sports ball"}, OTHERS_THRESHOLD)
        detector = CenterNetDetector(max_side=(settings or Settings()).max_side, thresholds=others)
        return cls(detector, PoseEstimator(), AppearanceEmbedder(), NumberReader(), MiniLmEmbedder())
