"""Trains the image-text model of the tests from nothing, on drawn players: `tests/models/clip`.

    python -m tests.models.train_clip --out tests/models/clip

A few minutes of a GPU, or with fewer pictures a quarter of an hour of two cores; never done by the tests, which read
what is committed. The folder is of the form that open_clip loads as `local-dir:`. What makes so small a model learn
shirt numbers from so few pictures: a convolutional tower at 96 pixels; groups of eight pictures in a batch that differ
in the number alone; and, beside the contrastive loss (Radford et al., 2021), heads that tell each attribute from both
embeddings and are thrown away afterwards. Without those heads numbers and poses stay at chance.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grounding.cli.output import write_note
from grounding.types import Image
from grounding.weights.torchvision_ops import prepare
from tests.models.judging import full_captions, gallery, precision_by_attribute, recall
from tests.models.players import COLOURS, POSES, Player, caption, draw, split

SIDE: Final = 96
WEIGHTS: Final = "open_clip_model.safetensors"
_TOWER: Final = "test_resnet"
_WIDTH: Final = 128
_TOKENS: Final = 24
_MEAN, _DEVIATION = (0.48, 0.46, 0.41), (0.27, 0.26, 0.28)
_SAYINGS: Final = 3
"""Captions of each picture, of which a step uses one."""
_GROUP: Final = 8
_SHIFT: Final = 2
_NOT_SAID: Final = -100
_CLASSES: Final = (len(COLOURS), len(COLOURS), 3, 10, len(POSES), 2)
_FIELDS: Final = ("shirt", "shorts", "number", "number", "pose", "ball")


def classes_of(player: Player, said: frozenset[str]) -> list[int]:
    """For each head the class, or that the caption does not say it."""
    found = [
        COLOURS.index(player.shirt), COLOURS.index(player.shorts), player.number // 10, player.number % 10,
        POSES.index(player.pose), int(player.ball),
    ]  # fmt: skip
    return [value if name in said else _NOT_SAID for name, value in zip(_FIELDS, found, strict=True)]


def write_folder(out: Path) -> None:
    """The tokenizer and the description of the towers."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    marks = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    words = Tokenizer(models.WordPiece(unk_token="<unk>"))
    words.normalizer = normalizers.Lowercase()
    # Digit by digit, so that 17 is told by what is known of 1 and 7.
    pieces = [pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True)]
    words.pre_tokenizer = pre_tokenizers.Sequence(pieces)
    rng = np.random.default_rng(1)
    train = split().train
    corpus = [caption(train[int(rng.integers(len(train)))], rng) for _ in range(4000)]
    corpus.append("a b c d e f g h i j k l m n o p q r s t u v w x y z abcdefghijklmnopqrstuvwxyz 0 1 2 3 4 5 6 7 8 9")
    words.train_from_iterator(corpus, trainers.WordPieceTrainer(vocab_size=512, special_tokens=list(marks.values())))
    words.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    wrapped: Any = PreTrainedTokenizerFast
    tokenizer = wrapped(tokenizer_object=words, model_input_names=["input_ids", "attention_mask"], **marks)
    tokenizer.save_pretrained(out)
    vision = {
        "image_size": SIDE, "timm_model_name": _TOWER, "timm_model_pretrained": False, "timm_pool": "avg",
        "timm_proj": "linear",
    }  # fmt: skip
    text = {
        "context_length": _TOKENS, "vocab_size": len(tokenizer), "hf_tokenizer_name": "players", "width": _WIDTH,
        "heads": 4, "layers": 2, "pool_type": "eos", "eos_id": 2, "pad_id": 0,
    }  # fmt: skip
    looks = {"mean": _MEAN, "std": _DEVIATION, "interpolation": "bicubic", "resize_mode": "squash"}
    towers = {"embed_dim": 128, "vision_cfg": vision, "text_cfg": text}
    config = {"model_cfg": towers, "preprocess_cfg": looks, "templates": ["{}"]}
    (out / "open_clip_config.json").write_text(json.dumps(config, indent=1) + "\n")


def _draw(job: tuple[Player, int]) -> Image:
    return draw(*job, SIDE)


