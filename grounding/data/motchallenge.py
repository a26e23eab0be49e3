"""MOTChallenge: the sequences of MOT15, MOT16, MOT17 and MOT20, and of the sets that keep their format.

A sequence is a folder with `seqinfo.ini`, `gt/gt.txt` and `det/det.txt`:

- seqinfo.ini, section `[Sequence]`: `name`, `imDir`, `frameRate`, `seqLength`, `imWidth`, `imHeight`, `imExt`.
- gt.txt, one box a line, MOT16 and later with 9 values: frame, identity, left, top, width, height, a flag (0: not to
  be considered), class (1 is a pedestrian; 2 on a vehicle, 7 static person, 8 distractor, 12 reflection, ...) and
  visible share 0..1. Source: Milan et al., "MOT16" (arXiv 1603.00831), table of the data format and of the classes.
- MOT15 (and SoccerNet) with 10: the same up to the flag, then world coordinates, -1 where there are none.
- det.txt: identity -1, then the box, then a confidence; 7 values in MOT17, 10 in MOT15 and MOT16.

Frame numbers and pixels count from 1 (JonathonLuiten/TrackEval, docs/MOTChallenge-Official/Readme.md; py-motmetrics'
`io.py` takes 1 from left and top as well), so one is taken off both; width and height are sizes and stay. What is
scored is what TrackEval's `mot_challenge_2d_box.py` keeps of a ground truth: boxes of class 1 whose flag is not 0, and
in files without classes all whose flag is not 0. Its other rule, to forgive predictions on distractors, is not applied.

The format knows frame numbers and a frame rate alone: frame f is shown at (f - 1) / frameRate.
"""

from __future__ import annotations

import configparser
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grounding.data.fields import read_text
from grounding.data.sample import Sample, Target
from grounding.errors import BadInputError
from grounding.types import Box, Detections, Tube

PEDESTRIAN = 1


@dataclass(frozen=True, slots=True)
class SequenceInfo:
    """What seqinfo.ini says. `length` in frames."""

    name: str
    fps: float
    length: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a gt.txt or det.txt, as the project counts: `frame` from 0, `box` x1, y1, x2, y2 with pixels from 0.

    identity: -1 for detections; confidence: the flag in a ground truth; label, visible: None where the file has none.
    """

    frame: int
    identity: int
    box: Box
    confidence: float
    label: int | None = None
    visible: float | None = None

    @property
    def considered(self) -> bool:
        """Whether a ground truth counts this box."""
        return self.confidence != 0 and self.label in (None, PEDESTRIAN)


def read_motchallenge(folder: Path) -> Iterator[Sample]:
    """A sample without text for each identity of a sequence, in the order of their numbers.

    The span goes from the first to after the last frame of the identity; frames between in which it has no box
    (it left and came back) have none in the tube.

    Args:
        folder: of one sequence.

    Raises:
        BadInputError: a file is missing or a line is not of the format, with file and line.
    """
    info = read_sequence(folder / "seqinfo.ini")
    path = folder / "gt" / "gt.txt"
    rows = (row for row in read_rows(path, length=info.length) if row.considered)
    for identity, tube in tubes_of(rows, info.fps, path).items():
        yield Sample(
            id=f"{info.name}/{identity}",
            video=info.name,
            fps=info.fps,
            targets=(Target(tube.span, tube, identity),),
            size=(info.width, info.height),
        )


def read_detections(folder: Path) -> Iterator[tuple[int, Detections]]:
    """The public detections of a sequence: (frame counted from 0, boxes and confidences), frames in order.

    Labels are 0 and frames without detections are left out. Raises BadInputError as `read_motchallenge`.
    """
    info = read_sequence(folder / "seqinfo.ini")
    frames: dict[int, list[Row]] = {}
    for row in read_rows(folder / "det" / "det.txt", length=info.length):
        frames.setdefault(row.frame, []).append(row)
    for frame, rows in sorted(frames.items()):
        boxes = np.array([row.box for row in rows], np.float32)
        scores = np.array([row.confidence for row in rows], np.float32)
        yield frame, Detections(boxes, scores, np.zeros(len(rows), np.int16))


def read_sequence(path: Path) -> SequenceInfo:
    """Reads a seqinfo.ini. Raises BadInputError where a key is missing or not what it should be."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(read_text(path), source=path.name)
        keys = parser["Sequence"]
        info = SequenceInfo(
            name=keys.get("name") or path.parent.name,
            fps=float(keys["frameRate"]),
            length=int(keys["seqLength"]),
            width=int(keys["imWidth"]),
            height=int(keys["imHeight"]),
        )
    except (configparser.Error, KeyError, ValueError) as problem:
        reason = " ".join(str(problem).split())
        raise BadInputError(f"{path} is not the description of a sequence: {reason}") from problem
    if not (math.isfinite(info.fps) and info.fps > 0 and info.length > 0):
        raise BadInputError(f"{path}: frameRate and seqLength must be above 0, got {info.fps} and {info.length}")
    return info


def read_rows(path: Path, *, length: int | None = None, pixels_from: int = 1) -> Iterator[Row]:
    """The lines of a gt.txt or det.txt, in their order; empty lines are passed over.

    Args:
        length: frames of the sequence, if known; a line beyond is an error.
        pixels_from: 1 where the file's first pixel is 1, 0 where it is 0.

    Raises:
        BadInputError: a line is not of the format.
    """
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if line.strip():
            try:
                row = _row([float(value) for value in line.split(",")], pixels_from)
            except ValueError as problem:
                raise BadInputError(f"{path}, line {number}: {problem}") from problem
            if length is not None and row.frame >= length:
                raise BadInputError(f"{path}, line {number}: frame {row.frame + 1} of a sequence of {length}")
            yield row


def tubes_of(rows: Iterable[Row], fps: float, path: Path) -> dict[int, Tube]:
    """Identity → tube with a time for each of its frames; identities in the order of their numbers.

    Raises BadInputError where an identity has two boxes in one frame.
    """
    found: dict[int, dict[int, Box]] = {}
    for row in rows:
        boxes = found.setdefault(row.identity, {})
        if row.frame in boxes:
            raise BadInputError(f"{path}: identity {row.identity} has two boxes in frame {row.frame + 1}")
        boxes[row.frame] = row.box
    return {identity: _tube(boxes, fps) for identity, boxes in sorted(found.items())}


def _tube(boxes: dict[int, Box], fps: float) -> Tube:
    frames = sorted(boxes)
    return Tube(np.array(frames, np.float64) / fps, np.array([boxes[f] for f in frames], np.float32), 1 / fps)


def _row(values: list[float], pixels_from: int) -> Row:
    if not 7 <= len(values) <= 10:
        raise ValueError(f"expected 7 to 10 values, got {len(values)}")
    if not all(math.isfinite(value) for value in values):
        raise ValueError("every value must be a finite number")
    frame, identity, left, top, width, height, confidence, *rest = values
    if not (frame.is_integer() and frame >= 1):
        raise ValueError(f"frames are whole numbers from 1, got {frame:g}")
    if not identity.is_integer():
        raise ValueError(f"identities are whole numbers, got {identity:g}")
    x, y = left - pixels_from, top - pixels_from
    return Row(
        frame=int(frame) - 1,
        identity=int(identity),
        box=(x, y, x + width, y + height),
        confidence=confidence,
        label=int(rest[0]) if len(rest) == 2 else None,
        visible=rest[1] if len(rest) == 2 else None,
    )
