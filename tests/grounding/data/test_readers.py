"""Every reader on a small fixture written by hand; the numbers asserted are worked out in the comments."""

from pathlib import Path

import numpy as np
import pytest

from grounding.data import (
    read_dataset,
    read_generated,
    read_hcstvg_v1,
    read_hcstvg_v2,
    read_motchallenge,
    read_refer_sportsmot,
    read_vidstg,
)
from grounding.data.motchallenge import Row, read_detections, read_rows
from grounding.errors import BadInputError
from grounding.types import Span, Tube

FIXTURES = Path(__file__).parent / "fixtures"


def times(tube: Tube) -> list[float]:
    return [float(time) for time in tube.times]


def boxes(tube: Tube) -> list[list[float]]:
    return [list(map(float, box)) for box in tube.boxes]


class TestMotchallenge:
    def test_identities_that_count_in_order(self) -> None:
        # 7 is a static person flagged 0 and 8 a car: neither is a target
        samples = list(read_motchallenge(FIXTURES / "MADE-01"))
        assert [sample.id for sample in samples] == ["MADE-01/1", "MADE-01/2"]
        one = samples[0]
        assert (one.video, one.fps, one.size, one.text, one.kind) == ("MADE-01", 14.0, (640, 480), None, None)
        assert [target.identity for target in one.targets] == [1]

    def test_frames_and_pixels_count_from_one(self) -> None:
        # identity 2, frames 1 and 2 at 14 a second: times 0 and 1/14, span up to 2/14.
        # left 1, top 1, width 10, height 20 is x 0..10, y 0..20; left 3 begins at x 2
        (target,) = list(read_motchallenge(FIXTURES / "MADE-01"))[1].targets
        assert times(target.tube) == pytest.approx([0, 1 / 14])
        assert boxes(target.tube) == [[0, 0, 10, 20], [2, 0, 12, 20]]
        assert (target.span.start, target.span.end) == pytest.approx((0, 2 / 14))
        assert target.tube.step == pytest.approx(1 / 14)

    def test_a_box_that_is_not_considered_leaves_a_gap(self) -> None:
        # identity 1 has frames 1, 2, 5, 6; its line of frame 3 is flagged 0. Frame 6 is the last of the sequence
        (target,) = next(read_motchallenge(FIXTURES / "MADE-01")).targets
        assert times(target.tube) == pytest.approx([0, 1 / 14, 4 / 14, 5 / 14])
        assert boxes(target.tube)[-1] == [105, 50, 145, 130]
        assert target.span.end == pytest.approx(6 / 14)

    def test_rows_keep_what_is_in_the_file(self) -> None:
        rows = list(read_rows(FIXTURES / "MADE-01/gt/gt.txt"))
        assert len(rows) == 9
        assert rows[3] == Row(1, 1, (101.0, 50.0, 141.0, 130.0), 1.0, 1, 0.86014)
        assert [row.considered for row in rows] == [True] * 6 + [False] * 3

    def test_files_of_ten_values_have_no_class(self) -> None:
        (row, _) = read_rows(FIXTURES / "tracks/soccernet/train/SNMOT-001/gt/gt.txt", pixels_from=0)
        assert row == Row(748, 9, (900.0, 500.0, 940.0, 600.0), 1.0)
        assert row.considered

    def test_detections_by_frame(self) -> None:
        # 7 values in a line or 10, in any order of frames, confidences of any size
        found = list(read_detections(FIXTURES / "MADE-01"))
        assert [frame for frame, _ in found] == [0, 2]
        first = found[0][1]
        assert first.boxes[0].tolist() == [100.5, 50, 140.5, 130]
        assert first.scores.tolist() == pytest.approx([2.3092, -0.5])
        assert found[1][1].boxes.tolist() == [[0, 0, 10, 20]]


class TestHcstvg:
    def test_version_1(self) -> None:
        # 480 frames in 20 s are 24 a second; st_frame 13 is frame 12 from 0, at 12/24 = 0.5 s (st_time 0.5049 lies in
        # it); three boxes make the span [12, 15) / 24 = [0.5, 0.625). [x, y, w, h] 104, 51, 41, 80 ends at 145, 131
        first, second = read_hcstvg_v1(FIXTURES / "hcstvg_v1.json")
        (target,) = first.targets
        assert (first.id, first.video, first.fps, first.size) == ("12_made.mp4", "12_made.mp4", 24.0, (640, 360))
        assert (first.text, first.kind, target.identity) == ("The man in the red shirt turns around.", None, None)
        assert times(target.tube) == pytest.approx([12 / 24, 13 / 24, 14 / 24])
        assert boxes(target.tube) == [[100, 50, 140, 130], [102, 50, 142, 130], [104, 51, 145, 131]]
        assert (target.span.start, target.span.end) == pytest.approx((0.5, 0.625))
        # st_frame 1 is the first frame, at 0 s; 501 frames are 25.05 a second
        (target,) = second.targets
        assert (target.span.start, target.span.end) == pytest.approx((0, 1 / 25.05))

    def test_version_2(self) -> None:
        # img_size is height and width; frames 599 and 600 of 600, from 1, end with the clip: [598, 600) / 30
        (sample,) = read_hcstvg_v2(FIXTURES / "hcstvg_v2.json")
        (target,) = sample.targets
        assert (sample.fps, sample.size, sample.text) == (30.0, (640, 360), "The tall woman waves.")
        assert (target.span.start, target.span.end) == pytest.approx((598 / 30, 20))
        assert boxes(target.tube) == [[5, 6, 12, 14], [6, 6, 13, 14]]

    def test_one_version_is_not_the_other(self) -> None:
        with pytest.raises(BadInputError, match="there is no field 'English'"):
            list(read_hcstvg_v2(FIXTURES / "hcstvg_v1.json"))


