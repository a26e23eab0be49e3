"""The value types that flow from a video to a hit.

    Frame → Detections → Tracklet → Track (Tube + Observations) → Candidate → Verification → Hit

All are frozen and checked when built. Arrays are struct-of-arrays with the shapes stated below; they are not copied,
so treat them as read-only. Times are presentation times in seconds from the first frame shown, spans are half-open
`[start, end)`, boxes are `x1, y1, x2, y2` in pixels of the picture as displayed (rotation applied).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from grounding.matchtime import MatchClock

Floats = NDArray[np.float32]
Times = NDArray[np.float64]
Image = NDArray[np.uint8]
"""(height, width, 3), RGB."""

Box = tuple[float, float, float, float]
Terms = Mapping[str, float]
"""What is measured of one second of one track: `"kind:value"` → degree of truth in 0..1, e.g. `"shirt_colour:red"`.

The kinds and values are those of `grounding.vocabulary`. Queries are parsed into the same terms, so that retrieval,
the database and the verifier all speak of the same things.
"""


def _expect(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open time span `[start, end)` in seconds."""

    start: float
    end: float

    def __post_init__(self) -> None:
        _expect(
            math.isfinite(self.start) and math.isfinite(self.end) and self.end >= self.start,
            f"a span needs finite start <= end, got [{self.start}, {self.end})",
        )

    @property
    def length(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Facts of one video file, as probed. `width`, `height` are as displayed; `duration` in seconds as declared."""

    name: str
    width: int
    height: int
    duration: float
    fps: float
    rotation: int
    has_audio: bool
    codec: str


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture. `pts` is seconds from the first presentation time of the video.

    cut: whether a new shot began with it, or since the frame given before it.
    """

    frame_idx: int
    pts: float
    image: Image
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames of one take between two cuts."""

    index: int
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Boxes found on one frame; no identity.

    boxes: (N, 4) float32 pixels; scores: (N,) float32 in 0..1; labels: (N,) int16 indices into the detector's labels.
    """

    boxes: Floats
    scores: Floats
    labels: NDArray[np.int16]

    def __post_init__(self) -> None:
        n = len(self.boxes)
        _expect(self.boxes.shape == (n, 4), f"boxes must be (N, 4), got {self.boxes.shape}")
        _expect(
            self.scores.shape == (n,) and self.labels.shape == (n,),
            f"{n} boxes need as many scores and labels, got {self.scores.shape} and {self.labels.shape}",
        )

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def empty(cls) -> Detections:
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int16))


@dataclass(frozen=True, slots=True, eq=False)
class Tube:
    """A box per time: the answer form of spatio-temporal video grounding.

    times: (N,) float64, strictly increasing; boxes: (N, 4) float32. `step` is the nominal distance of two times;
    a larger distance is a gap in which the target was not seen. The tube spans `[times[0], times[-1] + step)`.
    """

    times: Times
    boxes: Floats
    step: float = 0.2

    def __post_init__(self) -> None:
        n = len(self.times)
        _expect(n > 0, "a tube needs at least one time")
        _expect(self.times.shape == (n,), f"times must be (N,), got {self.times.shape}")
        _expect(self.boxes.shape == (n, 4), f"{n} times need boxes (N, 4), got {self.boxes.shape}")
        _expect(n == 1 or bool(np.all(np.diff(self.times) > 0)), "times must be strictly increasing")
        _expect(self.step > 0, f"step must be positive, got {self.step}")

    @property
    def span(self) -> Span:
        return Span(float(self.times[0]), float(self.times[-1]) + self.step)


@dataclass(frozen=True, slots=True, eq=False)
class CropSample:
    """What the models saw of a tracklet in one second, on its best crop.

    second: whole second covered; t: time of the crop; box: (4,) in pixels; sharpness: variance of the Laplacian;
    shirt, shorts: share of each colour name of `vocabulary.COLOURS`, summing to at most 1;
    keypoints: (17, 3) x, y in picture pixels and score (MoveNet order), or None; appearance: (D,) unit vector in
    half precision, or None: sums over many have to be taken in single precision; vector: (E,) of an image-text model,
    in half precision, over the best crops of the second, or None.
    """

    second: int
    t: float
    box: Floats
    sharpness: float
    shirt: Mapping[str, float] = field(default_factory=dict)
    shorts: Mapping[str, float] = field(default_factory=dict)
    keypoints: Floats | None = None
    appearance: NDArray[np.float16] | None = None
    vector: NDArray[np.float16] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PictureVector:
    """A whole picture at `t` seconds as an image-text model sees it: (E,) unit vector in half precision."""

    t: float
    vector: NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False)
class Tracklet:
    """A short, pure run of one target inside one shot and one segment, before joining.

    times (N,), boxes (N, 4), scores (N,) at the tracker's rate, only where the target was detected;
    samples: at most one a second; numbers: readings of the shirt number as (text, confidence) over the best crops;
    signature: (D,) unit mean of the colour signatures of its detections, or None.
    """

    tracklet_id: int
    label: str
    times: Times
    boxes: Floats
    scores: Floats
    samples: tuple[CropSample, ...] = ()
    numbers: tuple[tuple[str, float], ...] = ()
    signature: Floats | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One second of one track: what is stored, embedded and searched.

    box: at the middle of the second. terms: see `Terms`. description: the sentence that is embedded.
    """

    second: int
    box: Box
    terms: Terms
    description: str


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One identity in one video: smoothed tube, one observation a second and their embeddings.

    label: class name, or "picture" for the whole-picture track of a shot. attributes: what was voted over the whole
    track, for people and filters (`shirt_colour`, `shorts_colour`, `number`). embeddings: (len(observations), D)
    float32 unit vectors. appearance: (A,) unit vector, mean over the samples, or None.
    """

    track_id: int
    label: str
    score: float
    tube: Tube
    observations: tuple[Observation, ...]
    attributes: Mapping[str, str]
    embeddings: Floats
    appearance: Floats | None = None

    def __post_init__(self) -> None:
        _expect(
            self.embeddings.ndim == 2 and len(self.embeddings) == len(self.observations),
            f"{len(self.observations)} observations need as many embeddings, got {self.embeddings.shape}",
        )


