"""What a machine can tell of accessibility: axe-core finds nothing serious, targets are large enough."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.visiting import sign_in, until
from tests.web.search.world import Cast
from videosearch.local import vendor
from videosearch.search.models import Query, SavedSearch

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).parent / "axe"
SERIOUS = {"serious", "critical"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MOST_BYTES = 250_000


@pytest.fixture(scope="session")
def axe() -> Path:
    """The rules, brought once and checked."""
    vendor.fetch(AXE)
    return AXE / "axe.min.js"


@pytest.fixture(params=[1280, 360])
def visit(
    request: pytest.FixtureRequest,
    axe: Path,
    chromium: Browser,
    match: Cast,
    work: Callable[[], None],
    live_server: Any,
) -> Any:
    """A page at the width of a desk or of a phone, with a search answered and one kept."""
    width = request.param
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": width, "height": 800}, has_touch=width < 400
    )
    context.add_init_script(path=str(axe))
    sign_in(context, match, live_server.url)
    page = context.new_page()
    page.goto("/search/?q=number+10+in+red")
    work()
    expect(page.get_by_text("all checked")).to_be_visible()
    SavedSearch.objects.create(user=match.alice, name="Tens", text="number 10", lead=2.0)
    yield page
    context.close()


def findings(page: Page) -> list[str]:
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
    )
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]


def test_axe_finds_nothing_serious(visit: Page, match: Cast) -> None:
    page = visit
    query = Query.objects.latest("created_at")
    video = match.library.videos.get()
    addresses = {
        "start": "/search/",
        "results": f"/search/{query.pk}/",
        "grid": f"/search/{query.pk}/?view=grid&sort=time",
        "correct": f"/search/moments/{query.candidates.get(rank=1).pk}/correct/",
        "video": f"/library/videos/{video.pk}/",
        "seen": f"/library/videos/{video.pk}/seen/",
        "refused": "/search/?q=&f=verdict:confirmed",
    }
    found: dict[str, list[str]] = {}
    for name, address in addresses.items():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found[name] = findings(page)

    page.goto(addresses["results"])
    until(page, "() => document.querySelector('video').readyState >= 2")
    page.keyboard.press("?")
    found["the sheet of keys"] = findings(page)
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.locator("form.correct")).to_be_visible()
    page.locator("[data-draw-toggle]").click()
    found["correcting"] = findings(page)
    page.keyboard.press("Escape")
    page.locator("[data-play-all]").click()
    found["all as one list"] = findings(page)
    page.locator("#save summary").click()
    found["saving"] = findings(page)
    page.locator("#q").fill("v")
    expect(page.get_by_role("option").first).to_be_visible()
    found["suggestions"] = findings(page)
    assert {name: list(each) for name, each in found.items() if each} == {}


def test_targets_are_24_pixels_or_have_room(visit: Page, match: Cast) -> None:
    """WCAG 2.5.8, but for links within sentences."""
    page = visit
    page.goto(f"/search/{Query.objects.latest('created_at').pk}/")
    small = page.evaluate(
        """() => [...document.querySelectorAll(
          'button, summary, select, input:not([type=hidden]), a.btn, a.chip, a.chip-remove')]
        .filter(e => e.checkVisibility() && !e.closest('dialog, .heat-track, .sr-only'))
        .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
        .filter(([, box]) => box.width < 24 || box.height < 24)
        .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""
    )
    assert small == []


def test_the_weight_of_a_page(
    match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any
) -> None:
    """Everything but video and pictures of it, as it goes over the line when it is compressed."""
    sign_in(context, match, live_server.url)
    sizes: dict[str, int] = {}

    def weigh(response: Any) -> None:
        kind = response.headers.get("content-type", "")
        if response.status == 200 and not kind.startswith(("video/", "image/jpeg")):
            body = response.body()
            sizes[response.url] = min(len(body), len(gzip.compress(body, 6)))

    page.on("response", weigh)
    page.goto("/search/?q=number+10+in+red")
    work()
    expect(page.get_by_text("all checked")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(sizes) > 10
    total = sum(sizes.values())
    print(f"{total} bytes compressed: {sorted(sizes.items(), key=lambda one: -one[1])[:4]}")  # noqa: T201
    assert total < MOST_BYTES, sizes
