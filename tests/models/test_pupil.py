"""The chat model is trained on what the product shows it, word for word and pixel for pixel."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch

from grounding.verify.looking.chat import Patience
from grounding.verify.looking.local import LocalModel
from tests.models.clips import Clip, make_clip
from tests.models.judging_vlm import judge
from tests.models.lessons import FACTS, NAMES, TOKENS, UNKNOWN, Lesson, Words, cell_at, lesson_of
from tests.models.players import COLOURS
from tests.models.pupil import Pupil, write_folder
from tests.models.train_vlm import asker


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pupil")
    write_folder(path)
    return path


@pytest.fixture(scope="module")
def pupil(folder: Path) -> Pupil:
    return Pupil(folder, torch.device("cpu"))


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    return [make_clip(seed, pictures=2, people=3) for seed in range(3)]


@pytest.fixture(scope="module")
def lesson(folder: Path, clips: list[Clip]) -> Lesson:
    return lesson_of(clips, Words(folder), np.random.default_rng(0))


def test_it_is_small_and_of_the_true_architecture(pupil: Pupil) -> None:
    assert type(pupil.model).__name__ == "FastVlmForConditionalGeneration"
    assert sum(one.numel() for one in pupil.model.parameters()) < 1_100_000


def test_what_is_fed_is_what_the_processor_makes(folder: Path, pupil: Pupil, clips: list[Clip], lesson: Lesson) -> None:
    from PIL import Image

    content = [{"type": "image", "image": Image.fromarray(one)} for one in clips[0].pictures]
    messages = [{"role": "user", "content": [*content, {"type": "text", "text": clips[0].prompt}]}]
    made = pupil.processor.apply_chat_template(
        messages, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
    )
    tokens, _, _ = Words(folder).encode([[(clips[0].prompt, None)]], 2)
    assert made["input_ids"].tolist() == tokens.tolist()
    pixels = (torch.from_numpy(lesson.pictures[0]).permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5
    assert float((made["pixel_values"] - pixels).abs().max()) < 0.01  # a step of 255, from rounding
    with torch.no_grad():
        states = pupil.see(torch.from_numpy(lesson.pictures[:1]))
        read, _ = pupil.read(torch.from_numpy(tokens), states, torch.tensor([0]), 2)
        own, theirs = pupil.model.lm_head(read)[0], pupil.model(**made).logits[0]
    assert float((own - theirs).abs().max()) < 0.01 * float(theirs.std())


def test_answers_are_those_that_the_product_gets(folder: Path, pupil: Pupil, clips: list[Clip], lesson: Lesson) -> None:
    answers = pupil.answer(lesson.pictures, [clip.prompt for clip in clips], np.arange(len(clips)), 5)
    model = LocalModel(str(folder))
    for clip, answer in zip(clips, answers, strict=True):
        reply = model.ask(clip.pictures, clip.prompt, max_tokens=5, patience=Patience(120))
        assert reply.text == answer


def test_facts_are_of_the_right_places(clips: list[Clip], lesson: Lesson) -> None:
    """A fact about somebody's shirt is told where that shirt is seen."""
    shirt, number = list(FACTS).index("shirt"), list(FACTS).index("number")
    told = {
        (k, n, cell, fact[number]): fact[shirt]
        for (k, n, cell), fact in zip(lesson.place.tolist(), lesson.fact.tolist(), strict=True)
    }
    for k, clip in enumerate(clips):
        height, width = clip.pictures[0].shape[:2]
        for n, seen in enumerate(clip.seen):
            assert any(place[:2] == (k, n) and fact == UNKNOWN for place, fact in told.items())  # the second
            for one in seen:
                x1, y1, x2, y2 = one.box
                cell = cell_at(((x1 + x2) / 2, y1 + 0.35 * (y2 - y1)), width, height)
                assert told[(k, n, cell, one.number or 0)] == COLOURS.index(one.player.shirt)


def test_it_is_shown_where_what_is_spoken_of_is_seen(folder: Path, lesson: Lesson) -> None:
    """At a number in a question: the cells with that number. At the word for a colour: those of who wears it."""
    words = Words(folder)
    kinds = {token: (name, k) for name in ("number", "shirt") for k, token in enumerate(words.tokens_of(NAMES[name]))}
    names = list(FACTS)
    facts = {
        (k, n * TOKENS + cell): fact
        for (k, n, cell), fact in zip(lesson.place.tolist(), lesson.fact.tolist(), strict=True)
    }
    right = []
    for (row, column, answers), cells in zip(lesson.ask.tolist(), lesson.where, strict=True):
        name, value = kinds.get(int(lesson.tokens[row, column]), ("", 0))
        if answers or not name:
            continue
        shown = [facts[int(lesson.clip[row]), cell] for cell in np.flatnonzero(cells).tolist()]
        asked = (
            "number" if name == "number" else "shorts" if follows(words, lesson, row, column, " shorts") else "shirt"
        )
        assert shown
        right += [fact[names.index(asked)] == value for fact in shown]
    assert len(right) > 20
    assert np.mean(right) > 0.9  # where two stand in one cell, the facts of one are looked up here


def follows(words: Words, lesson: Lesson, row: int, column: int, text: str) -> bool:
    return bool(lesson.tokens[row, column + 1] == words.tokens_of([text])[0])


def test_a_step_makes_it_better(pupil: Pupil, lesson: Lesson) -> None:
    optimiser = torch.optim.AdamW(pupil.parameters(), lr=3e-3)
    given = {field.name: torch.from_numpy(getattr(lesson, field.name)) for field in fields(lesson)}
    losses = []
    for _ in range(8):
        states = pupil.see(given["pictures"])
        told, _ = pupil.facts_loss(states, given["place"], given["fact"], 2)
        answers, missed = pupil.loss(given, states, 2)
        loss = told + answers + missed
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.9 * losses[0]


def test_judging_knows_right_from_wrong(pupil: Pupil) -> None:
    clips = [make_clip(seed) for seed in range(20)]
    perfect = judge(clips, lambda _, asked, most: [
        clips[k].answer if most > 4 else "yes" if clips[k].number and clips[k].yes_prompt(clips[k].number or 0) == text
        else "no" for k, text in asked
    ])  # fmt: skip
    assert [perfect[name] for name in ("id", "tIoU", "none", "verdict")] == [1.0] * 4
    nonsense = judge(clips[:3], asker(pupil))
    assert nonsense["id"] <= 0.5
