"""`spot`: what the words of a query name, found on given pictures by a model without fixed classes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grounding.cli.output import write_json, write_table
from grounding.errors import BadInputError, BadQueryError

if TYPE_CHECKING:
    from grounding.types import Detections, Image


def add_commands(commands: Any) -> None:
    """Adds `spot` to the parser."""
    spot = commands.add_parser("spot", help="find what a query names on single pictures, with Grounding DINO")
    spot.add_argument("text", metavar="QUERY")
    spot.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    spot.add_argument("--model", default="grounding-dino-tiny", help="an id of `models list`, or local-dir:path")
    spot.add_argument("--threshold", type=float, default=0.25, help="lowest score shown")
    spot.add_argument("--json", action="store_true")
    spot.set_defaults(run=_spot)


def _spot(arguments: argparse.Namespace) -> None:
    from grounding.detect.phrases import PhraseDetector, phrases_of
    from grounding.retrieve.parse import parse
    from grounding.weights.pulling import model_folder

    phrases = phrases_of(parse(arguments.text))
    if not phrases:
        raise BadQueryError(f'"{arguments.text}" names nothing that could be looked for on a picture.')
    images = [_read(path) for path in arguments.pictures]
    detector = PhraseDetector(model_folder(arguments.model, "phrases"), threshold=arguments.threshold)
    rows = [
        {"picture": path.name, "found": _found(one, phrases)}
        for path, one in zip(arguments.pictures, detector.find(images, phrases), strict=True)
    ]
    if arguments.json:
        write_json({"phrases": list(phrases), "pictures": rows})
        return
    write_table(
        ("picture", "phrase", "score", "x1", "y1", "x2", "y2"),
        ((row["picture"], one["phrase"], one["score"], *one["box"]) for row in rows for one in row["found"]),
    )


def _read(path: Path) -> Image:
    import numpy as np
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    try:
        with Pillow.open(path) as picture:
            return np.array(picture.convert("RGB"), np.uint8)
    except (OSError, UnidentifiedImageError, Pillow.DecompressionBombError) as error:
        raise BadInputError(f"{path} cannot be read as a picture.") from error


def _found(detections: Detections, phrases: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"phrase": phrases[label], "score": round(float(score), 3), "box": [round(float(side), 1) for side in box]}
        for box, score, label in zip(detections.boxes, detections.scores, detections.labels, strict=True)
    ]
