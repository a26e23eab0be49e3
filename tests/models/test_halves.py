"""The clips of the smallest task are what they say."""

from __future__ import annotations

import numpy as np

from grounding.tuning.worth import total, worth
from tests.models.halves import ASKED, COLOURS, clip, clips, worn


def test_every_clip_can_be_answered_and_is_always_the_same() -> None:
    seen = set()
    for seed in range(40):
        one, pictures = clip(seed)
        assert total(worth(one.answer, one)) == 2.0
        again, same = clip(seed)
        assert again.answer == one.answer
        assert all(np.array_equal(a, b) for a, b in zip(pictures, same, strict=True))
        seen.add(one.answer)
    assert len(seen) > 10


def test_pictures_show_who_is_asked_for_when_the_answer_says_so() -> None:
    for seed in range(40):
        pictures = clip(seed)[1]
        people = worn(np.random.default_rng((seed, 71)))[0]
        for second, picture in enumerate(pictures):
            for person, half in enumerate((picture[:, :32], picture[:, 32:])):
                near = np.abs(half.astype(float) - COLOURS[ASKED]).max(axis=2) < 70
                assert (near.mean() > 0.2) == (people[person][second] == ASKED)


def test_some_answers_to_imitate_are_wrong() -> None:
    wrong = [made.answer != clip(seed)[0].answer for seed, (made, _) in enumerate(clips(0, 200, 0.4))]
    assert 0.25 < np.mean(wrong) < 0.45
    assert not any(made.answer != clip(seed)[0].answer for seed, (made, _) in enumerate(clips(0, 20)))
