"""How often and how exactly the field is recognised on pictures whose camera is known.

Matches are drawn picture by picture, five a second as indexing reads them, each compressed as JPEG; nothing is encoded,
detected or indexed. Of the people who can be seen an eighth stay unfound, as with a detector. A picture that is looked
at counts as registered when the field's place on it is known, and wrongly registered when it puts the feet of those who
are on it more than `WRONG` metres from where they are, by the median. Where a camera behind a goal cannot tell the
field's ends apart, either way round is right.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from grounding.pitch.lens import inverse, project
from grounding.pitch.markings import FIELDS
from grounding.pitch.watch import PitchWatch
from grounding.synth.arena import FPS, HEIGHT, WIDTH, arena_of
from grounding.synth.match import Match
from grounding.track.camera import CameraMotion
from grounding.types import Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grounding.synth.camera import Camera, Take, View
    from grounding.types import Image, Registration

    Array = NDArray[np.float64]

WRONG: Final = 5.0
_EVERY: Final = FPS // 5
_UNFOUND: Final = 0.125
_QUALITY: Final = 75


@dataclass(frozen=True, slots=True)
class Style:
    """Pictures of one kind of shot. looked: at how many the lines were looked for; errors: metres by which each person
    on the registered ones was misplaced; registered, wrong: pictures."""

    looked: int = 0
    registered: int = 0
    wrong: int = 0
    errors: tuple[float, ...] = ()

    def __add__(self, other: Style) -> Style:
        return Style(
            self.looked + other.looked, self.registered + other.registered, self.wrong + other.wrong,
            self.errors + other.errors,
        )  # fmt: skip

    def quantile(self, share: float) -> float:
        return float(np.quantile(self.errors, share)) if self.errors else float("nan")


@dataclass(frozen=True, slots=True)
class PitchScore:
    """Of one match or several: by kind of shot; cpu_s: of finding and registering over so many seconds of video."""

    styles: Mapping[str, Style]
    cpu_s: float
    seconds: float

    def __add__(self, other: PitchScore) -> PitchScore:
        names = [*self.styles, *(name for name in other.styles if name not in self.styles)]
        styles = {name: self.styles.get(name, Style()) + other.styles.get(name, Style()) for name in names}
        return PitchScore(styles, self.cpu_s + other.cpu_s, self.seconds + other.seconds)


def measure(
    sport: str, seed: int, seconds: int, camera: Camera = "broadcast", harm: str = "none"
) -> Iterator[Progress | PitchScore]:
    """Draws a match and looks for its field; yields Progress and the score last.

    harm: one of `HARMS`, done to every picture first.
    """
    match = Match.make(arena_of(sport), seed, seconds * FPS, camera)
    rng = np.random.default_rng(seed)
    watch, cpu = PitchWatch(), 0.0
    views: dict[float, tuple[int, View, str]] = {}
    for take in match.takes:
        motion = CameraMotion()
        first = True
        for frame in range(-(-take.start // _EVERY) * _EVERY, take.end, _EVERY):
            view = take.views[frame - take.start]
            image = HARMS[harm](match.renderer.draw(frame, view, take.style), _to_picture(view), sport, rng)
            image = _compressed(image, _QUALITY)
            people = _people(match, frame, view, rng)
            moved = motion.update(image, people)
            t = round(frame / FPS, 3)
            start = time.process_time()
            if first:
                watch.cut()
            watch.look(t, image, people, moved)
            cpu += time.process_time() - start
            views[t] = (frame, view, take.style)
            first = False
        yield Progress("pitch", take.end / FPS, seconds)
    start = time.process_time()
    found = {round(one.t, 3): one for one in watch.registrations()}
    cpu += time.process_time() - start
    looked = _looked(match.takes)
    total = PitchScore({}, cpu, seconds)
    for t, (frame, view, style) in views.items():
        if t in looked:
            total += PitchScore({style: _one(match, frame, view, found.get(t))}, 0.0, 0.0)
    yield total


def _looked(takes: tuple[Take, ...]) -> set[float]:
    """The times at which the lines are looked for: each second of each take."""
    times: set[float] = set()
    for take in takes:
        first = -(-take.start // _EVERY) * _EVERY
        times |= {round(frame / FPS, 3) for frame in range(first, take.end, FPS)}
    return times


def _to_picture(view: View) -> Array:
    """The true homography from the ground to the picture."""
    return view.plane(np.zeros(3), np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))


def _people(match: Match, frame: int, view: View, rng: np.random.Generator) -> Array:
    sight = match.renderer.sight(frame, view)
    seen = (sight.inside > 0.3) & (sight.visible > 0.3) & (rng.random(len(sight.boxes)) > _UNFOUND)
    return np.clip(sight.boxes[seen], 0, [WIDTH, HEIGHT, WIDTH, HEIGHT])


def _one(match: Match, frame: int, view: View, found: Registration | None) -> Style:
    """One picture that was looked at."""
    if found is None:
        return Style(looked=1)
    stands = match.motion.pos[frame].astype(np.float64)
    pixels, depth = project(_to_picture(view), stands)
    shown = (depth > 0) & (pixels > 0).all(1) & (pixels < [WIDTH, HEIGHT]).all(1)
    if not shown.any():
        return Style(looked=1, registered=1)
    stands, pixels = stands[shown], pixels[shown]
    placed, _ = project(inverse(found.homography), pixels)
    errors = np.hypot(*(placed - stands).T)
    if not found.sided:
        field = FIELDS[found.sport]
        turned = np.hypot(*(np.array([field.length, field.width]) - placed - stands).T)
        errors = turned if np.median(turned) < np.median(errors) else errors
    wrong = bool(np.median(errors) > WRONG) or match.arena.sport != found.sport
    return Style(1, 1, int(wrong), tuple(float(e) for e in np.round(errors, 3)))


def _compressed(image: Image, quality: int) -> Image:
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    packed = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)[..., ::-1].copy()


def _worn(image: Image, homography: Array, sport: str, rng: np.random.Generator) -> Image:
    """Half of all that is painted on the ground is worn away, in patches."""
    lines = np.zeros(image.shape[:2], np.uint8)
    places, ways = FIELDS[sport].samples
    (first, depth), (last, _) = (project(homography, places + side * ways) for side in (-0.3, 0.3))
    for a, b, deep in zip(first, last, depth, strict=True):
        if deep > 0 and -50 < a[0] < WIDTH + 50 and -50 < a[1] < HEIGHT + 50:
            thick = int(np.clip(0.5 * np.linalg.norm(b - a), 5, 40))
            cv2.line(lines, np.rint(a).astype(int).tolist(), np.rint(b).astype(int).tolist(), 1, thick)
    patches = cv2.resize(rng.random((18, 32)).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) > 0.5
    bare = cv2.morphologyEx(image, cv2.MORPH_OPEN, np.ones((21, 21), np.uint8))
    return np.asarray(np.where(((lines > 0) & patches)[..., None], bare, image), np.uint8)


def _shadow(image: Image, homography: Array, sport: str, rng: np.random.Generator) -> Image:  # noqa: ARG001
    """The shadow of a stand lies over the far half of the ground, with a sharp edge."""
    edge, depth = project(homography, np.array([[0.0, 40.0], [FIELDS[sport].length, 40.0]]))
    if (depth <= 0).any():
        return image
    x = np.arange(WIDTH)
    border = edge[0, 1] + (x - edge[0, 0]) * (edge[1, 1] - edge[0, 1]) / max(edge[1, 0] - edge[0, 0], 1.0)
    dark = np.arange(HEIGHT)[:, None] < border[None]
    return np.asarray(np.where(dark[..., None], image * 0.45, image), np.uint8)


def _nothing(image: Image, homography: Array, sport: str, rng: np.random.Generator) -> Image:  # noqa: ARG001
    return image


def _blurred(image: Image, homography: Array, sport: str, rng: np.random.Generator) -> Image:  # noqa: ARG001
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 2.0), np.uint8)


def _squeezed(image: Image, homography: Array, sport: str, rng: np.random.Generator) -> Image:  # noqa: ARG001
    return _compressed(image, 20)


HARMS: Final[Mapping[str, Callable[[Image, Array, str, np.random.Generator], Image]]] = {
    "none": _nothing, "worn": _worn, "shadow": _shadow, "blurred": _blurred, "squeezed": _squeezed,
}  # fmt: skip
"""What is done to the pictures: half of the paint worn away, a stand's shadow, blur of 2 pixels, JPEG of quality 20."""