def draw_all(players: Sequence[Player], processes: int) -> NDArray[np.uint8]:
    """(N, 96, 96, 3). To be done before torch has threads."""
    import cv2

    cv2.setNumThreads(1)
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        return np.stack(pool.map(_draw, [(one, k) for k, one in enumerate(players)], chunksize=200))


class Course:
    """The pictures, what is said of them, and the batches made of both."""

    def __init__(self, count: int, processes: int) -> None:
        self.rng = np.random.default_rng(7)
        train = split().train
        self.players = [train[int(k)] for k in self.rng.integers(len(train), size=count)]
        self.pictures = draw_all(self.players, processes)
        said = [[self._said() for _ in range(_SAYINGS)] for _ in self.players]
        self.captions = [
            [caption(one, self.rng, named) for named in names]
            for one, names in zip(self.players, said, strict=True)
        ]  # fmt: skip
        everything = frozenset(Player._fields)
        self.of_picture = np.array([classes_of(one, everything) for one in self.players])
        self.of_caption = np.array(
            [[classes_of(one, named) for named in names] for one, names in zip(self.players, said, strict=True)]
        )
        groups: dict[tuple[Any, ...], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for k, one in enumerate(self.players):
            groups[(one.shirt, one.shorts, one.pose, one.ball)][one.number].append(k)
        self.groups = [list(by.values()) for by in groups.values() if len(by) >= _GROUP]

    def _said(self) -> frozenset[str]:
        """All of it in seven captions of ten; else two to four things, so that parts of captions get a meaning."""
        if self.rng.random() < 0.7:
            return frozenset(Player._fields)
        return frozenset(self.rng.permutation(Player._fields)[: int(self.rng.integers(2, 5))].tolist())

    def batch(self, size: int, hard: float) -> NDArray[np.int64]:
        """Indices of pictures; a share `hard` of them in groups that differ in the number alone."""
        count = int(size * hard) // _GROUP if self.groups else 0
        chosen = self.rng.choice(len(self.players), size - count * _GROUP, replace=False).tolist()
        for k in self.rng.integers(len(self.groups), size=count):
            by_number = self.groups[int(k)]
            for j in self.rng.permutation(len(by_number))[:_GROUP]:
                chosen.append(by_number[j][int(self.rng.integers(len(by_number[j])))])
        return np.array(chosen)


def train(
    out: Path, *, pictures: int, processes: int, steps: int, minutes: float, size: int, rate: float, hard: float,
    heads_weight: float,
) -> int:  # fmt: skip
    """Fills `out` with the trained model in half precision, after `steps` or `minutes`, whichever comes first. Returns
    how many steps were made."""
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    course = Course(pictures, processes)
    write_note(f"drew {pictures} players in {time.monotonic() - started:.0f} s")
    prepare()
    import open_clip
    import torch
    from open_clip.loss import ClipLoss
    from torch.nn import functional

    from grounding.weights.torch_runtime import device

    torch.manual_seed(0)
    where = device()
    write_folder(out)
    model = open_clip.create_model(f"local-dir:{out}", load_weights=False)
    model = model.to(where, memory_format=torch.channels_last)
    tokenizer = open_clip.get_tokenizer(f"local-dir:{out}")
    tokens = torch.stack([tokenizer([names[k] for names in course.captions]) for k in range(_SAYINGS)]).to(where)
    heads: Any = torch.nn.ModuleList(torch.nn.Linear(128, count) for count in _CLASSES).to(where)
    weights = [*model.parameters(), *heads.parameters()]
    groups: list[Any] = [
        {"params": [one for one in weights if one.ndim > 1], "weight_decay": 0.1},
        {"params": [one for one in weights if one.ndim <= 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))
    contrast = ClipLoss()
    mean, deviation = (torch.tensor(one, device=where).view(1, 3, 1, 1) for one in (_MEAN, _DEVIATION))
    every = torch.from_numpy(course.pictures).to(where)
    of_pictures, of_captions = (torch.from_numpy(one).to(where) for one in (course.of_picture, course.of_caption))
    began = time.monotonic()
    for step in range(steps):
        done = max(step / steps, (time.monotonic() - began) / 60 / minutes)
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 60) * (0.5 * (1 + math.cos(math.pi * done)) + 1e-3)
        chosen, saying = torch.from_numpy(course.batch(size, hard)).to(where), int(course.rng.integers(_SAYINGS))
        pixels = (every[chosen].permute(0, 3, 1, 2).float() / 255 - mean) / deviation
        moved = tuple(int(v) for v in course.rng.integers(-_SHIFT, _SHIFT + 1, 2))
        pixels = torch.roll(pixels, moved, (2, 3)).contiguous(memory_format=torch.channels_last)
        seen, read = model.encode_image(pixels), model.encode_text(tokens[saying, chosen])
        own = contrast(
            functional.normalize(seen, dim=-1), functional.normalize(read, dim=-1), model.logit_scale.exp()
        )  # fmt: skip
        told = sum(
            functional.cross_entropy(head(seen), of_pictures[chosen, k])
            + functional.cross_entropy(head(read), of_captions[chosen, saying, k])
            for k, head in enumerate(heads)
        )
        loss = own + heads_weight * told
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(100))
        if step % 100 == 99:
            number = float((heads[3](seen).argmax(1) == of_pictures[chosen, 3]).float().mean())
            write_note(
                f"step {step + 1}, {time.monotonic() - began:.0f} s: contrast {own.item():.3f}, "
                f"last digit right {number:.2f}"
            )
    _save(model, out)
    return step + 1


