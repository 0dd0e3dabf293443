"""Titles and names written by someone who means harm, on every page: text, and nothing else."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import browser_layout
from tests.support.browser_layout import PAGES

pytestmark = pytest.mark.browser

Sites = Callable[[str], str]
AS_WRITTEN = "<script>alert(1)</script> **bold** $x^2$ [link](javascript:alert(1))"
_SHOWS_TITLES = {"wall": ".title", "broadcasts": ".title", "broadcast": "h1", "health": ".title"}
_INJECTED = (
    ".stApp img[src=x], .stApp a[href^='javascript' i], .stApp .katex, .stApp [onerror],"
    " .lt script, .stMain strong:text('bold')"
)


def run_or_drawn(view: Page) -> list[str]:
    """What of a hostile text became more than text."""
    view.wait_for_timeout(500)  # time for an injected script to run, were there one
    found = [
        one.evaluate("e => e.outerHTML.slice(0, 200)") for one in view.locator(_INJECTED).all()
    ]
    return found + (
        ["alert"]
        if "alert(1)"
        in view.evaluate(
            "[...document.scripts].filter(s => s.textContent.trim().startsWith('alert')).map(s => s.textContent).join()"
        )
        else []
    )


@pytest.mark.fault(row=25)
@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_title_or_name_does_nothing(
    chromium: Browser, sites: Sites, page: str, lang: str
):
    with browser_layout.screen(chromium, sites("hostile"), page, lang=lang) as (view, met):
        shown = view.locator(".stApp").inner_text()
        assert AS_WRITTEN in shown  # the event's name stands above every page
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in shown
        if page in _SHOWS_TITLES:
            assert AS_WRITTEN in " ".join(
                view.locator(f".lt {_SHOWS_TITLES[page]}").all_inner_texts()
            )
        if page == "growth":
            view.get_by_role("combobox").nth(1).click()
            offered = view.get_by_role("option", name=AS_WRITTEN)
            expect(offered.first).to_be_visible()
            view.keyboard.press("Escape")
        assert run_or_drawn(view) == []
        for width in (390, 1366):
            browser_layout.resize(view, width)
            browser_layout.keep(view, f"hostile-{page}-{lang}-{width}")
            assert browser_layout.sideways(view) <= width
        assert met.dialogs == []
        assert met.errors == []
        assert met.elsewhere == []
