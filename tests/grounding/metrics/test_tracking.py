"""HOTA, IDF1 and MOTA: cases by hand, published values, and a second public evaluator beside the first."""

from pathlib import Path

import motmetrics
import numpy as np
import pytest

from grounding.data.motchallenge import read_rows, tubes_of
from grounding.geometry import iou_matrix
from grounding.metrics import TrackingScore, score_sequences, score_tracks
from grounding.types import Tube

DATA = Path(motmetrics.__file__).parent / "data"
FPS = 25.0
"""Any rate will do: the same frames are scored."""


def tube(start: int, end: int, left: float = 0.0) -> Tube:
    times = np.arange(start, end, dtype=np.float64) * 0.2
    return Tube(times, np.tile(np.array([left, 0, left + 10, 20], np.float32), (len(times), 1)))


def read(sequence: str, name: str) -> list[Tube]:
    path = DATA / sequence / name
    return list(tubes_of(read_rows(path), FPS, path).values())


def pair(sequence: str) -> tuple[list[Tube], list[Tube]]:
    return read(sequence, "test.txt"), read(sequence, "gt.txt")


def test_the_truth_itself() -> None:
    true = [tube(0, 10), tube(5, 30, left=100)]
    assert score_tracks(true, true) == TrackingScore(1, 1, 1, 1, 1, 0)


def test_a_switch_half_way() -> None:
    # one true tube of 10 times, followed by one track for 5 and by another for 5; all boxes right
    score = score_tracks([tube(0, 5), tube(5, 10)], [tube(0, 10)])
    assert score.det_a == 1
    assert score.ass_a == pytest.approx(0.5)  # each box: 5 shared times of the 10 that either of the two has
    assert score.hota == pytest.approx(0.5**0.5)  # at every threshold sqrt(1 · 0.5)
    assert score.idf1 == pytest.approx(0.5)  # 5 of 10 times by the better track
    assert (score.mota, score.idsw) == pytest.approx((0.9, 1))  # 1 - 1 switch / 10 boxes


def test_false_and_missing_boxes() -> None:
    # true: 10 times; predicted: its first 5, and a track of 4 where nobody is
    score = score_tracks([tube(0, 5), tube(0, 4, left=500)], [tube(0, 10)])
    assert score.mota == pytest.approx(1 - (5 + 4) / 10)
    assert score.det_a == pytest.approx(5 / (5 + 5 + 4))
    assert score.idf1 == pytest.approx(2 * 5 / (9 + 10))


def test_a_gap_of_a_track_is_missed_boxes() -> None:
    whole = tube(0, 10)
    keep = np.r_[0:3, 7:10]
    score = score_tracks([Tube(whole.times[keep], whole.boxes[keep])], [whole])
    assert (score.mota, score.idsw) == pytest.approx((0.6, 0))


@pytest.mark.parametrize(("predicted", "true"), [([], [tube(0, 5)]), ([], []), ([tube(0, 5)], [])])
def test_nothing_on_one_side(predicted: list[Tube], true: list[Tube]) -> None:
    score = score_tracks(predicted, true)
    assert (score.hota, score.idf1, score.idsw) == (0, 0, 0)
    assert score.mota <= 0


def test_no_videos() -> None:
    assert score_sequences([]) == TrackingScore(0, 0, 0, 0, 0, 0)


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    score_tracks([tube(0, 5)], [tube(0, 5)])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("sequence", "idf1", "mota", "switches"), [("TUD-Campus", 0.558, 0.526, 7), ("TUD-Stadtmitte", 0.645, 0.564, 7)]
)
def test_published_values_of_motchallenges_own_kit(sequence: str, idf1: float, mota: float, switches: int) -> None:
    # as in the README of py-motmetrics, in per cent with one decimal: 55.8 and 52.6, 64.5 and 56.4
    score = score_tracks(*pair(sequence), step=1 / FPS)
    assert (round(score.idf1, 3), round(score.mota, 3)) == (idf1, mota)
    assert score.idsw == switches


def test_published_hota_of_both_sequences_together() -> None:
    # as in the README of py-motmetrics: DetA 39.8, AssA 41.2, HOTA 40.0 over both
    score = score_sequences([pair("TUD-Campus"), pair("TUD-Stadtmitte")], step=1 / FPS)
    assert (round(score.det_a, 3), round(score.ass_a, 3), round(score.hota, 3)) == (0.398, 0.412, 0.400)


@pytest.mark.parametrize("sequence", ["TUD-Campus", "TUD-Stadtmitte"])
def test_agrees_with_motmetrics(sequence: str) -> None:
    truth, found = (list(read_rows(DATA / sequence / name)) for name in ("gt.txt", "test.txt"))
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for frame in range(max(row.frame for row in truth) + 1):
        theirs = [row for row in truth if row.frame == frame]
        ours = [row for row in found if row.frame == frame]
        # its own distances call what numpy 2 no longer has
        distances = 1 - iou_matrix([row.box for row in theirs], [row.box for row in ours])
        distances[distances > 0.5] = np.nan
        accumulator.update([row.identity for row in theirs], [row.identity for row in ours], distances)
    summary = motmetrics.metrics.create().compute(accumulator, metrics=["idf1", "mota", "num_switches"])
    score = score_tracks(*pair(sequence), step=1 / FPS)
    assert (score.idf1, score.mota, score.idsw) == pytest.approx(tuple(summary.iloc[0]), abs=1e-9)
