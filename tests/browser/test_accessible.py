"""What axe-core finds on each page, in each language and in either theme: nothing grave."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import dashboard
from tests.browser.test_dashboard import finished

pytestmark = pytest.mark.browser

PAGES = Path(dashboard.__file__).with_name("app_pages")
GRAVE = {"serious", "critical"}


def addresses() -> list[str]:
    """Where the pages are: their files' names, and for the wall the root."""
    names = sorted(path.stem for path in PAGES.glob("*.py"))
    return ["" if name == "wall" else name for name in names]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
@pytest.mark.parametrize("page", addresses())
def test_axe_finds_nothing_grave(
    chromium: Browser, sites: Callable[[str], str], page: str, lang: str, scheme: str
):
    context = chromium.new_context(
        viewport={"width": 1366, "height": 900}, locale="en-GB", color_scheme=scheme
    )
    view = context.new_page()
    try:
        view.goto(f"{sites('live')}/{page}?lang={lang}")
        view.wait_for_selector(".lt-foot", timeout=60_000)
        finished(view)
        expect(view.locator("html")).to_have_attribute("lang", lang)
        assert grave(view) == []
    finally:
        context.close()


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


def grave(view: Page) -> list[str]:
    """What axe finds serious or critical, each with its place and reason."""
    return [
        f"{one['impact']} {one['id']}: {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for one in Axe().run(view).response["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
