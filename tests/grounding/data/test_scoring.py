"""Predictions over samples: worked out by hand, and the way from seconds to frames held to the exact slow oracle."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.cli import main
from grounding.data import Sample, Target, read_dataset
from grounding.data.predictions import Prediction, read_predictions
from grounding.data.scoring import SampleScore, rows, score_samples
from grounding.errors import BadInputError
from grounding.metrics.frames import TubeScore
from grounding.types import Span, Tube
from tests.grounding.metrics import oracle

FIXTURES = Path(__file__).parent / "fixtures"


def predict(path: Path, *predictions: dict[str, Any], **more: Any) -> Path:
    path.write_text(json.dumps({"predictions": predictions, **more}))
    return path


def score(name: str, annotation: str, predictions: Path, boxes: str | None = None) -> dict[str, SampleScore]:
    samples = read_dataset(name, FIXTURES / annotation, FIXTURES / boxes if boxes else None)
    return {item.id: item for item in score_samples(samples, read_predictions(predictions))}


def same(actual: TubeScore, t_iou: float, v_iou: float, v_iou_int: float, gt_v_iou: float) -> None:
    assert (actual.t_iou, actual.v_iou, actual.v_iou_int, actual.gt_v_iou) == pytest.approx(
        (t_iou, v_iou, v_iou_int, gt_v_iou), abs=1e-6
    )


def test_seconds_become_frames(tmp_path: Path) -> None:
    # true frames [12, 15) at 24 a second. Predicted [0.5, 0.583): 0.583 s is frame 14 (14/24 = 0.58333), so frames 12
    # and 13 of 3; the box of frame 13, at 0.542 s for 0.541667, is right and so is that of frame 12
    path = predict(
        tmp_path / "p.json",
        {
            "id": "12_made.mp4", "start": 0.5, "end": 0.583,
            "boxes": [[0.5, 100, 50, 140, 130], [0.542, 102, 50, 142, 130]],
        },
    )  # fmt: skip
    scores = score("hcstvg-v1", "hcstvg_v1.json", path)
    same(scores["12_made.mp4"].score, 2 / 3, 2 / 3, 1, 2 / 3)
    assert scores["12_made.mp4"].answered
    # the other sample was not answered and counts: m_tIoU = (2/3 + 0) / 2
    assert not scores["7_made.mkv"].answered
    (every,) = rows(scores.values())
    assert (every.kind, every.samples) == ("all", 2)
    assert (every.m_tiou, every.m_viou, every.viou_at_05) == pytest.approx((1 / 3, 1 / 3, 0.5))


CHILD = "1000000001/0/captions/0"


def test_sparse_boxes_are_interpolated(tmp_path: Path) -> None:
    # the child's left side is 12, 13, 14, 15 in frames 2..5; boxes at frames 2 and 5 alone give 13 and 14 between
    answer = {"id": CHILD, "start": 0.08, "end": 0.24, "boxes": [[0.08, 12, 20, 32, 60], [0.2, 15, 20, 35, 60]]}
    path = predict(tmp_path / "p.json", answer)
    same(score("vidstg", "vidstg_annotations.json", path, "vidor")[CHILD].score, 1, 1, 1, 1)


def test_a_stated_step_makes_the_distance_a_gap(tmp_path: Path) -> None:
    # one box a frame is what was usual, so frames 3 and 4 have none: 2 of 4
    answer = {"id": CHILD, "start": 0.08, "end": 0.24, "boxes": [[0.08, 12, 20, 32, 60], [0.2, 15, 20, 35, 60]]}
    path = predict(tmp_path / "p.json", answer, step=0.04)
    same(score("vidstg", "vidstg_annotations.json", path, "vidor")[CHILD].score, 1, 0.5, 0.5, 0.5)


def test_a_span_without_boxes(tmp_path: Path) -> None:
    # frames [0, 4) against [2, 6): 2 of 6
    path = predict(tmp_path / "p.json", {"id": CHILD, "start": 0, "end": 0.16, "boxes": []})
    same(score("vidstg", "vidstg_annotations.json", path, "vidor")[CHILD].score, 1 / 3, 0, 0, 0)


def test_any_answer_of_a_generated_match_is_right(tmp_path: Path) -> None:
    # the second answer, [4.0, 4.4), exactly; and half the first, [1.2, 1.6), on the grid of fifths of a second
    second = {"start": 4.0, "end": 4.4, "boxes": [[4.0, 600, 0, 620, 60], [4.2, 600, 0, 620, 60]]}
    half = {"start": 1.2, "end": 1.4, "boxes": [[1.2, 10, 0, 30, 60]]}
    path = predict(tmp_path / "p.json", {"id": "football-9.mp4/1", **second})
    same(score("generated", "match.json", path)["football-9.mp4/1"].score, 1, 1, 1, 1)
    path = predict(tmp_path / "p.json", {"id": "football-9.mp4/1", **half})
    same(score("generated", "match.json", path)["football-9.mp4/1"].score, 0.5, 0.5, 1, 0.5)


def test_kinds_have_rows(tmp_path: Path) -> None:
    boxes = [[k / 25, 10 + k, 20, 30 + k, 60] for k in range(2, 6)]
    path = predict(tmp_path / "p.json", {"id": CHILD, "start": 0.08, "end": 0.24, "boxes": boxes})
    found = rows(score("vidstg", "vidstg_annotations.json", path, "vidor").values())
    # two declarative samples, one of them right; two interrogative ones without an answer
    assert [(row.kind, row.samples, row.m_viou) for row in found] == [
        ("interrogative", 2, 0.0), ("declarative", 2, pytest.approx(0.5)), ("all", 4, pytest.approx(0.25)),
    ]  # fmt: skip


def test_ids_must_fit(tmp_path: Path) -> None:
    answer = {"id": "12_made.mp4", "start": 0, "end": 1, "boxes": []}
    with pytest.raises(BadInputError, match=r"entry 1: 12_made\.mp4 was predicted before"):
        score("hcstvg-v1", "hcstvg_v1.json", predict(tmp_path / "p.json", answer, answer))
    with pytest.raises(BadInputError, match=r"entry 0: there is no sample 13_made\.mp4 in these annotations"):
        score("hcstvg-v1", "hcstvg_v1.json", predict(tmp_path / "p.json", {**answer, "id": "13_made.mp4"}))
    twice = [sample for _ in range(2) for sample in read_dataset("hcstvg-v1", FIXTURES / "hcstvg_v1.json")]
    with pytest.raises(BadInputError, match=r"two samples are called 12_made\.mp4"):
        score_samples(twice, [])


corners = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20), st.integers(1, 20))
boxes = corners.map(lambda c: (c[0], c[1], c[0] + c[2], c[1] + c[3]))
spans = st.tuples(st.integers(0, 30), st.integers(1, 20)).map(lambda s: (s[0], s[0] + s[1]))


@given(
    st.sampled_from([5.0, 14.0, 24.0, 25.0, 25.05, 30000 / 1001, 29.97, 30.0, 60.0]),
    spans,
    st.dictionaries(st.integers(0, 60), boxes, max_size=40),
    spans,
    st.data(),
)
def test_rounded_seconds_agree_with_the_slow_oracle(
    fps: float, span: tuple[int, int], ours: oracle.Boxes, true_span: tuple[int, int], data: st.DataObject
) -> None:
    theirs = data.draw(st.dictionaries(st.integers(true_span[0], true_span[1] - 1), boxes, min_size=1))
    frames = np.array(sorted(theirs))
    tube = Tube(frames / fps, np.array([theirs[f] for f in sorted(theirs)], np.float32), 1 / fps)
    sample = Sample("a", "v.mp4", fps, (Target(Span(true_span[0] / fps, true_span[1] / fps), tube),))
    answer = Prediction(
        id="a",
        span=Span(round(span[0] / fps, 3), round(span[1] / fps, 3)),
        times=np.round(np.array(sorted(ours), np.float64) / fps, 3),
        boxes=np.array([ours[f] for f in sorted(ours)], np.float32).reshape(-1, 4),
        step=1 / fps,
        where="",
    )
    (found,) = score_samples([sample], [answer])
    expected = oracle.scores(span, ours, true_span, theirs)
    same(found.score, float(oracle.tiou(span, true_span)), *map(float, expected))


class TestCommand:
    def run(self, capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
        status = main(["eval", "tubes", *map(str, arguments)])
        return status, *capsys.readouterr()

    def test_table(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        path = predict(
            tmp_path / "p.json",
            {
                "id": "88_made.mp4",
                "start": 19.933,
                "end": 20,
                "boxes": [[19.933, 5, 6, 12, 14], [19.967, 6, 6, 13, 14]],
            },
        )
        annotation = FIXTURES / "hcstvg_v2.json"
        status, out, _ = self.run(capsys, "--dataset", "hcstvg-v2", annotation, "--predictions", path)
        assert status == 0
        header, line = out.splitlines()
        assert header.split() == [
            "kind", "samples", "m_tIoU", "m_vIoU", "vIoU@0.3", "vIoU@0.5", "m_vIoU-Int", "m_gt_vIoU",
        ]  # fmt: skip
        assert line.split() == ["all", "1", *["1.000"] * 6]

    def test_several_annotations_and_what_is_missing(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        copy = tmp_path / "MADE-02"
        copy.mkdir()
        (copy / "seqinfo.ini").write_text((FIXTURES / "MADE-01/seqinfo.ini").read_text().replace("-01", "-02"))
        (copy / "gt").mkdir()
        (copy / "gt/gt.txt").write_text("1,1,1,1,10,20,1,1,1\n")
        path = predict(tmp_path / "p.json", {"id": "MADE-02/1", "start": 0, "end": 0.07, "boxes": [[0, 0, 0, 10, 20]]})
        status, out, _ = self.run(
            capsys, "--dataset", "motchallenge", FIXTURES / "MADE-01", copy, "--predictions", path, "--json"
        )
        report = json.loads(out)
        # 1/14 s is 0.0714, of which 0.07 is within a twentieth of a frame: one frame, right; two samples unanswered
        assert status == 0
        assert (report["dataset"], report["unanswered"]) == ("motchallenge", 2)
        assert report["by_kind"][-1]["m_viou"] == pytest.approx(1 / 3)
        assert [(item["id"], item["v_iou"]) for item in report["samples"]][-1] == ("MADE-02/1", pytest.approx(1.0))
        _, out, _ = self.run(capsys, "--dataset", "motchallenge", FIXTURES / "MADE-01", copy, "--predictions", path)
        assert out.endswith("2 of 3 samples have no prediction and score 0\n")

    def test_ids(self, capsys: pytest.CaptureFixture[str]) -> None:
        annotation, boxes = FIXTURES / "refer_val.json", FIXTURES / "tracks"
        _, out, _ = self.run(capsys, "--dataset", "refer-sportsmot", annotation, "--boxes", boxes, "--ids", "--json")
        assert json.loads(out)["samples"][1] == {
            "id": "v_made_c001/v_made_c001-tid0-jersey_number-2", "video": "v_made_c001", "kind": "jersey_number",
            "text": "number 1",
        }  # fmt: skip
        _, out, _ = self.run(capsys, "--dataset", "motchallenge", FIXTURES / "MADE-01", "--ids")
        assert out.splitlines()[1].split() == ["MADE-01/1", "-", "-"]

    def test_long_readings_tell_how_far_they_are(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("grounding.cli.evaluating_tubes._TELL_AFTER", -1.0)
        _, out, err = self.run(capsys, "--dataset", "hcstvg-v1", FIXTURES / "hcstvg_v1.json", "--ids", "--json")
        assert len(json.loads(out)["samples"]) == 2
        assert err.splitlines()[-1].endswith("hcstvg_v1.json: 2 samples read")

    def test_bad_input_is_one_line_and_status_2(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        path = predict(tmp_path / "p.json")
        status, out, err = self.run(capsys, "--dataset", "vidstg", tmp_path / "gone.json", "--predictions", path)
        assert (status, out, err.count("\n")) == (2, "", 1)
        status, _, err = self.run(
            capsys, "--dataset", "hcstvg-v1", FIXTURES / "hcstvg_v1.json", "--predictions", tmp_path / "gone.json"
        )
        assert status == 2
        assert "gone.json: no such file" in err

    def test_help_describes_the_file(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main(["eval", "tubes", "--help"])
        out = capsys.readouterr().out
        for said in ('"predictions": [{"id"', "hcstvg-v1", "VidOR's folder of annotations", "refer_*.json"):
            assert said in out
