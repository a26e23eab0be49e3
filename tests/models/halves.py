"""The smallest task that has all a verifier must learn: who (left or right), which seconds, or nobody.

    python -m tests.models.halves base OUT          a SmolVLM of 0.3 million weights that can say what it sees
    python -m tests.models.halves clips OUT FIRST COUNT [WRONG]

A clip is four pictures of two people, 1 on the left and 2 on the right, in shirts whose colours change now and then;
asked is who wears red, and when. The base model is trained to tell what is seen in each second, and to answer that
question in the right form, but at random. `WRONG` is the share of clips whose answer to imitate is a wrong one, so that
imitation alone cannot do well.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grounding.tuning.examples import Example, save
from grounding.types import Image, Tube
from grounding.verify.looking.prompts import pick_prompt

COLOURS: Final = {
    "red": (210, 40, 40), "blue": (40, 60, 210), "yellow": (225, 210, 50), "white": (235, 235, 235),
    "black": (25, 25, 25),
}  # fmt: skip
ASKED: Final = "red"
"""Always the same: to compare a word with what is seen takes so small a model hours."""
SECONDS: Final = 4
SIDE: Final = 64
NONE: Final = 0.1
_GRASS: Final = (60, 130, 60)
_STEPS: Final = 300
_BATCH: Final = 16


def worn(random: np.random.Generator) -> tuple[list[list[str]], str, int | None]:
    """(colours by person and second, the colour asked for, who wears it or None): one stretch of at most one person."""
    names = list(COLOURS)
    asked = ASKED
    others = [name for name in names if name != asked]
    people = []
    for _ in range(2):
        first, then = (others[int(k)] for k in random.integers(len(others), size=2))
        change = int(random.integers(1, SECONDS + 1))
        people.append([first if k < change else then for k in range(SECONDS)])
    if random.random() < NONE:
        return people, asked, None
    who = int(random.integers(2))
    start = int(random.integers(0, SECONDS - 1))
    end = int(random.integers(start + 1, SECONDS + 1))
    people[who] = [asked if start <= k < end else colour for k, colour in enumerate(people[who])]
    return people, asked, who


def draw(left: str, right: str, random: np.random.Generator) -> Image:
    """(64, 64, 3): two shirts on grass, with noise."""
    image = np.tile(np.array(_GRASS, np.float64), (SIDE, SIDE, 1))
    for k, colour in enumerate((left, right)):
        x, y = 4 + 32 * k + int(random.integers(0, 7)), 8 + int(random.integers(0, 9))
        image[y : y + 40, x : x + 18] = COLOURS[colour]
    return np.asarray(np.clip(image + random.normal(0, 14, image.shape), 0, 255), np.uint8)


def clip(seed: int) -> tuple[Example, list[Image]]:
    """The clip of a seed, always the same."""
    random = np.random.default_rng((seed, 71))
    people, asked, who = worn(random)
    pictures = [draw(people[0][k], people[1][k], random) for k in range(SECONDS)]
    tubes = {number: _tube(number, range(SECONDS)) for number in (1, 2)}
    held = [] if who is None else [k for k in range(SECONDS) if people[who][k] == asked]
    true = () if who is None else (_tube(who + 1, held),)
    return Example(
        name=f"halves-{seed:06d}", question=f"the one in {asked}", ids=(1, 2), seconds=tuple(range(SECONDS)),
        pictures=(), tubes=tubes, true=true, kind="appearance", group="halves",
    ), pictures  # fmt: skip


def clips(first: int, count: int, wrong: float = 0.0) -> Iterator[tuple[Example, list[Image]]]:
    """Clips of `count` seeds. wrong: share of which the true moment is that of another clip, for imitation only."""
    for seed in range(first, first + count):
        one, pictures = clip(seed)
        if np.random.default_rng((seed, 72)).random() < wrong:
            one = replace(one, true=clip(seed + 1_000_000)[0].true)
        yield one, pictures


def _tube(number: int, seconds: Any) -> Tube:
    times = np.array([second + k / 5 for second in seconds for k in range(5)])
    box = np.array([32.0 * (number - 1), 8.0, 32.0 * number, 56.0], np.float32)
    return Tube(times, np.tile(box, (len(times), 1)))


def base(folder: Path, seed: int = 0, steps: int = _STEPS) -> float:
    """Writes the base model, trained whole to describe pictures; its last losses' mean."""
    from tests.models.tiny_chat import smolvlm

    smolvlm(folder, text={"hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 3}, seen={
        "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2,
    }, words=_words())  # fmt: skip
    import torch
    from transformers import AutoModelForImageTextToText

    from grounding.verify.looking.local import processor_of
    from grounding.weights.torch_runtime import device

    torch.manual_seed(seed)
    random = np.random.default_rng((seed, 73))
    processor = processor_of(folder)
    auto: Any = AutoModelForImageTextToText
    model = auto.from_pretrained(folder).to(device()).train()
    optimiser = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
    losses: list[float] = []
    for _ in range(steps):
        inputs, labels = _batch(processor, random)
        inputs, labels = inputs.to(model.device), labels.to(model.device)
        logits = model(**inputs).logits
        loss = torch.nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if len(losses) % 50 == 0:
            sys.stderr.write(f"step {len(losses)}: loss {np.mean(losses[-50:]):.3f}\n")
    model.eval().save_pretrained(folder)
    return float(np.mean(losses[-50:]))


