"""Several questions about the same pictures: the same answers as when each is asked alone, for less work."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.types import Image
from grounding.verify.looking import Patience, Reply
from grounding.verify.looking.local import LocalModel
from grounding.verify.looking.prompts import pick_prompt, yes_prompt
from tests.models import tiny_chat

IDS = (1, 2, 4)
QUESTIONS = (
    pick_prompt("the one in red", IDS, range(5)),
    *(yes_prompt("the one in red", number, IDS) for number in IDS),
    "Is it red?",
)
FAMILIES: dict[str, Callable[[Path], Path]] = {
    "smolvlm": tiny_chat.smolvlm, "idefics3": tiny_chat.idefics3, "qwen3-vl": tiny_chat.qwen3_vl,
    "qwen2.5-vl": tiny_chat.qwen2_5_vl,
}  # fmt: skip


def pictures(count: int, seed: int = 0) -> list[Image]:
    noise = np.random.default_rng(seed).integers(0, 256, (count, 48, 64, 3))
    return [np.asarray(one, np.uint8) for one in noise]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    at = tmp_path_factory.mktemp("models")
    return {name: make(at / name) for name, make in FAMILIES.items()}


@pytest.fixture(params=FAMILIES)
def model(request: pytest.FixtureRequest, folders: dict[str, Path]) -> LocalModel:
    return LocalModel(str(folders[request.param]))


def ask(model: LocalModel, shown: Sequence[Image], text: str, most: int = 6) -> Reply:
    return model.ask(shown, text, max_tokens=most, patience=Patience(120.0))


def same(one: Reply, other: Reply) -> bool:
    """The words are the same, and so is how sure it is of each, to what single precision tells."""
    assert one.text == other.text
    assert len(one.tokens) == len(other.tokens)
    for ours, theirs in zip(one.tokens, other.tokens, strict=True):
        apart = [abs(ours[token] - theirs[token]) for token in ours.keys() & theirs.keys()]
        assert len(apart) >= 8  # of the ten likeliest and of all that say yes or no
        assert max(apart) < 1e-4
    return True


class Work:
    """What a model is given: pictures that are prepared, and tokens and pictures that it computes."""

    def __init__(self, model: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
        self.prepared = 0
        self.tokens: list[int] = []
        self.saw: list[bool] = []
        loaded = model._loaded
        assert loaded is not None
        images, generate = loaded.reuse._prepared, loaded._model.generate
        monkeypatch.setattr(images, "_processor", Counting(self, images._processor))

        def counted(**inputs: Any) -> Any:
            known = inputs["past_key_values"].get_seq_length() if "past_key_values" in inputs else 0
            self.tokens.append(inputs["input_ids"].shape[1] - known)
            self.saw.append("pixel_values" in inputs)
            return generate(**inputs)

        monkeypatch.setattr(loaded._model, "generate", counted)


class Counting:
    """An image processor whose work is counted."""

    def __init__(self, work: Work, processor: Any) -> None:
        self._work, self._processor = work, processor

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self._work.prepared += 1
        return self._processor(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._processor, name)


def test_answers_are_those_of_questions_asked_alone(model: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = [ask(model, pictures(5), text) for text in QUESTIONS]  # other arrays each time, so nothing is known of them
    work = Work(model, monkeypatch)
    shown = pictures(5)
    for text, reply in zip(QUESTIONS, alone, strict=True):
        assert same(ask(model, shown, text), reply)
    assert same(ask(model, shown, QUESTIONS[0], most=40), ask(model, pictures(5), QUESTIONS[0], most=40))
    assert work.prepared == 2
    assert work.saw == [True, *[False] * len(QUESTIONS), True]
    assert max(work.tokens[1:4]) < work.tokens[0] / 2


def test_other_pictures_are_looked_at_anew(model: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    first, other = pictures(3), pictures(3, seed=1)
    alone = [ask(model, pictures(3, seed=seed), QUESTIONS[1]) for seed in (0, 1, 0)]
    work = Work(model, monkeypatch)
    assert [
        same(ask(model, shown, QUESTIONS[1]), reply) for shown, reply in zip((first, other, first), alone, strict=True)
    ]
    assert same(ask(model, first[:2], QUESTIONS[1]), ask(model, pictures(3)[:2], QUESTIONS[1]))
    assert same(ask(model, [first[1], first[0]], QUESTIONS[1]), ask(model, pictures(3)[1::-1], QUESTIONS[1]))
    assert all(work.saw)
    assert work.prepared == 7


def test_an_answer_that_broke_off_leaves_nothing_behind(model: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = pictures(3)
    alone = ask(model, pictures(3), QUESTIONS[2])
    ask(model, shown, QUESTIONS[0])
    calls = iter([True] * 3)

    def leaves() -> bool:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return True

    with pytest.raises(KeyboardInterrupt):
        model.ask(shown, QUESTIONS[1], max_tokens=40, patience=Patience(60.0, leaves))
    assert same(ask(model, shown, QUESTIONS[2]), alone)


def test_where_memory_is_short_what_is_kept_goes_first(model: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    shown = pictures(4)
    alone = ask(model, pictures(4), QUESTIONS[1])
    ask(model, shown, QUESTIONS[0])
    loaded = model._loaded
    assert loaded is not None
    generate = loaded._model.generate
    given: list[bool] = []

    def limited(**inputs: Any) -> Any:
        given.append("pixel_values" in inputs)
        if not given[-1]:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return generate(**inputs)

    monkeypatch.setattr(loaded._model, "generate", limited)
    assert same(ask(model, shown, QUESTIONS[1]), alone)  # of all four pictures
    assert given == [False, True]


def test_layers_that_do_not_keep_all_are_not_gone_on_from(model: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pictures as the processor made them serve all the same."""
    shown = pictures(3)
    alone = [ask(model, pictures(3), text) for text in QUESTIONS[:2]]
    work = Work(model, monkeypatch)
    monkeypatch.setattr("grounding.verify.looking.reuse._is_whole", lambda _: False)
    assert [same(ask(model, shown, text), reply) for text, reply in zip(QUESTIONS[:2], alone, strict=True)]
    assert (work.prepared, work.saw) == (1, [True, True])


def test_how_sure_it_is_is_a_probability(model: LocalModel) -> None:
    shown = pictures(2)
    for text in QUESTIONS[:2]:
        for place in ask(model, shown, text).tokens:
            assert 0.0 < sum(math.exp(value) for value in place.values()) <= 1.0001
