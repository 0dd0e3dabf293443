"""What a person sees of a forecast, in Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from tests.support import browser_layout

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("lang", "width"), [("ar", 390), ("fr", 1366), ("en", 1920)])
def test_the_range_stands_whole_and_above_the_middle(
    chromium: Browser, sites: Callable[[str], str], lang: str, width: int
):
    with browser_layout.screen(chromium, sites("dying"), "forecast", lang=lang, width=width) as (
        view,
        met,
    ):
        figure, under, low, high = browser_layout.boxes(
            view,
            ".lt-hero .figure",
            ".lt-hero .lt-under",
            ".lt-hero .figure bdi",
            ".lt-hero .figure bdi ~ bdi",
        )
        assert figure["bottom"] <= under["top"] + 1
        if abs(low["top"] - high["top"]) < 1:  # on one line, low comes first in reading
            assert (low["left"] > high["left"]) == (lang == "ar")
        assert view.locator(".lt-tile").count() == 3
        assert browser_layout.faults(view) == []
        assert met.errors == []
        assert met.elsewhere == []
