"""What a person sees of a forecast, in Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from tests.browser import layout
from tests.browser.test_dashboard import cut_off, sideways

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("lang", "width"), [("ar", 390), ("fr", 1366), ("en", 1920)])
def test_the_range_stands_whole_and_above_the_middle(
    chromium: Browser, sites: Callable[[str], str], lang: str, width: int
):
    with layout.screen(chromium, sites("dying"), "forecast", lang=lang, width=width) as (view, met):
        figure = view.locator(".lt-hero .figure")
        under = view.locator(".lt-hero .lt-under").bounding_box()
        box = figure.bounding_box()
        assert box["y"] + box["height"] <= under["y"] + 1
        assert figure.locator("bdi").count() == 2
        low, high = (one.bounding_box() for one in figure.locator("bdi").all())
        if abs(low["y"] - high["y"]) < 1:  # on one line, low comes first in the reading direction
            assert (low["x"] > high["x"]) == (lang == "ar")
        assert view.locator(".lt-tile").count() == 3
        assert cut_off(view) == []
        assert sideways(view) <= width
        assert met.errors == []
        assert met.elsewhere == []
