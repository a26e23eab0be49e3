"""Child processes: ones that do not outlive us, and ones that an earlier run left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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


def last_line(log: Path) -> str:
    """What a server said last, with the place of the rest."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"{lines[-1] if lines else 'nothing'} (see {log})"


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


def wait_gone(process: psutil.Process, timeout: float) -> None:
    """Waits until a process has ended, be it as a zombie that its parent, who may be anybody, has yet to reap.

    Raises:
        psutil.TimeoutExpired: it still runs after `timeout` seconds.
    """
    end = time.monotonic() + timeout
    while True:
        try:
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return
        except psutil.NoSuchProcess:
            return
        if time.monotonic() >= end:
            raise psutil.TimeoutExpired(timeout, process.pid)
        time.sleep(0.02)


@dataclass
class Program:
    """One of our own processes, in a process group of its own, with its output in `log`."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def _pid_file(self) -> Path:
        return self.log.with_suffix(".pid")

    def start(self) -> None:
        self._end_leftover()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command), env=dict(self.env), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509
            )  # fmt: skip
        created = psutil.Process(self.process.pid).create_time()
        self._pid_file.write_text(f"{self.process.pid} {created}", encoding="utf-8")

    def poll(self) -> int | None:
        return None if self.process is None else self.process.poll()

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end(self) -> None:
        """Kill what is left of the group: a pool child or an ffmpeg may outlive the process that was asked to stop."""
        if self.process is not None:
            _kill_group(self.process.pid)
            self.process.wait()
            self._pid_file.unlink(missing_ok=True)

    def _end_leftover(self) -> None:
        """A killed supervisor may have left the process of its time."""
        try:
            pid, created = self._pid_file.read_text(encoding="utf-8").split()
            same = abs(psutil.Process(int(pid)).create_time() - float(created)) < 1
        except (OSError, ValueError, psutil.Error):
            return
        if same:
            _kill_group(int(pid))


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
