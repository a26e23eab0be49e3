"""The private broker: it keeps what it was given, whatever happens to it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from videosearch.local.ports import any_free
from videosearch.local.valkey import Valkey


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path, any_free())
    yield server
    server.stop()


def test_it_keeps_its_data_over_a_stop(valkey: Valkey) -> None:
    process = valkey.start(tied=True)
    redis.Redis.from_url(valkey.url).rpush("queue", "a", "b")
    valkey.stop()
    assert process.wait(10) == 0
    valkey.start(tied=True)
    assert redis.Redis.from_url(valkey.url).lrange("queue", 0, -1) == [b"a", b"b"]


def test_it_keeps_its_data_over_a_kill(valkey: Valkey) -> None:
    process = valkey.start(tied=True)
    redis.Redis.from_url(valkey.url).rpush("queue", "a")
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    valkey.start(tied=True)
    assert redis.Redis.from_url(valkey.url).llen("queue") == 1


def test_it_is_closed_to_strangers_and_never_evicts(valkey: Valkey) -> None:
    valkey.start(tied=True)
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=valkey.port).ping()
    config = redis.Redis.from_url(valkey.url).config_get()
    assert (config["maxmemory-policy"], config["appendonly"], config["appendfsync"]) == (
        "noeviction",
        "yes",
        "everysec",
    )
    assert (valkey.home / "valkey.password").stat().st_mode & 0o077 == 0


def test_starting_takes_over_from_one_that_was_left_behind(valkey: Valkey) -> None:
    orphan = valkey.start(tied=True)
    valkey.start(tied=True)
    assert orphan.wait(10) == 0
    assert valkey.answers()
