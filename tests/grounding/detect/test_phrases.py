"""Grounding DINO: the phrases given, whatever they are, on the pictures given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from grounding.cli import main
from grounding.detect.phrases import PhraseDetector, phrases_of
from grounding.errors import BadQueryError, WeightsError
from grounding.retrieve.parse import parse
from tests.grounding.detect.test_transformer import pictures

PHRASES = ("red shirt", "Goal keeper.", "ball")


def test_each_phrase_is_scored_by_its_own_tokens(grounding_dino: Path) -> None:
    """Held against the libraries' own way: the scores of the tokens of one box, and the box."""
    import torch
    from transformers import AutoProcessor, GroundingDinoForObjectDetection

    (image,) = pictures()[:1]
    (found,) = PhraseDetector(grounding_dino, threshold=1e-6).find([image], PHRASES)
    assert set(found.labels.tolist()) == {0, 1, 2}

    processors: Any = AutoProcessor
    models: Any = GroundingDinoForObjectDetection
    processor, model = processors.from_pretrained(grounding_dino), models.from_pretrained(grounding_dino).eval()
    given = processor(images=image, text="red shirt. goal keeper. ball.", return_tensors="pt")
    with torch.no_grad():
        scores = model(**given).logits.sigmoid()[0]
    words = processor.tokenizer.convert_ids_to_tokens(given["input_ids"][0])
    stops = [i for i, word in enumerate(words) if word == "."]
    parts = [range(1, stops[0]), range(stops[0] + 1, stops[1]), range(stops[1] + 1, stops[2])]
    for label, tokens in enumerate(parts):
        best = scores[:, list(tokens)].max().item()
        assert found.scores[found.labels == label].max() == pytest.approx(best, abs=1e-5)


def test_pictures_of_several_sizes_together(grounding_dino: Path) -> None:
    detector = PhraseDetector(grounding_dino, threshold=1e-6, batch=2)
    found = detector.find(pictures(), PHRASES[:2])
    assert len(found) == 3
    for image, one in zip(pictures(), found, strict=True):
        assert len(one) > 0
        assert one.boxes[:, 2].max() <= image.shape[1]
        assert one.boxes[:, 3].max() <= image.shape[0]
        assert list(one.scores) == sorted(one.scores, reverse=True)


def test_the_threshold_counts(grounding_dino: Path) -> None:
    (low,) = PhraseDetector(grounding_dino, threshold=1e-6).find(pictures()[:1], PHRASES)
    middle = float(np.median(low.scores))
    (high,) = PhraseDetector(grounding_dino, threshold=middle).find(pictures()[:1], PHRASES)
    assert 0 < len(high) < len(low)
    assert high.scores.min() >= middle


@pytest.mark.parametrize("phrases", [(), ("ball", " . "), ("",)])
def test_nothing_to_look_for(grounding_dino: Path, phrases: tuple[str, ...]) -> None:
    with pytest.raises(BadQueryError, match="Say what to look for"):
        PhraseDetector(grounding_dino).find(pictures()[:1], phrases)


def test_too_much_to_look_for(grounding_dino: Path) -> None:
    with pytest.raises(BadQueryError, match=r"too much to look for at once: \d+ of 32 tokens"):
        PhraseDetector(grounding_dino).find(pictures()[:1], ["a player in a red shirt"] * 9)


def test_another_model_is_refused(d_fine: Path) -> None:
    with pytest.raises(WeightsError, match="holds no model of phrases that can be loaded"):
        PhraseDetector(d_fine)


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("number 10 with a captain's armband", ("person", "captain armband")),
        ("a dog on the pitch", ("dog",)),
        ("sprinting", ()),
    ],
)
def test_what_a_query_names(text: str, phrases: tuple[str, ...]) -> None:
    assert phrases_of(parse(text)) == phrases


class TestCommand:
    """`python -m grounding spot`."""

    def test_it_looks_on_pictures(
        self, grounding_dino: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        paths = []
        for k, image in enumerate(pictures()[:2]):
            paths.append(str(tmp_path / f"{k}.png"))
            Image.fromarray(image).save(paths[-1])
        model = ["--model", f"local-dir:{grounding_dino}", "--threshold", "0.000001"]
        assert main(["spot", "the ball", *paths, *model, "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert said["phrases"] == ["ball"]
        assert [row["picture"] for row in said["pictures"]] == ["0.png", "1.png"]
        best = said["pictures"][0]["found"][0]
        assert best["phrase"] == "ball"
        assert len(best["box"]) == 4
        assert main(["spot", "the ball", *paths, *model]) == 0
        assert capsys.readouterr().out.startswith("picture")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["sprinting", "{picture}"], "names nothing that could be looked for"),
            (["the ball", "{text}"], "cannot be read as a picture"),
            (["the ball", "{picture}", "--model", "d-fine-s"], "d-fine-s is for another job"),
        ],
    )
    def test_it_refuses(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
    ) -> None:
        picture, text = tmp_path / "one.png", tmp_path / "one.txt"
        Image.fromarray(pictures()[0]).save(picture)
        text.write_text("words")
        assert main(["spot", *(one.format(picture=picture, text=text) for one in arguments)]) == 2
        assert message in capsys.readouterr().err
