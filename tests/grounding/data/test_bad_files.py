"""What is not of its format ends with one sentence that names file and line or entry."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grounding.data import read_dataset
from grounding.data.predictions import read_predictions
from grounding.errors import BadInputError

FIXTURES = Path(__file__).parent / "fixtures"
Change = Callable[[Any], object]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURES, tmp_path / "fixtures"))


def error_of(name: str, annotation: Path, boxes: Path | None = None) -> str:
    with pytest.raises(BadInputError) as caught:
        list(read_dataset(name, annotation, boxes))
    message = str(caught.value)
    assert "\n" not in message
    return message


def changed(path: Path, change: Change) -> Path:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1,3,5,5,10", "expected 7 to 10 values, got 5"),
        ("1,3,5,5,10,ten,1,1,1", "could not convert string to float: 'ten'"),
        ("1,3,5,5,10,nan,1,1,1", "every value must be a finite number"),
        ("0,3,5,5,10,10,1,1,1", "frames are whole numbers from 1, got 0"),
        ("1.5,3,5,5,10,10,1,1,1", "frames are whole numbers from 1, got 1.5"),
        ("1,3.5,5,5,10,10,1,1,1", "identities are whole numbers, got 3.5"),
        ("7,3,5,5,10,10,1,1,1", "frame 7 of a sequence of 6"),
    ],
)
def test_a_line_of_a_ground_truth(copy: Path, line: str, said: str) -> None:
    gt = copy / "MADE-01/gt/gt.txt"
    gt.write_text(f"1,2,1,1,10,20,1,1,1\n{line}\n")
    message = error_of("motchallenge", copy / "MADE-01")
    assert "gt.txt, line 2: " in message
    assert said in message


def test_two_boxes_of_one_identity_in_one_frame(copy: Path) -> None:
    gt = copy / "MADE-01/gt/gt.txt"
    gt.write_text("1,2,1,1,10,20,1,1,1\n1,2,3,3,10,20,1,1,1\n")
    assert "gt.txt: identity 2 has two boxes in frame 1" in error_of("motchallenge", copy / "MADE-01")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("frameRate=14\n", "no section headers"),
        ("[Sequence]\nframeRate=14\n", "seqLength"),
        ("[Sequence]\nframeRate=fast\nseqLength=6\nimWidth=640\nimHeight=480\n", "could not convert"),
        ("[Sequence]\nframeRate=0\nseqLength=6\nimWidth=640\nimHeight=480\n", "must be above 0"),
    ],
)
def test_a_description_of_a_sequence(copy: Path, text: str, said: str) -> None:
    (copy / "MADE-01/seqinfo.ini").write_text(text)
    message = error_of("motchallenge", copy / "MADE-01")
    assert "seqinfo.ini" in message
    assert said in message


def _set(*path: str | int, to: Any) -> Change:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = to

    return change


def _drop(*path: str | int) -> Change:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_drop("12_made.mp4", "bbox"), "hcstvg_v1.json, 12_made.mp4: there is no field 'bbox'"),
        (_set("12_made.mp4", "bbox", to=[]), "12_made.mp4, bbox: a moment needs at least one box"),
        (_set("12_made.mp4", "bbox", 1, to=[1, 2, 3]), "12_made.mp4, bbox: entry 1 should hold 4 numbers, got 3"),
        (_set("12_made.mp4", "bbox", 1, 2, to="4"), 'bbox, entry 1, entry 2: expected a number, got "4"'),
        (_set("12_made.mp4", "st_frame", to=0), "st_frame: expected a whole number of at least 1, got 0"),
        (_set("12_made.mp4", "img_num", to=True), "img_num: expected a number, got true"),
        (_set("12_made.mp4", "bbox", 2, 3, to=True), "bbox, entry 2, entry 3: expected a number, got true"),
        (_set("12_made.mp4", "bbox", 2, 3, to=10**400), "bbox, entry 2, entry 3: expected a number, got 1000"),
        (_set("12_made.mp4", "bbox", 2, 3, to=float("nan")), "bbox, entry 2, entry 3: expected a number, got NaN"),
        (_set("12_made.mp4", "caption", to=None), "caption: expected text, got null"),
        (_set("12_made.mp4", to=[1]), "12_made.mp4: expected an object, got [1]"),
    ],
)
def test_an_annotation_of_hcstvg(copy: Path, change: Change, said: str) -> None:
    assert said in error_of("hcstvg-v1", changed(copy / "hcstvg_v1.json", change))


def test_the_size_of_version_2(copy: Path) -> None:
    path = changed(copy / "hcstvg_v2.json", _set("88_made.mp4", "img_size", to=[360, 640, 3]))
    assert "88_made.mp4, img_size: expected height and width, got 3 numbers" in error_of("hcstvg-v2", path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_set(1, "vid", to="2"), "vidstg_annotations.json, entry 1: there is no 2.json below"),
        (_set(0, "temporal_gt", "end_fid", to=2), "entry 0, temporal_gt: end_fid must be above begin_fid, got 2 and 2"),
        (
            _set(0, "questions", 0, "target_id", to=9),
            "entry 0, questions, entry 0: target 9 has no box in frames 2 to 6",
        ),
        (_set(0, "fps", to=0), "entry 0, fps: expected a number above 0, got 0"),
        (_drop(0, "captions"), "entry 0: there is no field 'captions'"),
    ],
)
def test_an_annotation_of_vidstg(copy: Path, change: Change, said: str) -> None:
    path = changed(copy / "vidstg_annotations.json", change)
    assert said in error_of("vidstg", path, copy / "vidor")


def test_the_boxes_of_vidor(copy: Path) -> None:
    vidor = copy / "vidor/validation/0042/1000000001.json"
    changed(vidor, _drop("trajectories", 2, 1, "bbox", "ymax"))
    message = error_of("vidstg", copy / "vidstg_annotations.json", copy / "vidor")
    assert "1000000001.json, trajectories, entry 2, entry 1, bbox: there is no field 'ymax'" in message
    assert "no annotations of VidOR here" in error_of("vidstg", copy / "vidstg_annotations.json", copy / "MADE-01")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            _set("sequences", 0, "source_dataset", to="mot17"),
            "entry 0, source_dataset: expected one of sportsmot, socc",
        ),
        (_set("sequences", 0, "annotations", 0, "target_track_id", to=5), "sequence v_made_c001 has no track 5"),
        (_set("sequences", 0, "sequence_id", to="v_other"), "v_other/seqinfo.ini: no such file"),
    ],
)
def test_an_annotation_of_refer_sportsmot(copy: Path, change: Change, said: str) -> None:
    path = changed(copy / "refer_val.json", change)
    assert said in error_of("refer-sportsmot", path, copy / "tracks")


def test_a_match(copy: Path) -> None:
    path = changed(copy / "match.json", _drop("tubes"))
    assert "match.json is not the ground truth of a rendered match" in error_of("generated", path)


@pytest.mark.parametrize("name", ["hcstvg-v1", "hcstvg-v2", "refer-sportsmot", "vidstg"])
def test_files_that_are_missing_or_no_json(copy: Path, name: str) -> None:
    assert "gone.json: no such file" in error_of(name, copy / "gone.json", copy / "vidor")
    broken = copy / "broken.json"
    broken.write_text('{\n"a": 1,\n}')
    assert "broken.json, line 3: this is not JSON" in error_of(name, broken, copy / "vidor")
    broken.write_bytes(b"\xff\xfe\x00")
    assert "broken.json cannot be read as text" in error_of(name, broken, copy / "vidor")


def test_a_folder_of_boxes_is_asked_for() -> None:
    assert "name their folder with --boxes" in error_of("vidstg", FIXTURES / "vidstg_annotations.json")
    assert "there is no data set vidor: choose from generated" in error_of("vidor", FIXTURES / "match.json")


GOOD = {"id": "a", "start": 0, "end": 1, "boxes": [[0, 1, 2, 3, 4], [0.5, 1, 2, 3, 4]]}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "p.json: expected an object, got []"),
        ({}, "p.json: there is no field 'predictions'"),
        ({"predictions": [GOOD], "step": 0}, "p.json, step: expected a number above 0, got 0"),
        ({"predictions": [{**GOOD, "end": -1}]}, "predictions, entry 0: end must not be before start, got 0 and -1"),
        ({"predictions": [{**GOOD, "boxes": [[0, 1, 2, 3]]}]}, "boxes: entry 0 should hold 5 numbers, got 4"),
        ({"predictions": [{**GOOD, "boxes": [[]]}]}, "boxes: entry 0 should hold 5 numbers, got 0"),
        ({"predictions": [{**GOOD, "boxes": GOOD["boxes"][::-1]}]}, "boxes: times must be increasing"),  # type: ignore[index]
        ({"predictions": [{**GOOD, "id": 1}]}, "entry 0, id: expected text, got 1"),
    ],
)
def test_a_file_of_predictions(tmp_path: Path, document: Any, said: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps(document))
    with pytest.raises(BadInputError) as caught:
        list(read_predictions(path))
    assert said in str(caught.value)
