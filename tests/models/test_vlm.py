"""The committed chat model sees, finds and judges as is written beside it, on pictures drawn anew."""

from __future__ import annotations

import json
from typing import Final

import pytest
import torch

from grounding.verify.looking.chat import Patience
from grounding.verify.looking.local import LocalModel
from tests.models import VLM
from tests.models.clips import make_clip
from tests.models.judging_vlm import FIRST_SEED, clips_to_judge, judge, sees
from tests.models.pupil import Pupil
from tests.models.train_vlm import asker

FIGURES: Final = json.loads((VLM / "README.md").read_text().split("```json")[1].split("```")[0])
SEED: Final = FIRST_SEED + 70_000
"""Of clips that its figures are not of."""


@pytest.fixture(scope="module")
def pupil() -> Pupil:
    return Pupil(VLM, torch.device("cpu"))


def test_it_is_small_and_says_how_it_was_made() -> None:
    assert (VLM / "model.safetensors").stat().st_size < 2_000_000
    assert "python -m tests.models.train_vlm" in (VLM / "README.md").read_text()


def test_words_are_seen_where_they_are_true(pupil: Pupil) -> None:
    """Each cell is most like the word for what stands in it: red numbers, shirts, and what people do."""
    found = sees(pupil, SEED)
    assert min(FIGURES["sees"].values()) > 0.9
    assert {name: found[name] for name, written in FIGURES["sees"].items() if found[name] < written - 0.07} == {}


def test_it_finds_who_is_meant_and_when(pupil: Pupil) -> None:
    """Forty clips: the deviation of a share is up to 0.08, so three of them."""
    found = judge(clips_to_judge(40, apart=False, first=SEED), asker(pupil))
    written = FIGURES["unseen"]
    assert written["id"] > 1.5 * written["id by guessing"]
    assert found["id"] > found["id by guessing"] + 0.1
    assert found["tIoU"] > found["tIoU by guessing"]
    assert found["verdict"] > 0.6
    assert {name: found[name] for name in ("id", "tIoU", "verdict") if found[name] < written[name] - 0.25} == {}


def test_the_product_asks_it_like_any_other() -> None:
    clip = make_clip(SEED, pictures=3, people=3)
    reply = LocalModel(str(VLM)).ask(clip.pictures, clip.prompt, max_tokens=40, patience=Patience(120))
    assert reply.text.startswith(("{", "["))
    assert any(token.strip("Ġ") == "yes" for token in reply.tokens[0])
