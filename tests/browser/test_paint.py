"""How soon pages show something, and that nothing moves once it is there. Times are told, not judged: machines differ.

python -m pytest -s tests/browser/test_paint.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.visiting import sign_in
from tests.web.search.world import Cast
from videosearch.search.models import Query

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SHIFT = 0.02  # of the cumulative layout shift; 0.1 is what is called good
WATCH = """window.shifts = [];
new PerformanceObserver(list => { for (const entry of list.getEntries())
  if (!entry.hadRecentInput)
    window.shifts.push([entry.value, entry.sources.map(s => s.node?.className || s.node?.nodeName)]);
}).observe({type: 'layout-shift', buffered: true});"""


@pytest.mark.parametrize("width", [1280, 360])
def test_pages_are_there_at_once_and_stay_where_they_are(
    match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any, width: int
) -> None:
    sign_in(context, match, live_server.url)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/search/?q=number+10+in+red")
    work()
    expect(page.get_by_text("all checked")).to_be_visible()
    page.add_init_script(WATCH)
    video = match.library.videos.get()
    addresses = {
        "search": "/search/",
        "results": f"/search/{Query.objects.get().pk}/",
        "video": f"/library/videos/{video.pk}/",
    }
    for name, address in addresses.items():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
        shifts = page.evaluate("window.shifts")
        moved = sum(value for value, _ in shifts)
        print(f"{name} at {width}: first contentful paint {paint:.0f} ms, layout shift {moved:.3f}")  # noqa: T201
        assert moved < SHIFT, (name, shifts)
