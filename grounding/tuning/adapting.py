"""Which weights of a model get an adapter, by its class; and how adapters are written and read again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

from grounding.errors import BadInputError
from grounding.files import write_bytes
from grounding.tuning.settings import Config
from grounding.verify.looking.adapters import FACTS
from grounding.weights.open_models import FOLDER, find_model

_WORDS: Final = "(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"

_SMOL: Final = (
    rf".*text_model\..*\.{_WORDS}",
    r".*(vision_model\..*\.(q_proj|k_proj|v_proj|out_proj|fc1|fc2)|connector\..*proj)",
)
_QWEN: Final = (
    rf".*language_model\..*\.{_WORDS}",
    r".*visual\..*\.(qkv|attn\.proj|gate_proj|up_proj|down_proj|linear_fc1|linear_fc2|mlp\.0|mlp\.2)",
)

TARGETS: Final = {
    "smolvlm": _SMOL, "idefics3": _SMOL, "qwen2_vl": _QWEN, "qwen2_5_vl": _QWEN, "qwen3_vl": _QWEN,
}  # fmt: skip
"""`model_type` of a class → its linear layers that read words, and those that see."""


def adapted(model: Any, config: Config) -> Any:
    """The model with a fresh adapter, whose weights alone learn. It begins as no change at all.

    Raises:
        BadInputError: a class of models whose layers are not known.
    """
    from peft import LoraConfig, get_peft_model

    kind = str(model.config.model_type)
    if kind not in TARGETS:
        raise BadInputError(f"Models of the class {kind} cannot be trained here; these can: {', '.join(TARGETS)}.")
    words, seen = TARGETS[kind]
    targets = f"({words}|{seen})" if config.vision else words
    untyped: Any = get_peft_model
    lora = LoraConfig(r=config.rank, lora_alpha=2 * config.rank, lora_dropout=0.0, target_modules=targets)
    return untyped(model, lora)


def loaded(model: Any, folder: Path) -> Any:
    """The model with an adapter that goes on learning."""
    from peft import PeftModel

    untyped: Any = PeftModel
    return untyped.from_pretrained(model, folder, is_trainable=True, local_files_only=True)


def keep(model: Any, folder: Path, source: str, facts: dict[str, Any]) -> None:
    """Writes the adapter as a folder that appears only when it is whole. source: of the base model."""
    part = folder.with_name(f".{folder.name}-part")
    shutil.rmtree(part, ignore_errors=True)
    model.peft_config["default"].base_model_name_or_path = named(source)
    model.save_pretrained(part, selected_adapters=["default"], safe_serialization=True)
    (part / "README.md").unlink(missing_ok=True)  # PEFT's empty form of a model card
    write_bytes(part / FACTS, (json.dumps(facts, indent=1) + "\n").encode())
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)


def named(source: str) -> str:
    """A base as PEFT names it: a folder's whole path, or the id of a hub."""
    if source.startswith(FOLDER):
        return str(Path(source.removeprefix(FOLDER)).expanduser().resolve())
    return find_model(source).hub_id
