"""`index` and `tracks`."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from grounding.cli.output import clock, follow, write_json, write_table
from grounding.errors import BadInputError, BadVideoError
from grounding.types import Track, Tube, VideoIndex

_SHORT_BY = 1.0
"""Seconds a file may end before its declared duration and still count as whole: containers round up."""


def add_commands(commands: Any) -> None:
    """Adds `index` and `tracks` to the parser."""
    index = commands.add_parser("index", help="turn videos into tracks, observations and vectors")
    index.add_argument("videos", nargs="+", type=Path, metavar="VIDEO")
    index.add_argument("--out", required=True, type=Path, metavar="DIR", help="index folder, made if missing")
    index.add_argument("--profile", choices=("embedded", "full"), default="embedded")
    index.add_argument("--detector", default="", metavar="MODEL", help="of the full profile; or: embedded")
    index.add_argument("--embedder", default="", metavar="MODEL", help="of the full profile, an image-text model")
    index.add_argument("--rate", type=float, default=5.0, help="pictures a second that are looked at (1 to 10)")
    index.add_argument("--partial", action="store_true", help="accept files that end early, as far as they go")
    index.set_defaults(run=_index)
    tracks = commands.add_parser("tracks", help="list the tracks of an index folder")
    tracks.add_argument("dir", type=Path, metavar="DIR")
    tracks.add_argument("--json", action="store_true")
    tracks.set_defaults(run=_tracks)


def boxes_json(tube: Tube) -> list[list[float]]:
    """The stored boxes as `[t, x1, y1, x2, y2]`, times to the millisecond and pixels to a tenth."""
    return [
        [round(float(t), 3), *(round(float(value), 1) for value in box)]
        for t, box in zip(tube.times, tube.boxes, strict=True)
    ]


def _index(arguments: argparse.Namespace) -> None:
    from grounding.pipeline import Models, Settings, index_video
    from grounding.store import save_index
    from grounding.video import probe

    _refuse_same_names(arguments.videos)
    for video in arguments.videos:  # all are looked at before work of minutes begins on the first
        probe(video)
    if arguments.profile != "full" and (arguments.detector or arguments.embedder):
        raise BadInputError("A detector and an embedder are chosen with --profile full only.")
    settings = Settings(
        profile=arguments.profile, rate=arguments.rate, detector=arguments.detector, embedder=arguments.embedder
    )
    models = Models.load(arguments.profile, settings)
    done: list[tuple[VideoIndex, float]] = []
    for video in arguments.videos:
        started = time.monotonic()
        index = follow(index_video(video, models, settings), video.name)
        _refuse_cut_short(index, accept=arguments.partial)
        done.append((replace(index, film=str(video.resolve())), time.monotonic() - started))
    for index, _ in done:  # only now, so that a bad file later in the list leaves the folder as it was
        save_index(arguments.out, index)
    write_json({"dir": str(arguments.out), "videos": [_summary(index, elapsed) for index, elapsed in done]})


def _refuse_same_names(videos: list[Path]) -> None:
    names = [video.name for video in videos]
    for name in names:
        if names.count(name) > 1:
            raise BadInputError(f"two videos are named {name}; rename one, as the index knows videos by file name.")


def _refuse_cut_short(index: VideoIndex, *, accept: bool) -> None:
    if not accept and index.decoded.end < index.info.duration - _SHORT_BY:
        raise BadVideoError(
            f"{index.info.name} ends early: {index.decoded.end:.1f} of {index.info.duration:.1f} seconds can be read"
            " (--partial indexes those)."
        )


def _summary(index: VideoIndex, elapsed: float) -> dict[str, Any]:
    return {
        "video": index.info.name,
        "seconds": round(index.decoded.end, 3),
        "partial": index.decoded.end < index.info.duration - _SHORT_BY,
        "shots": len(index.shots),
        "tracks": len(index.tracks),
        "observations": sum(len(track.observations) for track in index.tracks),
        "version": index.version,
        "elapsed_s": round(elapsed, 2),
    }


def _tracks(arguments: argparse.Namespace) -> None:
    from grounding.store import load_indexes

    found = [(index.info.name, track) for index in load_indexes(arguments.dir) for track in index.tracks]
    if arguments.json:
        write_json({"tracks": [_track_json(video, track) for video, track in found]})
        return
    write_table(
        ("video", "track", "label", "score", "from", "to", "attributes"),
        (
            (
                video,
                track.track_id,
                track.label,
                track.score,
                clock(track.tube.span.start),
                clock(track.tube.span.end),
                ", ".join(f"{name} {value}" for name, value in track.attributes.items()),
            )
            for video, track in found
        ),
    )


def _track_json(video: str, track: Track) -> dict[str, Any]:
    return {
        "video": video,
        "track_id": track.track_id,
        "label": track.label,
        "score": round(track.score, 3),
        "start": round(track.tube.span.start, 3),
        "end": round(track.tube.span.end, 3),
        "attributes": dict(track.attributes),
        "boxes": boxes_json(track.tube),
    }