class TestVidstg:
    def test_questions_come_first_and_both_forms_have_a_kind(self) -> None:
        samples = list(read_vidstg(FIXTURES / "vidstg_annotations.json", FIXTURES / "vidor"))
        assert [(sample.id, sample.kind) for sample in samples] == [
            ("1000000001/0/questions/0", "interrogative"),
            ("1000000001/0/questions/1", "interrogative"),
            ("1000000001/0/captions/0", "declarative"),
            ("1000000001/1/captions/0", "declarative"),
        ]
        assert samples[1].text == "what does the child watch?"
        assert (samples[0].video, samples[0].fps, samples[0].size) == ("1000000001", 25.0, (640, 360))

    def test_the_moment_is_half_open_and_may_end_with_the_video(self) -> None:
        # frames [2, 6) of 6 at 25 a second: [0.08, 0.24); the child has a box in each, xmin..ymax as it stands
        sample = next(read_vidstg(FIXTURES / "vidstg_annotations.json", FIXTURES / "vidor"))
        (target,) = sample.targets
        assert (target.span.start, target.span.end, target.identity) == pytest.approx((0.08, 0.24, 0))
        assert times(target.tube) == pytest.approx([0.08, 0.12, 0.16, 0.2])
        assert boxes(target.tube)[0] == [12, 20, 32, 60]
        assert boxes(target.tube)[-1] == [15, 20, 35, 60]

    def test_a_frame_without_the_object_has_no_box(self) -> None:
        # the ball, tid 3, has none in frame 4
        sample = list(read_vidstg(FIXTURES / "vidstg_annotations.json", FIXTURES / "vidor"))[1]
        (target,) = sample.targets
        assert target.identity == 3
        assert times(target.tube) == pytest.approx([0.08, 0.12, 0.2])

    def test_one_frame(self) -> None:
        # frames [2, 3): frame 2 alone, though the child has a box in frame 3 as well
        sample = list(read_vidstg(FIXTURES / "vidstg_annotations.json", FIXTURES / "vidor"))[3]
        (target,) = sample.targets
        assert (target.span.start, target.span.end) == pytest.approx((0.08, 0.12))
        assert boxes(target.tube) == [[12, 20, 32, 60]]


class TestReferSportsmot:
    def test_expressions_share_the_track_of_their_annotation(self) -> None:
        one, two, three = read_refer_sportsmot(FIXTURES / "refer_val.json", FIXTURES / "tracks")
        assert (one.id, one.kind) == ("v_made_c001/v_made_c001-tid0-appearance-1", "appearance")
        # published without an id: the second expression of track 0
        assert (two.id, two.kind, two.text) == (
            "v_made_c001/v_made_c001-tid0-jersey_number-2",
            "jersey_number",
            "number 1",
        )
        assert (three.id, three.kind) == ("SNMOT-001/SNMOT-001-tid9-spatial-1", "spatial")
        assert (one.video, one.fps, one.size, three.size) == ("v_made_c001", 25.0, (1280, 720), (1920, 1080))

    def test_tracks_come_from_the_sets_themselves(self) -> None:
        # track 0: frames 1, 2 and 30 of 30 at 25 a second, boxes as they stand; gone in between
        one, _, three = read_refer_sportsmot(FIXTURES / "refer_val.json", FIXTURES / "tracks")
        (target,) = one.targets
        assert target.identity == 0
        assert times(target.tube) == pytest.approx([0, 0.04, 1.16])
        assert boxes(target.tube)[0] == [715, 220, 745, 297]
        assert (target.span.start, target.span.end) == pytest.approx((0, 1.2))
        # track 9: frames 749 and 750 of 750: [748, 750) / 25
        assert (three.targets[0].span.start, three.targets[0].span.end) == pytest.approx((29.92, 30))


class TestGenerated:
    def test_all_answers_are_targets_and_null_queries_are_left_out(self) -> None:
        # query 0 has no answer; query 1 has two, [1.2, 1.6) of tube 0 (its second and third box) and all of tube 1
        (sample,) = read_generated(FIXTURES / "match.json")
        assert (sample.id, sample.video, sample.kind) == ("football-9.mp4/1", "football-9.mp4", "appearance")
        first, second = sample.targets
        assert (first.span, first.identity, times(first.tube)) == (Span(1.2, 1.6), 3, [1.2, 1.4])
        assert boxes(first.tube) == [[10, 0, 30, 60], [20, 0, 40, 60]]
        assert (second.span, second.identity, times(second.tube)) == (Span(4.0, 4.4), 5, [4.0, 4.2])
        assert (sample.fps, sample.size) == (25, (1280, 720))
        assert first.tube.step == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("name", "annotation", "folder"),
    [
        ("generated", "match.json", None),
        ("hcstvg-v1", "hcstvg_v1.json", None),
        ("hcstvg-v2", "hcstvg_v2.json", None),
        ("motchallenge", "MADE-01", None),
        ("refer-sportsmot", "refer_val.json", "tracks"),
        ("vidstg", "vidstg_annotations.json", "vidor"),
    ],
)
def test_every_data_set_by_its_name(name: str, annotation: str, folder: str | None) -> None:
    samples = list(read_dataset(name, FIXTURES / annotation, FIXTURES / folder if folder else None))
    assert len({sample.id for sample in samples}) == len(samples) > 0
    for sample in samples:
        for target in sample.targets:
            assert target.tube.times[0] >= target.span.start - 1e-9
            assert target.tube.span.end <= target.span.end + 1e-9
            assert np.isfinite(target.tube.boxes).all()


def test_readers_are_generators() -> None:
    # nothing is read before the first sample is asked for
    assert iter(read_dataset("hcstvg-v1", Path("not there"))) is not None
