"""A model hub on this machine that speaks the paths and headers the real client asks for."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from grounding.weights.hub import HuggingFaceHub


@dataclass
class Shelf:
    """What the hub holds: one repository. lies: file → what it sends instead of what it announces."""

    hub_id: str
    files: dict[str, bytes]
    licence: str = "apache-2.0"
    revision: str = "1" * 40
    lies: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    endpoint: str = ""

    def client(self) -> HuggingFaceHub:
        return HuggingFaceHub(self.endpoint)

    def describe(self) -> bytes:
        siblings = [
            {
                "rfilename": name,
                "size": len(data),
                "blobId": "0" * 40,
                **({"lfs": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}}
                   if name.endswith("safetensors") else {}),
            }
            for name, data in self.files.items()
        ]  # fmt: skip
        card = {"license": self.licence} if self.licence else {}
        return json.dumps(
            {"id": self.hub_id, "sha": self.revision, "cardData": card, "siblings": siblings, "tags": []}
        ).encode()


@contextmanager
def serving(shelf: Shelf) -> Iterator[Shelf]:
    """`shelf` behind an address of the loopback interface."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            path = urlsplit(self.path).path
            shelf.asked.append(path)
            if path.startswith(f"/api/models/{shelf.hub_id}"):
                self._send(200, shelf.describe(), {"Content-Type": "application/json"}, body=True)
                return
            name = path.removeprefix(f"/{shelf.hub_id}/resolve/{shelf.revision}/")
            data = shelf.lies.get(name, shelf.files.get(name))
            if data is None:
                self._send(404, b"", {"X-Error-Code": "RepoNotFound"}, body=body)
                return
            digest = hashlib.sha256(shelf.files[name]).hexdigest()
            self._send(200, data, {"ETag": f'"{digest}"', "X-Repo-Commit": shelf.revision}, body=body)

        def _send(self, status: int, data: bytes, headers: dict[str, str], *, body: bool) -> None:
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(key, value)
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shelf.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield shelf
    finally:
        server.shutdown()
        server.server_close()
