"""Generated matches for measuring: made and indexed on first use, then kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from grounding.cli.output import follow

if TYPE_CHECKING:
    from grounding.pipeline import Models, Settings
    from grounding.synth import Truth
    from grounding.types import VideoIndex


def seeds(text: str) -> tuple[int, ...]:
    """ "1,2,3" as numbers; ValueError for anything else."""
    return tuple(int(part) for part in text.split(",") if part.strip())


def video_of(name: tuple[str, int, int], work: Path) -> tuple[Path, Path]:
    """The files of the video and the truth of the match of (sport, seed, seconds), rendered if there are none yet."""
    from grounding.synth import generate

    sport, seed, seconds = name
    folder = work / f"{sport}-{seed}-{seconds}s"
    video, truth = folder / f"{sport}-{seed}.mp4", folder / f"{sport}-{seed}.json"
    if not truth.is_file() or not video.is_file():
        follow(generate(sport, seed, seconds, folder), f"{folder.name} rendering")
    return video, truth


def match_of(name: tuple[str, int, int], work: Path, models: Models, settings: Settings) -> tuple[Truth, VideoIndex]:
    """The truth and the index of the match of (sport, seed, seconds); `work`: where matches and indexes are kept."""
    from grounding.synth import load_truth

    video, truth = video_of(name, work)
    index = _indexed(video, video.parent / f"index-{settings.version_key()}", models, settings)
    return load_truth(truth), replace(index, film=str(video))


def _indexed(video: Path, folder: Path, models: Models, settings: Settings) -> VideoIndex:
    from grounding.pipeline import index_video
    from grounding.store import load_indexes, save_index

    if not folder.is_dir():
        save_index(folder, follow(index_video(video, models, settings), f"{video.parent.name} indexing"))
    return load_indexes(folder)[0]
