"""A training run in a folder: checkpoints, curves, and what it cost. Stopped at any moment, it goes on where it was.

checkpoint.npz   all that the next step depends on, the random numbers too
curves.json      what was logged at each step; curves.png the same, drawn
policy.json      the policy, once it is trained
run.json         how it was trained, seconds and memory
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from grounding.errors import BadInputError
from grounding.files import write_atomically, write_bytes
from grounding.memory import peak_megabytes
from grounding.rl import policy as policies
from grounding.rl.curves import draw
from grounding.rl.network import Adam
from grounding.rl.policy import PARTS, Policy, Scale
from grounding.rl.problems import Problem
from grounding.rl.train import Config, State, begin, finish, train
from grounding.types import Progress


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What a run leaves behind. seconds: of training, over all its parts; megabytes: the most that was in memory."""

    policy: Policy
    curve: Sequence[dict[str, float]]
    seconds: float
    megabytes: float


def run(
    folder: Path,
    problems: Sequence[Problem],
    config: Config,
    *,
    start: Policy | None = None,
    about: dict[str, Any] | None = None,
) -> Iterator[Progress | Trained]:
    """Trains in `folder`, or goes on there; the last item is what was trained.

    start: a policy to go on from, which `config.kl` also holds the judging near to. about: kept with the policy.

    Raises:
        BadInputError: the folder holds the checkpoint of another training.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.npz"
    purpose = _purpose(problems, config, start)
    state, spent = begin(problems, config, start), 0.0
    if checkpoint.is_file():
        state, spent = restore(checkpoint, purpose)
    began = time.monotonic() - spent
    total = float(config.warm_up + config.steps)
    yield Progress("train", float(state.step), total)
    for reached in train(problems, config, state, start):
        keep(checkpoint, reached, purpose, time.monotonic() - began)
        yield Progress("train", float(reached.step), total)
    facts = {"queries": len(problems), "candidates": sum(len(one) for one in problems), **(about or {})}
    policy = finish(state, problems, config, facts)
    done = Trained(policy, state.curve, time.monotonic() - began, peak_megabytes())
    _leave(folder, done, config)
    yield done


def _leave(folder: Path, done: Trained, config: Config) -> None:
    write_bytes(folder / "curves.json", (json.dumps(done.curve) + "\n").encode())
    draw(folder / "curves.png", done.curve)
    facts = {
        "config": asdict(config),
        "seconds": round(done.seconds, 2),
        "megabytes": round(done.megabytes, 1),
        "parameters": done.policy.size,
        "about": dict(done.policy.about),
    }
    write_bytes(folder / "run.json", (json.dumps(facts, indent=1) + "\n").encode())
    policies.save(folder / "policy.json", done.policy)


def keep(path: Path, state: State, purpose: str, seconds: float) -> None:
    """Writes a checkpoint, whole or not at all."""
    meta = {
        "purpose": purpose,
        "step": state.step,
        "adam": state.adam.steps,
        "rate": state.adam.rate,
        "decay": state.adam.decay,
        "random": state.random.bit_generator.state,
        "curve": state.curve,
        "seconds": seconds,
    }
    arrays: dict[str, Any] = {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)}
    for name, weight in state.weights.items():
        arrays |= {f"w {name}": weight, f"m {name}": state.adam.mean[name], f"v {name}": state.adam.square[name]}
    for part in PARTS:
        arrays |= {f"mean {part}": state.scales[part].mean, f"gain {part}": state.scales[part].gain}
    write_atomically(path, lambda file: np.savez(file, **arrays))


def restore(path: Path, purpose: str) -> tuple[State, float]:
    """The state of a checkpoint and the seconds spent before it.

    Raises:
        BadInputError: it is damaged, or of another training.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        meta = json.loads(arrays["meta"].tobytes())
        if meta["purpose"] != purpose:
            raise BadInputError(
                f"{path.parent} holds a training of other data or settings: give another folder, or remove that one."
            )
        names = [name[2:] for name in arrays if name.startswith("w ")]
        weights, mean, square = ({name: arrays[f"{kind} {name}"] for name in names} for kind in "wmv")
        random = np.random.default_rng()
        random.bit_generator.state = meta["random"]
        scales = {part: Scale(arrays[f"mean {part}"], arrays[f"gain {part}"]) for part in PARTS}
        adam = Adam(meta["rate"], meta["decay"], mean, square, meta["adam"])
        return State(meta["step"], weights, scales, adam, random, meta["curve"]), float(meta["seconds"])
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise BadInputError(f"{path} is damaged: remove it, and training begins anew.") from error


def _purpose(problems: Sequence[Problem], config: Config, start: Policy | None) -> str:
    """Stands for all that a training begins with: another one may not go on from its checkpoint."""
    import hashlib

    digest = hashlib.sha256(json.dumps(asdict(config), sort_keys=True).encode())
    for one in problems:
        for values in (one.judge, one.start, one.end, one.rewards[config.reward], one.v_iou, one.rule):
            digest.update(np.ascontiguousarray(values).tobytes())
        digest.update(repr(one.teaches).encode())
    if start:
        digest.update(json.dumps(policies.dump(start)).encode())
    return digest.hexdigest()