@dataclass(frozen=True, slots=True)
class BoardText:
    """One text of a score board as it was read: box in pixels of the picture, score in 0..1."""

    text: str
    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class BoardReading:
    """What a score board said at `t` seconds of video, its texts row by row."""

    t: float
    texts: tuple[BoardText, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A unit of indexing work: answers for `core`, reads `reach` (core and the overlap to the next segment)."""

    index: int
    core: Span
    reach: Span


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """Where the field lies on the picture at `t`.

    sport: whose field; homography: (3, 3) from the ground in metres (`grounding.zones`) to pixels; error: of a spot on
    the ground in metres, one standard deviation; sided: whether it is known which end is the left one.
    """

    t: float
    sport: str
    homography: NDArray[np.float64]
    error: float
    sided: bool


@dataclass(frozen=True, slots=True, eq=False)
class SegmentResult:
    """What one segment's pass over the pixels leaves behind; enough to stitch without reading the video again.

    cuts: times of shot changes inside reach; camera_times (M,) and camera (M, 3, 3): homography from the picture at
    the previous step to the one at that time (identity at a cut); decoded: the part of reach that really decoded;
    pitch: the pictures on which the field was recognised, in order of time; board: what a score board said, about once
    a second; pictures: of an image-text model, about one a second, in order of time.
    """

    segment: Segment
    decoded: Span
    cuts: tuple[float, ...]
    tracklets: tuple[Tracklet, ...]
    camera_times: Times
    camera: NDArray[np.float64]
    pitch: tuple[Registration, ...] = ()
    board: tuple[BoardReading, ...] = ()
    pictures: tuple[PictureVector, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class VideoIndex:
    """Everything known of one video after stitching. `decoded` shorter than `info.duration` means a partial file.

    clock: match time and score, empty where no score board was read. embedder: name of the image-text model whose
    vectors these are, "" where sentences were embedded; embedder_print: checksum of its files. film: path of the file
    that was indexed, "" where it is not known.
    """

    info: VideoInfo
    decoded: Span
    shots: tuple[Shot, ...]
    tracks: tuple[Track, ...]
    version: str
    clock: MatchClock = field(default_factory=MatchClock)
    embedder: str = ""
    embedder_print: str = ""
    film: str = ""


PredicateKind = Literal[
    "object", "shirt_colour", "shorts_colour", "number", "name", "place", "motion", "direction", "action", "relation",
    "count", "time",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Predicate:
    """One thing the query asks for. `value` is plain English; `terms` are the alternatives that make it true.

    All predicates of a query hold together, but for these:

    negated: it must not hold ("not in red"). either, branch: predicates with the same `either` above 0 are one choice:
    those of one `branch` hold together, and one branch is enough ("number 10 or the keeper in yellow"). step: what
    changes holds in the order of its steps, 0 first, on the same track ("receives the ball, then shoots").

    said: the name that stood for it ("Kowalski" for red and 10). guessed: its word is not in the lexicon, but near one.
    """

    kind: PredicateKind
    value: str
    terms: tuple[str, ...] = ()
    negated: bool = False
    either: int = 0
    branch: int = 0
    step: int = 0
    said: str = ""
    guessed: bool = False


SENTENCE_COSINES: Final = (0.15, 0.75)
"""Between about these run the cosines of a sentence to descriptions, both embedded by MiniLM."""


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A parsed query. `rest`: words left to the embedding; embedding: (D,) unit vector, or None if not embedded.

    cosines: between about these run the cosines of that model's queries to what it embedded.
    """

    text: str
    predicates: tuple[Predicate, ...]
    rest: str = ""
    embedding: Floats | None = None
    cosines: tuple[float, float] = SENTENCE_COSINES


@dataclass(frozen=True, slots=True)
class Evidence:
    """One second of a candidate: its terms and the cosine similarity of its embedding to the query's."""

    second: int
    terms: Terms
    similarity: float


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A tube proposed by retrieval. `evidence` covers the seconds of `tube` and some context around the span.

    seen: mean score of the detections of its track; spectators and shadows have little.
    """

    video: str
    track_ids: tuple[int, ...]
    span: Span
    tube: Tube
    evidence: Sequence[Evidence]
    score: float
    seen: float = 0.5


Smoothing = Literal["hold", "linear", "pchip", "akima"]
"""How boxes are drawn between the times at which a target was seen."""

Verdict = Literal["confirmed", "rejected", "unsure", "unchecked"]


@dataclass(frozen=True, slots=True)
class Verification:
    """A verifier's judgement of one candidate: verdict, score in 0..1, the tightened span, and why, in words.

    likely: probability that it is right, where the verifier has learnt to tell; it then decides the order of all that
    was not rejected. None: the probability is worked out from the rest.
    """

    verdict: Verdict
    score: float
    span: Span
    reason: str
    likely: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """A candidate shown to the user after ranking. `tube` is cut to `span`; place: among the candidates before."""

    rank: int
    video: str
    track_ids: tuple[int, ...]
    span: Span
    score: float
    verdict: Verdict
    reason: str
    tube: Tube
    place: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Given by long passes between results: how many seconds of video are done of how many."""

    stage: str
    done: float
    total: float
