"""Keeps the best crop of each person in each second, and asks the networks about that one only.

Pixels are dropped as soon as a second is over; of each person a few crops are kept for the shirt number, so memory does
not grow with the length of a video, only with the number of people in one segment.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from grounding.describe.colour import kit_shares
from grounding.embed.crops import pool, squared
from grounding.geometry import as_boxes, coverage_matrix
from grounding.types import CropSample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from grounding.describe.models import Appearance, Numbers, Pose
    from grounding.embed.base import ImageEmbedder
    from grounding.types import Floats, Image

Reading = tuple[str, float]


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """Heights in pixels of the full picture.

    min_height: smaller people are not looked at; min_pose_height, min_number_height: for these networks;
    no_pose: widths over heights at which no body points are looked for in people below `wide_pose_height`: heads in
    the stand and bodies half hidden, of which 8 of 244 gave a trunk, for a quarter of all that poses cost;
    number_crops: crops a person's number is read from; appearance_every: seconds between appearance vectors of one
    person after the first two; max_crop_height: larger crops are scaled down; margin: surroundings kept around a
    person, as a share of the longer side; vector_crops: best crops of a second that make its image vector.
    """

    min_height: float = 20.0
    min_pose_height: float = 36.0
    wide_pose_height: float = 100.0
    no_pose: tuple[float, float] = (0.75, 1.3)
    min_number_height: float = 56.0
    number_crops: int = 6
    appearance_every: int = 2
    max_crop_height: int = 320
    margin: float = 0.16
    vector_crops: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Crop:
    """Pixels around one person at one time. box: in crop pixels; picture = crop / scale + offset."""

    t: float
    box: Floats
    image: Image
    inner: Floats
    scale: float
    offset: Floats
    sharpness: float
    quality: float
    light: float


class CropSampler:
    """Fed with each picture's people, gives `CropSample`s by tracklet, and readings of their numbers.

    run: threads for what is measured crop by crop; the networks are called with all crops of a second.
    images: gives each sample its vector, of all people of a second in one call; None for none.
    """

    def __init__(
        self,
        pose: Pose,
        appearance: Appearance,
        numbers: Numbers,
        settings: SamplerSettings | None = None,
        *,
        run: ThreadPoolExecutor | None = None,
        images: ImageEmbedder | None = None,
    ) -> None:
        self._pose, self._appearance, self._numbers = pose, appearance, numbers
        self._settings = settings or SamplerSettings()
        self._pool = run
        self._images = images
        self._most = self._settings.vector_crops if images is not None else 1
        self._second: int | None = None
        self._best: dict[int, list[_Crop]] = {}  # of this second, the best first
        self._samples: dict[int, list[CropSample]] = defaultdict(list)
        self._for_numbers: dict[int, list[_Crop]] = defaultdict(list)
        self._changed = -np.inf

    def add(
        self,
        t: float,
        image: Image,
        people: Sequence[tuple[int, Floats]],
        others: Floats | None = None,
        *,
        repeats: bool = False,
    ) -> None:
        """Takes in one picture; times must not go back.

        Args:
            t: seconds; image: full picture; people: (tracklet_id, box (4,)) of those to be sampled; others: (N, 4)
            boxes of whatever else may stand in front of them; repeats: it shows the same as the picture before, so
            that what was measured since the last change still holds.
        """
        second = int(t + 1e-6)
        if self._second is not None and second != self._second:
            self.flush()
        self._second = second
        if repeats:
            people = [(i, box) for i, box in people if not self._repeated(i, t)]
        else:
            self._changed = t
        if not people:
            return
        boxes = as_boxes([box for _, box in people])
        everything = boxes if others is None or len(others) == 0 else np.concatenate([boxes, as_boxes(others)])
        covered = _covered(boxes, everything)
        light = _light(image)
        for (tracklet_id, box), hidden in zip(people, covered, strict=True):
            self._consider(tracklet_id, t, image, np.asarray(box, np.float32), float(hidden), light)

    def flush(self) -> None:
        """Looks at the best crops of the second that is over; called by `add`, and once at the end by `finish`."""
        kept, self._best = self._best, {}
        chosen = [(tracklet_id, crops[0]) for tracklet_id, crops in kept.items()]
        vectors = self._vectors(list(kept.values()))
        for (tracklet_id, crop), sample, vector in zip(chosen, self._looked_at(chosen), vectors, strict=True):
            self._samples[tracklet_id].append(sample if vector is None else replace(sample, vector=vector))
            self._keep_for_number(tracklet_id, crop, sample)

    def finish(self, wanted: Iterable[int]) -> tuple[dict[int, tuple[CropSample, ...]], dict[int, tuple[Reading, ...]]]:
        """Samples and number readings of the tracklets in `wanted`; the sampler is empty afterwards."""
        self.flush()
        ids = list(wanted)
        samples = {i: tuple(self._samples.get(i, ())) for i in ids}
        readings = self._read_numbers([i for i in ids if self._for_numbers.get(i)])
        self._samples.clear()
        self._for_numbers.clear()
        return samples, readings

    def _repeated(self, tracklet_id: int, t: float) -> bool:
        """Whether the person has a sample of this second, if need be the last one once more."""
        known = self._samples.get(tracklet_id)
        if not known or known[-1].t < self._changed:
            return False
        if known[-1].second != self._second:
            known.append(replace(known[-1], second=int(t + 1e-6), t=t))
        return True

    def _vectors(self, kept: Sequence[Sequence[_Crop]]) -> Sequence[NDArray[np.float16] | None]:
        """For each person the vector over the crops of the second, sharp and large ones counting more."""
        if self._images is None or not kept:
            return [None] * len(kept)
        rows = self._images.embed_images([squared(crop.image) for crops in kept for crop in crops])
        ends = np.cumsum([len(crops) for crops in kept])
        parts = np.split(rows, ends[:-1])
        return [
            pool(part, [crop.quality for crop in crops]).astype(np.float16)
            for part, crops in zip(parts, kept, strict=True)
        ]

    def _looked_at(self, chosen: Sequence[tuple[int, _Crop]]) -> list[CropSample]:
        """All that is measured on the crops of a second; each network has them in one call."""
        posed = [crop for _, crop in chosen if self._wants_pose(crop.box)]
        looks = [crop for tracklet_id, crop in chosen if self._wants_appearance(tracklet_id)]
        points = dict(zip(map(id, posed), _asked(self._pose.estimate, posed), strict=True))
        # Of all that is kept of a video until it is stitched these vectors are the most.
        rows = dict(zip(map(id, looks), _asked(self._appearance.embed, looks), strict=True))
        items = [
            _Looked(crop, points.get(id(crop)), None if (row := rows.get(id(crop))) is None else row.astype(np.float16))
            for _, crop in chosen
        ]
        if self._pool is None or len(items) < 2:
            return [_sample(item) for item in items]
        return list(self._pool.map(_sample, items))

    def _consider(self, tracklet_id: int, t: float, image: Image, box: Floats, hidden: float, light: float) -> None:
        height, width = float(box[3] - box[1]), float(box[2] - box[0])
        if height < self._settings.min_height or width < 4:
            return
        known = self._samples.get(tracklet_id)
        if known and known[-1].second == self._second:
            return
        kept = self._best.setdefault(tracklet_id, [])
        full = len(kept) >= self._most
        # Before the costly sharpness: what cannot win any more is not looked at.
        possible = height * (1 - 0.8 * hidden) * _whole(box, image.shape)
        if full and possible * 60.0 < kept[-1].quality:
            return
        sharpness = _sharpness(image, box)
        quality = possible * min(60.0, (1.0 + sharpness) ** 0.5)
        if not full or quality > kept[-1].quality:
            kept.append(self._cut(t, image, box, sharpness, quality, light))
            kept.sort(key=lambda crop: -crop.quality)
            del kept[self._most :]

    def _cut(self, t: float, image: Image, box: Floats, sharpness: float, quality: float, light: float) -> _Crop:
        """Copies the surroundings of `box` out of the picture, so that the picture can go."""
        height, width = image.shape[:2]
        side = float(max(box[3] - box[1], box[2] - box[0])) * (1 + 2 * self._settings.margin)
        x, y = float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2
        x1, y1 = max(0, int(x - side / 2)), max(0, int(y - side / 2))
        x2, y2 = min(width, int(x + side / 2) + 1), min(height, int(y + side / 2) + 1)
        part = image[y1:y2, x1:x2]
        scale = min(1.0, self._settings.max_crop_height / float(box[3] - box[1]))
        if scale < 1.0:
            size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
            part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
        else:
            part = part.copy()
        offset = np.asarray([x1, y1], np.float32)
        inner = (box - np.tile(offset, 2)) * np.float32(scale)
        return _Crop(t, box, part, inner.astype(np.float32), scale, offset, sharpness, quality, light)

    def _wants_pose(self, box: Floats) -> bool:
        width, height = float(box[2] - box[0]), float(box[3] - box[1])
        low, high = self._settings.no_pose
        hopeless = height < self._settings.wide_pose_height and low <= width / height <= high
        return height >= self._settings.min_pose_height and not hopeless

    def _wants_appearance(self, tracklet_id: int) -> bool:
        seen = len(self._samples.get(tracklet_id, ()))
        return seen < 2 or seen % max(1, self._settings.appearance_every) == 0

    def _keep_for_number(self, tracklet_id: int, crop: _Crop, sample: CropSample) -> None:
        if crop.box[3] - crop.box[1] < self._settings.min_number_height:
            return
        x1, y1, x2, y2 = np.rint(crop.inner).astype(int)
        person = crop.image[max(0, y1) : y2, max(0, x1) : x2]
        kept = self._for_numbers[tracklet_id]
        kept.append(replace(crop, image=person.copy(), quality=crop.quality * _faces_us(sample)))
        if len(kept) > self._settings.number_crops:
            kept.remove(min(kept, key=lambda c: c.quality))

    def _read_numbers(self, ids: list[int]) -> dict[int, tuple[Reading, ...]]:
        """Reads the better half of the crops first; the rest only where that gave something but not enough."""
        found: dict[int, list[Reading]] = {i: [] for i in ids}
        half = max(1, self._settings.number_crops // 2)
        for first in (True, False):
            tasks: list[tuple[int, Image]] = []
            for i in ids:
                crops = sorted(self._for_numbers[i], key=lambda c: -c.quality)
                if first or _worth_more(found[i]):
                    tasks += [(i, c.image) for c in (crops[:half] if first else crops[half:])]
            for (i, _), reading in zip(tasks, self._numbers.read([image for _, image in tasks]), strict=True):
                if reading is not None:
                    found[i].append(reading)
        return {i: tuple(readings) for i, readings in found.items() if readings}


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """A crop, with the body points in its pixels and the vector of looks, where they were asked for."""

    crop: _Crop
    points: Floats | None
    appearance: NDArray[np.float16] | None


def _asked(network: Callable[[Sequence[Image], Floats], Floats], crops: Sequence[_Crop]) -> Sequence[Floats]:
    """What a network says of each crop's person."""
    return list(network([crop.image for crop in crops], np.stack([crop.inner for crop in crops]))) if crops else []


