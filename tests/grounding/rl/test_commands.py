"""What comes with the package, and the commands that train and measure, on made problems."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grounding.bench.policy import habits, reach
from grounding.cli import main
from grounding.rl.base import base_policy, base_problems, unseen_problems
from grounding.rl.habits import put_right
from grounding.rl.policy import load
from grounding.rl.problems import Problem, save
from grounding.rl.scoring import table
from grounding.rl.train import Config
from tests.grounding.rl.made import QUERY, candidate, judged, nothing, small_and_large, tube


@pytest.fixture
def files(tmp_path: Path) -> Path:
    save(tmp_path / "learn.npz", [*(small_and_large(k) for k in range(12)), nothing(1)])
    save(tmp_path / "test.npz", [small_and_large(k) for k in range(50, 56)])
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    assert main([str(one) for one in arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_policy_that_comes_along_is_better_on_matches_it_was_not_trained_on() -> None:
    assert not {one.match for one in base_problems()} & {one.match for one in unseen_problems()}
    before, after = table(unseen_problems(), None)[-1], table(unseen_problems(), base_policy())[-1]
    assert after.m_viou > 1.05 * before.m_viou
    assert after.r_at_1 >= before.r_at_1
    assert after.recall >= before.recall
    assert base_policy().size < 5000


def test_what_comes_along_is_small() -> None:
    import grounding.rl

    sizes = [one.stat().st_size for one in Path(grounding.rl.__path__[0]).glob("*.npz")]
    assert sum(sizes) < 1_000_000


def test_training_by_command(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = run(
        capsys, "train", "policy", "--problems", files / "learn.npz", "--out", files / "run",
        "--steps", 150, "--warm-up", 20, "--json",
    )  # fmt: skip
    assert told["before"][-1]["r_at_1"] == 0.0
    assert told["after"][-1]["r_at_1"] == 1.0
    assert load(files / "run" / "policy.json").size == told["parameters"]
    again = run(
        capsys, "train", "policy", "--problems", files / "learn.npz", "--out", files / "run",
        "--steps", 150, "--warm-up", 20, "--json",
    )  # fmt: skip
    assert again["after"] == told["after"]
    assert main(["train", "policy", "--problems", str(files / "learn.npz"), "--out", str(files / "run")]) == 2
    assert "another folder" in capsys.readouterr().err


def test_measuring_by_command(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(files / "3 Hz" / "test.npz", [small_and_large(k) for k in range(60, 64)])
    told = run(
        capsys, "bench", "policy", "--train", files / "learn.npz", "--test", files / "test.npz", "--repeats", 2,
        "--steps", 150, "--warm-up", 20, "--what", "matches", "rewards", "--tracked", files / "3 Hz", "--json",
    )  # fmt: skip
    whole = told["matches"][-1]
    assert (whole["before"]["r_at_1"], whole["after"]["r_at_1"]) == (0.0, {"mean": 1.0, "spread": 0.0})
    assert [one["name"] for one in told["rewards"]] == ["additive", "id", "coupled", "additive, 3 Hz"]
    assert [one["before"]["queries"] for one in told["rewards"]] == [6, 6, 6, 4]
    assert len(whole["repeats"]) == 2


def test_packing_keeps_the_best(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "pack", "--problems", str(files), "--keep", "1", "--out", str(files / "sub" / "p.npz")]) == 0
    assert "19 queries, 19 candidates" in capsys.readouterr().err


def test_what_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["train", "policy", "--problems", str(tmp_path / "none.npz"), "--out", str(tmp_path / "run")],
        ["train", "policy", "--problems", str(tmp_path), "--out", str(tmp_path / "run")],
        ["train", "problems", "--out", str(tmp_path)],
        ["eval", "synth", "--football", "1", "--policy", str(tmp_path / "none.json")],
        ["train", "policy", "--out", str(tmp_path / "run"), "--steps", "-1"],
    ):
        assert main(arguments) == 2, arguments
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_made_up_reviewer_corrects_right_first_hits_only() -> None:
    items = judged(QUERY, [candidate(1, 10, 16)])
    put = put_right(QUERY, items, [tube(10, 16)], 2.0, match="m")
    assert put is not None
    assert put.t_iou[0, 2, 6] == pytest.approx(1.0)  # two seconds earlier
    assert put.t_iou[0, 6, 6] == pytest.approx(6 / 8)
    assert put_right(QUERY, items, [tube(10, 16, left=300.0)], 2.0) is None
    assert put_right(QUERY, items, [], 2.0) is None
    assert put_right(QUERY, items, [tube(10, 16)], 4.0) is None, "there are no boxes so early"


def test_the_habit_is_measured_before_and_after() -> None:
    def correction(k: int) -> Problem:
        found = put_right(
            QUERY, judged(QUERY, [candidate(1, 10 + k % 9, 16 + k % 9)]), [tube(10 + k % 9, 16 + k % 9)], 2.0
        )
        assert found is not None
        return found

    learn = [small_and_large(k) for k in range(12)]
    given = [correction(k) for k in range(20)]
    rule, before, after = habits(learn, given, learn, given[:4], Config(steps=120, warm_up=20), 1)
    assert rule.start == 0.0
    assert before.start > -1.0
    assert after.start == pytest.approx(-2.0, abs=0.3)
    assert after.m_tiou > before.m_tiou
    assert after.row.r_at_1 == before.row.r_at_1 == 1.0


def test_what_can_be_made_of_what_is_shown(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ends can be put right only as far as there are pictures, so more of them never make it worse."""
    late = small_and_large(3, earlier=2.0)
    by_margin = {one.margin: one for one in reach([late])}
    assert by_margin[0.0].candidates == 1  # the other shows nobody who is meant
    assert by_margin[0.0].t_iou < by_margin[1.0].t_iou < 0.95
    assert by_margin[2.0].t_iou == by_margin[3.0].t_iou == pytest.approx(1.0)
    told = run(capsys, "bench", "policy", "--test", files / "test.npz", "--what", "reach", "--json")
    assert [one["margin"] for one in told["reach"]] == [0.0, 1.0, 2.0, 3.0]
    assert told["reach"][0]["candidates"] > 0
