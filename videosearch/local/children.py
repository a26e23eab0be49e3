"""Child processes: ones that do not outlive us, and ones that an earlier run left behind."""

from __future__ import annotations

import ctypes
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1


class ServerError(Exception):
    """A server could not be made to run; the message ends with what it said itself."""


def die_with_parent(sign: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn`: the kernel sends `sign` when the thread that made the child ends. Linux alone can do it."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, int(sign), 0, 0, 0)

    return ask_kernel


def living(pid_file: Path, program: str, argument: str = "") -> psutil.Process | None:
    """The process that `pid_file` names if it really is `program` (run with `argument`).

    After a crash or a reboot the number may belong to a zombie, or to something else entirely.
    """
    try:
        process = psutil.Process(int(pid_file.read_text(encoding="utf-8").split()[0]))
        name, command, status = process.name(), process.cmdline(), process.status()
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    is_it = name == program and (not argument or argument in command)
    return process if is_it and status != psutil.STATUS_ZOMBIE else None
