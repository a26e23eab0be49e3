"""Index folders: one file per video, written whole or not at all.

`DIR/<video name>.index.npz` holds the arrays of all tracks end to end and, as UTF-8 JSON in the array `meta`, all that
is text. No pickle is ever written or read, so a folder from elsewhere can be opened without running its code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from grounding.errors import BadInputError, StoreError
from grounding.files import write_atomically
from grounding.matchtime import clock_from, clock_json
from grounding.types import Observation, Shot, Span, Track, Tube, VideoIndex, VideoInfo

FORMAT: Final = 1
SUFFIX: Final = ".index.npz"


def save_index(folder: Path, index: VideoIndex) -> Path:
    """Writes `index` into `folder` (made if missing), replacing an earlier one of the same video name at once.

    Raises:
        OSError: the folder cannot be written; nothing half-written is left behind.
    """
    target = folder / f"{index.info.name}{SUFFIX}"
    write_atomically(target, lambda file: np.savez_compressed(file, **_arrays(index)))
    return target


def load_indexes(folder: Path) -> list[VideoIndex]:
    """All videos indexed in `folder`, by name.

    Raises:
        BadInputError: there is no such folder, or no index in it.
        StoreError: a file in it is damaged or of another format version.
    """
    if not folder.is_dir():
        raise BadInputError(
            f"{folder} is not a folder; make an index first with: python -m grounding index VIDEO --out {folder}"
        )
    files = sorted(folder.glob(f"*{SUFFIX}"))
    if not files:
        raise BadInputError(f"{folder} holds no index; make one with: python -m grounding index VIDEO --out {folder}")
    return [load_index(file) for file in files]


def load_index(file: Path) -> VideoIndex:
    """Reads one index file; raises StoreError when it is damaged or of another format version."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            meta = json.loads(arrays["meta"].tobytes())
            if meta["format"] != FORMAT:
                raise StoreError(
                    f"{file} is of index format {meta['format']}, this program reads {FORMAT}; index again."
                )
            return _index(meta, {name: arrays[name] for name in arrays.files if name != "meta"})
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise StoreError(f"{file} is damaged and cannot be read; index the video again.") from error


def _arrays(index: VideoIndex) -> dict[str, Any]:
    tracks = index.tracks
    meta = {
        "format": FORMAT,
        "version": index.version,
        "info": asdict(index.info),
        "decoded": [index.decoded.start, index.decoded.end],
        "shots": [[shot.span.start, shot.span.end] for shot in index.shots],
        "tracks": [_track_meta(track) for track in tracks],
        "clock": clock_json(index.clock),
        "embedder": [index.embedder, index.embedder_print],
        "film": index.film,
    }
    appearance = [track.appearance for track in tracks if track.appearance is not None]
    return {
        "meta": np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), np.uint8),
        "times": np.concatenate([track.tube.times for track in tracks] or [np.zeros(0)]),
        "boxes": np.concatenate([track.tube.boxes for track in tracks] or [np.zeros((0, 4), np.float32)]),
        "tube_ends": np.cumsum([len(track.tube.times) for track in tracks], dtype=np.int64),
        "embeddings": np.concatenate(
            [track.embeddings for track in tracks if len(track.embeddings)] or [np.zeros((0, 0), np.float32)]
        ),
        "appearance": np.stack(appearance) if appearance else np.zeros((0, 0), np.float32),
    }


def _track_meta(track: Track) -> dict[str, Any]:
    return {
        "id": track.track_id,
        "label": track.label,
        "score": track.score,
        "step": track.tube.step,
        "attributes": dict(track.attributes),
        "appearance": track.appearance is not None,
        "observations": [
            [seen.second, [round(value, 2) for value in seen.box], dict(seen.terms), seen.description]
            for seen in track.observations
        ],
    }


def _index(meta: dict[str, Any], arrays: dict[str, Any]) -> VideoIndex:
    embedder, embedder_print = meta.get("embedder", ("", ""))
    return VideoIndex(
        info=VideoInfo(**meta["info"]),
        decoded=Span(*meta["decoded"]),
        shots=tuple(Shot(i, Span(*span)) for i, span in enumerate(meta["shots"])),
        tracks=tuple(_tracks(meta["tracks"], arrays)),
        version=meta["version"],
        clock=clock_from(meta.get("clock")),
        embedder=str(embedder),
        embedder_print=str(embedder_print),
        film=str(meta.get("film", "")),
    )


def _tracks(rows: list[dict[str, Any]], arrays: dict[str, Any]) -> Iterator[Track]:
    bounds = pairwise([0, *arrays["tube_ends"].tolist()])
    seen_before, looks_before = 0, 0
    for row, (start, end) in zip(rows, bounds, strict=True):
        seen_after = seen_before + len(row["observations"])
        yield Track(
            track_id=row["id"],
            label=row["label"],
            score=row["score"],
            tube=Tube(arrays["times"][start:end], arrays["boxes"][start:end], row["step"]),
            observations=tuple(
                Observation(second, (box[0], box[1], box[2], box[3]), terms, text)
                for second, box, terms, text in row["observations"]
            ),
            attributes=row["attributes"],
            embeddings=arrays["embeddings"][seen_before:seen_after],
            appearance=arrays["appearance"][looks_before] if row["appearance"] else None,
        )
        seen_before = seen_after
        looks_before += row["appearance"]