def _sample(looked: _Looked) -> CropSample:
    """With the colours of the kit, which need the body points."""
    crop = looked.crop
    shirt, shorts = kit_shares(crop.image, crop.inner, looked.points, light=crop.light)
    return CropSample(
        second=int(crop.t + 1e-6),
        t=crop.t,
        box=crop.box,
        sharpness=crop.sharpness,
        shirt=shirt,
        shorts=shorts,
        keypoints=None if looked.points is None else _in_picture(looked.points, crop),
        appearance=looked.appearance,
    )


def _worth_more(readings: list[Reading]) -> bool:
    if not readings:
        return False
    texts = {text for text, _ in readings}
    return len(texts) > 1 or sum(confidence for _, confidence in readings) < 1.5


def _covered(boxes: np.ndarray, everything: np.ndarray) -> Floats:
    """(N,) the largest share of each of the first N boxes that one other box covers from the front (feet lower)."""
    share = coverage_matrix(boxes, everything)
    share[np.arange(len(boxes)), np.arange(len(boxes))] = 0.0
    in_front = everything[None, :, 3] >= boxes[:, None, 3] - 0.02 * (boxes[:, 3] - boxes[:, 1])[:, None]
    return np.asarray(np.where(in_front, share, 0.3 * share).max(axis=1, initial=0.0), np.float32)


