"""Trains the chat model of the tests from nothing, to read red numbers and seconds: `tests/models/vlm`.

    python -m tests.models.train_vlm --out runs/vlm --films runs/films --minutes 120

An hour or two of one core; never done by the tests, which read what is committed. What makes so small a model learn to
compare: first it only sees, as heads tell, of the cells where a number or a shirt is, whose it is and what they wear
and do; they are thrown away afterwards. Then four heads of its text side are shown where to look (`guides`). Each clip
is asked about many times over, so that the same pictures have several answers, and single pictures come before clips.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import queue
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from grounding.cli.output import write_note
from tests.models.clips import Clip, draw_everybody
from tests.models.filmed import films
from tests.models.judging_vlm import JUDGED_FILMS, clips_to_judge, filmed_to_judge, judge, sees
from tests.models.lessons import SEEING, School, pressed
from tests.models.pupil import Pupil, write_folder

_HEADS: Final = 0.5
"""Weight of what the heads tell once it answers."""
_USUAL: Final = 0.5
_GUIDE: Final = 0.3
"""Weight of where it looks."""
_WARM: Final = 150
_AGAIN: Final = 2
"""Times that a lesson is repeated at most."""
_KEPT: Final = 12
_SAY_EVERY: Final = 50
FILMS: Final = range(3000, 3200)
"""Seeds of the matches that pictures are taken from."""


class Trainer:
    """One training from nothing, or from where another one got to, to the end of its time. done: 0 to 1, where."""

    def __init__(self, out: Path, school: School, *, minutes: float, rate: float, done: float) -> None:
        import torch

        from grounding.weights.torch_runtime import device

        self.out, self._school, self._seconds, self._rate, self._begun = out, school, 60 * minutes, rate, done
        self.pupil = Pupil(out, device())
        self.pupil.model.train()
        weights = self.pupil.parameters()
        groups: list[Any] = [
            {"params": [one for one in weights if one.ndim > 1], "weight_decay": 0.05},
            {"params": [one for one in weights if one.ndim <= 1], "weight_decay": 0.0},
        ]
        self._optimiser = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=self.pupil.half or None)
        self._lessons: queue.Queue[Any] = queue.Queue(6)
        self._again: list[Any] = []
        self._rng = np.random.default_rng(5)
        self.steps = self.taken = 0
        threading.Thread(target=self._fetch, daemon=True).start()

    def _fetch(self) -> None:
        """Brings lessons to the device while the one before is learnt."""
        import torch

        while True:
            lesson = self._school.take()
            frames = lesson.pictures.shape[1]
            tensors = {field.name: torch.from_numpy(getattr(lesson, field.name)) for field in fields(lesson)}
            if self.pupil.half:
                tensors = {
                    name: one.pin_memory().to(self.pupil.device, non_blocking=True) for name, one in tensors.items()
                }
            self._lessons.put((frames, tensors))

    def run(self, judged: dict[str, list[Clip]], looks: int) -> dict[str, Any]:
        """Trains until the time is over, judging and saving so many times; what was found in the end."""
        began, waited = time.monotonic(), 0.0
        last: dict[str, Any] = {}
        next_look = self._begun + (1 - self._begun) / looks
        while True:
            done = self._begun + (1 - self._begun) * (time.monotonic() - began) / self._seconds
            if done >= min(1.0, next_look):
                last = self._look(judged)
                next_look += (1 - self._begun) / looks
            if done >= 1:
                return last
            self._school.progress.value = done
            started = time.monotonic()
            lesson = self._next()
            waited += time.monotonic() - started
            said = self._step(lesson, done)
            self.steps += 1
            if self.steps % _SAY_EVERY == 0 or self.steps == 10:
                times = f"{time.monotonic() - began:.0f} s ({waited:.0f} waiting)"
                write_note(f"step {self.steps}, {times}, {self.taken} new, {lesson[0]} pictures: {said}")

    def _next(self) -> Any:
        """A new lesson; where none is ready, one of the last ones again, each at most so often, rather than waiting."""
        with suppress(queue.Empty):
            lesson = self._lessons.get(block=not self._again)
            self._again += [lesson] * _AGAIN
            del self._again[: -_AGAIN * _KEPT]
            self.taken += 1
            return lesson
        return self._again.pop(int(self._rng.integers(len(self._again))))

    def _step(self, lesson: Any, done: float) -> str:
        """Learns from a lesson; how far it is, in words."""
        import torch

        frames, given = lesson
        # In the end it learns from pictures as it will see them, by what was usual and not by what is beside them.
        self.pupil.model.model.vision_tower.train(done < _USUAL)
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate * min(1, (self.steps + 1) / _WARM) * (0.5 * (1 + math.cos(math.pi * done)) + 1e-3)
        with self.pupil.precision():
            states = self.pupil.see(given["pictures"])
            told, facts = self.pupil.facts_loss(states, given["place"], given["fact"], frames)
            total, said = told, f"facts {float(told.detach()):.3f}"
            if done >= SEEING:
                loss, missed, right = self.pupil.loss(given, states, frames)
                total = loss + _GUIDE * missed.sum() + _HEADS * told
                looks = (-missed.detach()).exp().numpy(force=True).round(2)
                said = f"answers {float(loss.detach()):.3f}, {float(right):.2f} right, looks {looks}, {said}"
        self._optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.pupil.parameters(), 1.0, error_if_nonfinite=True)
        self._optimiser.step()
        return f"{said} {[round(one, 2) for one in facts.tolist()]}"

    def _look(self, judged: dict[str, list[Clip]]) -> dict[str, Any]:
        """Judges the model as it is, and saves it: the rate falls to nothing, so the last is the one to keep."""
        found: dict[str, Any] = {"sees": sees(self.pupil)}
        found |= {name: judge(clips, asker(self.pupil)) for name, clips in judged.items()}
        write_note(f"step {self.steps}: {json.dumps(found)}")
        self.pupil.save(self.out)
        return found


def asker(pupil: Any) -> Callable[[Sequence[Clip], Sequence[tuple[int, str]], int], list[str]]:
    """Puts questions to a model in training, clips of equally many pictures at once."""

    def ask(clips: Sequence[Clip], asked: Sequence[tuple[int, str]], most: int) -> list[str]:
        answers = [""] * len(asked)
        by_count: dict[int, list[int]] = defaultdict(list)
        for row, (k, _) in enumerate(asked):
            by_count[len(clips[k].pictures)].append(row)
        for rows in by_count.values():
            pictures = np.stack([[pressed(one) for one in clips[asked[row][0]].pictures] for row in rows])
            said = pupil.answer(pictures, [asked[row][1] for row in rows], np.arange(len(rows)), most)
            for row, text in zip(rows, said, strict=True):
                answers[row] = text
        return answers

    return ask


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the chat model of the tests.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="a folder that an earlier training wrote, to go on from")
    parser.add_argument("--done", type=float, default=0.0, help="how far that was, 0 to 1")
    parser.add_argument("--films", type=Path, help="where pictures of generated matches are kept, to learn from too")
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--frames", type=int, default=48, help="pictures in a batch")
    parser.add_argument("--processes", type=int, default=max(1, (os.cpu_count() or 2) - 1), help="that draw")
    parser.add_argument("--looks", type=int, default=4, help="how often it is judged meanwhile")
    parser.add_argument("--judged", type=int, default=128, help="clips of each kind that it is judged on")
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    write_folder(a.out, a.seed)
    started = time.monotonic()
    draw_everybody()
    write_note(f"drew everybody in {time.monotonic() - started:.0f} s")
    school = School(a.out, a.processes, a.frames, 100 * (1 + a.seed), films(a.films, FILMS) if a.films else ())
    school.progress.value = a.done
    judged = {name: clips_to_judge(a.judged, apart=name == "apart") for name in ("unseen", "apart")}
    if a.films:
        judged["filmed"] = filmed_to_judge(films(a.films, JUDGED_FILMS), a.judged)
    try:
        trainer = Trainer(a.out, school, minutes=a.minutes, rate=a.rate, done=a.done)
        if a.start:
            trainer.pupil.go_on_from(a.start)
        last = trainer.run(judged, a.looks)
    finally:
        school.close()
    (a.out / "README.md").write_text(
        "A small chat model for the tests, trained from nothing on clips of drawn players. It knows nothing else.\n\n"
        f"    python -m tests.models.train_vlm {' '.join(sys.argv[1:])}\n\n"
        f"{trainer.steps} steps. What it answers, of {a.judged} clips each:\n\n"
        f"```json\n{json.dumps(last, indent=1)}\n```\n"
    )


if __name__ == "__main__":
    main()
