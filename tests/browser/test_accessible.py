"""What axe-core finds in what a reader opens. Whole pages are looked at in test_layout.py."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.axe import grave
from tests.browser.test_dashboard import finished

pytestmark = pytest.mark.browser


def test_axe_finds_nothing_grave_in_what_is_opened(chromium: Browser, sites: Callable[[str], str]):
    context = chromium.new_context(viewport={"width": 390, "height": 900}, locale="en-GB")
    view = context.new_page()
    try:
        view.goto(f"{sites('live')}/growth?lang=ar")
        view.wait_for_selector(".lt-foot", timeout=60_000)
        finished(view)
        view.locator("summary").click()
        expect(view.locator(".lt-scroll")).to_be_visible()
        view.get_by_role("button", name="العرض").click()
        expect(view.locator("[data-lt-copy]")).to_be_visible()
        assert grave(view) == []
    finally:
        context.close()


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
