"""The best crop of each second is taken, the networks see only that one, and no picture is kept."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from grounding.describe.crops import each
from grounding.describe.sampler import CropSampler, SamplerSettings
from grounding.types import Floats, Image

GRASS = (66, 132, 48)


class Networks:
    """Pose, appearance and numbers that remember what they were asked; points at fixed shares of the box."""

    def __init__(self, readings: Sequence[tuple[str, float] | None] = ()) -> None:
        self.posed: list[tuple[int, int]] = []
        self.embedded = 0
        self.read_shapes: list[tuple[int, ...]] = []
        self.readings = list(readings)

    def estimate(self, image: Image | Sequence[Image], boxes: Floats) -> Floats:
        self.posed += [(one.shape[0], one.shape[1]) for one in each(image, boxes)]
        points = np.zeros((len(boxes), 17, 3), np.float32)
        points[:, :, 0] = ((boxes[:, 0] + boxes[:, 2]) / 2)[:, None]
        points[:, :, 1] = boxes[:, 1][:, None]
        points[:, :, 2] = 0.1
        return points

    def embed(self, image: Image | Sequence[Image], boxes: Floats) -> Floats:
        self.embedded += len(boxes)
        return np.tile(np.asarray([1, 0], np.float32), (len(boxes), 1))

    def read(self, crops: Sequence[Image]) -> list[tuple[str, float] | None]:
        self.read_shapes += [crop.shape for crop in crops]
        return [self.readings.pop(0) if self.readings else None for _ in crops]


def picture(*people: tuple[int, int, int, tuple[int, int, int]], blur: int = 0) -> Image:
    """people: x, y of the feet, height, shirt colour."""
    image = np.full((360, 640, 3), GRASS, np.uint8)
    for x, y, height, shirt in people:
        cv2.rectangle(image, (x - height // 6, y - height), (x + height // 6, y), (230, 230, 230), -1)
        cv2.rectangle(image, (x - height // 6, y - height * 85 // 100), (x + height // 6, y - height // 2), shirt, -1)
        for k in range(4):
            cv2.line(image, (x - height // 6 + 3 * k, y - height), (x, y - height // 2), (10, 10, 10), 1)
    return cv2.blur(image, (blur, blur)).astype(np.uint8) if blur else image


def box(x: int, y: int, height: int) -> Floats:
    return np.asarray([x - height // 6, y - height, x + height // 6, y], np.float32)


RED, BLUE = (210, 20, 30), (30, 50, 200)


def sampler(networks: Networks, **settings: float) -> CropSampler:
    return CropSampler(networks, networks, networks, SamplerSettings(**settings))  # type: ignore[arg-type]


def test_one_sample_a_second_from_the_sharpest_picture() -> None:
    networks = Networks()
    it = sampler(networks)
    for k in range(15):
        blur = 0 if k % 5 == 3 else 9
        it.add(k / 5, picture((300, 250, 120, RED), blur=blur), [(7, box(300, 250, 120))])
    samples, _ = it.finish([7])
    assert [s.second for s in samples[7]] == [0, 1, 2]
    assert [round(s.t, 1) for s in samples[7]] == [0.6, 1.6, 2.6]
    assert max(samples[7][0].shirt, key=lambda name: samples[7][0].shirt[name]) == "red"
    assert len(networks.posed) == 3


def test_a_larger_crop_is_preferred_unless_cut_or_covered() -> None:
    networks = Networks()
    it = sampler(networks)
    it.add(0.0, picture((300, 250, 90, RED)), [(1, box(300, 250, 90))])
    it.add(0.2, picture((300, 250, 120, RED)), [(1, box(300, 250, 120))])
    cut = picture((10, 250, 140, RED))
    it.add(0.4, cut, [(1, np.asarray([0, 110, 33, 250], np.float32))])
    covered = picture((300, 250, 130, RED), (310, 260, 130, BLUE))
    it.add(0.6, covered, [(1, box(300, 250, 130)), (2, box(310, 260, 130))])
    samples, _ = it.finish([1, 2])
    assert samples[1][0].t == 0.2
    assert samples[2][0].t == 0.6


def test_points_come_back_in_picture_pixels() -> None:
    networks = Networks()
    it = sampler(networks, max_crop_height=60)
    it.add(1.0, picture((400, 300, 240, RED)), [(1, box(400, 300, 240))])
    samples, _ = it.finish([1])
    points = samples[1][0].keypoints
    assert points is not None
    assert abs(points[0, 0] - 400) < 4
    assert abs(points[0, 1] - 60) < 6
    assert max(networks.posed[0]) < 110  # the network got the crop scaled down


def test_small_people_are_left_alone() -> None:
    networks = Networks()
    it = sampler(networks)
    it.add(0.0, picture((100, 200, 15, RED), (300, 200, 30, RED)), [(1, box(100, 200, 15)), (2, box(300, 200, 30))])
    samples, numbers = it.finish([1, 2])
    assert samples[1] == ()
    assert len(samples[2]) == 1
    assert (networks.posed, networks.read_shapes, numbers) == ([], [], {})


def test_numbers_are_read_from_few_crops_and_fewer_when_they_agree() -> None:
    networks = Networks([("10", 0.9)] * 20)
    it = sampler(networks, number_crops=6)
    for second in range(12):
        it.add(float(second), picture((300, 250, 120, RED)), [(1, box(300, 250, 120))])
    _, numbers = it.finish([1])
    assert len(networks.read_shapes) == 3
    assert numbers == {1: (("10", 0.9),) * 3}

    networks = Networks([("10", 0.9), None, ("7", 0.5), None, None, ("10", 0.8)])
    it = sampler(networks, number_crops=6)
    for second in range(12):
        it.add(float(second), picture((300, 250, 120, RED)), [(1, box(300, 250, 120))])
    _, numbers = it.finish([1])
    assert len(networks.read_shapes) == 6
    assert numbers[1] == (("10", 0.9), ("7", 0.5), ("10", 0.8))


def test_appearance_is_not_asked_every_second() -> None:
    networks = Networks()
    it = sampler(networks, appearance_every=3)
    for second in range(9):
        it.add(float(second), picture((300, 250, 120, RED)), [(1, box(300, 250, 120))])
    samples, _ = it.finish([1])
    assert [s.appearance is not None for s in samples[1]] == [True, True, False, True, False, False, True, False, False]


def test_no_picture_is_held() -> None:
    it = sampler(Networks())
    alive = []
    for k in range(20):
        image = picture((300, 250, 120, RED))
        alive.append(weakref.ref(image))
        it.add(k / 5, image, [(1, box(300, 250, 120))])
        del image
    assert not [ref for ref in alive if ref() is not None]


def test_threads_change_nothing() -> None:
    def run(pool: ThreadPoolExecutor | None) -> dict[int, tuple[float, ...]]:
        networks = Networks()
        it = CropSampler(networks, networks, networks, run=pool)
        for k in range(10):
            people = [(i, box(80 * i + 60, 250, 100)) for i in range(6)]
            image = picture(*((80 * i + 60, 250, 100, (RED, BLUE)[i % 2]) for i in range(6)))
            it.add(k / 5, image, people)
        samples, _ = it.finish(range(6))
        return {i: tuple(s.shirt.get("red", 0.0) for s in rows) for i, rows in samples.items()}

    with ThreadPoolExecutor(2) as pool:
        assert run(pool) == run(None)


def test_no_body_is_looked_for_in_small_boxes_as_wide_as_high() -> None:
    networks = Networks()
    it = sampler(networks)
    head, low, lying = (
        np.asarray([20, y, 20 + width, y + 60], np.float32) for y, width in ((20, 60), (90, 60), (160, 90))
    )
    low[3] = low[1] + 110  # large enough to be somebody who crouches
    low[2] = low[0] + 110
    image = picture((300, 250, 60, RED))
    it.add(0.0, image, [(0, box(300, 250, 60)), (1, head), (2, low), (3, lying)])
    samples, _ = it.finish([0, 1, 2, 3])
    assert [samples[i][0].keypoints is not None for i in range(4)] == [True, False, True, True]
    assert all(samples[i][0].shirt for i in range(4))


class Brightness:
    """An image embedder that tells how red a picture is, and how many pictures it was shown."""

    dimension = 2

    def __init__(self) -> None:
        self.shown: list[tuple[int, ...]] = []

    def embed_images(self, images: Sequence[Image]) -> Floats:
        self.shown += [image.shape for image in images]
        red = np.array([float(image[..., 0].mean()) / 255 for image in images])
        return np.stack([red, np.sqrt(1 - red**2)], 1).astype(np.float32)


def test_the_vector_of_a_second_is_of_its_best_crops() -> None:
    networks, images = Networks(), Brightness()
    it = CropSampler(networks, networks, networks, SamplerSettings(vector_crops=2), images=images)
    for k, blur in enumerate((9, 0, 9, 0, 9)):
        it.add(k / 5, picture((300, 250, 120, RED), blur=blur), [(7, box(300, 250, 120)), (8, box(100, 250, 60))])
    samples, _ = it.finish([7, 8])
    assert len(images.shown) == 4  # two crops of each of two
    assert all(height == width for height, width, _ in images.shown)
    assert samples[7][0].t in (0.2, 0.6)
    vector = samples[7][0].vector
    assert vector is not None
    assert vector.dtype == np.float16
    assert np.linalg.norm(vector.astype(np.float32)) == pytest.approx(1, abs=1e-3)
    plain = sampler(Networks())
    plain.add(0.0, picture((300, 250, 120, RED)), [(7, box(300, 250, 120))])
    assert plain.finish([7])[0][7][0].vector is None
