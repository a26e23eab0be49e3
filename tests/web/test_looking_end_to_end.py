"""A model that looks, through the application as `make run` starts it: broker, workers, a real film, a real server."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import psutil
import pytest

from grounding.synth import Written, generate
from tests.grounding.verify.looking.seeing import SeeingServer, numbers_on, seeing
from tests.web.asking import ask
from videosearch.local import running
from videosearch.local.running import Running
from videosearch.local.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def server() -> Iterator[SeeingServer]:
    with seeing() as one:
        yield one


@pytest.fixture(scope="module")
def site(server: SeeingServer) -> Iterator[Running]:
    settings = {
        "VIDEOSEARCH_VERIFIER": "server", "VIDEOSEARCH_VERIFIER_URL": server.url,
        "VIDEOSEARCH_VERIFIER_MODEL": "org/seer-2b", "VIDEOSEARCH_VERIFIER_SECONDS": "120",
    }  # fmt: skip
    with running.started(**settings) as site:
        yield site


@pytest.fixture(scope="module")
def visitor(site: Running, tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    """Somebody with eight seconds of a generated match in a library."""
    folder = tmp_path_factory.mktemp("match")
    film = next(item.video for item in generate("football", 6, 8, folder, name="eight") if isinstance(item, Written))
    visitor = site.visitor()
    library = visitor.make_library("Looked at")
    visitor.wait_until_over(visitor.upload(library, film), seconds=400)
    return visitor


def test_hits_are_looked_at_by_a_worker_of_their_own(site: Running, server: SeeingServer, visitor: Visitor) -> None:
    assert psutil.pid_exists(site.pid_of("worker-looking"))
    _, page = ask(visitor, "somebody juggling")
    reasons = re.findall(r'class="hit-reason[^>]*>([^<]*)', page)
    assert any("Seen by seer-2b (prompt 2)" in reason for reason in reasons), reasons
    assert "The pictures were not all looked at" not in page
    assert server.asked
    assert any(numbers_on(picture) for picture in sent(server.asked[0]))


def sent(body: dict[str, Any]) -> Iterator[np.ndarray[Any, np.dtype[np.uint8]]]:
    """The pictures of a request."""
    for part in body["messages"][0]["content"]:
        if part["type"] == "image_url":
            data = np.frombuffer(base64.b64decode(part["image_url"]["url"].partition(",")[2]), np.uint8)
            decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
            assert decoded is not None
            yield np.asarray(decoded[..., ::-1], np.uint8)


def test_a_server_that_dies_costs_nothing_but_its_word(server: SeeingServer, visitor: Visitor) -> None:
    """The last of the tests: the server does not come back."""
    server.mode = "500"
    _, page = ask(visitor, "somebody singing")
    assert "The pictures were not all looked at: the model server failed (status 500)." in page
    assert "not checked: the model server failed" in page
    assert page.count('class="hit"') > 0
