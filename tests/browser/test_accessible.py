"""What axe-core finds on each page, in each language and in either theme: nothing grave."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

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
        found = Axe().run(view).response["violations"]
    finally:
        context.close()
    said = [
        f"{one['impact']} {one['id']}: {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
    assert said == []
