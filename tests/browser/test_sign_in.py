"""Signing in, in a real browser: scripts and styles load under the content policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from videosearch.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1280, 360])
def test_it_works(page: Page, complaints: list[str], width: int) -> None:
    User.objects.create_user("alice", password="a long password")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/")
    page.locator("[name=login]").fill("alice")
    page.locator("[name=password]").fill("a long password")
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    assert page.evaluate("typeof htmx") == "object"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert complaints == []


def test_the_admin_works_under_its_policy(page: Page, complaints: list[str]) -> None:
    User.objects.create_superuser("root", password="a long password")
    page.goto("/admin/login/")
    page.locator("[name=login]").fill("root")
    page.locator("[name=password]").fill("a long password")
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    page.goto("/admin/jobs/job/")
    expect(page.locator("body")).to_contain_text("Job")
    assert complaints == []
