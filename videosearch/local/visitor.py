"""Somebody who uses the site over HTTP, for measurements and tests: signs in, adds a video and asks, like a browser."""

from __future__ import annotations

import base64
import html
import http.client
import re
import time
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

_PIECE: Final = 16 * 1024 * 1024
_TUS: Final = {"Tus-Resumable": "1.0.0"}
_OVER: Final = 286
"""The status with which the page's own polling is told that the work on a video has ended."""


class VisitError(Exception):
    """The site did not answer as it should; the message says to what, and how."""


class Answer:
    """status, headers and text of one response."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.body = response.read()
        self.status = response.status
        self.headers = response.headers

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")


class Visitor:
    """One connection, kept open, with the cookies of one session. Not for several threads: each takes an `again()`."""

    def __init__(self, address: str, *, timeout: float = 60.0) -> None:
        self.address = address.rstrip("/")
        parts = urlsplit(self.address)
        self._timeout = timeout
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._line = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        self.cookies: dict[str, str] = {}

    def again(self) -> Visitor:
        """The same session over a connection of its own."""
        other = Visitor(self.address, timeout=self._timeout)
        other.cookies = dict(self.cookies)
        return other

    def close(self) -> None:
        self._line.close()

    def get(self, path: str, **query: str) -> Answer:
        return self._send("GET", f"{path}?{urlencode(query)}" if query else path)

    def part(self, path: str, first: int, last: int) -> Answer:
        """Bytes `first` to `last`, both counted, as a player asks for them."""
        return self._send("GET", path, None, {"Range": f"bytes={first}-{last}"})

    def post(self, path: str, **fields: str) -> Answer:
        """A form's fields, with the token against forged requests."""
        body = urlencode({"csrfmiddlewaretoken": self.cookies.get("csrftoken", ""), **fields}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"{self.address}/"}
        return self._send("POST", path, body, headers)

    def sign_in(self, name: str, password: str) -> None:
        """Raises: VisitError."""
        self.get("/accounts/login/")
        answer = self.post("/accounts/login/", login=name, password=password)
        if answer.status != 302 or "sessionid" not in self.cookies:
            raise VisitError(f"{name} could not sign in: the answer was {answer.status}.")

    def make_library(self, name: str) -> str:
        """Its address, as `/library/<id>/`."""
        answer = self.post("/library/new/", name=name)
        if answer.status != 302:
            raise VisitError(f"The library was not made: the answer was {answer.status}.")
        return answer.headers["Location"]

    def upload(self, library: str, file: Path, *, name: str = "") -> str:
        """Add a file the way the page does (tus, in pieces); the id of its video.

        Raises: VisitError.
        """
        before = set(self.videos(library))
        self.send(library, file, name=name)
        new = [one for one in self.videos(library) if one not in before]
        if len(new) != 1:
            raise VisitError(f"After the upload there were {len(new)} new videos.")
        return new[0]

    def send(self, library: str, file: Path, *, name: str = "") -> None:
        """As `upload`, for when others add videos too: it does not say which became of it. Raises: VisitError."""
        size = file.stat().st_size
        title = base64.b64encode((name or file.name).encode()).decode()
        begin = {"Upload-Length": str(size), "Upload-Metadata": f"filename {title}"}
        answer = self._send("POST", f"{library}tus/", b"", self._tus(begin))
        if answer.status != 201:
            raise VisitError(f"The upload was refused with {answer.status}: {answer.text[:200]}")
        place, sent = urlsplit(answer.headers["Location"]).path, 0
        with file.open("rb") as data:
            while piece := data.read(_PIECE):
                said = {"Upload-Offset": str(sent), "Content-Type": "application/offset+octet-stream"}
                answer = self._send("PATCH", place, piece, self._tus(said))
                if answer.status != 204:
                    raise VisitError(f"The upload broke off with {answer.status}: {answer.text[:200]}")
                sent += len(piece)

    def videos(self, library: str) -> list[str]:
        """Ids of the videos on the library's first page, the newest first."""
        return re.findall(r'id="video-([0-9a-f-]{36})"', self.get(library).text)

    def is_over(self, video: str) -> bool:
        """Whether the work on a video has ended, as its page is told."""
        answer = self.get(f"/library/videos/{video}/state/")
        if answer.status not in {200, _OVER}:
            raise VisitError(f"The state of a video was answered with {answer.status}.")
        return answer.status == _OVER

    def wait_until_over(self, video: str, *, seconds: float, every: float = 0.5) -> str:
        """How the work ended: "ready", "partial" or "failed".

        Raises: VisitError when it did not end in time.
        """
        end = time.monotonic() + seconds
        while not self.is_over(video):
            if time.monotonic() > end:
                sentence = re.search(r'class="num">([^<]*)<', self.get(f"/library/videos/{video}/state/").text)
                said = html.unescape(sentence[1]) if sentence else "nothing"
                raise VisitError(f"After {seconds:.0f} s the work on the video had not ended. The page says: {said}")
            time.sleep(every)
        page = self.get(f"/library/videos/{video}/").text
        state = re.search(r'class="badge" data-state="(\w+)"', page)
        return state[1] if state else "failed"  # without facts there is no badge: it was never read

    def _tus(self, headers: dict[str, str]) -> dict[str, str]:
        return {**_TUS, "X-CSRFToken": self.cookies.get("csrftoken", ""), "Referer": f"{self.address}/", **headers}

    def _send(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self._line.request(method, path, body, {"Cookie": cookies, **(headers or {})})
            answer = Answer(self._line.getresponse())
        except (http.client.HTTPException, OSError):
            # The server may close a connection that was idle; once more on a new one. Nothing was sent twice, as the
            # request that found it closed did not arrive.
            self._line.close()
            self._line.request(method, path, body, {"Cookie": cookies, **(headers or {})})
            answer = Answer(self._line.getresponse())
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer
