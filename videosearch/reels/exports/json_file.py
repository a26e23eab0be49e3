"""Everything there is, with the boxes by presentation time."""

from __future__ import annotations

import json
from typing import Any

from videosearch.reels.exports.document import Card, Document, File, Moment


def write(document: Document) -> list[File]:
    content = {
        "title": document.title,
        "units": "Times are seconds from the first picture of the video. Boxes are t, x1, y1, x2, y2 in its pixels.",
        "videos": [
            {
                "id": source.id, "title": source.title, "file": source.name, "width": source.width,
                "height": source.height, "fps": source.fps, "seconds": source.seconds,
            }
            for _, source, _ in document.by_video()
        ],
        "entries": [_card(entry) if isinstance(entry, Card) else _moment(entry) for entry in document.entries],
    }  # fmt: skip
    return [File(f"{document.file_name}.json", json.dumps(content, ensure_ascii=False, indent=1).encode())]


def _card(card: Card) -> dict[str, Any]:
    return {"kind": "title", "text": card.text, "seconds": card.seconds}


def _moment(moment: Moment) -> dict[str, Any]:
    return {
        "kind": "moment",
        "id": moment.id,
        "video": moment.source.id,
        "start": moment.start,
        "end": moment.end,
        "speed": moment.speed,
        "label": moment.label,
        "player": moment.player,
        "shirt": moment.colour,
        "tags": [{"group": group, "name": name} for group, name in moment.tags],
        "colour": moment.mark,
        "note": moment.note,
        "query": moment.query,
        "verdict": moment.verdict,
        "score": moment.score,
        "url": moment.url,
        "match": {"clock": moment.match_clock, "time": moment.match_time, "score": moment.match_score},
        "track_id": moment.track_id,
        "boxes": moment.inside,
    }
