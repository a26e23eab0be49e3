"""The memory of this process: the most it held, and what is free given back to the machine.

The C library keeps what is freed between what is not, for each thread apart. Indexing frees pictures of megabytes on
several threads and keeps little of each segment, yet a process grew by 20 MB and more with each.
"""

from __future__ import annotations

import ctypes
import gc
import resource
import sys
from collections.abc import Callable
from functools import cache
from typing import Any


def give_back() -> None:
    """Hands all free pages of this process back, where the C library can; costs milliseconds."""
    gc.collect()  # a decoded picture that was asked for its rotation holds itself
    trim = _trim()
    if trim is not None:
        trim(0)


def peak_megabytes() -> float:
    """The most that was in memory since the process began, in MB of 2**20 bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


@cache
def _trim() -> Callable[[int], Any] | None:
    """glibc's `malloc_trim`: of all heaps, and also from their middle. Other C libraries have none."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # TypeError: Windows has no library without a name
        return None
