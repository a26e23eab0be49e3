"""What tests of the application as `make run` starts it ask of it, and of its database."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import psycopg

from videosearch.local.running import Running
from videosearch.local.visitor import Visitor


def ask(visitor: Visitor, text: str) -> tuple[str, str]:
    """The query's key, and its page once it is answered."""
    found = re.search(r'data-query="([0-9a-f-]{36})"', visitor.get("/search/", q=text).text)
    assert found is not None
    end = time.monotonic() + 240
    while 'hx-trigger="every' in (page := visitor.get(f"/search/{found[1]}/").text):
        assert time.monotonic() < end, page
        time.sleep(0.5)
    return found[1], page


def ask_database(site: Running, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    url = json.loads((site.home / "services.json").read_text(encoding="utf-8"))["database_url"]
    with psycopg.connect(url) as connection:
        return connection.execute(statement, values).fetchall()
