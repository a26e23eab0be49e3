"""A training in a folder. Stopped at any moment, it goes on where it was when the same command is given again.

sft/, grpo/         the stages: checkpoints while they run, then adapter/ and log.json
curves.json, .png   what was logged at each step, of one stage after the other
run.json            how it was trained, and how it answers the clips held out before and after each stage
adapter/            what was trained, as `grounding.verify.looking.local.LocalModel` loads it
"""

from __future__ import annotations

import gc
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from grounding.errors import BadInputError, GroundingError
from grounding.files import write_bytes
from grounding.rl.curves import draw
from grounding.rl.rewards import Parts
from grounding.tuning import adapting
from grounding.tuning.examples import Example
from grounding.tuning.held import answered, by_kind
from grounding.tuning.lessons import imitations, questions
from grounding.tuning.settings import Config
from grounding.verify.looking.local import prepare_processors, processor_of
from grounding.verify.looking.prompts import PROMPT_VERSION

Say = Callable[[str], None]
Name = Literal["sft", "grpo"]

LOGGED: Final = {
    "held out": "held out",
    "rewards/worth/mean": "reward",
    "rewards/form/mean": "form",
    "rewards/t_iou/mean": "t_iou",
    "rewards/v_iou/mean": "v_iou",
    "rewards/s_iou/mean": "s_iou",
    "rewards/right/mean": "right",
    "loss": "loss",
    "reward_std": "spread",
    "kl": "kl",
    "entropy": "entropy",
    "grad_norm": "gradient",
    "completions/mean_length": "tokens",
    "seconds": "seconds",
    "megabytes": "megabytes",
}
"""What TRL and this program log → its name in the curves, in the order in which they are drawn. A reward is that of
`worth`, without the form."""


@dataclass(slots=True)
class Run:
    """What a training leaves behind. marks: of the clips held out, by moment ("before", "after sft", "after grpo") and
    kind of question; costs: of each stage."""

    folder: Path
    marks: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    costs: dict[str, dict[str, float]] = field(default_factory=dict)
    curve: list[dict[str, float]] = field(default_factory=list)

    @property
    def adapter(self) -> Path:
        return self.folder / "adapter"


def run(
    folder: Path,
    base: str,
    examples: Sequence[Example],
    held: Sequence[Example],
    config: Config,
    *,
    start: Path | None = None,
    made_by: str = "",
    say: Say = lambda _: None,
) -> Run:
    """Trains an adapter of `base` (as `model_folder` takes it) on `examples`, or goes on with that.

    held: clips to be answered before and after, never trained on. start: an adapter to go on from.

    Raises:
        BadInputError: there is nothing to train on, the folder holds another training, or the class of the model is
            not known. GroundingError: what training needs is not installed.
    """
    from grounding.weights.pulling import fingerprint, model_folder

    if not examples:
        raise BadInputError("There are no clips to train on.")
    if {one.name for one in examples} & {one.name for one in held}:
        raise BadInputError("Some clips are both to be trained on and to be held out.")
    place = model_folder(base)
    facts = {"base": adapting.named(base), "base_print": fingerprint(base), "config": asdict(config)}
    _same_training(folder, facts, examples, held, start)
    session = _Session(base, place, examples, held, config, Run(folder), facts | {"made_by": made_by}, say)
    session.train(start)
    return session.run


