"""What the browser tests share: who is signed in, and what they wait for."""

from __future__ import annotations

import os
from typing import Any

from django.test import Client
from playwright.sync_api import BrowserContext, Error, Page

from tests.web.search.world import Cast
from videosearch.accounts.models import User

NOT_YET = ("is not defined", "Execution context was destroyed")
"""What is said of a page that is on its way: its scripts have not run, or it takes the place of another one."""

PICTURES = os.environ.get("VIDEOSEARCH_TEST_PICTURES", "")
"""A folder to leave pictures of the pages in, to be looked at."""
SIZES = ((1280, 900), (360, 740))


def sign_in(context: BrowserContext, cast: Cast, address: str, user: User | None = None) -> None:
    """As Alice, or as somebody else."""
    client = Client()
    client.force_login(user or cast.alice)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])


def until(page: Page, condition: str, argument: Any = None, seconds: float = 15) -> Any:
    """Playwright's own `wait_for_function` evaluates strings in the page, which the content policy forbids."""
    for _ in range(int(seconds * 20)):
        try:
            value = page.evaluate(condition, argument)
        except Error as error:
            if not any(words in error.message for words in NOT_YET):
                raise
            value = None
        if value:
            return value
        page.wait_for_timeout(50)
    raise AssertionError(f"not so after {seconds} s: {condition}")


def misfits(page: Page, name: str) -> list[str]:
    """Whether the page is too wide for a desk or a phone; and a picture of both for whoever wants to see."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400 if PICTURES else 0)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{name} is {wide} wide at {width}")
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=width == 360)
    width, height = SIZES[0]
    page.set_viewport_size({"width": width, "height": height})
    return found
