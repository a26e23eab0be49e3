"""Training adapters of true architectures with few, random weights, as the command does it."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.cli import main
from grounding.errors import BadInputError, ModelError
from grounding.tuning.runs import curve_of
from grounding.tuning.settings import Config
from grounding.verify.looking import Patience, name_of
from grounding.verify.looking.adapters import adapter_in
from grounding.verify.looking.local import LocalModel

SHORT = (
    "--warm-up", "8", "--steps", "4", "--batch", "4", "--prompts", "2", "--group", "2", "--at-once", "4", "--tokens",
    "6", "--rank", "4", "--warm-rate", "0.01", "--rate", "0.01", "--every", "2", "--look", "4", "--no-judging",
)  # fmt: skip
TOLERANCE = 1e-4
"""How far curves and weights of a training that was killed may be from those of one that was not."""


def arguments(model: Path, clips: Path, unseen: Path, out: Path) -> list[str]:
    named = {"--model": model, "--data": clips, "--held": unseen, "--out": out}
    return ["train", "verifier", *(str(part) for pair in named.items() for part in pair), *SHORT, "--json"]


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def trained(smolvlm: Path, clips: Path, unseen: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of both stages; the base's files are as they were."""
    out, before = tmp_path_factory.mktemp("runs") / "first", digests(smolvlm)
    assert main(arguments(smolvlm, clips, unseen, out)) == 0
    assert digests(smolvlm) == before
    return out


def test_what_a_run_leaves_behind(trained: Path) -> None:
    told = json.loads((trained / "run.json").read_text())
    assert set(told["held out"]) == {"before", "after sft", "after grpo"}
    assert told["held out"]["before"]["all"]["clips"] == 4
    for stage in ("sft", "grpo"):
        assert told["costs"][stage]["steps"] == (8 if stage == "sft" else 4)
        assert told["costs"][stage]["seconds a step"] > 0
        assert told["costs"][stage]["megabytes"] > 50
        assert not list((trained / stage).glob("checkpoint-*"))
    curve = json.loads((trained / "curves.json").read_text())
    assert sorted({row["step"] for row in curve}) == list(range(13))
    for step in (1, 8):
        assert any(row["step"] == step and row["loss"] > 0 for row in curve if "loss" in row)
    for name in ("reward", "form", "t_iou", "v_iou", "s_iou", "right", "seconds", "megabytes"):
        assert len([row for row in curve if row["step"] > 8 and name in row]) == 4, name
    assert [row["step"] for row in curve if "held out" in row] == [0, 4, 8, 12]
    assert (trained / "curves.png").read_bytes()[:4] == b"\x89PNG"


def test_imitation_brings_the_loss_down(trained: Path) -> None:
    losses = [row["loss"] for row in json.loads((trained / "curves.json").read_text()) if "loss" in row][:8]
    assert max(losses[6:]) < min(losses[:2]) - 0.1


def test_the_product_can_ask_what_was_trained(trained: Path, smolvlm: Path) -> None:
    shown = [np.full((48, 64, 3), 90, np.uint8)] * 2
    replies = []
    for folder in (smolvlm, trained / "adapter"):
        model = LocalModel(str(folder))
        assert model.problem() == ""
        replies.append(model.ask(shown, "Which red number is it?", max_tokens=3, patience=Patience(120.0)))
    base, tuned = (reply.tokens[0] for reply in replies)
    assert max(abs(base[token] - tuned[token]) for token in base.keys() & tuned.keys()) > 0.01
    assert LocalModel(str(trained / "adapter")).name.startswith("smol-tiny+first@")
    assert "+first@" in name_of(LocalModel(str(trained / "adapter")))


def test_the_adapter_learns_words_alone_unless_asked(trained: Path) -> None:
    from safetensors.numpy import load_file

    weights = load_file(trained / "adapter" / "adapter_model.safetensors")
    assert weights
    assert all("text_model" in name and "lora_" in name for name in weights)
    assert any(np.abs(value).max() > 0 for name, value in weights.items() if "lora_B" in name)


def test_a_run_that_is_done_is_not_done_again(
    trained: Path, smolvlm: Path, clips: Path, unseen: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("it trains again")

    before = json.loads((trained / "curves.json").read_text())
    monkeypatch.setattr("grounding.tuning.runs._loaded", never)
    assert main(arguments(smolvlm, clips, unseen, trained)) == 0
    assert json.loads((trained / "curves.json").read_text()) == before
    assert json.loads(capsys.readouterr().out)["held_out"]["after grpo"]["all"]["clips"] == 4


def test_a_folder_belongs_to_one_training(trained: Path, smolvlm: Path, clips: Path, unseen: Path, capsys: Any) -> None:
    assert main([*arguments(smolvlm, clips, unseen, trained), "--seed", "1"]) == 2
    assert "holds a training of other clips or settings" in capsys.readouterr().err
    assert main(arguments(smolvlm, unseen, unseen, trained.parent / "other")) == 2
    assert "both to be trained on and to be held out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda a: (a / "adapter_model.safetensors").unlink(), "holds no adapter_model.safetensors"),
        (lambda a: (a / "adapter_config.json").write_text("{"), "description cannot be read"),
        (lambda a: _change(a / "verifier.json", base_print="0" * 64), "is not the model that the adapter"),
        (lambda a: _rebase(a, "/nowhere"), "is not a folder with a model"),
        (lambda a: _rebase(a, "owner/name"), "The model hf-hub:owner/name is not here"),
    ],
)  # fmt: skip
def test_adapters_that_are_not_loaded(trained: Path, tmp_path: Path, spoil: Callable[[Path], Any], said: str) -> None:
    import shutil

    folder = tmp_path / "adapter"
    shutil.copytree(trained / "adapter", folder)
    spoil(folder)
    model = LocalModel(str(folder))
    assert said in model.problem()
    with pytest.raises(ModelError, match="the model cannot be loaded"):
        model.ask([np.zeros((8, 8, 3), np.uint8)], "?", max_tokens=1, patience=Patience(60.0))


