"""`bench parse`: how well phrasings that were written down with what they should give are read."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from grounding.cli.output import write_json, write_note, write_table

if TYPE_CHECKING:
    from grounding.bench.parse import Slots

PHRASINGS = Path("tests/grounding/retrieve/phrasings")


def add_parse(what: Any) -> None:
    """Adds `parse` to the measurements of `bench`."""
    parse = what.add_parser("parse", help="slots of written-down phrasings that are read right, by kind and language")
    parse.add_argument("file", nargs="?", type=Path, default=PHRASINGS / "coaches.tsv", metavar="FILE")
    parse.add_argument("--names", type=Path, default=None, metavar="FILE", help="names.json beside FILE if left out")
    parse.add_argument("--wrong", action="store_true", help="say which phrasings are not read right")
    parse.add_argument("--json", action="store_true")
    parse.set_defaults(run=_parse)


def _parse(arguments: argparse.Namespace) -> None:
    from grounding.bench.parse import Slots, compare, load_names, load_phrasings, score, slot
    from grounding.retrieve import parse

    phrasings = load_phrasings(arguments.file)
    beside = arguments.file.with_name("names.json")
    names = load_names(arguments.names or beside) if arguments.names or beside.exists() else None
    sums = dict(score(phrasings, lambda text: parse(text, names)))
    for language in dict.fromkeys(language for _, language in sums):
        sums["all", language] = sum((one for (_, own), one in sums.items() if own == language), Slots())
    took = []
    for phrasing in phrasings:
        began = time.perf_counter()
        parse(phrasing.text, names)
        took.append(1000 * (time.perf_counter() - began))
    if arguments.wrong:
        for phrasing in phrasings:
            found = [slot(predicate) for predicate in parse(phrasing.text, names).predicates]
            if not compare(found, phrasing.slots).whole:
                write_note(f"{phrasing.text}: {'; '.join(found)} instead of {'; '.join(phrasing.slots)}")
    rows = _rows(sums)
    if arguments.json:
        write_json({"parse": rows, "median_ms": round(median(took), 3)})
        return
    write_table(tuple(rows[0]), (tuple(row.values()) for row in rows))
    write_note(f"{median(took):.2f} ms a phrasing (median)")


def _rows(sums: Mapping[tuple[str, str], Slots]) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "language": language,
            "phrasings": one.texts,
            "whole": one.whole,
            "precision": round(one.precision, 3),
            "recall": round(one.recall, 3),
            "slots_right": round(one.share, 3),
        }
        for (kind, language), one in sums.items()
    ]