def _words() -> list[str]:
    """What the tokeniser is trained on: questions and answers of this task, so that they are few tokens."""
    rows = [clip(seed)[0] for seed in range(60)]
    return [text for one in rows for text in (one.prompt, one.answer, _described(worn(np.random.default_rng(0))[0]))]


def _described(people: list[list[str]]) -> str:
    """All that is seen: of each second who wears what."""
    return "; ".join(f"{k} s: 1 {people[0][k]}, 2 {people[1][k]}" for k in range(SECONDS))


def _where(people: list[list[str]]) -> str:
    """Of each second, who wears the colour that is asked for."""
    return "; ".join(f"{k} s: {_wearer(people, k)}" for k in range(SECONDS))


def _wearer(people: list[list[str]], second: int) -> str:
    return next((str(p + 1) for p in (0, 1) if people[p][second] == ASKED), "none")


def _batch(processor: Any, random: np.random.Generator) -> tuple[Any, Any]:
    """Most rows say what is seen; in the others the question of the product is answered at random, in its form."""
    import torch
    from PIL import Image as Pillow

    from grounding.verify.looking.local import messages_of

    texts, shown = [], []
    for row in range(_BATCH):
        people, asked, _ = worn(random)
        pictures = [Pillow.fromarray(draw(people[0][k], people[1][k], random)) for k in range(SECONDS)]
        question, answer = "What is seen?", _described(people)
        if row % 4 in (1, 2):
            question, answer = f"Where is {asked} seen?", _where(people)
        if row % 4 == 3:
            question = pick_prompt(f"the one in {asked}", (1, 2), range(SECONDS))
            answer = clip(int(random.integers(10**9)))[0].answer
        said = processor.apply_chat_template(messages_of(pictures, question), add_generation_prompt=True)
        texts.append((said, f"{answer}{processor.tokenizer.eos_token}"))
        shown.append(pictures)
    inputs = processor(
        images=shown, text=[asked + said for asked, said in texts], padding=True, padding_side="right",
        return_tensors="pt", add_special_tokens=False,
    )  # fmt: skip
    labels: NDArray[np.int64] = inputs["input_ids"].numpy().copy()
    for row, (_, said) in enumerate(texts):
        length = int(inputs["attention_mask"][row].sum())
        labels[row, : length - len(processor.tokenizer.encode(said, add_special_tokens=False))] = -100
        labels[row, length:] = -100
    return inputs, torch.from_numpy(labels)


if __name__ == "__main__":
    if sys.argv[1] == "base":
        sys.stdout.write(f"loss {base(Path(sys.argv[2])):.3f}\n")
    else:
        share = float(sys.argv[5]) if len(sys.argv) > 5 else 0.0
        made = save(Path(sys.argv[2]), clips(int(sys.argv[3]), int(sys.argv[4]), share))
        sys.stdout.write(f"{len(made)} clips\n")
