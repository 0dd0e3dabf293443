"""What a person sees on the wall and its neighbours, and how it goes on while they look."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import browser_layout

pytestmark = pytest.mark.browser

Sites = Callable[[str], str]
WIDTHS = (390, 1366)
LANGUAGES = ("en", "ar")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_hero_number_is_the_largest_by_three(chromium: Browser, sites: Sites, lang: str):
    with browser_layout.screen(chromium, sites("live"), "wall", lang=lang) as (view, _):
        sizes = view.evaluate(
            """() => [...document.querySelectorAll('.lt *')].filter(e => e.innerText)
                 .map(e => [parseFloat(getComputedStyle(e).fontSize), !!e.closest('.figure')])"""
        )
        hero = max(size for size, is_hero in sizes if is_hero)
        assert hero >= 3 * max(size for size, is_hero in sizes if not is_hero)
        assert re.fullmatch(r"[\d,]+", view.locator(".lt-hero .figure").inner_text())


def test_arabic_runs_from_the_right(chromium: Browser, sites: Sites):
    with browser_layout.screen(chromium, sites("live"), "wall", lang="ar") as (view, _):
        first, second, figure = browser_layout.boxes(
            view, ".lt-tile", ".lt-tile + .lt-tile", ".lt-hero .figure bdi"
        )
        assert first["left"] > second["left"]
        assert figure["right"] > 1366 - 60


def beat(folder: Path, seconds_ago: float) -> None:
    """Write the heartbeat of a collector that lived so long ago."""
    at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    (folder / "heartbeat.json").write_text(json.dumps({"at": at.isoformat(), "pid": 1}))


def test_numbers_refresh_without_moving_the_page(
    chromium: Browser, sites: Sites, read_models: Path
):
    site = sites("dying")
    beat(read_models / "dying", 1)
    with browser_layout.screen(chromium, site, "health") as (view, _):
        alive = view.locator(".lt-now .lt-state")
        before, said = browser_layout.boxes(view, ".lt-source"), alive.inner_text()
        expect(alive).not_to_have_text(said)
        assert browser_layout.boxes(view, ".lt-source") == before


def test_what_is_on_air_is_brought_up_to_date_below_the_chart_and_stands_once(
    chromium: Browser, sites: Sites, read_models: Path
):
    site = sites("dying")
    beat(read_models / "dying", 1)
    with browser_layout.screen(chromium, site, "wall") as (view, _):
        listing = view.locator(".lt-scroll.cards")
        said = listing.inner_text()
        expect(listing).not_to_have_text(said, timeout=60_000)  # it tells ages
        assert listing.count() == 1
        chart, below = browser_layout.boxes(view, ".stEChartsChart", ".lt-scroll.cards")
        assert below["top"] >= chart["bottom"]


@pytest.mark.fault(row=30)
def test_a_collector_that_dies_is_told_to_who_is_already_looking(
    chromium: Browser, sites: Sites, read_models: Path
):
    site = sites("dying")
    beat(read_models / "dying", 1)
    with browser_layout.screen(chromium, site, "wall") as (view, _):
        total = view.locator(".lt-hero .figure").inner_text()
        assert view.locator(".lt-banner").count() == 0
        beat(read_models / "dying", 300)
        expect(view.locator(".lt-banner")).to_contain_text("5 min ago")
        assert view.locator(".lt-hero .figure").inner_text() == total


def pause(view: Page) -> None:
    """Pause the updates, so that no chart is drawn anew; return once that holds."""
    view.locator(".st-key-pause label").click()
    expect(view.locator(".lt-banner.warn")).to_be_visible()
    browser_layout.settle(view)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_pause_can_be_reached_with_a_pointer(
    chromium: Browser, sites: Sites, width: int, lang: str
):
    with browser_layout.screen(chromium, sites("live"), "wall", width=width, lang=lang) as (
        view,
        _,
    ):
        pause(view)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_pause_goes_along_from_page_to_page(chromium: Browser, sites: Sites, lang: str):
    with browser_layout.screen(chromium, sites("live"), "wall", lang=lang) as (view, met):
        pause(view)
        view.wait_for_url("**pause=1*")
        view.locator(".lt-tile a[href*='pause=1']", has_text="YouTube").click()
        for page in (f"**/broadcasts?lang={lang}&pause=1*", "**/broadcast?*pause=1*"):
            view.wait_for_url(page)
            expect(view.locator(".lt-banner.warn")).to_be_visible()
            expect(view.locator(".st-key-pause input")).to_be_checked()
            browser_layout.settle(view)
            if "broadcasts" in page:
                view.locator("td.t a.title[href*='pause=1']").first.click()
        view.locator(".st-key-pages a").first.click()  # a page of Streamlit's, without a reload
        expect(view.locator(".lt-hero .figure").first).to_be_visible()
        expect(view.locator(".lt-banner.warn")).to_be_visible()
        assert "pause=1" in view.url
        view.locator(".st-key-pause label").click()
        expect(view.locator(".lt-banner.warn")).to_have_count(0)
        view.wait_for_url(lambda url: "pause" not in url)
        assert met.errors == []


def test_a_long_list_of_gaps_stays_in_its_place_on_a_phone(chromium: Browser, sites: Sites):
    with browser_layout.screen(chromium, sites("live"), "health", width=390) as (view, _):
        last = browser_layout.box_of(view.locator(".lt-scroll").first)
        heading = browser_layout.box_of(view.get_by_role("heading", name="Corrections"))
        assert heading["y"] >= last["y"] + last["height"]
        reach = view.locator(".lt-scroll").first.evaluate(
            "e => getComputedStyle(e).overflowY == 'visible' ? e.scrollHeight - e.clientHeight : 0"
        )
        assert reach <= 1


def test_the_tooltip_names_the_values_in_the_readers_way(chromium: Browser, sites: Sites):
    with browser_layout.screen(chromium, sites("live"), "wall", lang="fr") as (view, _):
        pause(view)
        chart = view.locator(".stEChartsChart")
        chart.scroll_into_view_if_needed()
        box = browser_layout.box_of(chart)
        wanted = re.compile(r"Somme[\s\S]*YouTube\s+\d{1,2}\u202f\d{3}\u202f\d{3}")
        # A tooltip names the lines with a point at that minute, so look along the last hours.
        for step in range(60):
            view.mouse.move(box["x"] + box["width"] * 0.75 + 2 * step, box["y"] + 200)
            expect(chart).to_contain_text("Somme")
            if wanted.search(chart.inner_text()):
                break
        expect(chart).to_have_text(wanted, use_inner_text=True)


def test_the_language_is_kept_from_page_to_page(chromium: Browser, sites: Sites):
    with browser_layout.screen(chromium, sites("live"), "wall", lang="fr") as (view, _):
        view.get_by_role("link", name="État").click()
        view.wait_for_url("**/health?lang=fr*")
        expect(view.locator(".lt-title")).to_have_text("État")
        view.get_by_role("link", name="العربية").click()
        expect(view.locator("html")).to_have_attribute("dir", "rtl")


def test_nothing_published_says_what_to_run(chromium: Browser, sites: Sites):
    with browser_layout.screen(chromium, sites("nothing"), "wall", width=390, height=800) as (
        view,
        _,
    ):
        expect(view.locator(".lt-empty")).to_contain_text("livetally demo")
        assert browser_layout.sideways(view) <= 390
