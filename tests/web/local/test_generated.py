"""The rows that searching at size is measured on: in which library they are, and what is near to what."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from videosearch.local.generated import SHARES, Generated, generate, questions


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    return generate(20_000, clustered=False, home=Path(tmp_path_factory.mktemp("size")))


def test_libraries_hold_their_shares(generated: Generated) -> None:
    sizes = [len(generated.inside(name)) / generated.rows for name in SHARES]
    assert sizes == pytest.approx(list(SHARES.values()), rel=0.1)
    small = [set(generated.inside(name).tolist()) for name in list(SHARES)[1:]]
    assert not small[0] & small[1]
    assert not small[1] & small[2]


def test_a_row_is_found_again_by_its_track_and_second(generated: Generated) -> None:
    for row in (0, 4, 5, 19_999):
        assert generated.row_of(generated.key_of(row)) == row


def test_vectors_have_length_one_and_are_nearest_to_themselves(generated: Generated) -> None:
    rows = generated.inside("10 %")
    vector = generated.vectors[rows[7]].astype(np.float32)
    similar = generated.similarity(vector, rows)
    assert int(similar.argmax()) == 7
    assert similar[7] == pytest.approx(1.0, abs=5e-3)
    everywhere = generated.similarity(vector, generated.inside("100 %"))
    assert int(everywhere.argmax()) == rows[7]


def test_the_tenth_nearest_is_that_of_sorting_them_all(generated: Generated) -> None:
    rows = generated.inside("100 %")
    vectors = generated.vectors[[3, 777]].astype(np.float32)
    every = np.stack([np.sort(generated.similarity(vector, rows))[::-1] for vector in vectors])
    np.testing.assert_allclose(generated.similarity_of_nearest(vectors, rows, 10), every[:, 9], atol=1e-5)


def test_questions_are_of_what_is_there(generated: Generated) -> None:
    asked = questions(generated, 5)
    assert len({one.text for one in asked}) == 5
    assert all(one.query.predicates for one in asked)