@dataclass(slots=True)
class _Session:
    base: str
    place: Path
    examples: Sequence[Example]
    held: Sequence[Example]
    config: Config
    run: Run
    facts: dict[str, Any]
    say: Say

    def train(self, start: Path | None) -> None:
        folder, before = self.run.folder, start
        self._mark("before", before)
        for name in self.config.stages:
            after = folder / name / "adapter"
            if not after.is_dir():
                self._learn(name, before)
            self._mark(f"after {name}", after)
            self._leave(name)
            before = after
        _copied(folder / self.config.stages[-1] / "adapter", self.run.adapter)

    def _learn(self, name: Name, before: Path | None) -> None:
        """A stage from the adapter `before` it, or from a fresh one, to its end."""
        _free()
        stage, config = self.run.folder / name, self.config
        processor, model = _loaded(self.place)
        from transformers import set_seed

        from grounding.tuning import trainers  # not before processors are prepared

        set_seed(config.seed)  # a fresh adapter is drawn
        model = adapting.adapted(model, config) if before is None else adapting.loaded(model, before)
        self.say(f"{name}: {config.length(name)} steps, {_learning(model)} weights learn")
        learn = trainers.imitate if name == "sft" else trainers.reinforce
        rows = questions(self.examples)
        if name == "sft":
            rows = imitations(self.examples, judging=config.judging, thoughts=config.thoughts)
        log = learn(model, processor, self.examples, rows, config, stage, self._looks(processor))
        write_bytes(stage / "log.json", (json.dumps(log) + "\n").encode())
        adapting.keep(model, stage / "adapter", self.base, self._about(name))
        for checkpoint in stage.glob("checkpoint-*"):
            shutil.rmtree(checkpoint)

    def _looks(self, processor: Any) -> Callable[[Any], dict[str, float]]:
        def look(model: Any) -> dict[str, float]:
            if not self.held:
                return {}
            table = by_kind(self.held, self._answers(model, processor), self.config.reward)["all"]
            self.say(f"held out: reward {table['reward']:.3f}, tIoU {table['t_iou']:.3f}, right {table['right']:.3f}")
            return {"held out": table["reward"]}

        return look

    def _answers(self, model: Any, processor: Any) -> list[Parts]:
        c = self.config
        return answered(model, processor, self.held, c.reward, tokens=c.tokens, at_once=c.at_once)

    def _mark(self, moment: str, adapter: Path | None) -> None:
        """Kept in a file, so that a training that goes on does not ask again."""
        if not self.held:
            return
        path = self.run.folder / "marks" / f"{moment.replace(' ', '-')}.json"
        if not path.is_file():
            _free()
            processor, model = _loaded(self.place)
            model = model if adapter is None else adapting.loaded(model, adapter)
            table = by_kind(self.held, self._answers(model, processor), self.config.reward)
            write_bytes(path, (json.dumps(table, indent=1) + "\n").encode())
        self.run.marks[moment] = json.loads(path.read_text("utf-8"))
        self.say(f"{moment}: reward {self.run.marks[moment]['all']['reward']:.3f} of {len(self.held)} clips held out")

    def _leave(self, name: Name) -> None:
        """Curves and facts, anew after each stage."""
        log = json.loads((self.run.folder / name / "log.json").read_text("utf-8"))
        done = 0 if not self.run.curve else int(max(row["step"] for row in self.run.curve))
        rows = curve_of(log, done)
        for moment, step in (("before", 0), (f"after {name}", done + self.config.length(name))):
            if moment in self.run.marks and (done == 0 or step > 0):
                rows.append({"step": float(step), "held out": self.run.marks[moment]["all"]["reward"]})
        self.run.curve += sorted(rows, key=lambda row: row["step"])
        seconds = [row["seconds"] for row in rows if "seconds" in row]
        self.run.costs[name] = {
            "steps": len(seconds),
            "seconds": round(sum(seconds), 2),
            "seconds a step": round(float(np.median(seconds)), 4) if seconds else 0.0,
            "megabytes": round(max((row["megabytes"] for row in rows if "megabytes" in row), default=0.0), 1),
        }
        folder = self.run.folder
        write_bytes(folder / "curves.json", (json.dumps(self.run.curve) + "\n").encode())
        draw(folder / "curves.png", self.run.curve)
        told = {**self.facts, "clips": len(self.examples), "costs": self.run.costs, "held out": self.run.marks}
        write_bytes(folder / "run.json", (json.dumps(told, indent=1) + "\n").encode())

    def _about(self, name: Name) -> dict[str, Any]:
        return {
            "name": self.run.folder.resolve().name,
            "stage": name,
            "prompt": PROMPT_VERSION,
            "clips": len(self.examples),
            **self.facts,
        }


def curve_of(log: Sequence[dict[str, Any]], done: int = 0) -> list[dict[str, float]]:
    """What was logged, in this program's words, one row a step. done: steps of the stages before."""
    steps: dict[int, dict[str, float]] = {}
    for row in log:
        if row["step"] == 0:
            continue
        kept = steps.setdefault(int(row["step"]), {"step": float(done + row["step"])})
        kept |= {ours: float(row[name]) for name, ours in LOGGED.items() if row.get(name) is not None}
    order = ("step", *LOGGED.values())
    return [{name: steps[step][name] for name in order if name in steps[step]} for step in sorted(steps)]


def _loaded(place: Path) -> tuple[Any, Any]:
    """Processor and model of a folder, on the device, as they are trained."""
    from grounding.weights.torch_runtime import device, loading, precision

    try:
        import datasets
        import trl  # noqa: F401
    except ImportError as error:
        raise GroundingError(f"training needs the package {error.name}; `make train-env` brings it") from None
    datasets.disable_progress_bars()
    prepare_processors()
    import torch
    from transformers import AutoModelForImageTextToText

    where = device()
    kind = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision(where), torch.float32)
    auto: Any = AutoModelForImageTextToText
    with loading(place, "model"):
        processor = processor_of(place)
        model = auto.from_pretrained(place, dtype=kind, local_files_only=True)
    processor.tokenizer.padding_side = "left"
    if processor.tokenizer.pad_token_id is None:
        processor.tokenizer.pad_token = processor.tokenizer.eos_token
    return processor, model.to(where)


def _learning(model: Any) -> int:
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


def _free() -> None:
    """Gives back the memory of models that are gone; the most in use is counted anew."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _copied(source: Path, target: Path) -> None:
    part = target.with_name(f".{target.name}-part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source, part)
    shutil.rmtree(target, ignore_errors=True)
    part.replace(target)


def _same_training(
    folder: Path, facts: dict[str, Any], examples: Sequence[Example], held: Sequence[Example], start: Path | None
) -> None:
    """A folder belongs to one training: its base, settings and clips."""
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for one in (*examples, *held):
        digest.update(json.dumps([one.name, one.prompt, one.answer, one.thought, one.kind]).encode())
        for path in one.pictures:
            digest.update(path.read_bytes())
    if start is not None:
        digest.update((start / "adapter_model.safetensors").read_bytes())
    path, purpose = folder / "purpose.txt", digest.hexdigest()
    if path.is_file() and path.read_text("utf-8").strip() != purpose:
        raise BadInputError(f"{folder} holds a training of other clips or settings: give another folder, or remove it.")
    write_bytes(path, f"{purpose}\n".encode())
