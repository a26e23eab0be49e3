"""`bench gpu`: what the full profile costs on a GPU, with models of the true sizes."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grounding.cli.matches import video_of
from grounding.cli.output import write_json, write_note, write_table
from grounding.errors import BadInputError

if TYPE_CHECKING:
    from grounding.bench.gpu.plan import Plan, Row

_TITLES = {
    "prepare": "Made before measuring",
    "networks": "Items a second, asked as the product asks them",
    "index": "Hours of match indexed in an hour, end to end, processes sharing one GPU by segments",
    "query": "Seconds for one question: the best candidates, and every window of the match",
    "ceiling": "Seconds of CPU indexing takes where networks cost nothing",
    "beside": "Beside plain transformers and plain open_clip code, median seconds of the same work",
}


def add_gpu(what: Any) -> None:
    """Adds `gpu` to the measurements of `bench`."""
    gpu = what.add_parser("gpu", help="the full profile on a GPU: networks, indexing end to end, looking at candidates")
    gpu.add_argument(
        "--what", default="networks,index,query", help="some of prepare, networks, index, query, beside, ceiling"
    )
    gpu.add_argument("--video", type=Path, default=None, help="a match; without, football 9 is rendered")
    gpu.add_argument(
        "--loop", type=float, default=0.0, metavar="MINUTES", help="for each worker, by repeating the video"
    )
    gpu.add_argument("--device", default="", help="cpu measures without a GPU")
    gpu.add_argument(
        "--small", action="store_true", help="models of few weights: tries the whole path, measures nothing"
    )
    gpu.add_argument("--workers", default="1,4,8", help="processes of indexing, a row each")
    gpu.add_argument("--detector", default="d-fine-s")
    gpu.add_argument("--embedder", default="pe-core-b-16")
    gpu.add_argument("--verifier", default="smolvlm2-500m")
    gpu.add_argument("--models", default="", help="for networks and beside; all of them where none is named")
    gpu.add_argument(
        "--batch", type=int, default=0, help="pictures detected at a time in indexing, 0 as in the product"
    )
    gpu.add_argument("--questions", type=int, default=1)
    gpu.add_argument("--candidates", type=int, default=20)
    gpu.add_argument("--windows", type=int, default=8, help="looked at of the match's; 0 for all")
    gpu.add_argument("--minutes", type=float, default=90.0, help="windows are counted for; 0 for the video's length")
    gpu.add_argument("--items", type=int, default=16, help="pictures or crops for beside")
    gpu.add_argument("--work", type=Path, default=None, metavar="DIR", help="where models and videos are kept")
    gpu.add_argument("--out", type=Path, default=None, metavar="FILE", help="JSON, written anew after every row")
    gpu.add_argument("--json", action="store_true")
    gpu.set_defaults(run=_gpu)


def _gpu(arguments: argparse.Namespace) -> None:
    parts = _parts(arguments.what)
    _choose_device(arguments.device)
    plan = _plan(arguments)
    from grounding.bench.gpu.plan import machine

    found: dict[str, Any] = {"machine": machine(), "small": plan.small}
    for part in parts:
        found[part] = []
        for row in plan.rows(part):
            found[part].append(row)
            write_note(f"{part}: {json.dumps(row)}")
            if arguments.out is not None:
                arguments.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if arguments.json:
        write_json({"gpu": found})
        return
    sys.stdout.write(", ".join(f"{key} {value}" for key, value in found["machine"].items()) + "\n")
    if plan.small:
        sys.stdout.write("Small models: these figures say nothing of speed.\n")
    for part in parts:
        _show(part, found[part])


def _show(part: str, rows: list[Row]) -> None:
    sys.stdout.write(f"\n{_TITLES[part]}\n")
    columns = [name for name in rows[0] if name != "stages_s"]
    write_table(columns, (["-" if row[name] is None else row[name] for name in columns] for row in rows))
    for row in rows:
        if "stages_s" in row:
            stages = {name: seconds for name, seconds in row["stages_s"].items() if seconds}
            total = sum(stages.values()) or 1.0
            told = ", ".join(f"{name} {seconds:.1f} ({seconds / total:.0%})" for name, seconds in stages.items())
            sys.stdout.write(f"busy seconds by stage, {row['workers']} workers: {told}\n")


def _parts(text: str) -> list[str]:
    from grounding.bench.gpu.plan import PARTS

    parts = [part.strip() for part in text.split(",") if part.strip()]
    wrong = [part for part in parts if part not in PARTS]
    if wrong or not parts:
        raise BadInputError(f"--what is some of {', '.join(PARTS)}, got {text}")
    return parts


def _choose_device(chosen: str) -> None:
    """Sets it for this process and those it starts. Raises BadInputError where there is no GPU and none was waived."""
    if chosen:
        os.environ["GROUNDING_DEVICE"] = chosen
    from grounding.weights.torch_runtime import device

    if device().type == "cpu" and not chosen.startswith("cpu"):
        raise BadInputError(
            "There is no GPU that torch can use here; --device cpu measures without one, with --small in short time."
        )


def _plan(arguments: argparse.Namespace) -> Plan:
    from grounding.bench.gpu.builds import DETECTORS, EMBEDDERS, LOOKERS
    from grounding.bench.gpu.plan import Plan
    from grounding.video import probe
    from grounding.weights import home

    wanted = tuple(name for name in arguments.models.split(",") if name) or (*DETECTORS, *EMBEDDERS)
    chosen = [("detector", arguments.detector, DETECTORS), ("embedder", arguments.embedder, EMBEDDERS)]
    chosen += [("verifier", arguments.verifier, LOOKERS)]
    chosen += [("models", name, (*DETECTORS, *EMBEDDERS)) for name in wanted]
    for option, name, known in chosen:
        if name not in known:
            raise BadInputError(f"--{option} is one of {', '.join(known)}, got {name}")
    counts = ("questions", "candidates", "items")
    if (
        any(getattr(arguments, name) < 1 for name in counts)
        or min(arguments.batch, arguments.windows, arguments.minutes, arguments.loop) < 0
    ):
        raise BadInputError(f"--{', --'.join(counts)} must be 1 or more, the other numbers not negative.")
    work = arguments.work or home() / "bench-gpu"
    work.mkdir(parents=True, exist_ok=True)
    video = arguments.video or video_of(("football", 9, 60), work)[0]
    probe(video)
    taken = {name: getattr(arguments, name) for name in (*counts, "batch", "windows", "minutes", "small")}
    models = {name: getattr(arguments, name) for name in ("detector", "embedder", "verifier")}
    workers = _workers(arguments.workers)
    return Plan(video, work, workers=workers, minutes_each=arguments.loop, models=wanted, **taken, **models)


def _workers(text: str) -> tuple[int, ...]:
    try:
        workers = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        workers = ()
    if not workers or min(workers) < 1:
        raise BadInputError(f"--workers must be numbers such as 1,4,8, got {text}")
    return workers
