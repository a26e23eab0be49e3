"""How busy a GPU is and how much of its memory is taken, looked at ten times a second while something runs.

By NVIDIA's management library where its Python package is installed, else by `nvidia-smi`; without either nothing is
told. "Busy" is NVIDIA's: the share of time in which at least one kernel ran, however small a part of the GPU it filled.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, Self

Reading = tuple[float, float]
"""Busy in per cent, memory taken in MB, of all processes."""

_EVERY: Final = 0.1


class GpuWatch:
    """Between entering and leaving it reads `read` (default: the first GPU) again and again.

    busy: mean in 0..1, memory_mb: the largest; None where nothing could be read.
    """

    def __init__(self, read: Callable[[], Reading] | None = None) -> None:
        self._read = read or reader()
        self._readings: list[Reading] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="gpu-watch", daemon=True)

    def __enter__(self) -> Self:
        if self._read is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def busy(self) -> float | None:
        readings = list(self._readings)
        return sum(busy for busy, _ in readings) / len(readings) / 100 if readings else None

    @property
    def memory_mb(self) -> float | None:
        return max((memory for _, memory in list(self._readings)), default=None)

    def _watch(self) -> None:
        while self._read is not None and not self._over.is_set():
            try:
                self._readings.append(self._read())
            except Exception:
                return  # a driver that stops telling spoils no measurement
            self._over.wait(_EVERY)


def reader() -> Callable[[], Reading] | None:
    """What reads the first GPU; None where there is nothing to read it by."""
    return _by_library() or _by_program()


def _by_library() -> Callable[[], Reading] | None:
    try:
        library: Any = import_module("pynvml")
        library.nvmlInit()
        handle = library.nvmlDeviceGetHandleByIndex(0)
    except Exception:
        return None

    def read() -> Reading:
        busy = library.nvmlDeviceGetUtilizationRates(handle).gpu
        return float(busy), library.nvmlDeviceGetMemoryInfo(handle).used / 2**20

    return read


def _by_program() -> Callable[[], Reading] | None:
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    asked = [program, "--id=0", "--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits"]

    def read() -> Reading:
        said = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=10).stdout
        busy, memory = said.split(",")
        return float(busy), float(memory)

    return read
