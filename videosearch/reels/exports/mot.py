"""The layout of the MOT challenge: per video a folder with gt/gt.txt, a box a line and frame, and seqinfo.ini.

Between two stored boxes those of the frames are interpolated, as the player draws them; in a gap there are none. Frames
count from 1, at the video's average rate.
"""

from __future__ import annotations

import math

from videosearch.reels.boxes import Trail
from videosearch.reels.exports.document import Document, File, Moment, Source, one_line

_PERSON = 1


def write(document: Document) -> list[File]:
    files: list[File] = []
    for name, source, moments in document.by_video():
        rows = _rows(source, moments)
        lines = "".join(
            f"{frame},{target},{x1:.1f},{y1:.1f},{x2 - x1:.1f},{y2 - y1:.1f},1,{_PERSON},1\n"
            for (frame, target), (x1, y1, x2, y2) in sorted(rows.items())
        )
        files += [File(f"{name}/gt/gt.txt", lines.encode()), File(f"{name}/seqinfo.ini", _about(name, source).encode())]
    return files or [File(f"{document.file_name}.txt", b"")]


def _rows(source: Source, moments: list[Moment]) -> dict[tuple[int, int], tuple[float, float, float, float]]:
    """By frame and target; two moments of the same target at the same time give one box."""
    fps = source.fps or 25.0
    rows: dict[tuple[int, int], tuple[float, float, float, float]] = {}
    for moment in moments:
        if moment.track_id is None or not moment.boxes:
            continue
        trail = Trail(moment.boxes, moment.step)
        for frame in range(math.ceil(moment.start * fps - 1e-6), math.ceil(moment.end * fps - 1e-6)):
            box = trail.at(frame / fps)
            if box is not None:
                rows[frame + 1, moment.track_id + 1] = box  # targets count from 1, tracks here from 0
    return rows


def _about(name: str, source: Source) -> str:
    frames = math.ceil(source.seconds * (source.fps or 25.0))
    facts = {
        "name": one_line(name), "imDir": "img1", "frameRate": f"{source.fps or 25.0:g}", "seqLength": frames,
        "imWidth": source.width, "imHeight": source.height, "imExt": ".jpg",
    }  # fmt: skip
    return "[Sequence]\n" + "".join(f"{key}={value}\n" for key, value in facts.items())
