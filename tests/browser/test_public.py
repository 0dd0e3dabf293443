"""The public pages as people see them: on a phone and on a desk, light and dark, with and without a script."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import browser_layout
from tests.support.browser_axe import grave
from tests.support.browser_layout import LANGUAGES
from tests.support.browser_public_pages import Sites, cut_off, opened

pytestmark = pytest.mark.browser

WIDTHS = (390, 1366)


def overlapping(view: Page) -> list[str]:
    """The chart's end labels that lie over one another."""
    return view.evaluate(
        """() => {
          const boxes = [...document.querySelectorAll('.plot text.end')]
            .map(e => [e.textContent, e.getBoundingClientRect()]);
          return boxes.flatMap(([text, a], i) => boxes.slice(i + 1)
            .filter(([_, b]) => a.top < b.bottom - 3 && b.top < a.bottom - 3).map(([t]) => text + t));
        }"""
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_is_whole_accessible_and_asks_nobody_else(
    chromium: Browser, public: Sites, lang: str, width: int, *, dark: bool
):
    with opened(chromium, public("live").address, lang, width=width, dark=dark) as (view, seen):
        assert view.evaluate("document.documentElement.scrollWidth") <= width
        assert cut_off(view) == []
        assert overlapping(view) == []
        assert view.locator("html").get_attribute("dir") == ("rtl" if lang == "ar" else "ltr")
        least = view.evaluate(
            "Math.min(...[...document.querySelectorAll('.plot text, p, span, small, li')]"
            ".filter(e => e.textContent && e.getClientRects().length)"
            ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
        )
        assert least >= 12
        assert grave(view) == []
        assert seen.errors == []
        assert seen.elsewhere == []


@pytest.mark.parametrize("name", ["hostile", "dead", "failing", "over", "nothing"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_state_holds_on_a_phone(chromium: Browser, public: Sites, name: str, lang: str):
    with opened(chromium, public(name).address, lang) as (view, seen):
        assert view.evaluate("document.documentElement.scrollWidth") <= 390
        assert cut_off(view) == []
        assert seen.errors == []
        assert seen.elsewhere == []
        assert view.locator("main img, a[href^='javascript']").count() == 0


_AT = r"(\d\d? \w+, )?\d\d:\d\d"
SAID = {
    "live": ("● Live", r"\d[\d,]+ watching right now", r"\+[\d,]+ in the last hour"),
    "dead": (
        f"Counting has been interrupted since {_AT}",
        f"watching when last seen, (at|between) {_AT}",
    ),
    "failing": (
        r"\d[\d,]+ watching right now",
        rf"without YouTube ?, which does not answer: [\d,]+ when last seen, at {_AT}",
        f"Includes YouTube as of {_AT}",
    ),
    "over": (r"\d[\d,]{8,}", "of the target|of 20,000,000"),
    "before": ("Starts on", "days", "Target: 20,000,000 views"),
}
NEVER = {
    "live": "when last seen|interrupted",
    "dead": "right now|watching now|in the last hour",
    "failing": "in the last hour",
    "over": "right now|watching",
    "before": "watching|in the last hour",
}


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1366, 900)])
@pytest.mark.parametrize("name", SAID)
def test_the_first_screenful_tells_the_state(
    chromium: Browser, public: Sites, name: str, width: int, height: int
):
    with opened(chromium, public(name).address, "en", width=width, height=height) as (view, seen):
        browser_layout.keep(view, f"public-{name}-{width}")
        assert browser_layout.untold(view, SAID[name]) == []
        assert not re.search(NEVER[name], view.locator("main").inner_text())
        assert seen.errors == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_titles_and_names_stand_as_written(chromium: Browser, public: Sites, lang: str):
    with opened(chromium, public("hostile").address, lang) as (view, seen):
        shown = view.locator("body").inner_text()
        assert shown.count("<script>alert(1)</script> **bold** $x^2$") >= 4
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in shown
        assert view.locator("script").count() == 1
        assert view.locator("img, [onerror], a[href^='javascript' i], b:text('bold')").count() == 0
        assert seen.errors == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_a_script_everything_is_there(chromium: Browser, public: Sites, lang: str):
    site = public("live")
    with opened(chromium, site.address, lang, scripts=False) as (view, seen):
        told = json.loads((site.folder / "live.json").read_bytes())
        shown = re.sub(r"\D", "", view.locator(".hero").inner_text())
        assert shown == str(told["views"])
        assert view.locator(".plot path").count() >= 5
        assert not view.locator("#stale").is_visible()
        assert not view.locator("#pause").is_visible()
        assert seen.errors == []
        view.locator("summary").first.click()
        assert "YouTube" in view.locator("details p").first.inner_text()


def test_the_pages_can_be_walked_with_the_keyboard(chromium: Browser, public: Sites):
    with opened(chromium, public("live").address, "en") as (view, _):
        view.keyboard.press("Tab")
        assert view.evaluate("document.activeElement.className") == "skip"
        view.keyboard.press("Tab")
        assert view.evaluate("document.activeElement.hreflang") == "fr"
        view.keyboard.press("Enter")
        view.wait_for_url("**/fr.html")
        expect(view.locator("html")).to_have_attribute("lang", "fr")
