"""The phrasings of `phrasings/coaches.tsv`, written before the grammar: at least 95 % of the slots are right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grounding.bench.parse import Phrasing, Slots, compare, load_names, load_phrasings, score, slot
from grounding.errors import BadInputError
from grounding.retrieve import parse
from grounding.types import Predicate

FOLDER = Path(__file__).parent / "phrasings"
ENOUGH = 0.95


def test_enough_is_asked() -> None:
    phrasings = load_phrasings(FOLDER / "coaches.tsv")
    kinds = [phrasing.kind for phrasing in phrasings]
    assert len(phrasings) >= 300
    assert sum(phrasing.language == "de" for phrasing in phrasings) >= 60
    assert len({phrasing.text for phrasing in phrasings}) == len(phrasings)
    assert min(kinds.count(kind) for kind in set(kinds)) >= 10


@pytest.mark.parametrize("language", ["en", "de"])
def test_slots_are_right(language: str) -> None:
    names = load_names(FOLDER / "names.json")
    phrasings = [one for one in load_phrasings(FOLDER / "coaches.tsv") if one.language == language]
    sums = score(phrasings, lambda text: parse(text, names))
    every = sum(sums.values(), Slots())
    assert every.share >= ENOUGH, f"{every.share:.3f}"
    assert min(every.precision, every.recall) >= ENOUGH
    low = {kind: f"{found.share:.3f}" for (kind, _), found in sums.items() if found.share < 0.9}
    assert not low


def test_slots_too_many_and_too_few_both_count() -> None:
    assert compare(["a=1", "b=2"], ["a=1", "c=3"]) == Slots(1, 2, 2, 1, 0)
    assert compare(["a=1", "a=1"], ["a=1"]) == Slots(1, 2, 1, 1, 0)
    assert compare(["b=2", "a=1"], ["a=1", "b=2"]).whole == 1
    assert Slots(1, 2, 2).share == pytest.approx(1 / 3)
    assert Slots().share == Slots().precision == Slots().recall == 1.0


def test_marks_of_a_slot() -> None:
    assert slot(Predicate("number", "7", (), negated=True, either=1, branch=2, step=1)) == "or2 then1 not number=7"


def test_a_file_that_is_none(tmp_path: Path) -> None:
    bad = tmp_path / "bad.tsv"
    bad.write_text("only one column\n")
    with pytest.raises(BadInputError, match="kind, language, text and slots"):
        load_phrasings(bad)
    with pytest.raises(BadInputError, match="cannot be read"):
        load_phrasings(tmp_path / "missing.tsv")
    good = tmp_path / "good.tsv"
    good.write_text("# a remark\nnumber\ten\t#7\tnumber=7\n")
    assert load_phrasings(good) == [Phrasing("number", "en", "#7", ("number=7",))]
    names = tmp_path / "names.json"
    names.write_text(json.dumps(["Kowalski"]))
    with pytest.raises(BadInputError, match="names"):
        load_names(names)
