"""The committed chat model sees what is written beside it, on pictures drawn anew."""

from __future__ import annotations

import json
from typing import Final

import numpy as np
import torch

from grounding.verify.looking.chat import Patience
from grounding.verify.looking.local import LocalModel
from tests.models import VLM
from tests.models.clips import make_clip
from tests.models.judging_vlm import FIRST_SEED
from tests.models.lessons import FACTS, lesson_of
from tests.models.pupil import Pupil
from tests.models.words import Words

FIGURES: Final[dict[str, float]] = json.loads((VLM / "README.md").read_text().split("```json")[1].split("```")[0])
SEED: Final = FIRST_SEED + 50_000


def test_it_is_small_and_says_how_to_go_on() -> None:
    assert (VLM / "model.safetensors").stat().st_size < 2_000_000
    assert "python -m tests.models.train_vlm" in (VLM / "README.md").read_text()


def test_words_are_seen_where_they_are_true() -> None:
    """Each cell is most like the word for what stands in it: red numbers, shirts, and what people do."""
    pupil = Pupil(VLM, torch.device("cpu"))
    clips = [make_clip(SEED + k, pictures=1, people=4) for k in range(32)]
    lesson = lesson_of(clips, Words(VLM), np.random.default_rng(0))
    pictures, place, fact = (torch.from_numpy(one) for one in (lesson.pictures, lesson.place, lesson.fact))
    with torch.no_grad():
        _, right = pupil.facts_loss(pupil.see(pictures), place, fact, 1)
    found = dict(zip(FACTS, right.tolist(), strict=True))
    assert min(FIGURES.values()) > 0.9
    assert {name: found[name] for name, written in FIGURES.items() if found[name] < written - 0.07} == {}


def test_the_product_asks_it_like_any_other() -> None:
    """Whoever it names is one of those who are numbered, or nobody; how right it is, is written beside it."""
    clip = make_clip(SEED, pictures=3, people=3)
    reply = LocalModel(str(VLM)).ask(clip.pictures, clip.prompt, max_tokens=40, patience=Patience(120))
    assert reply.text.startswith(("{", "["))
    assert any(token.strip("Ġ") == "yes" for token in reply.tokens[0])
