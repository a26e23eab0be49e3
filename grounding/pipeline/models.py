"""The networks of a profile, loaded together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grounding.errors import BadInputError
from grounding.pipeline.settings import Settings

if TYPE_CHECKING:
    from grounding.describe.boardnetworks import BoardNetworks
    from grounding.describe.models import Appearance, Numbers, Pose
    from grounding.detect.base import Detector
    from grounding.embed.base import ImageEmbedder, TextEmbedder
    from grounding.embed.openclip import OpenClipEmbedder

PROFILES = ("embedded", "full")
OTHERS_THRESHOLD = 0.3
BALL_THRESHOLD = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """What looks (detector, pose, appearance, numbers, boards) and what embeds (embedder, images).

    boards: reads score boards; None where nobody asks for match time. images: gives observations the vectors of their
    crops instead of those of their sentences; `embedder` is then the text side of the same model.
    """

    detector: Detector
    pose: Pose
    appearance: Appearance
    numbers: Numbers
    embedder: TextEmbedder
    boards: BoardNetworks | None = None
    images: ImageEmbedder | None = None

    @classmethod
    def load(cls, profile: str = "embedded", settings: Settings | None = None) -> Models:
        """Loads all networks of a profile, as `settings` (the default ones) ask for; seconds, so once a process.

        Raises:
            BadInputError: there is no such profile, or an open model is none for its job. WeightsError: a weight is
                missing or damaged.
        """
        if profile not in PROFILES:
            raise BadInputError(f"There is no profile {profile}; there is {', '.join(PROFILES)}.")
        from grounding.describe.appearance import AppearanceEmbedder
        from grounding.describe.boardnetworks import BoardNetworks
        from grounding.describe.number import NumberReader
        from grounding.describe.pose import PoseEstimator
        from grounding.embed.minilm import MiniLmEmbedder

        asked = replace(settings or Settings(), profile=profile)
        images = _image_embedder(asked)
        detector = detector_of(asked)
        reader = NumberReader()
        boards = BoardNetworks(reader.finder, reader.recogniser)
        words = images or MiniLmEmbedder()
        where = _gpu(asked)
        return cls(detector, PoseEstimator(where), AppearanceEmbedder(where), reader, words, boards, images)


def detector_of(settings: Settings) -> Detector:
    """What finds people and things under these settings. Raises as `Models.load`."""
    from grounding.detect import SPORT_LABELS, CenterNetDetector

    # Weak boxes help to follow people, and the ball is chosen among the weakest; of other things only clear ones
    # are worth a track.
    thresholds = dict.fromkeys(set(SPORT_LABELS) - {"person"}, OTHERS_THRESHOLD) | {"sports ball": BALL_THRESHOLD}
    if not settings.detector_name:
        return CenterNetDetector(max_side=settings.max_side, thresholds=thresholds)
    from grounding.detect.transformer import TransformerDetector
    from grounding.weights.pulling import model_folder

    return TransformerDetector(model_folder(settings.detector_name, "detector"), thresholds=thresholds)


def _gpu(settings: Settings) -> str:
    """Where the small networks run that look at people: beside the large ones, or "" for the CPU."""
    if settings.profile != "full":
        return ""
    from grounding.weights.torch_runtime import device

    where = device()
    return "" if where.type == "cpu" else str(where)


def _image_embedder(settings: Settings) -> OpenClipEmbedder | None:
    if not settings.embedder_name:
        return None
    from grounding.embed.openclip import OpenClipEmbedder
    from grounding.weights.pulling import model_folder

    return OpenClipEmbedder(model_folder(settings.embedder_name, "embedder"))