def _save(model: Any, out: Path) -> None:
    import torch
    from safetensors.torch import save_file

    halves = {
        name: one.half().contiguous() if torch.is_floating_point(one) else one
        for name, one in model.state_dict().items()
    }
    save_file(halves, str(out / WEIGHTS))
    (out / WEIGHTS).chmod(0o644)


def judge(out: Path) -> dict[str, Any]:
    """What the saved model finds, among combinations and among pairs of colours it has not seen; and between which
    cosines: of a text to any picture, and to its own."""
    from grounding.embed.openclip import OpenClipEmbedder

    embedder = OpenClipEmbedder(out)
    found: dict[str, Any] = {}
    for name in ("unseen", "apart"):
        players = getattr(split(), name)
        images = embedder.embed_images(gallery(players, SIDE))
        texts = embedder.embed(full_captions(players))
        parts = precision_by_attribute(players, images, embedder.embed)
        found[name] = {
            "R@1": round(recall(texts, images, 1), 3),
            "R@5": round(recall(texts, images, 5), 3),
            "P@10": {attribute: round(value, 2) for attribute, value in parts.items()},
            "cosines": [
                round(float((texts @ images.T).mean()), 2),
                round(float((texts * images).sum(axis=1).mean()), 2),
            ],
        }
    return found


def finish(out: Path, made: str) -> None:
    """Writes the range of cosines where the embedder reads it, and beside the model how it was made."""
    found = judge(out)
    path = out / "open_clip_config.json"
    config = json.loads(path.read_text()) | {"cosines": found["unseen"]["cosines"]}
    path.write_text(json.dumps(config, indent=1) + "\n")
    figures = json.dumps(found, indent=1)
    (out / "README.md").write_text(
        "A small image-text model for the tests, trained from nothing on drawn players. It knows nothing else.\n\n"
        f"    {made}\n\nWhat it finds, of 500 pictures each:\n\n```json\n{figures}\n```\n"
    )
    write_note(figures)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the image-text model of the tests.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=60_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="that draw")
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--minutes", type=float, default=60.0, help="after which it ends all the same")
    parser.add_argument("--size", type=int, default=128, help="pictures in a batch")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--hard", type=float, default=0.25, help="share of a batch in groups that differ in the number")
    parser.add_argument("--heads", type=float, default=0.3, help="weight of the heads that are thrown away")
    a = parser.parse_args()
    made = train(
        a.out, pictures=a.pictures, processes=a.processes, steps=a.steps, minutes=a.minutes, size=a.size, rate=a.rate,
        hard=a.hard, heads_weight=a.heads,
    )  # fmt: skip
    finish(a.out, f"python -m tests.models.train_clip {' '.join(sys.argv[1:])}  # {made} steps")


if __name__ == "__main__":
    main()
