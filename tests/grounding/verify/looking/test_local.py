"""Models in this process: true architectures with few weights, one of which has learnt to tell red from blue."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.errors import ModelError
from grounding.retrieve import parse
from grounding.types import Image
from grounding.verify.looking import Film, FilmFiles, LookingVerifier, NotWantedError, Patience
from grounding.verify.looking.chat import yes_probability
from grounding.verify.looking.local import LocalModel
from tests.grounding.verify.looking.conftest import PLAYERS
from tests.grounding.verify.looking.drawn import candidate
from tests.models import tiny_chat

ASKED = "Is it red? Answer yes or no."


def pictures(count: int, colour: tuple[int, int, int] = (200, 30, 30)) -> list[Image]:
    noise = np.random.default_rng(count).integers(0, 40, (count, 48, 64, 3))
    return [np.asarray(np.clip(one + colour, 0, 255), np.uint8) for one in noise]


@pytest.fixture(scope="session")
def smolvlm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_chat.smolvlm(tmp_path_factory.mktemp("models") / "smol-tiny")


@pytest.fixture(scope="session")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_chat.qwen3_vl(tmp_path_factory.mktemp("models") / "qwen-tiny")


@pytest.fixture(params=["smolvlm", "qwen"])
def model(request: pytest.FixtureRequest) -> LocalModel:
    return LocalModel(str(request.getfixturevalue(request.param)))


def ask(model: LocalModel, shown: list[Image], text: str = ASKED, *, most: int = 4, seconds: float = 120.0) -> Any:
    return model.ask(shown, text, max_tokens=most, patience=Patience(seconds))


def test_it_says_at_most_so_many_tokens_and_how_sure_it_is(model: LocalModel) -> None:
    for most in (1, 5):
        reply = ask(model, pictures(3), most=most)
        assert 1 <= len(reply.tokens) <= most
        for place in reply.tokens:
            assert 0.0 < sum(math.exp(value) for value in place.values()) <= 1.0001
    assert any(token.strip("Ġ") == "yes" for token in reply.tokens[0])  # however unlikely
    assert reply == ask(model, pictures(3), most=5)  # never sampled


def test_other_pixels_other_words(model: LocalModel) -> None:
    red, blue = ask(model, pictures(2), most=1), ask(model, pictures(2, (30, 30, 200)), most=1)
    common = set(red.tokens[0]) & set(blue.tokens[0])
    assert max(abs(red.tokens[0][token] - blue.tokens[0][token]) for token in common) > 1e-5


def test_a_model_that_has_learnt_to_see_red(smolvlm: Path, tmp_path: Path) -> None:
    """A few steps of training on the answers; then yes and no go by the pixels."""
    folder = _taught(smolvlm, tmp_path / "taught")
    model = LocalModel(str(folder))
    likely = [yes_probability(ask(model, pictures(2, colour), most=1)) for colour in ((190, 40, 30), (30, 40, 190))]
    assert likely[0] is not None
    assert likely[1] is not None
    assert likely[0] > 0.8
    assert likely[1] < 0.2


def _taught(source: Path, folder: Path) -> Path:
    """A copy of a model that has seen red and blue pictures with the right word to each."""
    import torch
    from PIL import Image as Pillow
    from transformers import AutoModelForImageTextToText, AutoProcessor

    torch.manual_seed(0)
    any_processor: Any = AutoProcessor
    any_model: Any = AutoModelForImageTextToText
    processor, model = any_processor.from_pretrained(source), any_model.from_pretrained(source)
    processor.image_processor.do_image_splitting = False
    words = [processor.tokenizer.encode(word)[0] for word in ("yes", "no")]
    batches = []
    for step in range(8):
        for colour, word in (((200, 30, 30), 0), ((30, 30, 200), 1)):
            shown = [Pillow.fromarray(one) for one in pictures(2 + 0 * step, colour)]
            content = [*({"type": "image", "image": one} for one in shown), {"type": "text", "text": ASKED}]
            inputs = processor.apply_chat_template(
                [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=True, return_dict=True,
                return_tensors="pt",
            )  # fmt: skip
            batches.append((inputs, torch.tensor([words[word]])))
    optimiser = torch.optim.AdamW(model.parameters(), 1e-2)
    for step in range(64):
        inputs, wanted = batches[step % len(batches)]
        loss = torch.nn.functional.cross_entropy(model(**inputs).logits[:, -1], wanted)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


@pytest.fixture
def loaded(smolvlm: Path) -> LocalModel:
    model = LocalModel(str(smolvlm))
    ask(model, pictures(1), most=1)
    return model


def full(model: LocalModel, monkeypatch: pytest.MonkeyPatch, room: int) -> list[int]:
    """A device with room for so many pictures; how many were tried."""
    import torch

    inner = model._loaded
    assert inner is not None
    generate: Callable[..., Any] = inner._model.generate
    tried: list[int] = []

    def limited(**inputs: Any) -> Any:
        tried.append(inputs["pixel_values"].shape[1])
        if tried[-1] > room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return generate(**inputs)

    monkeypatch.setattr(inner._model, "generate", limited)
    return tried


def test_where_memory_is_short_it_looks_at_fewer_pictures(loaded: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = full(loaded, monkeypatch, room=3)
    assert ask(loaded, pictures(10)).tokens
    assert tried == [10, 5, 3]
    assert ask(loaded, pictures(10)).tokens
    assert tried[3:] == [3]  # it has learnt how many fit
    assert ask(loaded, pictures(2)).tokens


def test_where_there_is_no_room_at_all(loaded: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    full(loaded, monkeypatch, room=0)
    with pytest.raises(ModelError, match="do not fit into the memory"):
        ask(loaded, pictures(4))


def test_other_errors_are_not_taken_for_it(loaded: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> Any:
        raise RuntimeError("shapes do not match")

    assert loaded._loaded is not None
    monkeypatch.setattr(loaded._loaded._model, "generate", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        ask(loaded, pictures(1))


def test_it_stops_between_two_tokens(loaded: LocalModel) -> None:
    with pytest.raises(ModelError, match="not done in time"):
        loaded.ask(pictures(1), ASKED, max_tokens=4000, patience=Patience(0.5))
    began = time.monotonic()
    asked = [0]

    def wanted() -> bool:
        asked[0] += 1
        return asked[0] < 3

    with pytest.raises(NotWantedError):
        loaded.ask(pictures(1), ASKED, max_tokens=4000, patience=Patience(120.0, wanted))
    assert time.monotonic() - began < 60
    assert asked[0] <= 6


def test_what_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded: There is no model nothing"):
        ask(LocalModel("nothing"), pictures(1))
    (tmp_path / "model.safetensors").write_bytes(b"rubbish")
    with pytest.raises(ModelError, match="the model cannot be loaded"):
        ask(LocalModel(str(tmp_path)), pictures(1))
    assert LocalModel("qwen3-vl-2b").problem()
    assert LocalModel("qwen3-vl-2b").name == "qwen3-vl-2b"


def test_its_name_tells_two_of_a_name_apart(smolvlm: Path, qwen: Path) -> None:
    assert LocalModel(str(smolvlm)).name.startswith("smol-tiny@")
    assert LocalModel(str(smolvlm)).name == LocalModel(f"local-dir:{smolvlm}/").name
    assert LocalModel(str(smolvlm)).problem() == ""


def test_a_model_that_knows_nothing_checks_nothing(model: LocalModel, clip: Path) -> None:
    """The whole way with pictures of a film; what such a model says is not read as an answer."""
    films = FilmFiles(lambda _: Film(clip, 640, 360))
    looking = LookingVerifier(model, films, seconds=300.0)
    said = dict(looking.verify(parse("the one in yellow"), [candidate(1, PLAYERS[0], 3.0, 4.0)]))
    assert said[0].verdict == "unchecked"
    assert said[0].reason.startswith("Not checked: the model")
