"""What a person sees: each page in Chromium, on a phone and on a desk, in English and Arabic."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

Sites = Callable[[str], str]
PAGES = {"wall": "", "growth": "growth", "health": "health"}
WIDTHS = (390, 1366)
LANGUAGES = ("en", "ar")

# Streamlit's own page asks for these beside a page's address before it asks at the root.
_ASKED_TWICE = re.compile(r"/(growth|health)/_stcore/(health|host-config)$")


@dataclass
class Seen:
    """What the browser met while a page was open."""

    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@contextmanager
def opened(
    browser: Browser, site: str, page: str, *, width: int = 1366, lang: str = "en", query: str = ""
) -> Iterator[tuple[Page, Seen]]:
    """Open a page as a viewer would and wait until it stands."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB")
    view, seen = context.new_page(), Seen()
    near = (site, site.replace("http", "ws", 1), "data:", "blob:")
    view.on("request", lambda r: None if r.url.startswith(near) else seen.elsewhere.append(r.url))
    view.on("websocket", lambda w: None if w.url.startswith(near) else seen.elsewhere.append(w.url))
    view.on("pageerror", lambda error: seen.errors.append(str(error)))
    view.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss()))
    view.on(
        "console",
        lambda message: (
            seen.errors.append(f"{message.text} {message.location['url']}")
            if message.type == "error" and not _ASKED_TWICE.search(message.location["url"])
            else None
        ),
    )
    try:
        view.goto(f"{site}/{PAGES[page]}?lang={lang}{query}")
        view.wait_for_selector(".lt-foot, .lt-empty", timeout=60_000)
        if page != "health":
            expect(view.locator(".stEChartsChart").first).to_have_attribute(
                "aria-busy", "false", timeout=30_000
            )
        yield view, seen
    finally:
        context.close()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_stands_whole_and_asks_nobody_else(
    chromium: Browser, sites: Sites, page: str, width: int, lang: str
):
    with opened(chromium, sites("live"), page, width=width, lang=lang) as (view, seen):
        mark = view.locator(".lt-ribbon b").inner_text().upper()
        assert mark == {"en": "SIMULATED", "ar": "محاكاة"}[lang]
        assert view.locator("html").get_attribute("lang") == lang
        assert view.locator("html").get_attribute("dir") == {"en": "ltr", "ar": "rtl"}[lang]
        assert sideways(view) <= width
        assert cut_off(view) == []
        assert seen.errors == []
        assert seen.elsewhere == []
        assert view.locator("[data-testid=stException]").count() == 0


def sideways(view: Page) -> int:
    """How wide the page is to scroll, in pixels."""
    return view.evaluate(
        "Math.max(document.documentElement.scrollWidth,"
        " document.querySelector('[data-testid=stMain]').scrollWidth)"
    )


