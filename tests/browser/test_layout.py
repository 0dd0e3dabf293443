"""Every page in every language, on a phone, a desk and a wall, by day and by night; axe too."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from tests.support import browser_layout
from tests.support.browser_axe import grave
from tests.support.browser_layout import LANGUAGES, PAGES, SCHEMES, WIDTHS, Scheme

pytestmark = pytest.mark.browser

Sites = Callable[[str], str]
AXE_WIDTH = 1366  # once for each page is enough: what it finds does not hang on the width


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_whole_at_every_width(
    chromium: Browser, sites: Sites, page: str, lang: str, scheme: Scheme
):
    wrong: dict[int, list[str]] = {}
    with browser_layout.screen(chromium, sites("live"), page, lang=lang, scheme=scheme) as (
        view,
        met,
    ):
        assert view.locator("html").get_attribute("lang") == lang
        assert view.locator("html").get_attribute("dir") == ("rtl" if lang == "ar" else "ltr")
        assert view.locator(".lt-ribbon").is_visible(), "simulated, and does not say so"
        for width in WIDTHS:
            browser_layout.resize(view, width)
            browser_layout.keep(view, f"{page}-{lang}-{width}-{scheme}")
            wrong[width] = browser_layout.faults(view)
            if width == AXE_WIDTH:
                wrong[width] += grave(view)
    assert wrong == {width: [] for width in WIDTHS}
    assert met.errors == []
    assert met.elsewhere == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_audit_sees_what_it_is_for(chromium: Browser, width: int):
    """A check that cannot fail is none: each fault, made on purpose, is found."""
    view = chromium.new_page(viewport={"width": width, "height": 800})
    try:
        for body, told in (
            ("<p style='width:3000px'>long</p>", "px wide"),
            ("<p style='position:relative;left:-30px'>1,234</p>", "beyond the screen"),
            ("<div style='width:40px;overflow:hidden;white-space:nowrap'>12,345,678</div>", "cut"),
            ("<b style='display:block;width:40px;white-space:nowrap'>12,345,678</b>", "its box"),
            (
                "<p class=lt-tile style='width:60px;white-space:nowrap'><b>12,345,678</b></p>",
                "its card",
            ),
            ("<p>one</p><p style='margin-top:-2.1em'>two</p>", "on each other"),
            ("<p>growth.title</p>", "a key instead of words"),
            ("<p>{views} to go</p>", "a value not put in"),
            ("<p>None</p>", "a value of the program"),
        ):
            view.set_content(f"<html><body><main data-testid=stMain>{body}</main></body></html>")
            assert any(told in fault for fault in browser_layout.faults(view, within=0)), body
        view.set_content("<main data-testid=stMain><p>All is well</p><p>here</p></main>")
        assert browser_layout.faults(view) == []
    finally:
        view.close()
