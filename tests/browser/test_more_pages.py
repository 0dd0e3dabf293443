"""The broadcasts, one of them, the editions and the method in Chromium, as people see them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.support import browser_layout
from tests.support.browser_layout import Met

pytestmark = pytest.mark.browser

Sites = Callable[[str], str]


def test_from_a_tile_of_the_wall_to_the_polls_in_two_clicks(chromium: Browser, sites: Sites):
    with browser_layout.screen(chromium, sites("live"), "wall", lang="ar") as (view, met):
        view.locator(".lt-tile a", has_text="YouTube").click()
        view.wait_for_url("**/broadcasts?lang=ar&platform=youtube")
        view.locator("td.t a.title").first.click()
        view.wait_for_url("**/broadcast?lang=ar&id=youtube*")
        expect(view.get_by_text("الطلبات", exact=True)).to_be_visible()
        expect(view.locator("html")).to_have_attribute("dir", "rtl")
        assert met == Met()


def test_bars_of_an_audience_run_as_time_does_in_the_charts(chromium: Browser, sites: Sites):
    with browser_layout.screen(chromium, sites("live"), "broadcasts", lang="ar") as (view, _):
        first, last = view.evaluate(
            """() => { const all = document.querySelector('.lt-spark').children;
                       return [all[0], all[all.length - 1]].map(e => e.getBoundingClientRect().left) }"""
        )
        assert first < last


def test_the_search_keeps_its_words_in_the_address(chromium: Browser, sites: Sites):
    with browser_layout.screen(chromium, sites("live"), "broadcasts") as (view, _):
        field = view.get_by_label("Search titles and accounts")
        field.fill("الافتتاح")
        field.press("Enter")
        view.wait_for_url(re.compile(r"[?&]q=%D8"))
        expect(view.locator(".lt tbody tr")).to_have_count(1)