def cut_off(view: Page) -> list[str]:
    """The numbers and words of ours that reach beyond their box, their card or the screen."""
    return view.evaluate(
        """() => [...document.querySelectorAll(
             '.lt .figure, .lt .value, .lt .value small, .lt .second, .lt-under span, .lt-state, .lt dd,'
             + ' .lt-bars, .lt h1, .lt h2, .lt h3')]
           .filter(e => {
             const box = e.getBoundingClientRect();
             const card = (e.closest('.lt-tile, .lt-source') ?? document.body).getBoundingClientRect();
             return e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline'
                 || box.left < Math.max(card.left, 0) - 0.5
                 || box.right > Math.min(card.right, innerWidth) + 0.5;
           }).map(e => e.innerText)"""
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_hero_number_is_the_largest_by_three(chromium: Browser, sites: Sites, lang: str):
    with opened(chromium, sites("live"), "wall", lang=lang) as (view, _):
        sizes = view.evaluate(
            """() => [...document.querySelectorAll('.lt *')].filter(e => e.innerText)
                 .map(e => [parseFloat(getComputedStyle(e).fontSize), !!e.closest('.figure')])"""
        )
        hero = max(size for size, is_hero in sizes if is_hero)
        assert hero >= 3 * max(size for size, is_hero in sizes if not is_hero)
        assert re.fullmatch(r"[\d,]+", view.locator(".lt-hero .figure").inner_text())


def test_arabic_runs_from_the_right(chromium: Browser, sites: Sites):
    with opened(chromium, sites("live"), "wall", lang="ar") as (view, _):
        tiles = [tile.bounding_box() for tile in view.locator(".lt-tile").all()]
        assert tiles[0]["x"] > tiles[1]["x"]
        figure = view.locator(".lt-hero .figure bdi").bounding_box()
        assert figure["x"] + figure["width"] > 1366 - 60


@pytest.mark.fault(row=25)
@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_title_does_nothing(chromium: Browser, sites: Sites, page: str):
    with opened(chromium, sites("hostile"), page) as (view, seen):
        view.wait_for_timeout(1_000)  # time for an injected script to run, were there one
        assert seen.dialogs == []
        assert view.locator(".lt img, .lt a[href^='javascript']").count() == 0
        assert sideways(view) <= 1366
        if page == "growth":
            view.get_by_role("combobox").nth(1).click()
            shown = view.get_by_role("option").all_inner_texts()
            assert any("<script>alert(1)</script> **bold** $x^2$" in option for option in shown)
        else:
            shown = view.locator(".lt .title").all_inner_texts()
            assert any("<script>alert(1)</script> **bold** $x^2$" in title for title in shown)
        assert seen.dialogs == []


def beat(folder: Path, seconds_ago: float) -> None:
    """Write the heartbeat of a collector that lived so long ago."""
    at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    (folder / "heartbeat.json").write_text(json.dumps({"at": at.isoformat(), "pid": 1}))


def test_numbers_refresh_without_moving_the_page(
    chromium: Browser, sites: Sites, read_models: Path
):
    site = sites("dying")
    beat(read_models / "dying", 1)
    with opened(chromium, site, "health") as (view, _):
        alive = view.locator(".lt-now .lt-state")
        before, said = view.locator(".lt-source").first.bounding_box(), alive.inner_text()
        expect(alive).not_to_have_text(said, timeout=20_000)
        assert view.locator(".lt-source").first.bounding_box() == before


@pytest.mark.fault(row=30)
def test_a_collector_that_dies_is_told_to_who_is_already_looking(
    chromium: Browser, sites: Sites, read_models: Path
):
    site = sites("dying")
    beat(read_models / "dying", 1)
    with opened(chromium, site, "wall") as (view, _):
        total = view.locator(".lt-hero .figure").inner_text()
        assert view.locator(".lt-banner").count() == 0
        beat(read_models / "dying", 300)
        expect(view.locator(".lt-banner")).to_contain_text("5 min ago", timeout=20_000)
        assert view.locator(".lt-hero .figure").inner_text() == total


def finished(view: Page) -> None:
    """Return once the page's run is over and every chart is drawn."""
    still = re.compile("notRunning")
    expect(view.locator(".stApp")).to_have_attribute("data-test-script-state", still)
    for chart in view.locator(".stEChartsChart").all():
        expect(chart).to_have_attribute("aria-busy", "false", timeout=30_000)


def pause(view: Page) -> None:
    """Pause the updates, so that no chart is drawn anew; return once that holds."""
    view.locator(".st-key-pause label").click()
    expect(view.locator(".lt-banner.warn")).to_be_visible(timeout=30_000)
    still = re.compile("notRunning")
    expect(view.locator(".stApp")).to_have_attribute("data-test-script-state", still)
    chart = view.locator(".stEChartsChart").first
    expect(chart).to_have_attribute("aria-busy", "false", timeout=30_000)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_pause_can_be_reached_with_a_pointer(
    chromium: Browser, sites: Sites, width: int, lang: str
):
    with opened(chromium, sites("live"), "wall", width=width, lang=lang) as (view, _):
        pause(view)


def test_a_long_list_of_gaps_stays_in_its_place_on_a_phone(chromium: Browser, sites: Sites):
    with opened(chromium, sites("live"), "health", width=390) as (view, _):
        last = view.locator(".lt-scroll").first.bounding_box()
        heading = view.get_by_role("heading", name="Corrections").bounding_box()
        assert heading["y"] >= last["y"] + last["height"]
        reach = view.locator(".lt-scroll").first.evaluate(
            "e => getComputedStyle(e).overflowY == 'visible' ? e.scrollHeight - e.clientHeight : 0"
        )
        assert reach <= 1


def test_the_tooltip_names_the_values_in_the_readers_way(chromium: Browser, sites: Sites):
    with opened(chromium, sites("live"), "wall", lang="fr") as (view, _):
        pause(view)
        chart = view.locator(".stEChartsChart")
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        wanted = re.compile(r"Somme[\s\S]*YouTube\s+\d{1,2}\u202f\d{3}\u202f\d{3}")
        # A tooltip names the lines with a point at that minute, so look along the last hours.
        for step in range(60):
            view.mouse.move(box["x"] + box["width"] * 0.75 + 2 * step, box["y"] + 200)
            expect(chart).to_contain_text("Somme", timeout=10_000)
            if wanted.search(chart.inner_text()):
                break
        expect(chart).to_have_text(wanted, use_inner_text=True, timeout=10_000)


def test_the_language_is_kept_from_page_to_page(chromium: Browser, sites: Sites):
    with opened(chromium, sites("live"), "wall", lang="fr") as (view, _):
        view.get_by_role("link", name="État").click()
        view.wait_for_url("**/health?lang=fr*")
        expect(view.locator(".lt-title")).to_have_text("État")
        view.get_by_role("link", name="العربية").click()
        expect(view.locator("html")).to_have_attribute("dir", "rtl")


def test_nothing_published_says_what_to_run(chromium: Browser, sites: Sites):
    context = chromium.new_context(viewport={"width": 390, "height": 800}, locale="en-GB")
    view = context.new_page()
    try:
        view.goto(sites("nothing"))
        expect(view.locator(".lt-empty")).to_contain_text("livetally demo", timeout=60_000)
        assert sideways(view) <= 390
    finally:
        context.close()
