import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from grounding.types import Span, Tube
from videosearch.indexing.tubes import boxes_between, pack, step_of, unpack


def tube(times: list[float]) -> Tube:
    return Tube(np.array(times), np.arange(4 * len(times), dtype=np.float32).reshape(-1, 4), step=0.2)


@given(st.sets(st.integers(0, 5 * 3600 * 3), min_size=1, max_size=40))
def test_what_is_packed_comes_back(steps: set[int]) -> None:
    times = [step / 5 for step in sorted(steps)]
    back = unpack(pack(tube(times)))
    assert back.times.tolist() == [round(time, 4) for time in times] or np.allclose(back.times, times, atol=1e-3)
    assert (back.boxes == tube(times).boxes).all()
    assert back.step == 0.2


def test_boxes_between_keep_a_neighbour_on_either_side() -> None:
    data = pack(tube([1.0, 1.2, 1.4, 1.6, 1.8, 2.0]))
    assert [row[0] for row in boxes_between(data, Span(1.3, 1.7))] == [1.2, 1.4, 1.6, 1.8]
    assert [row[0] for row in boxes_between(data)] == [1.0, 1.2, 1.4, 1.6, 1.8, 2.0]
    assert boxes_between(data)[1] == [1.2, 4.0, 5.0, 6.0, 7.0]
    assert step_of(data) == 0.2
