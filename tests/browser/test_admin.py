"""The operator's place in a real browser: every list and every page of it, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.visiting import misfits, sign_in
from tests.web.search.world import Cast
from videosearch.accounts.models import User
from videosearch.jobs.models import Job, JobLine
from videosearch.search import training
from videosearch.search.models import VerifierVersion

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def root(match: Cast, context: BrowserContext, live_server: Any) -> User:
    root = User.objects.create_superuser("root", email="root@example.org")
    sign_in(context, match, live_server.url, root)
    video = match.library.videos.get()
    job = Job.objects.create(
        kind="index_segment", subject=str(video.pk), queue="index", state="failed", attempt=3, max_attempts=3,
        error="The disk is full. Free some space and retry.",
    )  # fmt: skip
    JobLine.objects.create(job=job, attempt=3, level="error", text="segment 0: no space left on device")
    return root


def pages() -> Iterator[tuple[str, str]]:
    """The list of each kind of row, and the page of its first row."""
    yield "index", reverse("admin:index")
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        yield name, reverse(f"admin:{name}_changelist")
        row = model._default_manager.first()
        if row is not None:
            yield f"{name}-one", reverse(f"admin:{name}_change", args=[row.pk])


def test_every_page_fits(root: User, page: Page, complaints: list[str]) -> None:
    found = []
    for name, address in pages():
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        found += misfits(page, name)
    assert found == []
    assert complaints == []


def test_a_version_is_compared_activated_and_rolled_back(root: User, page: Page, complaints: list[str]) -> None:
    row = VerifierVersion.objects.create(asked_by=root)
    training.take_packaged(row)
    page.goto(reverse("admin:search_verifierversion_compare", args=[row.pk]))
    assert misfits(page, "verifier") == []
    page.get_by_role("button", name=f"Let {row.name} judge").click()
    knowing = page.get_by_label("I know that it shows")
    if knowing.count():  # it shows fewer of the true moments, and is not let in unawares
        expect(page.get_by_role("alert")).to_be_visible()
        knowing.check()
        page.get_by_role("button", name=f"Let {row.name} judge").click()
    expect(page.get_by_text(f"{row.name} judges now.")).to_be_visible()
    assert misfits(page, "verifier-active") == []
    page.get_by_role("button", name="Roll back to the rule").click()
    expect(page.get_by_text("The rule judges again.")).to_be_visible()
    assert misfits(page, "verifier-list") == []
    row.refresh_from_db()
    assert not row.active
    assert [one for one in complaints if "422" not in one] == []
