"""Clips to learn from, as the product shows them, in a folder that can be carried elsewhere.

examples.jsonl     a clip in each line
pictures/          NAME-00.jpg, ...: one for each second shown, numbers and the second drawn on it
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from grounding.errors import BadInputError
from grounding.files import write_bytes
from grounding.metrics import viou
from grounding.retrieve.tubes import cut_tube
from grounding.rl.rewards import Asked, meant
from grounding.types import Image, Tube
from grounding.verify.looking.prompts import PROMPT_VERSION, pick_prompt

FITS: Final = 0.3
"""vIoU within the true moment above which a numbered target is the one that is meant."""
NONE: Final = '{"id": "none"}'
_JPEG: Final = 92


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A clip, a question about it, and what answers it.

    name: unique in its set, fit for a file name; ids: the numbers drawn; seconds: of the clip, as burnt into
    `pictures`; tubes: the numbered targets, true: the moments that answer (none where nothing does), both with times
    from the clip's first second and boxes in pixels of the video; thought: reasoning to learn from, "" where there is
    none; group: clips of one make (a match, a video), so that none is both learnt from and held out.
    """

    name: str
    question: str
    ids: tuple[int, ...]
    seconds: tuple[int, ...]
    pictures: tuple[Path, ...]
    tubes: Mapping[int, Tube]
    true: tuple[Tube, ...]
    kind: str = ""
    group: str = ""
    thought: str = ""

    @property
    def prompt(self) -> str:
        return pick_prompt(self.question, self.ids, self.seconds)

    @property
    def length(self) -> int:
        """Seconds of the clip, as answers about it are read."""
        return self.seconds[-1] + 1

    @property
    def asked(self) -> Asked:
        return Asked(self.tubes, self.true, float(self.length))

    @property
    def right(self) -> int | None:
        """The number that answers; None where none does."""
        return None if not self.true else meant(self.tubes, longest(self.true))

    @property
    def answer(self) -> str:
        """The true answer in the form that the product asks for: whole seconds, the last one included."""
        if self.right is None:
            return NONE
        start, end = whole_seconds(longest(self.true), self.length)
        return json.dumps({"id": self.right, "start": start, "end": end})


def longest(tubes: Sequence[Tube]) -> Tube:
    return max(tubes, key=lambda one: (one.span.length, -one.span.start))


def whole_seconds(tube: Tube, length: int) -> tuple[int, int]:
    """First and last second of a moment in a clip of `length` seconds: read again, its ends are within half a second,
    those of a moment shorter than a second within one."""
    first, last = round(tube.span.start), round(tube.span.end) - 1
    if last < first:
        first = last = int((tube.span.start + tube.span.end) / 2)
    return min(max(0, first), length - 1), min(max(0, last), length - 1)


def fits(tube: Tube, true: Tube) -> float:
    """vIoU of a target with a true moment, within that moment."""
    cut = cut_tube(tube, true.span)
    return 0.0 if cut is None else viou(cut, true, claimed=true.span)


def save(folder: Path, examples: Iterable[tuple[Example, Sequence[Image]]]) -> list[Example]:
    """Writes clips with their pictures; the list in `folder` is written last, so a folder with it is whole."""
    kept = []
    for one, pictures in examples:
        paths = tuple(folder / "pictures" / f"{one.name}-{k:02d}.jpg" for k in range(len(pictures)))
        for path, picture in zip(paths, pictures, strict=True):
            write_bytes(path, _jpeg(picture))
        kept.append(_with_pictures(one, paths))
    lines = "".join(json.dumps(_to_json(one), ensure_ascii=False) + "\n" for one in kept)
    write_bytes(folder / "examples.jsonl", lines.encode())
    return kept


def load(folder: Path) -> list[Example]:
    """The clips of a folder, in their order.

    Raises:
        BadInputError: there are none, they are damaged, or made with numbers drawn otherwise than today.
    """
    path = folder / "examples.jsonl"
    if not path.is_file():
        raise BadInputError(f"{folder} holds no clips: make some with python -m grounding train clips.")
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        if any(row["prompt"] != PROMPT_VERSION for row in rows):
            raise BadInputError(f"The clips in {folder} are marked in another way than today's: make them again.")
        found = [_from_json(row, folder) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInputError(f"{path} is damaged: {' '.join(str(error).split())[:100]}.") from error
    missing = next((path for one in found for path in one.pictures if not path.is_file()), None)
    if not found or missing:
        raise BadInputError(f"{missing} is missing." if missing else f"{folder} holds no clips.")
    return found


def _jpeg(picture: Image) -> bytes:
    import cv2

    _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG])
    return data.tobytes()


def _with_pictures(one: Example, paths: tuple[Path, ...]) -> Example:
    from dataclasses import replace

    return replace(one, pictures=paths)


def _to_json(one: Example) -> dict[str, Any]:
    return {
        "prompt": PROMPT_VERSION,
        "name": one.name,
        "question": one.question,
        "ids": one.ids,
        "seconds": one.seconds,
        "pictures": [path.name for path in one.pictures],
        "tubes": {str(number): _tube_json(tube) for number, tube in one.tubes.items()},
        "true": [_tube_json(tube) for tube in one.true],
        "kind": one.kind,
        "group": one.group,
        "thought": one.thought,
    }


def _from_json(row: Mapping[str, Any], folder: Path) -> Example:
    example = Example(
        name=str(row["name"]),
        question=str(row["question"]),
        ids=tuple(map(int, row["ids"])),
        seconds=tuple(map(int, row["seconds"])),
        pictures=tuple(folder / "pictures" / Path(name).name for name in row["pictures"]),
        tubes={int(number): _tube_from(tube) for number, tube in row["tubes"].items()},
        true=tuple(_tube_from(tube) for tube in row["true"]),
        kind=str(row["kind"]),
        group=str(row["group"]),
        thought=str(row["thought"]),
    )
    if not example.seconds or len(example.seconds) != len(example.pictures) or set(example.ids) != set(example.tubes):
        raise ValueError(f"{example.name} lacks pictures or targets")
    return example


def _tube_json(tube: Tube) -> dict[str, Any]:
    return {"step": tube.step, "times": np.round(tube.times, 3).tolist(), "boxes": np.round(tube.boxes, 1).tolist()}


def _tube_from(row: Mapping[str, Any]) -> Tube:
    boxes = np.array(row["boxes"], np.float32).reshape(-1, 4)
    return Tube(np.array(row["times"], np.float64), boxes, float(row["step"]))
