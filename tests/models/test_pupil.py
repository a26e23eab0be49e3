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
from tests.models.lessons import FACTS, UNKNOWN, Lesson, cell_at, lesson_of
from tests.models.players import COLOURS
from tests.models.pupil import Pupil, write_folder
from tests.models.train_vlm import asker
from tests.models.words import NAMES, TOKENS, Turn, Words


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
    tokens, _, _ = Words(folder).encode([[Turn(clips[0].prompt)]], 2)
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


def looks(lesson: Lesson, guided: int) -> list[tuple[int, int, list[int]]]:
    """(row, column, columns to look at) of one of `GUIDED`."""
    return [
        (row, column, np.flatnonzero(where).tolist())
        for (row, column, which), where in zip(lesson.ask.tolist(), lesson.where, strict=True) if which == guided
    ]  # fmt: skip


def facts_by_column(words: Words, lesson: Lesson) -> dict[tuple[int, int], list[list[int]]]:
    """What is told of each column of a clip's rows; several where people stand close together."""
    first = int((lesson.tokens[0] == words.image).argmax())
    told: dict[tuple[int, int], list[list[int]]] = {}
    for (clip, picture, cell), fact in zip(lesson.place.tolist(), lesson.fact.tolist(), strict=True):
        told.setdefault((clip, first + picture * TOKENS + cell), []).append(fact)
    return told


def test_it_is_shown_what_words_speak_of(folder: Path, lesson: Lesson) -> None:
    """At a number in a question: the cells with that number. After the word for a colour: those of who wears it."""
    words, names = Words(folder), list(FACTS)
    kinds = {token: (name, k) for name in ("number", "shirt") for k, token in enumerate(words.tokens_of(NAMES[name]))}
    told = facts_by_column(words, lesson)
    seen = nowhere = 0
    for row, column, columns in looks(lesson, 0):
        tokens = lesson.tokens[row]
        name, value = kinds.get(int(tokens[column]), kinds.get(int(tokens[column - 1]), ("", 0)))
        if name == "shirt" and tokens[column] == words.tokens_of([" shorts"])[0]:
            name = "shorts"
        if not name or columns == [0]:
            nowhere += columns == [0]
            continue
        for one in columns:
            assert value in [fact[names.index(name)] for fact in told[int(lesson.clip[row]), one]]
            seen += 1
    assert seen > 20
    assert nowhere


def test_it_is_shown_who_an_answer_is_about(folder: Path, clips: list[Clip], lesson: Lesson) -> None:
    """Where a number is to be said: the cells of that number. Where nobody is: nowhere. And the words that tell."""
    words = Words(folder)
    told = facts_by_column(words, lesson)
    numbers = {token: k for k, token in enumerate(words.tokens_of(NAMES["number"]))}
    [who] = words.tokens_of(["Who"])
    said = nobody = 0
    for row, column, columns in looks(lesson, 1):
        number = numbers.get(int(lesson.tokens[row, column + 1]))
        if number is None or who not in lesson.tokens[row, column - 8 : column]:
            continue
        if number == 0:
            assert columns == [0]
            nobody += 1
            continue
        assert number in [fact[0] for one in columns for fact in told[int(lesson.clip[row]), one]]
        said += 1
    assert said > 5
    assert nobody
    told_by = [name for names in NAMES.values() for name in names] + [" sprinting", " raising", " ball"]
    telling = set(words.tokens_of(told_by))
    for row, _, columns in looks(lesson, 2):
        assert columns
        for one in columns:  # a colour is known with the word after it
            assert telling & set(lesson.tokens[row, one - 1 : one + 1].tolist())


def test_it_is_shown_when_it_begins_and_ends(folder: Path) -> None:
    """Where a second is to be said: who it is, in the picture of that second."""
    words = Words(folder)
    clips = [make_clip(seed, pictures=4, people=3) for seed in range(40, 50)]
    lesson = lesson_of(clips, words, np.random.default_rng(0))
    first = int((lesson.tokens[0] == words.image).argmax())
    [colon, *seconds] = words.tokens_of(['":', *(f" {second}" for second in range(40))])
    [start, end] = words.tokens_of(["start", "end"])
    said = {start: 0, end: 0}
    for row, column, columns in looks(lesson, 1):
        before, here, after = lesson.tokens[row, column - 1 : column + 2].tolist()
        if here == colon and before in said:
            shown = clips[int(lesson.clip[row])].seconds
            assert {shown[(one - first) // TOKENS] for one in columns} == {seconds.index(after)}
            said[before] += 1
    assert min(said.values()) > 4


def test_people_are_dated_by_the_picture_before(folder: Path, clips: list[Clip], lesson: Lesson) -> None:
    words = Words(folder)
    told = facts_by_column(words, lesson)
    first = int((lesson.tokens[0] == words.image).argmax())
    dated = 0
    for row, column, columns in looks(lesson, 3):
        clip, picture = int(lesson.clip[row]), (column - first) // TOKENS
        if picture == 0:
            assert columns == [0]
            continue
        [before] = columns
        assert [fact[-1] for fact in told[clip, before] if fact[0] == UNKNOWN] == [clips[clip].seconds[picture - 1]]
        dated += 1
    assert dated > 5


def test_a_step_makes_it_better(pupil: Pupil, lesson: Lesson) -> None:
    optimiser = torch.optim.AdamW(pupil.parameters(), lr=3e-3)
    given = {field.name: torch.from_numpy(getattr(lesson, field.name)) for field in fields(lesson)}
    losses = []
    for _ in range(8):
        states = pupil.see(given["pictures"])
        told, _ = pupil.facts_loss(states, given["place"], given["fact"], 2)
        answers, missed, _ = pupil.loss(given, states, 2)
        loss = told + answers + missed.sum()
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
