"""How closely to look, shot by shot: whole pictures, or tiles over the band where small people are.

A wide shot of a whole half shows people 20 to 40 pixels high, of which a detector that sees the picture at 640 pixels
misses a quarter. What it does find tells how large people are and where; a probe in tiles now and then finds out
whether there are people too small to be found at all. The choice is made at each cut and every few seconds, from single
pictures at set times, so that it does not depend on how pictures are batched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from grounding.detect.base import Detector
from grounding.detect.careful import CarefulDetector
from grounding.detect.tiles import WHOLE, Layout, Rect, cost_of, merge, row_of_tiles
from grounding.types import Detections, Floats, Frame, Image

_CONFIDENT: Final = 0.4
_WEAK: Final = 0.2
_FEW: Final = 3


@dataclass(frozen=True, slots=True)
class ZoomSettings:
    """When to look closer. Heights are in pixels as the network sees the whole picture, times in seconds.

    max_cost: most times the cost of the whole picture that a picture may cost, probes apart; 1 never looks closer.
    small: people below this height are small; enter, leave: share of small people from which tiles begin and down to
    which they stay; least: small people it takes. wanted: height that tiles enlarge the middle one to, as far as the
    picture has that many pixels. first, every: from a cut to the second choice, and from then on. probe_first,
    probe_most: shortest and longest time between two probes. probe_band: share of the picture's height a probe sees.
    probe_share: what all probes may cost, as a share of looking at whole pictures, past the first two.
    """

    max_cost: float = 3.0
    small: float = 26.0
    enter: float = 0.5
    leave: float = 0.3
    least: int = 4
    wanted: float = 22.0
    first: float = 1.0
    every: float = 2.0
    probe_first: float = 10.0
    probe_most: float = 40.0
    probe_band: tuple[float, float] = (0.2, 0.8)
    probe_share: float = 0.05


class ZoomDetector:
    """Looks at the pictures of one video in order through `detector`, as closely as each shot needs.

    side: pixels that `detector` scales the longer side of a picture to. What `detector` fails on counts as empty (see
    `CarefulDetector`). Not to be shared between videos or segments.
    """

    def __init__(self, detector: Detector, side: int, settings: ZoomSettings | None = None) -> None:
        self._detector = CarefulDetector(detector)
        self._person = detector.labels.index("person") if "person" in detector.labels else -1
        self._side = side
        self._settings = settings or ZoomSettings()
        self._size = (0, 0)
        self.pictures = 0
        self.units = 0.0
        self._probes = 0.0
        self._reset()

    @property
    def labels(self) -> tuple[str, ...]:
        return self._detector.labels

    @property
    def cost(self) -> float:
        """What was spent so far, as a multiple of looking at whole pictures; 1 before the first."""
        return self.units / self.pictures if self.pictures else 1.0

    def look(self, frames: Sequence[Frame]) -> list[Detections]:
        """One `Detections` for each frame, boxes in its pixels, strongest first; sound (see `clean`)."""
        found: list[Detections] = []
        waiting: list[Image] = []
        for frame in frames:
            size = (frame.image.shape[1], frame.image.shape[0])
            new_shot = frame.cut or size != self._size
            if self._settings.max_cost > 1 and (new_shot or not self._chosen <= frame.pts < self._next):
                found += self._seen(waiting)
                waiting = []
                if new_shot:
                    self._size = size
                    self._reset()
                found.append(self._choose(frame))
            else:
                waiting.append(frame.image)
        return found + self._seen(waiting)

    def _reset(self) -> None:
        self.layout = WHOLE
        self._chosen, self._next = math.inf, -math.inf
        self._probe_at, self._probe_wait = math.inf, self._settings.probe_first
        self._columns = 0
        self._doubted = False

    def _seen(self, images: Sequence[Image]) -> list[Detections]:
        """What is found in the present layout."""
        if not images:
            return []
        size = (images[0].shape[1], images[0].shape[0])
        parts = self.layout.parts(size)
        found = self._detector.detect([_crop(image, part) for image in images for part in parts])
        self.pictures += len(images)
        self.units += len(images) * cost_of(self.layout, size, self._side)
        return [merge(found[k : k + len(parts)], parts, size) for k in range(0, len(found), len(parts))]

    def _choose(self, frame: Frame) -> Detections:
        """Looks at one picture closely enough to choose the layout for the next seconds; what was found on it."""
        before = self.layout
        look = Layout(True, before.tiles)
        found = self._parts(frame.image, look)
        whole = found[0]
        seen = merge(found, look.parts(self._size), self._size)
        first = not math.isfinite(self._chosen)
        layout = self._plan(self._people(seen), tiled=bool(before.tiles))
        if layout is None and not before.tiles and self._probe_due(frame.pts, self._people(whole), first=first):
            probe = self._probe_layout()
            self._probes += cost_of(probe, self._size, self._side)
            parts = (*look.parts(self._size), *probe.tiles)
            seen = merge([whole, *self._parts(frame.image, probe)], parts, self._size)
            layout = self._plan(self._people(seen), tiled=False)
            self._probe_at = frame.pts + self._probe_wait
            self._probe_wait = min(2 * self._probe_wait, self._settings.probe_most)
        elif layout is not None and not before.tiles:
            found = [whole, *self._parts(frame.image, Layout(False, layout.tiles))]
            seen = merge(found, Layout(True, layout.tiles).parts(self._size), self._size)
        # One picture without small people, or one that the detector failed on, ends no tiles; a second does.
        self._doubted = layout is None and bool(before.tiles) and not self._doubted
        self.layout = before if self._doubted else layout or WHOLE
        self._chosen = frame.pts
        self._next = frame.pts + (self._settings.first if first or self._doubted else self._settings.every)
        self.pictures += 1
        # Were the probe's finds given without tiles to follow, people would flash up for one picture.
        return seen if self.layout.tiles else whole

    def _parts(self, image: Image, layout: Layout) -> list[Detections]:
        self.units += cost_of(layout, self._size, self._side)
        return self._detector.detect([_crop(image, part) for part in layout.parts(self._size)])

    def _probe_layout(self) -> Layout:
        width, height = self._size
        top, bottom = self._settings.probe_band
        band = (top * height, bottom * height)
        return Layout(False, row_of_tiles(self._size, band, self._most_columns(), 0.06 * width))

    def _probe_due(self, pts: float, people: _People, *, first: bool) -> bool:
        if first:
            # Several large people are a picture of that kind; fewer may stand before small ones.
            large = people.count - people.small
            self._probe_at = pts + (self._settings.probe_most / 2 if large >= _FEW else 0.0)
        if pts < self._probe_at:
            return False
        # A cut every second must not cost a probe every second.
        cost = cost_of(self._probe_layout(), self._size, self._side)
        return self._probes <= cost + self._settings.probe_share * self.pictures

    def _people(self, found: Detections) -> _People:
        mine = found.labels == self._person
        least = self._settings.small * max(self._size) / self._side
        return _People(found.boxes[mine], found.scores[mine], least)

    def _plan(self, people: _People, *, tiled: bool) -> Layout | None:
        """The layout for such people; None for whole pictures."""
        s = self._settings
        share = people.small / max(1, people.count)
        if share < (s.leave if tiled else s.enter) or people.small < (s.least // 2 if tiled else s.least):
            return None
        middle, tallest = people.heights()
        self._columns = self._columns_for(middle)
        band = self._band(people, middle)
        overlap = min(1.5 * tallest, self._size[0] / 4)
        others = people.outside(band)
        for _ in range(8):
            layout = Layout(others, row_of_tiles(self._size, band, self._columns, overlap))
            if cost_of(layout, self._size, self._side) <= s.max_cost:
                return layout
            # What the band no longer holds is still seen at normal size.
            others = True
            band = people.shrunk(band)
        return None

    def _columns_for(self, middle: float) -> int:
        """Tiles side by side; as many as before while those do."""
        scale = self._side / max(self._size)
        reached = middle * scale * max(1, self._columns)
        if self._columns > 1 and self._settings.wanted * 0.8 <= reached <= self._settings.wanted * 2.5:
            return self._columns
        return max(2, min(self._most_columns(), math.ceil(self._settings.wanted / max(middle * scale, 1.0))))

    def _most_columns(self) -> int:
        """More would only enlarge what the picture does not have."""
        return max(2, min(4, round(max(self._size) / self._side)))

    def _band(self, people: _People, middle: float) -> tuple[float, float]:
        """From above the highest small person to below the lowest; the band before while it does."""
        top, bottom = people.extent()
        near, far = max(0.0, top - 2 * middle), min(float(self._size[1]), bottom + 2 * middle)
        if self.layout.tiles:
            old_top, old_bottom = float(self.layout.tiles[0][1]), float(self.layout.tiles[0][3])
            holds = old_top <= max(0.0, top - middle) and old_bottom >= min(self._size[1], bottom + middle)
            if holds and far - near > 0.7 * (old_bottom - old_top):
                return old_top, old_bottom
        return near, far


class _People:
    """The people found on one picture. `small_below`: height in the picture's pixels."""

    def __init__(self, boxes: Floats, scores: Floats, small_below: float) -> None:
        heights = boxes[:, 3] - boxes[:, 1]
        sure = scores >= _CONFIDENT
        self.count = int(sure.sum())
        self.small = int((sure & (heights < small_below)).sum())
        self._seen = boxes[scores >= _WEAK]
        self._sure = boxes[sure]
        self._little = boxes[(scores >= _WEAK) & (heights < small_below)]

    def heights(self) -> tuple[float, float]:
        """The middle and the largest height of the small ones."""
        heights = self._little[:, 3] - self._little[:, 1]
        return float(np.median(heights)), float(heights.max())

    def extent(self) -> tuple[float, float]:
        """The highest top and the lowest bottom of the small ones."""
        return float(self._little[:, 1].min()), float(self._little[:, 3].max())

    def outside(self, band: tuple[float, float]) -> bool:
        """Whether somebody sure does not fit into the band."""
        return bool(np.any((self._sure[:, 1] < band[0]) | (self._sure[:, 3] > band[1])))

    def shrunk(self, band: tuple[float, float]) -> tuple[float, float]:
        """The band less an eighth, taken off at the side where it costs fewer of the small ones."""
        step = (band[1] - band[0]) / 8
        top_lost = np.sum(self._little[:, 1] < band[0] + step)
        bottom_lost = np.sum(self._little[:, 3] > band[1] - step)
        return (band[0] + step, band[1]) if top_lost <= bottom_lost else (band[0], band[1] - step)


def _crop(image: Image, part: Rect) -> Image:
    x1, y1, x2, y2 = part
    return image if (x2 - x1, y2 - y1) == (image.shape[1], image.shape[0]) else image[y1:y2, x1:x2]