def _whole(box: Floats, shape: tuple[int, ...]) -> float:
    """Less than 1 where the box touches the border of the picture, so that the person may be cut off."""
    edge = 2.0
    cut = box[0] < edge or box[1] < edge or box[2] > shape[1] - edge or box[3] > shape[0] - edge
    return 0.5 if cut else 1.0


def _sharpness(image: Image, box: Floats) -> float:
    """Variance of the Laplacian over the upper half of the box, scaled to at most 64 pixels of height."""
    x1, y1, x2, y2 = (int(v) for v in box)
    part = image[max(0, y1) : max(1, (y1 + y2) // 2), max(0, x1) : max(1, x2)]
    if min(part.shape[:2]) < 4:
        return 0.0
    if part.shape[0] > 64:
        size = (max(4, round(part.shape[1] * 64 / part.shape[0])), 64)
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    return float(cv2.Laplacian(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())


def _light(image: Image) -> float:
    """How bright white is here: the 99th percentile of brightness, at least 0.5."""
    sparse = image[::16, ::16].max(axis=2)
    return float(np.clip(np.percentile(sparse, 99) / 255.0, 0.5, 1.0))


def _faces_us(sample: CropSample) -> float:
    """0.3 to 1: how far the shirt is turned to us, by the width of the shoulders against the length of the trunk."""
    points = sample.keypoints
    if points is None or float(points[[5, 6, 11, 12], 2].min()) < 0.25:
        return 0.5
    shoulders = float(np.linalg.norm(points[5, :2] - points[6, :2]))
    trunk = float(np.linalg.norm(points[[5, 6], :2].mean(0) - points[[11, 12], :2].mean(0)))
    return float(np.clip(shoulders / max(trunk, 1.0) / 0.6, 0.3, 1.0))


def _in_picture(points: Floats, crop: _Crop) -> Floats:
    moved = points.astype(np.float32, copy=True)
    moved[:, :2] = moved[:, :2] / crop.scale + crop.offset
    return moved
