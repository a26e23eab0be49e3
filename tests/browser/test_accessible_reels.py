"""axe-core over the pages of what is kept, cut and shared, with their forms open, wide and narrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_accessible import axe, findings
from tests.browser.test_reels import match
from tests.browser.visiting import sign_in
from tests.web.search.world import Cast
from videosearch.reels import films, reels
from videosearch.reels.models import Bookmark
from videosearch.sharing.models import Share

__all__ = ["axe", "match"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_serious(match: Cast, axe: Path, chromium: Browser, live_server: Any, width: int) -> None:
    reel = reels.create(match.alice, match.library, "Wing play")
    reels.add_bookmarks(reel, list(Bookmark.objects.select_related("video")))
    reels.add_title(reel, "First half", 2)
    film = films.order(match.alice, match.library, "Wing play", reels.plan_of(reel.items.all()))
    share = Share(user=match.alice, library=match.library, film=film)
    share.set_password("open sesame")
    share.save()
    context = chromium.new_context(base_url=live_server.url, viewport={"width": width, "height": 800})
    context.add_init_script(path=str(axe))
    sign_in(context, match, live_server.url)
    page = context.new_page()
    found: dict[str, list[str]] = {}
    addresses = {
        "bookmarks": "/bookmarks/",
        "tags": f"/library/{match.library.pk}/tags/",
        "reels": "/reels/",
        "reel": reel.get_absolute_url(),
        "films": "/films/",
        "film": f"/films/{film.pk}/",
        "share": f"/films/{film.pk}/share/",
        "links": "/shared/",
        "shared": share.get_absolute_url(),
    }
    for name, address in addresses.items():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        if name == "bookmarks":
            page.get_by_role("link", name="Edit").first.click()
            expect(page.locator(".edit-form").first).to_be_visible()
            page.locator("input[name=chosen]").first.check()
        for summary in page.locator(".part-details summary").all()[:2]:
            summary.click()
        found[name] = findings(page)
    context.close()
    assert {name: said for name, said in found.items() if said} == {}
