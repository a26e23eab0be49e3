"""Which handler does which kind of job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from videosearch.jobs.models import Job
    from videosearch.jobs.run import JobRun

Handler = Callable[["JobRun"], None]
OnFailed = Callable[["Job"], None]


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    handler: Handler
    queue: str
    lease_seconds: float
    time_limit: float
    max_attempts: int
    on_failed: OnFailed | None


_kinds: dict[str, Kind] = {}


def register(
    kind: str,
    handler: Handler,
    *,
    queue: str = "default",
    lease_seconds: float = 30,
    time_limit: float = 1800,
    max_attempts: int = 3,
    on_failed: OnFailed | None = None,
) -> None:
    """Let `handler` do jobs of this kind. It may run twice, so what it writes must bear repeating.

    Args:
        lease_seconds: how long a silent worker keeps the job; renewed three times in that time while the handler runs.
        time_limit: seconds after which a handler that hangs is given up.
        on_failed: called once with the job when it has failed for good, in the transaction that says so.
    """
    _kinds[kind] = Kind(kind, handler, queue, lease_seconds, time_limit, max_attempts, on_failed)


def find(kind: str) -> Kind | None:
    return _kinds.get(kind)
