"""D-FINE and RT-DETRv2 give what plain transformers code gives, in the project's labels, in batches that fit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.detect.transformer import Preparation, TransformerDetector
from grounding.errors import BadInputError, OutOfMemoryError, WeightsError
from grounding.types import Detections, Image
from grounding.weights.torch_runtime import Batches

LOW = 0.004
"""Low enough for all that random weights give."""


def pictures() -> list[Image]:
    """Of three sizes and shapes, smooth, so that how they are scaled matters little."""
    rng = np.random.default_rng(1)
    made = []
    for height, width in ((64, 96), (300, 200), (150, 400)):
        y, x = np.mgrid[0:height, 0:width]
        waves = [128 + 100 * np.sin(x / width * rng.uniform(2, 9) + y / height * rng.uniform(2, 9)) for _ in range(3)]
        made.append(np.stack(waves, 2).astype(np.uint8))
    return made


def by_transformers(folder: Path, image: Image, threshold: float) -> list[tuple[float, str, list[float]]]:
    """(score, class, box) as the libraries' own example does it."""
    import torch
    from transformers import AutoImageProcessor, AutoModelForObjectDetection

    model = AutoModelForObjectDetection.from_pretrained(folder).eval()
    processors: Any = AutoImageProcessor
    processor = processors.from_pretrained(folder)
    with torch.no_grad():
        found = model(**processor(images=image, return_tensors="pt"))
    (one,) = processor.post_process_object_detection(found, threshold=threshold, target_sizes=[image.shape[:2]])
    names = [model.config.id2label[int(label)] for label in one["labels"]]
    return list(zip(one["scores"].tolist(), names, one["boxes"].tolist(), strict=True))


@pytest.fixture(params=["d_fine", "rt_detr_v2"])
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


class TestDetector:
    def test_its_labels_are_the_projects(self, folder: Path) -> None:
        assert TransformerDetector(folder).labels == ("person", "sports ball", "motorcycle")
        assert TransformerDetector(folder, labels=("motorcycle", "person", "dog")).labels == ("motorcycle", "person")

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_it_finds_what_plain_transformers_find(self, folder: Path, place: int) -> None:
        """However they have to be scaled: random weights would tip over at a small difference."""
        detector = TransformerDetector(folder, threshold=LOW)
        other_names = {"Person": "person", "motorbike": "motorcycle", "sports_ball": "sports ball"}
        image = pictures()[place]
        height, width = image.shape[:2]
        (found,) = detector.detect([image])
        wanted = [one for one in by_transformers(folder, image, LOW) if one[1] in other_names]
        assert len(wanted) > 1
        for score, name, corners in wanted:  # theirs are the best of all classes together, ours of each
            mine = found.labels == detector.labels.index(other_names[name])
            box = np.clip(corners, 0, [width, height] * 2)
            near = np.abs(found.boxes[mine] - box).max(axis=1) < 0.01
            assert np.abs(found.scores[mine][near] - score).min(initial=1) < 1e-4
        assert found.scores[0] == pytest.approx(wanted[0][0], abs=1e-4)
        assert list(found.scores) == sorted(found.scores, reverse=True)

    @pytest.mark.parametrize("resample", [2, 3])
    @pytest.mark.parametrize("normal", [True, False])
    def test_pictures_are_made_as_by_the_models_own_processor(
        self, folder: Path, resample: int, normal: bool, tmp_path: Path
    ) -> None:
        import torch
        from transformers import RTDetrImageProcessor

        said = json.loads((folder / "preprocessor_config.json").read_text())
        own = {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.4]}
        (tmp_path / "preprocessor_config.json").write_text(
            json.dumps({**said, **own, "resample": resample, "do_normalize": normal})
        )
        processor = RTDetrImageProcessor.from_pretrained(tmp_path)
        pixels = Preparation.read(tmp_path).pixels(pictures(), torch.device("cpu"))
        for image, ours in zip(pictures(), pixels, strict=True):
            theirs = processor(images=image, return_tensors="pt")["pixel_values"][0]
            torch.testing.assert_close(ours.contiguous(), theirs, atol=2e-6, rtol=0)

    def test_boxes_are_in_the_pixels_of_each_picture(self, folder: Path) -> None:
        for image, found in zip(pictures(), TransformerDetector(folder, threshold=LOW).detect(pictures()), strict=True):
            assert len(found) > 0
            assert found.boxes.min() >= 0
            assert found.boxes[:, 2].max() <= image.shape[1]
            assert found.boxes[:, 3].max() <= image.shape[0]
            assert found.boxes[:, 2].max() > 0.5 * image.shape[1]

    def test_pictures_together_are_as_pictures_alone(self, folder: Path) -> None:
        detector = TransformerDetector(folder, threshold=LOW, batch=8)
        for alone, together in zip(
            [detector.detect([image])[0] for image in pictures()], detector.detect(pictures()), strict=True
        ):
            assert alone.labels.tolist() == together.labels.tolist()
            np.testing.assert_allclose(alone.boxes, together.boxes, atol=0.05)

    def test_thresholds_by_label(self, folder: Path) -> None:
        everything = TransformerDetector(folder, threshold=LOW).detect(pictures()[:1])[0]
        strictest = TransformerDetector(folder, threshold=LOW, thresholds={"person": 0.99}).detect(pictures()[:1])[0]
        assert 0 in everything.labels
        assert set(everything.labels.tolist()) - {0} == set(strictest.labels.tolist())

    def test_nothing_to_look_at(self, folder: Path) -> None:
        assert TransformerDetector(folder).detect([]) == []


