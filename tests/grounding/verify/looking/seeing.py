"""An OpenAI-compatible server on this machine that looks at the pictures it is sent: it finds the red numbers, reads
them, and looks at the colour of the shirt below; its answer is by the colour that the question names."""

from __future__ import annotations

import base64
import json
import math
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np

from grounding.types import Image
from tests.grounding.verify.looking.drawn import COLOURS


def numbers_on(image: Image) -> list[tuple[int, tuple[int, int, int, int]]]:
    """(number, x1, y1, x2, y2) of each red number on a picture, read by comparing with printed digits."""
    pixels = image.astype(int)
    red = ((pixels[..., 0] > 140) & (pixels[..., 1] < 90) & (pixels[..., 2] < 90)).astype(np.uint8)
    joined = cv2.dilate(red, np.ones((3, 13), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    found = []
    for x, y, wide, tall, _ in stats[1:count].tolist():
        if 12 <= tall <= 48 and 6 <= wide <= 64:  # footage has red things of its own
            found.append((_read(red[y : y + tall, x : x + wide]), (x, y, x + wide, y + tall)))
    return found


def _read(mask: Image) -> int:
    rows, columns = np.nonzero(mask)
    cut = mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] * 255
    return max(range(1, 30), key=lambda number: _alike(cut, str(number)))


def _alike(cut: Image, text: str) -> float:
    printed = _printed(text)
    ratio = (cut.shape[1] / cut.shape[0]) / (printed.shape[1] / printed.shape[0])
    same = cv2.resize(cut, (printed.shape[1], printed.shape[0])).astype(float) - printed
    return -float(np.abs(same).mean()) / 255 - 0.5 * abs(math.log(ratio))


@cache
def _printed(text: str) -> Image:
    (wide, tall), base = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.2, 3)
    printed = np.zeros((tall + base + 8, wide + 8), np.uint8)
    cv2.putText(printed, text, (4, tall + 2), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 255, 3)
    rows, columns = np.nonzero(printed)
    return printed[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


@lru_cache(maxsize=256)
def _people(url: str) -> list[tuple[int, str]]:
    """(number, colour of the shirt) of everybody marked on a picture; it is sent with each question about it."""
    data = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    image = np.asarray(decoded[..., ::-1], np.uint8)
    return [(number, shirt_near(image, box)) for number, box in numbers_on(image)]


def shirt_near(image: Image, box: tuple[int, int, int, int]) -> str:
    """The colour of the shirt of which most lies below a number (or above, where it stands at the feet)."""
    x1, _, x2, y2 = box
    patch = image[y2 + 14 : y2 + 46, max(0, x1) : x2].reshape(-1, 3).astype(int)
    if not len(patch):
        return ""
    names = list(COLOURS)
    apart = np.abs(patch[:, None] - np.array([COLOURS[name] for name in names])[None]).sum(axis=2)
    near = [names[i] for i, least in zip(apart.argmin(axis=1), apart.min(axis=1), strict=True) if least < 120]
    return Counter(near).most_common(1)[0][0] if near else ""


class SeeingServer:
    """What it was asked is in `asked`. `mode`: "sees", or how it misbehaves."""

    def __init__(self) -> None:
        self.mode = "sees"
        self.tells = True
        self.key = ""
        self.slow_seconds = 5.0
        self.asked: list[dict[str, Any]] = []
        self.hung_up = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append(body)
                outer.answer(self, body)

            def do_GET(self) -> None:
                if outer.key and self.headers.get("Authorization") != f"Bearer {outer.key}":
                    return _send(self, 401, {"error": {"message": "no"}})
                return _send(self, 200, {"object": "list", "data": [{"id": "org/seer-2b"}]})

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        if self.key and handler.headers.get("Authorization") != f"Bearer {self.key}":
            return _send(handler, 401, {"error": {"message": "no"}})
        if handler.path != "/v1/chat/completions":
            return _send(handler, 404, {"error": {"message": "no such page"}})
        match self.mode:
            case "500":
                return _send(handler, 500, {"error": {"message": "CUDA error"}})
            case "500 once":
                self.mode = "sees"
                return _send(handler, 500, {"error": {"message": "CUDA error"}})
            case "hangs up once":
                self.mode = "sees"
                handler.connection.close()
                return None
            case "400":
                return _send(handler, 400, {"error": {"message": "at most 4 images may be provided"}})
            case "knows no logprobs" if "logprobs" in body:
                return _send(handler, 400, {"error": {"message": "logprobs is not supported"}})
            case "slow":
                return self._drag(handler)
            case "nonsense":
                return _send(handler, 200, _chat("I am a large language model and like football.", {}))
            case "empty":
                return _send(handler, 200, _chat("", {}))
            case "no chat":
                return _send(handler, 200, ["what"])
            case "drips":
                return self._drip(handler)
        said, odds = self._seen(body)
        return _send(handler, 200, _chat(said, odds if self.tells and body.get("logprobs") else {}))

    def _drag(self, handler: BaseHTTPRequestHandler) -> None:
        """Thinks for long, and notices when nobody listens any more, as vLLM does."""
        end = time.monotonic() + self.slow_seconds
        handler.connection.settimeout(0.05)
        while time.monotonic() < end:
            try:
                if handler.connection.recv(1) == b"":
                    self.hung_up.set()
                    return
            except TimeoutError:
                continue
        _send(handler, 200, _chat('{"id": "none"}', {}))

    def _drip(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(round(self.slow_seconds / 0.05)):
            try:
                handler.wfile.write(b" ")
                handler.wfile.flush()
            except OSError:
                self.hung_up.set()
                return
            time.sleep(0.05)

    def _seen(self, body: dict[str, Any]) -> tuple[str, dict[str, float]]:
        *pictures, question = body["messages"][0]["content"]
        words = re.search(r'Looked for: "([^"]*)"', question["text"])
        wanted = next((colour for colour in COLOURS if words and colour in words[1]), "")
        named = re.search(r"red numbers? ([\d, and]+) drawn", question["text"])
        drawn = set(map(int, re.findall(r"\d+", named[1]))) if named else set()
        shirts: dict[int, Counter[str]] = {}
        for one in pictures:
            for number, shirt in _people(one["image_url"]["url"]):
                if number in drawn:  # footage has red things that look like digits
                    shirts.setdefault(number, Counter())[shirt] += 1
        fits = [number for number, seen in sorted(shirts.items()) if seen.most_common(1)[0][0] == wanted]
        one = re.search(r"marked with the red number (\d+) what", question["text"])
        if one:
            yes = 0.9 if int(one[1]) in fits else 0.05
            return ("yes" if yes > 0.5 else "no"), {" Yes": yes * 0.8, "yes": yes * 0.2, "No": 1 - yes}
        chosen = [{"id": number, "start": 1, "end": 4} for number in fits]
        said = json.dumps(chosen[0] if len(chosen) == 1 else chosen) if chosen else '{"id": "none"}'
        return f"Let me see.\n```json\n{said}\n```", {"Let": 1.0}


def _chat(text: str, odds: dict[str, float]) -> dict[str, Any]:
    choice: dict[str, Any] = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    if odds:
        likely = max(odds, key=lambda token: odds[token])
        alternatives = [{"token": token, "logprob": math.log(p)} for token, p in odds.items()]
        content = [{"token": likely, "logprob": math.log(odds[likely]), "top_logprobs": alternatives}]
        choice["logprobs"] = {"content": content}
    return {"choices": [choice]}


def _send(handler: BaseHTTPRequestHandler, status: int, body: Any) -> None:
    data = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


@contextmanager
def seeing() -> Iterator[SeeingServer]:
    server = SeeingServer()
    try:
        yield server
    finally:
        server.close()
