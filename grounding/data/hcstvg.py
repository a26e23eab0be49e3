"""HC-STVG, versions 1 and 2: human-centric spatio-temporal video grounding in film clips of 20 seconds.

One JSON object, file name of the clip → annotation. Sources: the README and `test.json` of tzhhhh123/HC-STVG, and for
version 2 `preproc/preproc_hcstvgv2.py` of antoyang/TubeDETR.

    both        bbox        [[x, y, w, h], ...], one for each frame of the moment
                st_frame    number of the frame of the first box, from 1
                img_num     frames of the clip: 20 times its frame rate
                st_time, ed_time    the moment in seconds
    version 1   caption, width, height
    version 2   English, img_size: [height, width]

The true frames are `[st_frame - 1, st_frame - 1 + len(bbox))` counted from 0: in `test.json`, st_frame - 1 is
floor(st_time · img_num / 20), also where st_frame is 1 (its first four clips were looked at). TubeDETR keeps st_frame
unshifted, which moves truth and prediction alike; CG-STVG and TA-STVG take one off, as here, and end a frame early.

The boxes have frame numbers alone, so their times are frame / (img_num / 20), and the span is that of the boxes, which
is what the evaluators score; st_time lies inside its first frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from grounding.data.fields import Entry, read_json
from grounding.data.sample import Sample, Target
from grounding.types import Tube

CLIP_SECONDS = 20
_Size = tuple[int, int]


def read_hcstvg_v1(path: Path) -> Iterator[Sample]:
    """The samples of a `train.json` or `test.json` of version 1, one a clip.

    Raises:
        BadInputError: the file is missing or an annotation is not of the format, with the clip and the field.
    """
    return _read(path, "caption", lambda entry: (entry.at("width").integer(1), entry.at("height").integer(1)))


def read_hcstvg_v2(path: Path) -> Iterator[Sample]:
    """The samples of a `trainv2.json` or `valv2.json` of version 2, one a clip. Raises as `read_hcstvg_v1`."""
    return _read(path, "English", _size_v2)


def _size_v2(entry: Entry) -> _Size:
    size = entry.at("img_size")
    values = [value.integer(1) for value in size.each()]
    if len(values) != 2:
        raise size.bad(f"expected height and width, got {len(values)} numbers")
    return values[1], values[0]


def _read(path: Path, sentence: str, size: Callable[[Entry], _Size]) -> Iterator[Sample]:
    for video, entry in read_json(path).items():
        fps = entry.at("img_num").integer(1) / CLIP_SECONDS
        boxes = entry.at("bbox").table(4)
        if not len(boxes):
            raise entry.at("bbox").bad("a moment needs at least one box")
        boxes[:, 2:] += boxes[:, :2]
        first = entry.at("st_frame").integer(1) - 1
        tube = Tube(np.arange(first, first + len(boxes)) / fps, boxes, 1 / fps)
        yield Sample(
            id=video,
            video=video,
            fps=fps,
            targets=(Target(tube.span, tube),),
            text=entry.at(sentence).text(),
            size=size(entry),
        )
