"""The two stages of training, by TRL. Importing this takes seconds; `runs` does so when a training begins.

Both go on from the last whole checkpoint of their folder, with the optimiser, the schedule and all random numbers as
they were, so that a stage that was killed ends as one that was not.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import torch
import trl
from datasets import Dataset, Image, List
from transformers import PrinterCallback, TrainerCallback

from grounding.memory import peak_megabytes
from grounding.rl.rewards import Parts
from grounding.tuning.examples import Example
from grounding.tuning.lessons import Row
from grounding.tuning.settings import Config
from grounding.tuning.worth import total, worth

Looks = Callable[[Any], dict[str, float]]
"""What a model in training answers of the clips held out, by name."""

_trl: Any = trl

PARTS: Final = ("t_iou", "v_iou", "s_iou", "right")
_EASE: Final = 10
"""Steps over which GRPO's rate rises: the first ones of Adam are as long as the rate, whatever the gradient."""


def imitate(
    model: Any,
    processor: Any,
    examples: Sequence[Example],
    rows: Sequence[Row],
    config: Config,
    folder: Path,
    look: Looks,
) -> list[dict[str, float]]:
    """Supervised training on answers; the loss is that of the answer alone. What was logged at each step."""
    once, times = config.rows("sft")
    settings = _trl.SFTConfig(
        **_common(config, folder), max_steps=config.warm_up, learning_rate=config.warm_rate, max_length=None,
        per_device_train_batch_size=once, gradient_accumulation_steps=times, completion_only_loss=True,
    )  # fmt: skip
    trainer = _trl.SFTTrainer(
        model=model, args=settings, processing_class=processor, train_dataset=_rows(examples, rows, answers=True),
        callbacks=[_Notes(config, config.warm_up, look)],
    )  # fmt: skip
    return _trained(trainer, folder)


def reinforce(
    model: Any,
    processor: Any,
    examples: Sequence[Example],
    rows: Sequence[Row],
    config: Config,
    folder: Path,
    look: Looks,
) -> list[dict[str, float]]:
    """GRPO: for each clip a group of answers is drawn and held against the group's mean. What was logged at each step.

    The reward is the first of several functions; the form has a weight of its own, and the parts have none: TRL logs
    the mean of each.
    """
    once, times = config.rows("grpo")
    settings = _trl.GRPOConfig(
        **_common(config, folder), max_steps=config.steps, learning_rate=config.rate, beta=config.kl,
        per_device_train_batch_size=once, gradient_accumulation_steps=times, num_generations=config.group,
        max_completion_length=config.tokens, temperature=config.temperature, lr_scheduler_type="constant_with_warmup",
        warmup_steps=min(_EASE, config.steps // 5),
        reward_weights=[1.0, config.form, *(0.0 for _ in PARTS)],
    )  # fmt: skip
    trainer = _trl.GRPOTrainer(
        model=model, args=settings, processing_class=processor, train_dataset=_rows(examples, rows, answers=False),
        reward_funcs=_rewards(examples, config), callbacks=[_Notes(config, config.steps, look)],
    )  # fmt: skip
    return _trained(trainer, folder)


def _common(config: Config, folder: Path) -> dict[str, Any]:
    return {
        "output_dir": str(folder), "seed": config.seed, "data_seed": config.seed, "logging_steps": 1,
        "save_strategy": "steps", "save_steps": config.every, "save_total_limit": 2, "report_to": "none",
        "use_cpu": not torch.cuda.is_available(), "bf16": False, "fp16": False, "disable_tqdm": True,
        "gradient_checkpointing": config.recompute, "dataloader_num_workers": 0, "remove_unused_columns": False,
    }  # fmt: skip


def _rows(examples: Sequence[Example], rows: Sequence[Row], *, answers: bool) -> Any:
    """Rows as TRL takes them; pictures are read from their files when a row is used."""
    made = []
    for row in rows:
        one: dict[str, Any] = {
            "prompt": [{"role": "user", "content": row.prompt}],
            "images": [str(path) for path in examples[row.place].pictures],
        }
        if answers:
            one["completion"] = [{"role": "assistant", "content": row.answer}]
        else:
            one["place"] = row.place
        made.append(one)
    untyped: Any = Dataset
    return untyped.from_list(made).cast_column("images", List(Image(mode="RGB")))


def _rewards(examples: Sequence[Example], config: Config) -> list[Any]:
    """The reward, the form, and each part by itself, as functions of what was said."""

    @lru_cache(maxsize=4096)
    def parts(text: str, place: int) -> Parts:
        return worth(text, examples[place], config.reward)

    def by(name: str, value: Callable[[Parts], float]) -> Any:
        def function(completions: Sequence[Any], place: Sequence[int], **_: Any) -> list[float]:
            return [value(parts(_text(said), where)) for said, where in zip(completions, place, strict=True)]

        function.__name__ = name
        return function

    found = [by("worth", lambda one: total(one, config.reward)), by("form", lambda one: one.form)]
    return [*found, *(by(name, _part(name)) for name in PARTS)]


def _part(name: str) -> Callable[[Parts], float]:
    return lambda one: float(getattr(one, name))


def _text(said: Any) -> str:
    content = said[0]["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _trained(trainer: Any, folder: Path) -> list[dict[str, float]]:
    trainer.remove_callback(PrinterCallback)  # it writes to where results of commands are written
    last = whole_checkpoint(folder)
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    return list(trainer.state.log_history)


def whole_checkpoint(folder: Path) -> Path | None:
    """The last checkpoint that was written to its end; its state is written last."""
    found = []
    for path in folder.glob("checkpoint-*"):
        try:
            found.append((int(json.loads((path / "trainer_state.json").read_text("utf-8"))["global_step"]), path))
        except (OSError, ValueError, KeyError):
            continue
    return max(found)[1] if found else None


class _Notes(TrainerCallback):
    """Adds to what is logged: seconds and memory of each step, and now and then a look at the clips held out."""

    def __init__(self, config: Config, last: int, look: Looks) -> None:
        self._config, self._last, self._look = config, last, look
        self._began = 0.0

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        self._began = time.monotonic()

    def on_step_end(self, *given: Any, **known: Any) -> None:
        state = given[1]
        spent = {"seconds": time.monotonic() - self._began, "megabytes": megabytes()}
        state.log_history.append({"step": state.global_step, **spent})
        due = self._config.look and state.global_step % self._config.look == 0
        if due and state.global_step < self._last:  # the last look is the one after the stage
            state.log_history.append({"step": state.global_step, **self._look(known["model"])})


def megabytes() -> float:
    """The most that was in use: of the GPU's memory where there is one, else of the process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    return peak_megabytes()
