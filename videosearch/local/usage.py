"""What the processes of the running application use: memory at its highest, and processor time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import psutil

from videosearch.local.running import Running

_EVERY: Final = 1.0
"""Seconds between two looks. One look at thirty processes costs 50 ms of a core, which the figures should not feel."""
_MEGA: Final = 1024 * 1024


@dataclass
class Usage:
    """peak_mb: highest sum of the proportional set sizes (shared pages are divided among those who share them, so the
    sum counts each once). at_peak_mb: what made it up. cpu_s: processor seconds by role. elsewhere: how many cores
    were busy on average with things that are not ours, which says whether the figures beside it can be trusted."""

    peak_mb: int = 0
    at_peak_mb: dict[str, int] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)
    elsewhere: float = 0.0


@contextmanager
def watching(app: Running) -> Iterator[Usage]:
    """Looks every second, from a thread, as long as the block runs; `cpu_s` and `elsewhere` are there after it."""
    usage, stop = Usage(), threading.Event()
    spent: dict[int, tuple[str, float]] = {}
    began: dict[int, float] = {}

    def look() -> None:
        sizes: dict[str, int] = {}
        for process in app.family():
            try:
                role, cpu = _role(process), sum(process.cpu_times()[:2])
                began.setdefault(process.pid, cpu if first else 0.0)
                spent[process.pid] = (role, cpu)
                sizes[role] = sizes.get(role, 0) + process.memory_full_info().pss // _MEGA
            except psutil.Error:
                continue  # it ended meanwhile
        if sum(sizes.values()) > usage.peak_mb:
            usage.peak_mb = sum(sizes.values())
            usage.at_peak_mb = dict(sorted(sizes.items(), key=lambda one: -one[1]))

    def keep_looking() -> None:
        while not stop.wait(_EVERY):
            look()

    first = True
    look()
    first = False
    started, busy, mine = time.monotonic(), _busy(), sum(os.times()[:4])
    thread = threading.Thread(target=keep_looking, daemon=True)
    thread.start()
    try:
        yield usage
    finally:
        stop.set()
        thread.join()
        look()
        for pid, (role, cpu) in spent.items():
            usage.cpu_s[role] = usage.cpu_s.get(role, 0.0) + max(0.0, cpu - began[pid])
        usage.cpu_s["measuring"] = sum(os.times()[:4]) - mine
        usage.cpu_s = {role: round(cpu, 2) for role, cpu in sorted(usage.cpu_s.items(), key=lambda one: -one[1])}
        ours = sum(usage.cpu_s.values())
        usage.elsewhere = round(max(0.0, _busy() - busy - ours) / (time.monotonic() - started), 2)


def _busy() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice + times.irq + times.softirq)


def _role(process: psutil.Process) -> str:
    command = process.cmdline()
    if "worker" in command and "-Q" in command:
        return f"worker {command[command.index('-Q') + 1]}"
    known = {"gunicorn": "web", "beat": "beat", "videosearch.local": "supervisor", "ffmpeg": "ffmpeg"}
    return next((role for word, role in known.items() if any(word in part for part in command[:4])), process.name())
