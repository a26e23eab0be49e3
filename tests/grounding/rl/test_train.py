"""The policy learns what pays; a training that was stopped goes on as if it had not been."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from grounding.errors import BadInputError
from grounding.rl.base import unseen_problems
from grounding.rl.feedback import config_for, lesson
from grounding.rl.network import Adam, Layers, softmax
from grounding.rl.policy import Policy
from grounding.rl.problems import SHIFTS, Problem, Teaches, save
from grounding.rl.runs import Trained, run
from grounding.rl.scoring import agreement, decide, table
from grounding.rl.train import Config, begin, finish, train
from tests.grounding.rl.made import nothing, small_and_large

LEARN = [*(small_and_large(k) for k in range(24)), *(nothing(k) for k in range(6))]
OTHERS = [small_and_large(k) for k in range(100, 112)]
QUICK = Config(
    steps=200, warm_up=40, batch=12, group=8, hidden=6, every=10, decay=0.02, noise=0.0, worth_of_refusing=0.3
)


def trained(config: Config, start: Policy | None = None) -> Policy:
    *_, last = train(LEARN, config, begin(LEARN, config, start), start)
    return finish(last, LEARN, config)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return trained(QUICK)


def test_a_network_has_the_slopes_it_says() -> None:
    random = np.random.default_rng(0)
    layers = Layers(*(random.normal(size=shape) for shape in ((5, 4), (4,), (4, 3), (3,))))
    x, slope = random.normal(size=(7, 5)), random.normal(size=(7, 3))
    found = layers.gradient(x, slope)
    for name, weight in layers.weights().items():
        for at in np.ndindex(weight.shape):
            moved = {}
            for sign in (-1, 1):
                shifted = weight.copy()
                shifted[at] += sign * 1e-6
                moved[sign] = float((Layers(**{**layers.weights(), name: shifted})(x) * slope).sum())
            assert found[name][at] == pytest.approx((moved[1] - moved[-1]) / 2e-6, rel=1e-4, abs=1e-6)


def test_adam_goes_downhill() -> None:
    weights = {"a": np.array([3.0, -2.0])}
    adam = Adam.of(weights, 0.1, 0.0)
    for _ in range(200):
        weights = adam.step(weights, {"a": 2 * weights["a"]})
    assert weights["a"] == pytest.approx([0.0, 0.0], abs=0.05)


def test_softmax_leaves_nothing_to_what_is_not_there() -> None:
    assert softmax(np.array([0.0, -1e9, 0.0])) == pytest.approx([0.5, 0.0, 0.5])


def test_it_learns_whom_to_put_first(policy: Policy) -> None:
    before, after = table(OTHERS, None)[-1], table(OTHERS, policy)[-1]
    assert before.r_at_1 == 0.0, "the rule takes the smaller one, by its score"
    assert after.r_at_1 == 1.0
    assert after.reward > before.reward + 0.5
    assert after.recall >= before.recall


def test_nothing_that_was_left_open_is_lost_whatever_was_learnt() -> None:
    for seed in range(5):
        wild = begin(unseen_problems(), replace(QUICK, seed=seed))
        random = np.random.default_rng(seed)
        wild.weights = {name: random.normal(size=one.shape) * 3 for name, one in wild.weights.items()}
        assert any(not decide(one, wild.policy()).taken.all() for one in unseen_problems())
        for one in unseen_problems():
            assert decide(one, wild.policy()).kept[one.taken].all()
        for before, after in zip(table(unseen_problems(), None), table(unseen_problems(), wild.policy()), strict=True):
            assert after.recall >= before.recall


def test_it_refuses_where_the_right_are_few(policy: Policy) -> None:
    odds = [float(policy.raw("judge", one.judge)[1, 1]) for one in OTHERS]
    small = [float(policy.raw("judge", one.judge)[0, 1]) for one in OTHERS]
    assert min(odds) > 0 > max(small)


def test_it_says_how_likely_it_is(policy: Policy) -> None:
    likely = np.array([policy.probability(policy.raw("judge", one.judge)[:, 0]) for one in OTHERS])
    assert likely[:, 0].max() < 0.3
    assert likely[:, 1].min() > 0.7


def test_the_rewards_rise_while_it_trains() -> None:
    *_, last = train(LEARN, QUICK, begin(LEARN, QUICK))
    rewards = [row["reward"] for row in last.curve if "reward" in row]
    assert np.mean(rewards[-20:]) > np.mean(rewards[:20]) + 0.2
    assert [row["step"] for row in last.curve] == list(range(1, QUICK.warm_up + QUICK.steps + 1))


def test_it_imitates_the_rule_first() -> None:
    config = replace(QUICK, steps=0, warm_up=150)
    imitating = trained(config)
    for one in OTHERS:
        decided = decide(one, imitating)
        assert int(decided.order.argmax()) == int(one.rule.argmin())
        assert {SHIFTS[int(k)] for k in (*decided.starts, *decided.ends)} == {0.0}


def test_fifty_corrections_teach_a_habit_and_nothing_is_forgotten(policy: Policy) -> None:
    says = Teaches(0.0, 1.0, 1.0, 1.0)
    given = [_first_hit(small_and_large(k, earlier=2.0, teaches=says)) for k in range(200, 250)]
    own = [_first_hit(small_and_large(k, earlier=2.0, teaches=says)) for k in range(300, 320)]
    config = replace(config_for(policy), steps=300, batch=24)
    *_, last = train(lesson(LEARN, given), config, begin(LEARN, config, policy), policy)
    after = finish(last, LEARN, config)
    assert agreement(own, policy).moved_start == pytest.approx(0.0, abs=0.3)
    assert agreement(own, after).moved_start == pytest.approx(-2.0, abs=0.3)
    assert agreement(own, after).moved_end == pytest.approx(0.0, abs=0.3)
    assert table(OTHERS, after)[-1].r_at_1 == 1.0


def _first_hit(one: Problem) -> Problem:
    """The larger candidate alone, as a reviewer saw it."""
    rows = slice(1, 2)
    return replace(
        one, judge=one.judge[rows], start=one.start[rows], end=one.end[rows], t_iou=one.t_iou[rows],
        v_iou=one.v_iou[rows], rewards={k: v[rows] for k, v in one.rewards.items()}, rule=np.zeros(1, np.int64),
        taken=one.taken[rows], covered=one.covered[rows],
    )  # fmt: skip


def test_the_same_seed_trains_the_same_policy() -> None:
    config = replace(QUICK, steps=40)
    one, other = trained(config), trained(config)
    for part in one.layers:
        assert np.array_equal(one.layers[part].w1, other.layers[part].w1)
    third = trained(replace(config, seed=1))
    assert not np.array_equal(one.layers["judge"].w1, third.layers["judge"].w1)


def test_a_stopped_run_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    for _ in itertools.islice(run(tmp_path / "stopped", LEARN, QUICK), 7):
        pass
    assert not (tmp_path / "stopped" / "policy.json").exists()
    *_, again = run(tmp_path / "stopped", LEARN, QUICK)
    *_, whole = run(tmp_path / "whole", LEARN, QUICK)
    assert isinstance(again, Trained)
    assert isinstance(whole, Trained)
    assert again.curve == whole.curve
    names = ("policy.json", "curves.json")
    assert [(tmp_path / "stopped" / n).read_bytes() for n in names] == [
        (tmp_path / "whole" / n).read_bytes() for n in names
    ]
    with Image.open(tmp_path / "whole" / "curves.png") as picture:
        assert picture.size[0] == 640
        assert len(picture.convert("L").getcolors() or []) > 3
    facts = json.loads((tmp_path / "whole" / "run.json").read_text())
    assert facts["parameters"] == whole.policy.size
    assert facts["seconds"] > 0
    assert facts["megabytes"] > 10


_RUN = """
import sys
from pathlib import Path
from grounding.rl.problems import load
from grounding.rl.runs import run
from grounding.rl.train import Config
config = Config(steps=200, warm_up=40, batch=12, group=8, hidden=6, every=2)
for _ in run(Path(sys.argv[1]), load(Path(sys.argv[2])), config):
    pass
