"""The broadcasts, one of them, the editions and the method in Chromium, as people see them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import layout
from tests.browser.layout import Met
from tests.browser.test_dashboard import cut_off, sideways

pytestmark = pytest.mark.browser

Sites = Callable[[str], str]
PAGES = {"broadcasts": "", "broadcast": "&id=youtube:DAY2", "editions": "", "method": ""}
_KEY = re.compile(r"\b(broadcasts?|editions|method|metric|reason|growth|onair)\.[a-z_]+\b|\{\w+\}")


@pytest.mark.parametrize("lang", ["fr", "ar"])
@pytest.mark.parametrize("width", [390, 1366])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_stands_whole_in_its_language(
    chromium: Browser, sites: Sites, page: str, width: int, lang: str
):
    with layout.screen(
        chromium, sites("live"), page, width=width, lang=lang, query=PAGES[page]
    ) as (view, met):
        assert view.locator("html").get_attribute("dir") == {"fr": "ltr", "ar": "rtl"}[lang]
        assert view.locator("html").get_attribute("lang") == lang
        assert sideways(view) <= width
        assert cut_off(view) == []
        assert _KEY.findall(view.locator("[data-testid=stMain]").inner_text()) == []
        assert view.locator("[data-testid=stException]").count() == 0
        assert overlapping(view) == []
        assert met == Met()


def overlapping(view: Page) -> list[str]:
    """Texts of ours that lie over one another in a card, a row or a list of parts."""
    return view.evaluate(
        """() => {
          const found = [];
          for (const box of document.querySelectorAll('.lt-figure, .lt-side, .lt-parts, .lt tr')) {
            const texts = [...box.querySelectorAll('span, b, p, small, h2, td')]
              .filter(e => e.innerText?.trim() && getComputedStyle(e).display !== 'contents');
            for (const a of texts) for (const b of texts) {
              if (a === b || a.contains(b) || b.contains(a)) continue;
              const x = a.getBoundingClientRect(), y = b.getBoundingClientRect();
              const wide = Math.min(x.right, y.right) - Math.max(x.left, y.left);
              const high = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
              if (wide > 3 && high > 6) found.push(a.innerText + ' | ' + b.innerText);
            }
          }
          return found;
        }"""
    )


def test_from_a_tile_of_the_wall_to_the_polls_in_two_clicks(chromium: Browser, sites: Sites):
    with layout.screen(chromium, sites("live"), "wall", lang="ar") as (view, met):
        view.locator(".lt-tile a", has_text="YouTube").click()
        view.wait_for_url("**/broadcasts?lang=ar&platform=youtube")
        view.locator("td.t a.title").first.click()
        view.wait_for_url("**/broadcast?lang=ar&id=youtube*")
        expect(view.get_by_text("الطلبات", exact=True)).to_be_visible(timeout=30_000)
        expect(view.locator("html")).to_have_attribute("dir", "rtl")
        assert met == Met()


@pytest.mark.parametrize("page", ["broadcasts", "broadcast", "method"])
def test_hostile_titles_are_text_and_do_nothing(chromium: Browser, sites: Sites, page: str):
    site = sites("hostile")
    query = "&id=youtube:DAY1" if page == "broadcast" else ""
    with layout.screen(chromium, site, page, width=390, query=query) as (view, met):
        title = view.locator("[data-testid=stMain]").get_by_text(
            "<script>alert(1)</script> **bold** $x^2$"
        )
        expect(title.first).to_be_visible(timeout=30_000)
        assert view.locator(".lt a[href^=javascript], .lt img, .lt script").count() == 0
        assert sideways(view) <= 390
        assert met == Met()


def test_bars_of_an_audience_run_as_time_does_in_the_charts(chromium: Browser, sites: Sites):
    with layout.screen(chromium, sites("live"), "broadcasts", lang="ar") as (view, _):
        first, last = view.evaluate(
            """() => { const all = document.querySelector('.lt-spark').children;
                       return [all[0], all[all.length - 1]].map(e => e.getBoundingClientRect().left) }"""
        )
        assert first < last


def test_the_search_keeps_its_words_in_the_address(chromium: Browser, sites: Sites):
    with layout.screen(chromium, sites("live"), "broadcasts") as (view, _):
        field = view.get_by_label("Search titles and accounts")
        field.fill("الافتتاح")
        field.press("Enter")
        view.wait_for_url(re.compile(r"[?&]q=%D8"))
        expect(view.locator(".lt tbody tr")).to_have_count(1, timeout=30_000)
