"""A model on a server that speaks OpenAI's chat protocol (vLLM and others), asked with the standard library alone."""

from __future__ import annotations

import base64
import http.client
import json
import select
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from grounding.errors import ModelError
from grounding.types import Image
from grounding.verify.looking.chat import Patience, Reply

SILENT: Final = "the model server does not answer"
LATE: Final = "the model server did not answer in time"
_CONNECT_SECONDS: Final = 5.0
_ANSWER_SECONDS: Final = 30.0
_GLANCE_SECONDS: Final = 0.2
"""How often it is asked whether anybody still waits."""
_PAUSE_SECONDS: Final = 0.5
_MOST_BYTES: Final = 4 * 1024**2
_JPEG: Final = 90
_ALTERNATIVES: Final = 10


class ServerModel:
    """`url`: up to and with the version, e.g. "http://gpu1:8000/v1". `model`: as the server names it.

    A connection that breaks and answers of 500 and more are tried once again. Closing the connection, which is done
    as soon as nobody waits, makes vLLM stop computing.
    """

    def __init__(self, url: str, model: str, key: str = "", *, seconds: float = _ANSWER_SECONDS) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"the address of a model server begins with http:// or https://, got {url!r}")
        self.name = model.rstrip("/").rpartition("/")[2] or model
        self._model = model
        self._parts = parts
        self._key = key
        self._seconds = seconds
        self._tells = True

    def ask(self, pictures: Sequence[Image], text: str, *, max_tokens: int, patience: Patience) -> Reply:
        """See `ChatModel.ask`."""
        content: list[dict[str, Any]] = [
            {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{_jpeg(one)}"}} for one in pictures
        ]
        request: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": "user", "content": [*content, {"type": "text", "text": text}]}],
            "max_tokens": max_tokens,
            "temperature": 0,
        }
        status, body = self._twice(request, patience)
        if status == 400 and self._tells and b"logprobs" in body:
            self._tells = False  # it does not know them, and says so
            status, body = self._twice(request, patience)
        if status != 200:
            raise ModelError(_refusal(status, body))
        return _reply(body)

    def problem(self) -> str:
        """What is wrong with the server, as a sentence for people; empty where it knows the model."""
        try:
            status, body = self._once(b"", Patience(_CONNECT_SECONDS), "GET", "models")
        except (OSError, http.client.HTTPException):
            return f"Nobody answers at {self._parts.geturl()}."
        if status != 200:
            return f"{_refusal(status, body)[:1].upper()}{_refusal(status, body)[1:]}."
        try:
            known = [str(one["id"]) for one in json.loads(body)["data"]]
        except (ValueError, KeyError, TypeError):
            return ""  # it has no list, which not all servers keep
        return "" if self._model in known else f"The server has {', '.join(known) or 'no model'}, not {self._model}."

    def _twice(self, request: Mapping[str, Any], patience: Patience) -> tuple[int, bytes]:
        asked = {**request, "logprobs": True, "top_logprobs": _ALTERNATIVES} if self._tells else request
        data = json.dumps(asked).encode()
        for last in (False, True):
            try:
                status, body = self._once(data, patience)
            except TimeoutError as error:
                raise ModelError(LATE) from error
            except (OSError, http.client.HTTPException) as error:
                if last:
                    raise ModelError(SILENT) from error
            else:
                if status < 500 or last:
                    return status, body
            patience.check()
            time.sleep(min(_PAUSE_SECONDS, patience.left()))
        raise AssertionError("unreachable")

    def _once(
        self, data: bytes, patience: Patience, method: str = "POST", page: str = "chat/completions"
    ) -> tuple[int, bytes]:
        """Status and body of one try. Raises TimeoutError past the time, OSError where the connection breaks."""
        wait = Patience(min(self._seconds, patience.left()), patience.wanted)
        connection = self._connect(wait)
        try:
            headers = {"Content-Type": "application/json", "Accept": "application/json"}
            if self._key:
                headers["Authorization"] = f"Bearer {self._key}"
            connection.request(method, f"{self._parts.path.rstrip('/')}/{page}", data or None, headers)
            sock = connection.sock
            _until_readable(sock, wait)
            answer = connection.getresponse()
            return answer.status, _body(answer, sock, wait)
        finally:
            connection.close()

    def _connect(self, wait: Patience) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        connection: http.client.HTTPConnection
        if self._parts.scheme == "https":
            connection = http.client.HTTPSConnection(host, port, context=ssl.create_default_context())
        else:
            connection = http.client.HTTPConnection(host, port)
        connection.timeout = min(_CONNECT_SECONDS, max(0.05, wait.left()))
        try:
            connection.connect()
        except TimeoutError as error:  # nobody is there: not the same as one who thinks for long
            raise ConnectionError(str(error)) from error
        connection.sock.settimeout(max(0.05, wait.left()))
        return connection


def _until_readable(sock: socket.socket, wait: Patience) -> None:
    while not (isinstance(sock, ssl.SSLSocket) and sock.pending()):
        readable, _, _ = select.select([sock], [], [], min(_GLANCE_SECONDS, wait.left()))
        if readable:
            return
        wait.check()
        if not wait.left():
            raise TimeoutError


def _body(answer: http.client.HTTPResponse, sock: socket.socket, wait: Patience) -> bytes:
    """All of it, however slowly it drips; past `_MOST_BYTES` it is no answer of ours."""
    got = bytearray()
    while len(got) < _MOST_BYTES:
        wait.check()
        if not wait.left():
            raise TimeoutError
        sock.settimeout(max(0.05, wait.left()))
        part = answer.read1(65536)
        if not part:
            return bytes(got)
        got += part
    raise http.client.HTTPException("too long")


def _jpeg(image: Image) -> str:
    import cv2

    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG])
    return base64.b64encode(data.tobytes()).decode("ascii")


def _refusal(status: int, body: bytes) -> str:
    if status in (401, 403):
        return "the model server does not accept the key"
    if status == 404:
        return "the model server does not know this address or this model"
    if status >= 500:
        return f"the model server failed (status {status})"
    return f"the model server refused the request (status {status}{_said(body)})"


def _said(body: bytes) -> str:
    """The server's own words, in one short line."""
    try:
        said = json.loads(body)
        words = said.get("message") or said["error"]["message"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    return f": {' '.join(str(words).split())[:120]}"


def _reply(body: bytes) -> Reply:
    try:
        choice = json.loads(body)["choices"][0]
        text = choice["message"]["content"] or ""
        if isinstance(text, list):
            text = "".join(part.get("text", "") for part in text)
        return Reply(str(text), _tokens(choice.get("logprobs")))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ModelError("the model server's answer is not one of a chat") from error


def _tokens(told: Any) -> tuple[Mapping[str, float], ...]:
    """One mapping a token; what is not as the protocol has it counts as not told."""
    try:
        places = told["content"] or ()
        return tuple(
            {str(one["token"]): float(one["logprob"]) for one in [*place.get("top_logprobs", ()), place]}
            for place in places
        )
    except (TypeError, KeyError, ValueError, AttributeError):
        return ()