"""


def test_a_killed_process_loses_nothing_but_its_last_steps(tmp_path: Path) -> None:
    save(tmp_path / "problems.npz", LEARN)

    def go(name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", _RUN, str(tmp_path / name), str(tmp_path / "problems.npz")])

    first = go("killed")
    for _ in range(3000):
        if (tmp_path / "killed" / "checkpoint.npz").exists():
            break
        time.sleep(0.01)
    os.kill(first.pid, signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    assert (tmp_path / "killed" / "checkpoint.npz").exists()
    assert not (tmp_path / "killed" / "policy.json").exists(), "it was to be killed in the middle"
    assert go("killed").wait() == 0
    assert go("whole").wait() == 0
    names = ("curves.json", "policy.json")
    assert [(tmp_path / "killed" / n).read_bytes() for n in names] == [
        (tmp_path / "whole" / n).read_bytes() for n in names
    ]


def test_a_folder_of_another_training_is_refused(tmp_path: Path) -> None:
    config = replace(QUICK, steps=10, warm_up=0)
    list(run(tmp_path, LEARN, config))
    with pytest.raises(BadInputError, match="another folder"):
        list(run(tmp_path, LEARN[1:], config))
    with pytest.raises(BadInputError, match="another folder"):
        list(run(tmp_path, LEARN, replace(config, seed=3)))
    (tmp_path / "checkpoint.npz").write_bytes(b"PK")
    with pytest.raises(BadInputError, match="damaged"):
        list(run(tmp_path, LEARN, config))


def test_there_has_to_be_something_to_learn_from() -> None:
    with pytest.raises(ValueError, match="group"):
        Config(group=1)
    with pytest.raises(ValueError, match="nothing to learn"):
        list(train([], QUICK, begin(LEARN, QUICK)))
