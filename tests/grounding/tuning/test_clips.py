"""Clips made of candidates, kept in a folder, and the rows that a model learns from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grounding.errors import BadInputError
from grounding.retrieve import parse
from grounding.rl.trajectories import RuleWriter
from grounding.tuning.clips import WITHOUT, Asked, Counts, clips
from grounding.tuning.examples import Example, load, save
from grounding.tuning.lessons import imitations, questions
from grounding.tuning.worth import total, worth
from grounding.types import Candidate, Evidence, Span, Tube
from grounding.verify.looking.prompts import pick_prompt, yes_prompt
from tests.grounding.tuning.made import Still, example, pictures, tube, written

QUERY = parse("player in red")


def candidate(track: int, start: float, end: float, *, left: float) -> Candidate:
    evidence = [Evidence(s, {"object:person": 1.0, "shirt_colour:red": 0.9 if left else 0.1}, 0.5) for s in range(40)]
    return Candidate("a.mp4", (track,), Span(start, end), tube(0, 40, left), evidence, 0.8)


TWO = [candidate(5, 20, 26, left=100.0), candidate(3, 21, 25, left=0.0)]


def made(asked: list[Asked], counts: Counts | None = None, seconds: int = 60, **settings: object) -> list[Example]:
    return [one for one, _ in clips(asked, Still(seconds), counts or Counts(), **settings)]  # type: ignore[arg-type]


def test_a_clip_is_what_the_product_shows() -> None:
    [(one, shown)] = clips([Asked(QUERY, TWO, [tube(21, 24, 100.0)], "appearance", "m")], Still(), Counts())
    assert one.ids == (1, 2)  # by the tracks' own numbers: 3 and 5
    assert one.seconds == tuple(range(8))  # 19 to 27: a second before and after
    assert one.prompt == pick_prompt("player in red", (1, 2), one.seconds)
    assert one.tubes[2].boxes[0].tolist() == [100.0, 10.0, 120.0, 50.0]
    assert one.tubes[2].times[0] == 0.0
    assert (one.true[0].span.start, one.true[0].span.end) == pytest.approx((2.0, 5.0))
    assert one.answer == '{"id": 2, "start": 2, "end": 4}'
    assert total(worth(one.answer, one)) == pytest.approx(2.0)
    assert len(shown) == 8
    assert any(np.abs(picture.astype(int) - 90).max() > 60 for picture in shown)  # marks are on them


def test_why_some_clips_are_not_made() -> None:
    counts = Counts()
    cases = {
        "several are right": Asked(QUERY, TWO, [tube(21, 24, 100.0), tube(21, 24, 0.0)]),
        "hardly covered": Asked(QUERY, TWO, [tube(21, 24, 115.0)]),
    }
    for why, asked in cases.items():
        assert made([asked], counts) == []
        assert counts.dropped[why] == 1  # type: ignore[index]
    assert made([Asked(QUERY, TWO, [tube(21, 24, 100.0)])], counts, seconds=10) == []
    assert counts.dropped["no picture"] == 1


def test_whoever_nobody_proposed_does_not_answer() -> None:
    right = Asked(QUERY, TWO, [tube(21, 24, 100.0)])
    one = made([right, Asked(QUERY, TWO, [tube(21, 24, 300.0)])])[1]
    assert one.true == ()
    assert one.answer == '{"id": "none"}'


def test_few_clips_without_an_answer_are_kept() -> None:
    counts = Counts()
    asked = [Asked(QUERY, TWO, [tube(21, 24, 100.0)] if k % 2 else []) for k in range(40)]
    found = made(asked, counts)
    assert sum(not one.true for one in found) == counts.without
    assert WITHOUT - 0.05 <= counts.without / counts.made <= WITHOUT + 0.05
    assert counts.dropped["one too many without an answer"] == 40 - counts.made


def test_reasoning_is_kept_where_it_agrees_with_the_truth() -> None:
    right = Asked(QUERY, TWO, [tube(20, 26, 100.0)])
    wrong = Asked(QUERY, TWO, [tube(20, 26, 0.0)])  # what was measured speaks for the other one
    first, second = made([right, wrong], thoughts=RuleWriter())
    assert "Target 2 fits best" in first.thought
    assert second.thought == ""
    row = imitations([first], judging=False)[0]
    assert row.answer == f"<think>{first.thought}</think>\n{first.answer}"
    assert total(worth(row.answer, first)) == pytest.approx(2.0)
    assert imitations([first], judging=False, thoughts=False)[0].answer == first.answer


def test_a_folder_gives_back_what_was_kept(tmp_path: Path) -> None:
    one = replace(example("a-1", thought="Because."), kind="spatial")
    kept = save(tmp_path, [(one, pictures(10))])
    back = load(tmp_path)
    assert [path.is_file() for path in back[0].pictures] == [True] * 10
    for again in (kept[0], back[0]):
        for name in ("name", "question", "ids", "seconds", "kind", "group", "thought", "prompt", "answer"):
            assert getattr(again, name) == getattr(one, name), name
    for number, was in one.tubes.items():
        assert np.allclose(back[0].tubes[number].boxes, was.boxes)
        assert np.allclose(back[0].tubes[number].times, was.times)


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="holds no clips"):
        load(tmp_path)
    one = written(tmp_path, example())
    listed = tmp_path / "examples.jsonl"
    row = json.loads(listed.read_text())
    listed.write_text(json.dumps(row | {"prompt": 0}))
    with pytest.raises(BadInputError, match="make them again"):
        load(tmp_path)
    for damage in ('{"prompt"', json.dumps({**row, "ids": [1]}), json.dumps({**row, "pictures": []}), "[]"):
        listed.write_text(damage)
        with pytest.raises(BadInputError, match="damaged"):
            load(tmp_path)
    listed.write_text(json.dumps(row))
    one.pictures[3].unlink()
    with pytest.raises(BadInputError, match=r"clip-03\.jpg is missing"):
        load(tmp_path)


def test_what_warm_up_imitates() -> None:
    one, nothing = example("a"), example("b", answered=False)
    rows = imitations([one, nothing])
    assert [(row.place, row.answer) for row in rows] == [
        (0, one.answer), (0, "yes"), (0, "no"), (1, nothing.answer), (1, "no"),
    ]  # fmt: skip
    assert rows[1].prompt == yes_prompt(one.question, 2, one.ids)
    assert rows[2].prompt == yes_prompt(one.question, 1, one.ids)
    assert [row.answer for row in questions([one, nothing])] == ["", ""]


def test_times_of_a_tube_are_those_of_the_clip() -> None:
    far = Tube(np.array([30.0, 30.2]), np.zeros((2, 4), np.float32))
    assert made([Asked(QUERY, [replace(TWO[0], tube=far)], [])]) == []  # its number is on no picture
