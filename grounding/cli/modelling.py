"""`models`: list, pull and check the open models of the full profile."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from grounding.cli.output import write_json, write_note, write_table
from grounding.errors import BadInputError, WeightsError

if TYPE_CHECKING:
    from grounding.weights.open_models import OpenModel


def add_commands(commands: Any) -> None:
    """Adds `models` to the parser."""
    models = commands.add_parser("models", help="list, pull or check the open models of the full profile")
    models.add_argument("action", choices=("list", "pull", "check"))
    models.add_argument("names", nargs="*", metavar="MODEL", help="ids, or hf-hub:owner/name; to pull: default the set")
    models.add_argument("--accept-licence", action="store_true", help="take a licence that is not for products")
    models.add_argument("--json", action="store_true")
    models.set_defaults(run=_models)


def _models(arguments: argparse.Namespace) -> None:
    if arguments.action != "pull" and (arguments.names or arguments.accept_licence):
        raise BadInputError("Models are named only to be pulled.")
    {"list": _list, "pull": _pull, "check": _check}[arguments.action](arguments)


def _list(arguments: argparse.Namespace) -> None:
    from grounding.weights.open_models import DEFAULTS, OPEN_MODELS, find_model
    from grounding.weights.pulling import pinned, state

    known = pinned()
    own = {model.hub_id for model in OPEN_MODELS}
    models = [*OPEN_MODELS, *(find_model(f"hf-hub:{hub_id}") for hub_id in known if hub_id not in own)]
    rows = [_row(model, known, state(model, known)) for model in models]
    if arguments.json:
        write_json({"models": rows, "default": DEFAULTS})
        return
    write_table(
        ("id", "job", "from", "licence", "products", "MB", "state"),
        (
            (row["id"], row["job"], row["hub_id"], row["licence"], "yes" if row["products"] else "no",
             str(row["size"] // 10**6), row["state"])
            for row in rows
        ),
    )  # fmt: skip


def _row(model: OpenModel, known: Any, state: str) -> dict[str, Any]:
    row = known.get(model.hub_id)
    weights = [one for one in row.files if one.name.endswith(".safetensors")] if row else []
    return {
        "id": model.id,
        "job": model.job if model.family else "",
        "hub_id": model.hub_id,
        "revision": row.revision if row else model.revision,
        "sha256": weights[0].sha256 if len(weights) == 1 else model.sha256,
        "licence": row.licence if row else model.licence,
        "products": model.products,
        "size": sum(one.size for one in weights) or model.size,
        "preprocessing": model.preprocessing,
        "profile": model.profile,
        "state": state,
    }


def _pull(arguments: argparse.Namespace) -> None:
    from grounding.weights.hub import HuggingFaceHub
    from grounding.weights.open_models import DEFAULTS, find_model
    from grounding.weights.pulling import pull

    names = arguments.names or [DEFAULTS["detector"], DEFAULTS["embedder"]]
    models = [find_model(name) for name in names]
    paths = [
        pull(name, HuggingFaceHub(), accept_licence=arguments.accept_licence, progress=write_note) for name in names
    ]
    if arguments.json:
        write_json({"models": [{"id": m.id, "path": str(path)} for m, path in zip(models, paths, strict=True)]})


def _check(arguments: argparse.Namespace) -> None:
    from grounding.weights.pulling import check_models, pinned

    problems = check_models()
    if arguments.json:
        write_json({"models": sorted(pinned()), "problems": problems})
    if problems:
        raise WeightsError(" ".join(problems))
    if not arguments.json:
        sys.stdout.write(f"Models that are here, and as they were pinned: {len(pinned())}.\n")
