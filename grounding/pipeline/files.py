"""Segment results as files, so that a worker that stops loses one segment and any machine can stitch.

One NPZ: the arrays of all tracklets end to end, and what is text as UTF-8 JSON in `meta`. Nothing is pickled.
"""

from __future__ import annotations

import json
from dataclasses import astuple
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zipfile import BadZipFile

import numpy as np

from grounding.errors import StoreError
from grounding.files import write_atomically
from grounding.types import (
    BoardReading,
    BoardText,
    CropSample,
    PictureVector,
    Registration,
    Segment,
    SegmentResult,
    Span,
    Tracklet,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORMAT: Final = 1


def save_segment(path: str | Path, result: SegmentResult) -> None:
    """Writes `result` to `path`, whole or not at all; folders are made.

    Raises:
        OSError: it cannot be written.
    """
    write_atomically(Path(path), lambda file: np.savez_compressed(file, **_arrays(result)))


def load_segment(path: str | Path) -> SegmentResult:
    """Reads what `save_segment` wrote.

    Raises:
        StoreError: the file is missing, damaged or of another format version.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            meta = json.loads(file["meta"].tobytes())
            if meta["format"] != _FORMAT:
                raise StoreError(f"{path} is a segment of format {meta['format']}, this program reads {_FORMAT}.")
            return _result(meta, {name: file[name] for name in file.files if name != "meta"})
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, BadZipFile) as error:
        raise StoreError(f"{path} is missing or damaged; index this segment again.") from error


def _arrays(result: SegmentResult) -> dict[str, Any]:
    samples = [sample for tracklet in result.tracklets for sample in tracklet.samples]
    poses = [s.keypoints for s in samples if s.keypoints is not None]
    looks = [s.appearance for s in samples if s.appearance is not None]
    vectors = [s.vector for s in samples if s.vector is not None]
    signatures = [t.signature for t in result.tracklets if t.signature is not None]
    text = json.dumps(_meta(result)).encode()
    return {
        "meta": np.frombuffer(text, np.uint8),
        "times": _joined([t.times for t in result.tracklets], np.zeros(0, np.float64)),
        "boxes": _joined([t.boxes for t in result.tracklets], np.zeros((0, 4), np.float32)),
        "scores": _joined([t.scores for t in result.tracklets], np.zeros(0, np.float32)),
        "sample_boxes": np.asarray([s.box for s in samples], np.float32).reshape(-1, 4),
        "keypoints": np.asarray(poses, np.float32).reshape(-1, 17, 3),
        "appearance": np.asarray(looks, np.float16) if looks else np.zeros((0, 0), np.float16),
        "vectors": np.asarray(vectors, np.float16) if vectors else np.zeros((0, 0), np.float16),
        "picture_vectors": _joined([one.vector[None] for one in result.pictures], np.zeros((0, 0), np.float16)),
        "signatures": np.asarray(signatures, np.float32) if signatures else np.zeros((0, 0), np.float32),
        "camera_times": result.camera_times,
        "camera": result.camera,
        "pitch": np.asarray([one.homography for one in result.pitch], np.float64).reshape(-1, 3, 3),
    }


def _joined(parts: Sequence[Any], empty: Any) -> Any:
    return np.concatenate(parts) if parts else empty


def _meta(result: SegmentResult) -> dict[str, Any]:
    segment = result.segment
    return {
        "format": _FORMAT,
        "segment": {"index": segment.index, "core": astuple(segment.core), "reach": astuple(segment.reach)},
        "decoded": astuple(result.decoded),
        "cuts": result.cuts,
        "pitch": [[one.t, one.sport, one.error, one.sided] for one in result.pitch],
        "board": _board_meta(result.board),
        "pictures": [one.t for one in result.pictures],
        "tracklets": [
            {
                "id": t.tracklet_id,
                "label": t.label,
                "length": len(t.times),
                "numbers": t.numbers,
                "signature": t.signature is not None,
                "samples": [_sample_meta(s) for s in t.samples],
            }
            for t in result.tracklets
        ],
    }


def _board_meta(board: Sequence[BoardReading]) -> dict[str, Any]:
    """Each text once: most stay the same from one reading to the next."""
    known: dict[BoardText, int] = {}
    rows = [[reading.t, [known.setdefault(text, len(known)) for text in reading.texts]] for reading in board]
    return {"texts": [[text.text, text.box, text.score] for text in known], "readings": rows}


def _board(meta: dict[str, Any]) -> tuple[BoardReading, ...]:
    texts = [BoardText(text, (x1, y1, x2, y2), score) for text, (x1, y1, x2, y2), score in meta["texts"]]
    return tuple(BoardReading(t, tuple(texts[k] for k in row)) for t, row in meta["readings"])


def _sample_meta(sample: CropSample) -> dict[str, Any]:
    return {
        "second": sample.second,
        "t": sample.t,
        "sharpness": sample.sharpness,
        "shirt": dict(sample.shirt),
        "shorts": dict(sample.shorts),
        "pose": sample.keypoints is not None,
        "looks": sample.appearance is not None,
        "vector": sample.vector is not None,
    }


def _result(meta: dict[str, Any], arrays: dict[str, Any]) -> SegmentResult:
    samples = _samples(meta, arrays)
    lengths = [row["length"] for row in meta["tracklets"]]
    signatures = iter(arrays["signatures"])
    tracklets = []
    for row, end, own in zip(meta["tracklets"], accumulate(lengths), samples, strict=True):
        part = slice(end - row["length"], end)
        tracklets.append(
            Tracklet(
                tracklet_id=row["id"],
                label=row["label"],
                times=arrays["times"][part],
                boxes=arrays["boxes"][part],
                scores=arrays["scores"][part],
                samples=own,
                numbers=tuple((text, float(confidence)) for text, confidence in row["numbers"]),
                signature=next(signatures) if row["signature"] else None,
            )
        )
    segment = meta["segment"]
    return SegmentResult(
        segment=Segment(segment["index"], Span(*segment["core"]), Span(*segment["reach"])),
        decoded=Span(*meta["decoded"]),
        cuts=tuple(meta["cuts"]),
        tracklets=tuple(tracklets),
        camera_times=arrays["camera_times"],
        camera=arrays["camera"],
        pitch=tuple(
            Registration(float(t), str(sport), matrix, float(error), bool(sided))
            for (t, sport, error, sided), matrix in zip(meta.get("pitch", ()), arrays.get("pitch", ()), strict=True)
        ),
        board=_board(meta["board"]) if "board" in meta else (),
        pictures=tuple(
            PictureVector(float(t), row)
            for t, row in zip(meta.get("pictures", ()), arrays.get("picture_vectors", ()), strict=True)
        ),
    )


def _samples(meta: dict[str, Any], arrays: dict[str, Any]) -> list[tuple[CropSample, ...]]:
    """The samples of each tracklet; poses and looks were stored only where there are any."""
    boxes, poses = iter(arrays["sample_boxes"]), iter(arrays["keypoints"])
    looks = iter(arrays["appearance"].astype(np.float16, copy=False))
    vectors = iter(arrays.get("vectors", ()))
    return [
        tuple(
            CropSample(
                second=row["second"],
                t=row["t"],
                box=next(boxes),
                sharpness=row["sharpness"],
                shirt=row["shirt"],
                shorts=row["shorts"],
                keypoints=next(poses) if row["pose"] else None,
                appearance=next(looks) if row["looks"] else None,
                vector=next(vectors) if row.get("vector") else None,
            )
            for row in tracklet["samples"]
        )
        for tracklet in meta["tracklets"]
    ]
