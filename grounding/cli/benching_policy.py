"""`bench policy`: before and after training, three times with fixed seeds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grounding.cli.output import write_json, write_note, write_table

if TYPE_CHECKING:
    from grounding.bench.policy import Compared, Habit, Reach

MEASURES = ("r_at_1", "r_at_5", "m_tiou", "m_viou", "reward", "recall")
WHAT = ("matches", "kinds", "rewards", "habit", "reach")


def add_policy(what: Any) -> None:
    """Adds `policy` to `bench`."""
    from grounding.cli.training_policy import add_config, add_problems

    one = what.add_parser("policy", help="what training the policy brings on matches it has not seen")
    add_problems(one, "--train", "problems to train on; default: the set that comes with the package")
    one.add_argument("--test", type=Path, nargs="+", required=True, metavar="FILE", help="problems of other matches")
    one.add_argument(
        "--habit-train", type=Path, nargs="+", default=(), metavar="FILE", help="corrections to learn from"
    )
    one.add_argument(
        "--habit-test", type=Path, nargs="+", default=(), metavar="FILE", help="corrections of other matches"
    )
    one.add_argument(
        "--tracked", type=Path, nargs="+", default=(), metavar="DIR",
        help="problems of the test matches with other tracks (train problems --rate, --smoothing): rows beside the "
        "rewards, called as the folders are",
    )  # fmt: skip
    one.add_argument("--what", choices=WHAT, nargs="+", default=WHAT[:3])
    one.add_argument("--repeats", type=int, default=3)
    add_config(one)
    one.add_argument("--json", action="store_true")
    one.set_defaults(run=_policy)


def _policy(arguments: argparse.Namespace) -> None:
    from grounding.bench import policy as bench
    from grounding.cli.training_policy import config_of, problems_of

    learn, test, config = problems_of(arguments.train), problems_of(arguments.test), config_of(arguments)
    found: dict[str, list[Compared]] = {}
    if "matches" in arguments.what:
        found["matches"] = bench.compare(learn, test, config, arguments.repeats)
    if "kinds" in arguments.what:
        found["kinds"] = _followed(bench.left_out(learn, test, config, arguments.repeats), "left out")
    if "rewards" in arguments.what:
        tracked = {folder.name: problems_of([folder]) for folder in arguments.tracked}
        found["rewards"] = _followed(bench.ablation(learn, test, tracked, config, arguments.repeats), "row")
    habits: list[Habit] = []
    if "habit" in arguments.what:
        corrections = problems_of(arguments.habit_train), problems_of(arguments.habit_test)
        steps = bench.habits(learn, corrections[0], test, corrections[1], config, arguments.repeats)
        habits = _followed(steps, "habit")
    reach: list[Reach] = list(bench.reach(test)) if "reach" in arguments.what else []
    if arguments.json:
        write_json({**{name: [_json(one) for one in rows] for name, rows in found.items()}, "habit": [
            asdict(one) for one in habits], "reach": [asdict(one) for one in reach]})  # fmt: skip
        return
    _tables(found, habits, reach, arguments.repeats)


def _tables(
    found: Mapping[str, Sequence[Compared]], habits: Sequence[Habit], reach: Sequence[Reach], repeats: int
) -> None:
    for name, rows in found.items():
        sys.stdout.write(f"\n{name.capitalize()}: the rule → the policy, mean ± deviation of {repeats}\n")
        write_table(("", "queries", *MEASURES), (_cells(one) for one in rows))
    if habits:
        sys.stdout.write("\nA habit of beginning earlier\n")
        write_table(
            ("", "start moved", "end moved", "m_tIoU with the habit", "R@1 unmoved", "m_vIoU unmoved", "recall"),
            ((h.name, h.start, h.end, h.m_tiou, h.row.r_at_1, h.row.m_viou, h.row.recall) for h in habits),
        )
    if reach:
        sys.stdout.write("\nThe best that can be made of what is shown, by the seconds shown around a candidate\n")
        cells = ((one.margin, one.candidates, one.t_iou, one.v_iou) for one in reach)
        write_table(("seconds", "candidates", "tIoU", "vIoU"), cells)


def _followed(rows: Iterable[Any], what: str) -> list[Any]:
    out = []
    for row in rows:
        out.append(row)
        write_note(f"{what}: {row.name}")
    return out


def _cells(one: Compared) -> tuple[object, ...]:
    def cell(name: str) -> str:
        return f"{getattr(one.before, name):.3f} → {one.mean(name):.3f} ± {one.spread(name):.3f}"

    return (one.name, one.before.queries, *(cell(name) for name in MEASURES))


def _json(one: Compared) -> dict[str, Any]:
    after = {name: {"mean": one.mean(name), "spread": one.spread(name)} for name in MEASURES}
    return {"name": one.name, "before": asdict(one.before), "after": after, "repeats": [asdict(r) for r in one.after]}
