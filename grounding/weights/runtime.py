"""Running networks with ONNX Runtime on the CPU: the one place that decides about threads.

These networks are small. One of them on two threads is slower than on one (31 ms against 24 ms for the detector), two
of them side by side on one thread each are twice as fast. So each run uses one thread, and `run_many` runs as many at a
time as there are threads.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from numpy.typing import NDArray

from grounding.weights import ensure

if TYPE_CHECKING:
    import onnxruntime

    from grounding.weights.torch_network import TorchNetwork

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_THREADS: Final = 4
_ONLY_ERRORS: Final = 3


def threads() -> int:
    """How many networks run at a time: `$GROUNDING_THREADS`, or the number of usable cores, at most 4."""
    chosen = os.environ.get("GROUNDING_THREADS", "")
    if chosen.isdecimal() and int(chosen) > 0:
        return int(chosen)
    return max(
        1, min(MOST_THREADS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    )


@cache
def pool() -> ThreadPoolExecutor:
    """The threads on which networks run, shared by all networks of the process."""
    return ThreadPoolExecutor(threads(), thread_name_prefix="network", initializer=_enter)


_place = threading.local()


def _enter() -> None:
    _place.inside = True


def spread(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """`work` done for each item on the threads of `pool`, results in order.

    On a thread of the pool itself the work is done there and then: waiting for the pool would be waiting for itself.
    """
    if len(items) < 2 or getattr(_place, "inside", False):
        return [work(item) for item in items]
    return list(pool().map(work, items))


def session(path: Path, *, intra_threads: int = 1) -> onnxruntime.InferenceSession:
    """An ONNX Runtime session on the CPU. intra_threads: threads inside one run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = intra_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ONLY_ERRORS
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class Network:
    """One registered weight, loaded. Safe to use from several threads.

    where: a GPU as torch names it ("cuda:0"), on which inputs are computed together; without, the CPU.
    """

    def __init__(self, weight_id: str, where: str = "") -> None:
        self._session = session(ensure(weight_id))
        self._elsewhere: TorchNetwork | None = None
        if where:
            from grounding.weights.torch_network import TorchNetwork

            self._elsewhere = TorchNetwork(ensure(weight_id), where)

    def run(self, feed: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """All outputs, in the order of the file."""
        if self._elsewhere is not None:
            return self._elsewhere.run_many([feed])[0]
        return list(self._session.run(None, dict(feed)))

    def run_many(self, feeds: Sequence[Mapping[str, NDArray[Any]]]) -> list[list[NDArray[Any]]]:
        """`run` of each feed, several at a time, results in the order of `feeds`."""
        if self._elsewhere is not None:
            return self._elsewhere.run_many(feeds)
        return spread(self.run, feeds)