def _change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def _rebase(adapter: Path, base: str) -> None:
    _change(adapter / "adapter_config.json", base_model_name_or_path=base)


def test_an_adapter_goes_with_its_own_base(trained: Path, qwen: Path, smolvlm: Path) -> None:
    adapter = adapter_in(f"local-dir:{trained / 'adapter'}")
    assert adapter is not None
    assert adapter.base == f"local-dir:{smolvlm.resolve()}"
    assert adapter_in(f"local-dir:{qwen}") is None
    assert adapter_in("qwen3-vl-2b") is None


@pytest.mark.parametrize(
    "settings", [{"group": 1}, {"batch": 0}, {"batch": 6, "at_once": 4}, {"prompts": 3, "group": 3, "at_once": 4}]
)
def test_settings_that_cannot_be_meant(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"needs at least|have to be"):
        Config(**settings)  # type: ignore[arg-type]


def test_rows_of_a_step() -> None:
    config = Config(batch=8, at_once=4, prompts=3, group=4)
    assert (config.rows("sft"), config.rows("grpo")) == ((4, 2), (4, 3))
    assert Config(batch=2, at_once=64, prompts=2, group=2).rows("grpo") == (4, 1)


def test_curves_are_of_one_stage_after_the_other() -> None:
    log: list[dict[str, Any]] = [
        {"step": 1, "loss": 2.0, "rewards/worth/mean": None},
        {"step": 1, "seconds": 0.5},
        {"step": 0, "loss": 9.0},
    ]
    assert curve_of(log, 10) == [{"step": 11.0, "loss": 2.0, "seconds": 0.5}]


def test_a_class_of_models_that_is_not_known() -> None:
    from types import SimpleNamespace

    from grounding.tuning.adapting import adapted

    with pytest.raises(BadInputError, match=r"class llama cannot be trained here; these can: smolvlm"):
        adapted(SimpleNamespace(config=SimpleNamespace(model_type="llama")), Config())


@pytest.mark.slow
def test_qwen_learns_too(qwen: Path, clips: Path, tmp_path: Path) -> None:
    """In a process of its own, and without clips held out."""
    out = tmp_path / "run"
    given = ["--model", qwen, "--data", clips, "--out", out, *SHORT, "--vision", "--kl", "0.02", "--json"]
    command = [sys.executable, "-m", "grounding", "train", "verifier", *map(str, given)]
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=env).stdout
    assert json.loads(told)["held_out"] == {}
    curve = json.loads((out / "curves.json").read_text())
    losses = [row["loss"] for row in curve if "loss" in row]
    assert max(losses[6:8]) < min(losses[:2]) - 0.1
    assert len([row for row in curve if "kl" in row]) == 4
    assert LocalModel(str(out / "adapter")).problem() == ""


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("stage", ["sft", "grpo"])
def test_killed_and_started_again_it_ends_in_the_same_place(
    trained: Path, smolvlm: Path, clips: Path, unseen: Path, tmp_path: Path, stage: str
) -> None:
    """SIGKILL in the middle of a stage, after its first checkpoint; then the same command to the end."""
    out = tmp_path / "first"
    command = [sys.executable, "-m", "grounding", *arguments(smolvlm, clips, unseen, out)]
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    try:
        end = time.monotonic() + 400
        while not (out / stage / "checkpoint-2" / "trainer_state.json").is_file():
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < end, "it came to no checkpoint"
            time.sleep(0.01)
        assert not (out / stage / "adapter").exists()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=env).stdout
    assert json.loads(told)["costs"]["grpo"]["steps"] == 4
    _equal(out, trained)


def _equal(one: Path, other: Path) -> None:
    from safetensors.numpy import load_file

    curves = [json.loads((folder / "curves.json").read_text()) for folder in (one, other)]
    assert len(curves[0]) == len(curves[1])
    for ours, theirs in zip(*curves, strict=True):
        assert ours.keys() == theirs.keys()
        for name in ours.keys() - {"seconds", "megabytes"}:
            assert ours[name] == pytest.approx(theirs[name], abs=TOLERANCE), (ours["step"], name)
    weights = [load_file(folder / "adapter" / "adapter_model.safetensors") for folder in (one, other)]
    for name, value in weights[0].items():
        assert np.abs(value - weights[1][name]).max() <= TOLERANCE, name
