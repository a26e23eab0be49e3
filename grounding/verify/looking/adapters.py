"""Adapters: what training added to a model, in a folder of its own; the model itself stays as it is.

    adapter_config.json, adapter_model.safetensors     as PEFT writes them; the first names the base model
    verifier.json                                      what `python -m grounding train verifier` knows of it

A folder with an adapter can be named wherever a model's can. The base is loaded, checked against what the adapter was
trained on, and the adapter added to its weights in memory, so that an answer takes no longer than the base's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grounding.errors import WeightsError
from grounding.weights.open_models import FOLDER, HUB
from grounding.weights.pulling import fingerprint, model_folder

CONFIG: Final = "adapter_config.json"
WEIGHTS: Final = "adapter_model.safetensors"
FACTS: Final = "verifier.json"


@dataclass(frozen=True, slots=True)
class Adapter:
    """base: as `model_folder` takes it; base_print: fingerprint of the base it was trained on, "" where not known;
    name: of the training, for people."""

    folder: Path
    base: str
    base_print: str = ""
    name: str = ""


def adapter_in(source: str) -> Adapter | None:
    """The adapter of a `local-dir:` source; None where it is none.

    Raises:
        WeightsError: its description is damaged.
    """
    folder = Path(source.removeprefix(FOLDER)).expanduser()
    if not source.startswith(FOLDER) or not (folder / CONFIG).is_file():
        return None
    try:
        base = str(json.loads((folder / CONFIG).read_text("utf-8"))["base_model_name_or_path"])
        facts = json.loads((folder / FACTS).read_text("utf-8")) if (folder / FACTS).is_file() else {}
        return Adapter(folder, _source(base), str(facts.get("base_print", "")), str(facts.get("name", "")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{folder} holds an adapter whose description cannot be read.") from error


def base_folder(adapter: Adapter) -> Path:
    """The folder of its base model.

    Raises:
        WeightsError: it is not there, or not the one that the adapter was trained on.
    """
    if not (adapter.folder / WEIGHTS).is_file():
        raise WeightsError(f"{adapter.folder} holds no {WEIGHTS}; adapters in other formats are not loaded.")
    folder = model_folder(adapter.base)
    if adapter.base_print and fingerprint(adapter.base) != adapter.base_print:
        raise WeightsError(f"{folder} is not the model that the adapter in {adapter.folder} was trained on.")
    return folder


def added(model: Any, adapter: Adapter) -> Any:
    """The model with the adapter in its weights.

    Raises:
        WeightsError: the package peft is not here, or the adapter does not fit the model.
    """
    try:
        from peft import PeftModel
    except ImportError:
        raise WeightsError("an adapter needs the package peft; `make full-env` brings it") from None
    peft: Any = PeftModel
    try:
        return peft.from_pretrained(model, adapter.folder, local_files_only=True).merge_and_unload()
    except (RuntimeError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:120]
        raise WeightsError(f"the adapter in {adapter.folder} does not fit its base: {reason}") from error


def _source(base: str) -> str:
    """PEFT keeps a path or a hub's id."""
    if base.startswith((FOLDER, HUB)):
        return base
    return f"{FOLDER}{base}" if Path(base).expanduser().is_dir() or base.startswith(("/", ".", "~")) else f"{HUB}{base}"
