"""The player as a reviewer uses it: by keys, by buttons, with marks, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.visiting import sign_in, until
from tests.web.search.world import Cast
from videosearch.library.models import Rendition, Video

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

FRAME = 0.1  # the film has ten pictures a second


def state(page: Page) -> dict[str, Any]:
    return page.evaluate(  # type: ignore[no-any-return]
        """() => { const p = VS.player(), v = p.video;
        return {time: p.time, now: v.currentTime, paused: v.paused, rate: v.playbackRate, muted: v.muted, loop: p.loops,
          shown: p.shown, names: p.names, trail: p.trail, in: p.marks.in, out: p.marks.out} }"""
    )


def at(page: Page, seconds: float) -> None:
    """The picture at `seconds` is on the screen, and not still the one before the seek."""
    page.evaluate("t => { VS.player().video.pause(); VS.player().seek(t); }", seconds)
    shown = f"t => !VS.player().video.seeking && VS.player().time < t + 0.001 && VS.player().time > t - {FRAME}"
    until(page, shown, seconds)


def test_keys_move_play_and_mark(results: Page) -> None:
    page = results
    at(page, 22.05)
    page.keyboard.press("Space")
    until(page, "() => !VS.player().video.paused")
    page.keyboard.press("k")
    until(page, "() => VS.player().video.paused")

    at(page, 22.05)
    for key, expected in ((".", 22.1), (".", 22.2), (",", 22.1)):
        page.keyboard.press(key)
        until(page, "t => Math.abs(VS.player().time - t) < 0.001", expected)
    page.keyboard.press("ArrowLeft")
    until(page, "() => Math.abs(VS.player().video.currentTime - 17.1) < 0.15")
    page.keyboard.press("Shift+ArrowLeft")
    until(page, "() => Math.abs(VS.player().video.currentTime - 20) < 0.01")
    page.keyboard.press("Shift+ArrowRight")
    until(page, "() => Math.abs(VS.player().video.currentTime - 26) < 0.01")

    for key, rate in (("<", 0.75), ("<", 0.5), ("<", 0.25), ("<", 0.25), (">", 0.5), ("L", 0.75), ("J", 0.5)):
        page.keyboard.press(key)
        assert state(page)["rate"] == rate, key
    expect(page.locator("[data-player-rate]")).to_have_value("0.5")
    for key, name in (("m", "muted"), ("r", "loop"), ("v", "shown"), ("w", "names"), ("t", "trail")):
        before = state(page)[name]
        page.keyboard.press(key)
        assert state(page)[name] is not before, key

    at(page, 21.0)
    page.keyboard.press("i")
    at(page, 23.0)
    page.keyboard.press("o")
    marks = state(page)
    assert (marks["in"], marks["out"]) == (pytest.approx(21.0), pytest.approx(23.0))
    expect(page.locator("[data-mark=in]")).to_have_value("21.00")
    page.keyboard.press("u")
    assert state(page)["in"] is None
    expect(page.locator("[data-mark=out]")).to_have_value("")


def test_a_frame_the_browser_does_not_tell_of_is_found_after_a_seek(
    match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any
) -> None:
    context.add_init_script("HTMLVideoElement.prototype.requestVideoFrameCallback = () => 0")
    sign_in(context, match, live_server.url)
    page.goto("/search/?q=number+10+in+red")
    work()
    until(page, "() => VS.player().time === 20 && VS.player().lastDrawn.boxes.length === 1")
    page.evaluate("() => { VS.player().video.pause(); VS.player().seek(22.27); }")
    until(page, "() => Math.abs(VS.player().time - 22.2) < 0.001")
    page.keyboard.press(".")
    until(page, "() => Math.abs(VS.player().time - 22.3) < 0.001")


def test_j_runs_back_and_l_runs_on_faster_each_time(results: Page) -> None:
    page = results
    at(page, 24.0)
    page.keyboard.press("j")
    until(page, "() => VS.player().video.currentTime < 23.6")
    page.keyboard.press("j")
    assert page.evaluate("VS.player().backwards") == 1
    page.keyboard.press("l")
    until(page, "() => !VS.player().video.paused")
    assert state(page)["rate"] == 1
    page.keyboard.press("l")
    assert state(page)["rate"] == 1.25
    page.keyboard.press("k")
    assert state(page)["paused"]


def test_marks_are_kept_by_handles_and_numbers_and_are_looped(results: Page) -> None:
    page = results
    page.locator("[data-mark=in]").fill("22")
    page.locator("[data-mark=out]").fill("22.8")
    page.locator("[data-mark=out]").press("Tab")
    handle = page.get_by_role("slider", name="Mark out")
    expect(handle).to_have_attribute("aria-valuetext", "0:22.8")
    handle.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")  # never past the other one
    assert state(page)["out"] == pytest.approx(22.1)
    box = page.locator("[data-line-track]").bounding_box()
    grip = handle.bounding_box()
    assert box is not None
    assert grip is not None
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 22.9 / 40, grip["y"] + 5, steps=4)
    page.mouse.up()
    assert state(page)["out"] == pytest.approx(22.9, abs=0.1)

    page.evaluate("() => { VS.player().loops = true; VS.player().seek(22); VS.player().play(); }")
    seen: list[float] = []
    for _ in range(25):
        page.wait_for_timeout(100)
        seen.append(state(page)["now"])
    assert max(seen) < 23.2
    assert any(later < earlier for earlier, later in pairwise(seen)), "it came round"


def test_the_keys_can_be_switched_off(results: Page, match: Cast) -> None:
    page = results
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_be_visible()
    page.get_by_role("checkbox", name="Keys are on").uncheck()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.keyboard.press("v")
    page.keyboard.press("?")
    assert state(page)["shown"]
    expect(sheet).to_be_hidden()
    page.reload()
    until(page, "() => document.querySelector('video').readyState >= 2")
    page.keyboard.press("v")
    assert state(page)["shown"]
    page.keyboard.press("ArrowDown")  # the arrows stay
    expect(page.locator("[data-stage=place]")).to_have_text("2")
    page.get_by_role("button", name="Keys").click()
    page.get_by_role("checkbox", name="Keys are on").check()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("v")
    assert not state(page)["shown"]


def test_keys_are_not_taken_from_who_is_typing(results: Page) -> None:
    page = results
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("vim tool")
    assert state(page)["shown"]
    assert state(page)["in"] is None


def test_boxes_names_and_trails_are_drawn_and_remembered(results: Page) -> None:
    page = results
    at(page, 24.0)
    until(page, "() => VS.player().lastDrawn.boxes.length === 1")
    assert _painted(page, "player.trail = false; player.names = false") < _painted(page, "player.names = true")
    assert _painted(page, "player.shown = false") == 0
    assert _painted(page, "player.trail = true") > 30
    assert _painted(page, "player.shown = true") > 0
    page.get_by_role("button", name="Boxes").click()
    expect(page.get_by_role("button", name="Boxes")).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(page.get_by_role("button", name="Boxes")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("button", name="Trail")).to_have_attribute("aria-pressed", "true")


def _painted(page: Page, change: str) -> int:
    """How many pixels are painted over the picture."""
    count: int = page.evaluate(
        f"""() => {{ const player = VS.player(); {change};
        const c = player.canvas, data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let n = 0; for (let i = 3; i < data.length; i += 4) n += data[i] > 0; return n }}"""
    )
    return count


def test_full_screen_keeps_the_boxes(results: Page) -> None:
    page = results
    page.keyboard.press("f")
    until(page, "() => document.fullscreenElement?.contains(VS.player().canvas)")
    expect(page.get_by_role("button", name="Full screen")).to_have_attribute("aria-pressed", "true")
    until(page, "() => VS.player().canvas.clientWidth === window.innerWidth")
    page.keyboard.press("f")
    until(page, "() => !document.fullscreenElement")


def test_without_full_screen_it_fills_the_window(results: Page) -> None:
    """As on an iPhone, which gives the whole screen to bare videos only."""
    page = results
    page.evaluate("Object.defineProperty(document, 'fullscreenEnabled', {value: false})")
    page.keyboard.press("f")
    until(page, "() => VS.player().canvas.clientHeight === window.innerHeight")
    page.keyboard.press("Escape")
    until(page, "() => VS.player().canvas.clientHeight < window.innerHeight")


def test_the_storyboard_shows_under_the_pointer(results: Page, match: Cast) -> None:
    page = results
    video = Video.objects.get()
    layout = {"interval": 1.0, "columns": 10, "count": 40, "tile": [160, 90]}
    Rendition.objects.create(
        video=video, kind="storyboard", path=f"videos/{video.pk}/storyboard.jpg", width=1600, height=360, layout=layout
    )
    page.reload()
    for place in ("[data-line-track]", ".heat-track"):
        box = page.locator(place).bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.625, box["y"] + 6)
        page.mouse.move(box["x"] + box["width"] * 0.62, box["y"] + 6)
        expect(page.locator(".peek")).to_contain_text("0:24.8")
        assert "-640px -180px" in (page.locator(".peek > div").get_attribute("style") or "")
        page.keyboard.press("Escape")
        expect(page.locator(".peek")).to_be_hidden()


@pytest.fixture
def phone(chromium: Browser, match: Cast, work: Callable[[], None], live_server: Any) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    sign_in(context, match, live_server.url)
    page = context.new_page()
    page.goto("/search/?q=number+10+in+red")
    work()
    page.get_by_text("all checked").wait_for()
    until(page, "() => VS.player().time >= 19.99")  # the first picture of the moment is told before anything is asked
    yield page
    context.close()


def test_on_a_phone_everything_is_large_enough_for_a_finger(phone: Page) -> None:
    small = phone.evaluate(
        """() => [...document.querySelectorAll('.player-tools :is(button, select, input), .player-full, [data-step]')]
        .filter(e => e.checkVisibility())
        .map(e => [e.getAttribute('aria-label') || e.textContent.trim(), e.getBoundingClientRect()])
        .filter(([, box]) => box.width < 44 || box.height < 44)
        .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
    )
    assert small == []
    phone.get_by_role("button", name="One picture on").tap()
    until(phone, "() => Math.abs(VS.player().time - 20.1) < 0.01")
    phone.get_by_label("Speed").select_option("0.25")
    assert state(phone)["rate"] == 0.25
    phone.get_by_role("button", name="Next moment").tap()
    expect(phone.locator("[data-stage=place]")).to_have_text("2")


def test_a_swipe_over_the_picture_goes_to_the_next_moment(phone: Page) -> None:
    for start, end, place in ((300, 60, "2"), (60, 300, "1"), (200, 190, "1")):
        phone.evaluate(
            """([from, to]) => { const video = document.querySelector('video');
            const touch = (x) => [new Touch({identifier: 1, target: video, clientX: x, clientY: 150})];
            const tell = (type, x, open) => video.dispatchEvent(new TouchEvent(type, {bubbles: true,
              touches: open ? touch(x) : [], changedTouches: touch(x)}));
            tell('touchstart', from, true); tell('touchend', to, false); }""",
            [start, end],
        )
        expect(phone.locator("[data-stage=place]")).to_have_text(place)
