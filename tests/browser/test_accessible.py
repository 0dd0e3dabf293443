"""What axe-core finds in what a reader opens. Whole pages are looked at in test_layout.py."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.support import browser_layout
from tests.support.browser_axe import grave

pytestmark = pytest.mark.browser


def test_axe_finds_nothing_grave_in_what_is_opened(chromium: Browser, sites: Callable[[str], str]):
    with browser_layout.screen(chromium, sites("live"), "growth", lang="ar", width=390) as (
        view,
        _,
    ):
        view.locator("summary").click()
        expect(view.locator(".lt-scroll")).to_be_visible()
        view.get_by_role("button", name="العرض").click()
        expect(view.locator("[data-lt-copy]")).to_be_visible()
        assert grave(view) == []


def test_axe_finds_what_is_wrong(chromium: Browser):
    """A look that cannot fail is none."""
    view = chromium.new_page()
    try:
        view.set_content(
            "<html lang=en><title>a</title><main><img src=x><p style='color:#ccc'>pale"
        )
        assert {one.split(":")[0] for one in grave(view)} >= {
            "critical image-alt",
            "serious color-contrast",
        }
    finally:
        view.close()
