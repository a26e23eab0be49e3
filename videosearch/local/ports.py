"""Free ports, chosen once and kept."""

from __future__ import annotations

import json
import socket
from pathlib import Path


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def any_free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def remembered(store: Path, name: str, wanted: int) -> int:
    """The port `name` had last time if it is still free, else `wanted` or any free one; written to `store`."""
    ports: dict[str, int] = json.loads(store.read_text(encoding="utf-8")) if store.is_file() else {}
    choices = [ports.get(name, wanted), wanted]
    port = next((choice for choice in choices if is_free(choice)), None) or any_free()
    if ports.get(name) != port:
        store.write_text(json.dumps({**ports, name: port}, indent=2), encoding="utf-8")
    return port
