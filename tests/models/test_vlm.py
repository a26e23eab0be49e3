"""The committed chat model reads red numbers and seconds, asked as the product asks."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from grounding.verify.looking.chat import Patience
from grounding.verify.looking.local import LocalModel
from tests.models import VLM
from tests.models.clips import Clip
from tests.models.judging_vlm import FIRST_SEED, clips_to_judge, judge

FIGURES: Final[dict[str, Any]] = json.loads((VLM / "README.md").read_text().split("```json")[1].split("```")[0])


def test_it_is_small_and_says_how_it_was_made() -> None:
    assert (VLM / "model.safetensors").stat().st_size < 2_500_000
    assert "python -m tests.models.train_vlm" in (VLM / "README.md").read_text()


@pytest.mark.slow
def test_it_answers_as_is_written_beside_it() -> None:
    """On clips drawn anew, by the door that the product uses."""
    model = LocalModel(str(VLM))
    clips = clips_to_judge(50, apart=False, first=FIRST_SEED + 10_000)

    def ask(shown: Any, asked: Any, most: int) -> list[str]:
        said = []
        for k, text in asked:
            clip: Clip = shown[k]
            said.append(model.ask(clip.pictures, text, max_tokens=most, patience=Patience(120)).text)
        return said

    found = judge(clips, ask)
    written = FIGURES["unseen"]
    assert written["id"] > 1.5 * written["id by guessing"]
    assert written["tIoU"] > 1.5 * written["tIoU by guessing"]
    assert written["verdict"] > 0.7
    for name in ("id", "tIoU", "verdict"):
        assert found[name] > written[name] - 0.15, (name, found)
