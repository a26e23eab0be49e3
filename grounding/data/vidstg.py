"""VidSTG: sentences about people and things, declarative and interrogative, over the videos and boxes of VidOR.

The sentences (Guaranteer/VidSTG-Dataset, README and `annotations/val_annotations.json`) are a JSON list of

    vid, fps, frame_count, width, height
    used_segment {begin_fid, end_fid}       the part of the video that is the input
    temporal_gt {begin_fid, end_fid}        the moment
    captions, questions [{description, type, target_id}]

and the boxes are in VidOR's own annotation of each video (xdshang/VidVRD-helper, README), found by name anywhere in its
folder, published as `training/<group>/<vid>.json` and `validation/<group>/<vid>.json`:

    trajectories    a list of frames, each a list of {tid, bbox {xmin, ymin, xmax, ymax}, generated, tracker}

Frames count from 0. VidOR states that begin_fid is inclusive and end_fid exclusive, and VidSTG keeps both: temporal_gt
ends with frame_count where a moment lasts to the end of its video. antoyang/TubeDETR's `preproc_vidstg.py` and
evaluators read them so too. Boxes are left, top, right, bottom; a width is xmax - xmin, not one more.

Frame numbers and a rate are all there is: frame f is shown at f / fps, counted from the start of the whole video.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from grounding.data.fields import Entry, read_json
from grounding.data.sample import Sample, Target
from grounding.errors import BadInputError
from grounding.types import Box, Span, Tube

_Boxes = dict[int, dict[int, Entry]]
"""tid → frame → the box as it stands in the file: most are of no sentence's target and need no reading."""

FORMS = {"questions": "interrogative", "captions": "declarative"}
"""The two lists of an annotation, questions first as TubeDETR counts them, and the kind of sample each gives."""


def read_vidstg(path: Path, vidor: Path) -> Iterator[Sample]:
    """The samples of a `*_annotations.json`, one a sentence; kind is "declarative" or "interrogative".

    The id of a sample is `vid/entry/list/position`, e.g. `5159741010/0/questions/1`, as the set gives none.

    Args:
        vidor: VidOR's annotation folder.

    Raises:
        BadInputError: a file is missing or an entry is not of the format, or the target has no box in its moment.
    """
    files = {file.stem: file for file in vidor.rglob("*.json")}
    if not files:
        raise BadInputError(f"{vidor}: there are no annotations of VidOR here")
    loaded: tuple[str, _Boxes] = "", {}  # sentences about one video follow each other
    for number, entry in enumerate(read_json(path).each()):
        vid = entry.at("vid").text()
        if vid not in files:
            raise entry.bad(f"there is no {vid}.json below {vidor}")
        if loaded[0] != vid:
            loaded = vid, _boxes(read_json(files[vid]))
        for form, kind in FORMS.items():
            for position, sentence in enumerate(entry.at(form).each()):
                sample_id = f"{vid}/{number}/{form}/{position}"
                yield _sample(entry, sentence, sample_id, kind, loaded[1])


def _sample(entry: Entry, sentence: Entry, sample_id: str, kind: str, boxes: _Boxes) -> Sample:
    fps = entry.at("fps").positive()
    moment = entry.at("temporal_gt")
    begin, end = moment.at("begin_fid").integer(0), moment.at("end_fid").integer(0)
    if end <= begin:
        raise moment.bad(f"end_fid must be above begin_fid, got {begin} and {end}")
    target = sentence.at("target_id").integer()
    inside = {frame: box for frame, box in sorted(boxes.get(target, {}).items()) if begin <= frame < end}
    if not inside:
        raise sentence.bad(f"target {target} has no box in frames {begin} to {end} of VidOR's annotation")
    tube = Tube(np.array(list(inside)) / fps, np.array([_box(box) for box in inside.values()], np.float32), 1 / fps)
    return Sample(
        id=sample_id,
        video=entry.at("vid").text(),
        fps=fps,
        targets=(Target(Span(begin / fps, end / fps), tube, target),),
        text=sentence.at("description").text(),
        kind=kind,
        size=(entry.at("width").integer(1), entry.at("height").integer(1)),
    )


def _boxes(annotation: Entry) -> _Boxes:
    found: _Boxes = {}
    for frame, objects in enumerate(annotation.at("trajectories").each()):
        for item in objects.each():
            found.setdefault(item.at("tid").integer(), {})[frame] = item.at("bbox")
    return found


def _box(entry: Entry) -> Box:
    return (
        entry.at("xmin").number(), entry.at("ymin").number(), entry.at("xmax").number(), entry.at("ymax").number(),
    )  # fmt: skip
