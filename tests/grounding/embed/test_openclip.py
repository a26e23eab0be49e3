"""Both towers through open_clip, on a small model that was trained for this: what it finds is what is asked for.

How that model was made is written beside it, in tests/models/clip.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.embed.openclip import COSINES, TEMPLATES, OpenClipEmbedder
from grounding.errors import WeightsError
from grounding.types import Floats, Image
from grounding.weights.pulling import model_folder
from tests.models import judging
from tests.models.players import split

CLIP = Path(__file__).parent.parent.parent / "models" / "clip"
FIGURES: dict[str, Any] = json.loads((CLIP / "README.md").read_text().split("```json")[1].split("```")[0])
LEAST = 0.85


@pytest.fixture(scope="session")
def embedder() -> OpenClipEmbedder:
    return OpenClipEmbedder(model_folder(f"local-dir:{CLIP}"))


@pytest.fixture(scope="session")
def shown(embedder: OpenClipEmbedder) -> tuple[Floats, list[Image]]:
    """300 players of combinations that were not trained: their vectors, and the pictures."""
    images = judging.gallery(split().unseen[:300], 96, first_seed=2 * 10**6)
    return embedder.embed_images(images), images


def test_a_sentence_finds_its_picture_among_combinations_never_trained(
    embedder: OpenClipEmbedder, shown: tuple[Floats, list[Image]]
) -> None:
    """On pictures drawn anew, about what was written beside the model when it was made; chance is 1 in 300."""
    texts = embedder.embed(judging.full_captions(split().unseen[:300]))
    assert FIGURES["unseen"]["R@1"] > LEAST
    assert judging.recall(texts, shown[0], 1) > FIGURES["unseen"]["R@1"] - 0.08
    assert judging.recall(texts, shown[0], 5) > FIGURES["unseen"]["R@5"] - 0.08


def test_each_thing_alone_is_found_as_well_as_is_written(
    embedder: OpenClipEmbedder, shown: tuple[Floats, list[Image]]
) -> None:
    """Recall over whole sentences can be high though one thing in them is not understood at all."""
    found = judging.precision_by_attribute(split().unseen[:300], shown[0], embedder.embed)
    written = FIGURES["unseen"]["P@10"]
    assert written["shirt"] > 0.9
    assert written["number"] > 0.3
    assert {
        name: value for name, value in found.items() if value < written[name] - 0.25
    } == {}  # of ten and twenty pictures


def test_colours_never_seen_together(embedder: OpenClipEmbedder) -> None:
    players = split().apart[:200]
    images = embedder.embed_images(judging.gallery(players, 96))
    found = judging.recall(embedder.embed(judging.full_captions(players)), images, 5)
    assert found > FIGURES["apart"]["R@5"] - 0.1 > 0.7


def test_it_gives_what_plain_open_clip_gives(embedder: OpenClipEmbedder, shown: tuple[Floats, list[Image]]) -> None:
    import open_clip
    import torch
    from PIL import Image as Pillow

    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{CLIP}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{CLIP}")
    model.eval()
    large = np.ascontiguousarray(np.kron(shown[1][0], np.ones((3, 2, 1), np.uint8)))  # of another size and shape
    images = [large, *shown[1][:4]]
    texts = ["a player in red shirt", "number 10 running"]
    with torch.no_grad():
        seen = model.encode_image(torch.stack([transform(Pillow.fromarray(one)) for one in images]), normalize=True)
        read = model.encode_text(tokenizer(texts), normalize=True)
    np.testing.assert_allclose(embedder.embed_images(images), seen.numpy(), atol=1e-4)
    np.testing.assert_allclose(embedder.embed(texts), read.numpy(), atol=1e-4)


def test_vectors_are_of_unit_length_in_order_and_as_many_as_asked(
    embedder: OpenClipEmbedder, shown: tuple[Floats, list[Image]]
) -> None:
    assert embedder.dimension == 128
    assert shown[0].dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(shown[0], axis=1), 1, atol=1e-5)
    small = OpenClipEmbedder(CLIP, batch=7)
    np.testing.assert_allclose(small.embed_images(shown[1][:20]), shown[0][:20], atol=1e-4)
    assert embedder.embed([]).shape == (0, 128)
    assert embedder.embed_images([]).shape == (0, 128)


def test_templates(embedder: OpenClipEmbedder) -> None:
    """The mean over the forms of a text; the folder may name its own, and the range of its cosines."""
    said = json.loads((CLIP / "open_clip_config.json").read_text())
    assert embedder.cosines == tuple(said["cosines"])
    two = OpenClipEmbedder(CLIP, templates=("{}", "a player in {} shirt"))
    mean = embedder.embed(["red"]) + embedder.embed(["a player in red shirt"])
    np.testing.assert_allclose(two.embed(["red"])[0], (mean / np.linalg.norm(mean))[0], atol=1e-4)
    assert all("{}" in one for one in TEMPLATES)


def test_a_folder_that_says_nothing_of_itself(tmp_path: Path) -> None:
    shutil.copytree(CLIP, tmp_path, dirs_exist_ok=True)
    said = json.loads((CLIP / "open_clip_config.json").read_text())
    plain = {key: said[key] for key in ("model_cfg", "preprocess_cfg")}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(plain))
    own = OpenClipEmbedder(tmp_path)
    assert own.cosines == COSINES
    assert own._templates == TEMPLATES


def test_pictures_that_are_cropped_and_not_squeezed(tmp_path: Path, shown: tuple[Floats, list[Image]]) -> None:
    shutil.copytree(CLIP, tmp_path, dirs_exist_ok=True)
    said = json.loads((CLIP / "open_clip_config.json").read_text())
    said["preprocess_cfg"]["resize_mode"] = "shortest"
    (tmp_path / "open_clip_config.json").write_text(json.dumps(said))
    np.testing.assert_allclose(OpenClipEmbedder(tmp_path).embed_images(shown[1][:3]), shown[0][:3], atol=1e-3)


def test_a_batch_that_does_not_fit_is_halved(
    shown: tuple[Floats, list[Image]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import torch

    own = OpenClipEmbedder(CLIP, batch=16)
    encode, tried = own._model.encode_image, []

    def limited(pixels: Any) -> Any:
        tried.append(len(pixels))
        if len(pixels) > 5:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return encode(pixels)

    monkeypatch.setattr(own._model, "encode_image", limited)
    np.testing.assert_allclose(own.embed_images(shown[1][:20]), shown[0][:20], atol=1e-4)
    assert tried == [16, 8, 4, 4, 4, 4, 4]
    assert "16 items at once do not fit in memory; going on with 8" in caplog.text


@pytest.mark.parametrize("name", ["open_clip_config.json", "open_clip_model.safetensors", "tokenizer.json"])
def test_a_folder_with_something_missing_is_refused(tmp_path: Path, name: str) -> None:
    shutil.copytree(CLIP, tmp_path, dirs_exist_ok=True)
    (tmp_path / name).unlink()
    with pytest.raises(WeightsError, match=str(tmp_path)):
        OpenClipEmbedder(tmp_path)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    shutil.copytree(CLIP, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "open_clip_model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="holds no image-text model that can be loaded"):
        OpenClipEmbedder(tmp_path)


def test_the_committed_model_is_small_and_says_how_it_was_made() -> None:
    assert (CLIP / "open_clip_model.safetensors").stat().st_size < 2_000_000
    assert "python -m tests.models.train_clip" in (CLIP / "README.md").read_text()
