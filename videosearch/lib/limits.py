"""Children that meet untrusted files, held to what they may use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_KIB = 1024
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child process may use; the kernel holds it to that."""

    memory_bytes: int = 4 * 1024**3
    cpu_seconds: int = 6 * 3600
    file_bytes: int = 64 * 1024**3

    def wrap(self, command: Sequence[str]) -> list[str]:
        """`command` run by a shell that sets the limits and becomes it: no Python runs between fork and exec."""
        script = (
            f"ulimit -v {self.memory_bytes // _KIB}; ulimit -t {self.cpu_seconds}; "
            f'ulimit -f {self.file_bytes // _BLOCK}; exec "$@"'
        )
        return ["/bin/sh", "-c", script, "sh", *command]