class TestRefusals:
    def test_a_folder_without_a_model(self, tmp_path: Path, d_fine: Path) -> None:
        with pytest.raises(WeightsError, match=r"preprocessor_config\.json is missing"):
            TransformerDetector(tmp_path)
        shutil.copy(d_fine / "preprocessor_config.json", tmp_path)
        with pytest.raises(WeightsError, match="holds no detector that can be loaded"):
            TransformerDetector(tmp_path)

    def test_damaged_weights(self, tmp_path: Path, d_fine: Path) -> None:
        shutil.copytree(d_fine, tmp_path, dirs_exist_ok=True)
        path = tmp_path / "model.safetensors"
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(WeightsError, match="holds no detector that can be loaded"):
            TransformerDetector(tmp_path)

    def test_a_detector_of_other_things(self, tmp_path: Path, d_fine: Path) -> None:
        shutil.copytree(d_fine, tmp_path, dirs_exist_ok=True)
        config = json.loads((tmp_path / "config.json").read_text())
        config["id2label"] = {"0": "cell", "1": "nucleus", "2": "void", "3": "dust"}
        (tmp_path / "config.json").write_text(json.dumps(config))
        with pytest.raises(BadInputError, match="does not know people; its classes are cell, nucleus"):
            TransformerDetector(tmp_path)

    def test_another_preparation(self, tmp_path: Path) -> None:
        (tmp_path / "preprocessor_config.json").write_text('{"size": {"shortest_edge": 800}}')
        with pytest.raises(WeightsError, match="another preparation than a fixed size"):
            Preparation.read(tmp_path)


class TestMemory:
    """A batch that does not fit is halved, and all pictures are looked at all the same."""

    def short_of_memory(self, monkeypatch: pytest.MonkeyPatch, detector: Any, most: int) -> list[int]:
        import torch

        tried: list[int] = []
        forward = detector._model.forward

        def limited(*args: Any, pixel_values: Any, **more: Any) -> Any:
            tried.append(len(pixel_values))
            if len(pixel_values) > most:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            return forward(*args, pixel_values=pixel_values, **more)

        monkeypatch.setattr(detector._model, "forward", limited)
        return tried

    def test_halved_until_it_fits(
        self, d_fine: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        images = pictures() * 3
        whole: Sequence[Detections] = TransformerDetector(d_fine, threshold=LOW).detect(images)
        detector = TransformerDetector(d_fine, threshold=LOW, batch=8)
        tried = self.short_of_memory(monkeypatch, detector, 3)
        found = detector.detect(images)
        assert tried == [8, 4, 2, 2, 2, 2, 1]
        assert [one.labels.tolist() for one in found] == [one.labels.tolist() for one in whole]
        assert "8 items at once do not fit in memory; going on with 4" in caplog.text
        tried.clear()
        detector.detect(images)
        assert max(tried) == 2  # learnt

    def test_one_picture_too_many(self, d_fine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        detector = TransformerDetector(d_fine, batch=4)
        self.short_of_memory(monkeypatch, detector, 0)
        with pytest.raises(OutOfMemoryError, match="not enough memory for one picture: choose a smaller model"):
            detector.detect(pictures())

    def test_other_failures_stay_what_they_are(self) -> None:
        def broken(_: Sequence[int]) -> list[int]:
            raise RuntimeError("shapes do not match")

        with pytest.raises(RuntimeError, match="shapes do not match"):
            Batches(4).run(broken, [1, 2])
        with pytest.raises(ValueError, match="at least one"):
            Batches(0)

    def test_a_device_that_is_not_there(self, d_fine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("gpu", "cuda:77"):
            monkeypatch.setenv("GROUNDING_DEVICE", name)
            with pytest.raises(BadInputError, match=f"GROUNDING_DEVICE is {name}"):
                TransformerDetector(d_fine)
        monkeypatch.setenv("GROUNDING_DEVICE", "cpu")
        monkeypatch.setenv("GROUNDING_PRECISION", "int3")
        with pytest.raises(BadInputError, match="GROUNDING_PRECISION is int3; it may be fp32, bf16, fp16"):
            TransformerDetector(d_fine)

    def test_lower_precision(self, d_fine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        exact = TransformerDetector(d_fine, threshold=LOW).detect(pictures())
        monkeypatch.setenv("GROUNDING_PRECISION", "bf16")
        lower = TransformerDetector(d_fine, threshold=LOW).detect(pictures())
        for one, other in zip(exact, lower, strict=True):
            assert abs(len(one) - len(other)) <= 4
            assert abs(float(one.scores.max()) - float(other.scores.max())) < 0.01
