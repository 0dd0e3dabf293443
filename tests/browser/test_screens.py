"""Screens on walls, pages within pages, and what a reader chooses: all by the address alone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser_layout import Scheme, box_of, boxes, screen, sideways

pytestmark = pytest.mark.browser

Sites = Callable[[str], str]
EASTERN = "٠١٢٣٤٥٦٧٨٩"
WALL_WIDTH, WALL_HEIGHT = 1920, 1080


def smallest(view: Page) -> float:
    """The height of the smallest words that are shown, in pixels; a chart's are among them."""
    return view.evaluate(
        """() => Math.min(...[...document.querySelectorAll('.lt *, .stEChartsChart text, #lt-lost')]
             .filter(e => e.checkVisibility()
               && [...e.childNodes].some(n => n.nodeType === 3 && n.nodeValue.trim()))
             .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
    )


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
@pytest.mark.parametrize("page", ["wall", "growth"])
def test_a_screen_on_a_wall_has_no_controls_and_nothing_small(
    chromium: Browser, sites: Sites, page: str, lang: str
):
    with screen(
        chromium,
        sites("live"),
        page,
        lang=lang,
        query="&kiosk=1",
        width=WALL_WIDTH,
        height=WALL_HEIGHT,
    ) as (view, _):
        assert (
            view.locator("a:visible:not([data-testid=stSkipToContent]), button:visible").count()
            == 0
        )
        assert smallest(view) >= 20
        assert sideways(view) <= 1920
        chart = box_of(view.locator(".stEChartsChart"))
        assert chart["y"] + chart["height"] <= 1080
        expect(view.locator("html")).to_have_class(re.compile("lt-kiosk"))
        page_color = view.evaluate(
            "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
        )
        assert page_color == "rgb(15, 18, 22)"


@pytest.mark.parametrize("size", [(1280, 720), (1366, 768), (3840, 2160)])
@pytest.mark.parametrize("where", [("live", "wall"), ("live", "growth"), ("failing", "wall")])
def test_a_chart_on_a_wall_is_whole_and_grows_with_the_screen(
    chromium: Browser, sites: Sites, where: tuple[str, str], size: tuple[int, int]
):
    (state, page), (width, height) = where, size
    with screen(  # French has the longest words
        chromium, sites(state), page, lang="fr", query="&kiosk=1", width=width, height=height
    ) as (view, _):
        chart = box_of(view.locator(".stEChartsChart"))
        assert chart["y"] + chart["height"] <= height
        assert chart["height"] >= 0.28 * height
        drawn = box_of(view.locator(".stEChartsChart svg"))
        assert drawn["y"] + drawn["height"] == pytest.approx(chart["y"] + chart["height"], abs=2)
        assert sideways(view) <= width


@pytest.mark.parametrize(
    ("page", "width", "height"),
    [("wall", 1280, 720), ("wall", 1920, 1080), ("growth", 1920, 1080)],
)
def test_a_banner_on_a_wall_does_not_lie_on_the_chart(
    chromium: Browser, sites: Sites, page: str, width: int, height: int
):
    with screen(  # French has the longest words
        chromium, sites("dead"), page, lang="fr", query="&kiosk=1", width=width, height=height
    ) as (view, _):
        (banner,) = boxes(view, ".lt-banner")
        lowest = view.evaluate(
            "Math.max(...[...document.querySelectorAll('.stEChartsChart text')]"
            ".map(e => e.getBoundingClientRect().bottom))"
        )
        assert 0.8 * height < lowest <= banner["top"]


def test_a_screen_turns_over_its_pages_and_keeps_what_it_was_asked(chromium: Browser, sites: Sites):
    with screen(
        chromium,
        sites("live"),
        "wall",
        lang="fr",
        query="&kiosk=1&rotate=5",
        width=WALL_WIDTH,
        height=WALL_HEIGHT,
    ) as (
        view,
        _,
    ):
        view.wait_for_url("**/growth?*")
        assert "kiosk=1" in view.url
        assert "rotate=5" in view.url
        expect(view.locator("html")).to_have_attribute("lang", "fr")
        view.wait_for_url(re.compile(r"/\?"))
        expect(view.locator(".lt-hero .figure")).to_be_visible()


def test_a_lost_connection_is_said_and_goes_when_it_is_back(chromium: Browser, sites: Sites):
    with screen(
        chromium,
        sites("live"),
        "wall",
        lang="fr",
        query="&kiosk=1",
        width=WALL_WIDTH,
        height=WALL_HEIGHT,
    ) as (view, _):
        total = view.locator(".lt-hero .figure").inner_text()
        assert view.locator("#lt-lost").count() == 0
        view.evaluate("document.querySelector('.stApp').dataset.testConnectionState = 'X'")
        expect(view.locator("#lt-lost")).to_contain_text("Connexion perdue")
        assert re.search(r"\d\d:\d\d", view.locator("#lt-lost").inner_text())
        assert view.locator(".lt-hero .figure").inner_text() == total
        assert smallest(view) >= 20
        view.evaluate("document.querySelector('.stApp').dataset.testConnectionState = 'CONNECTED'")
        expect(view.locator("#lt-lost")).to_have_count(0)


def test_a_screen_moves_by_some_pixels_with_the_hour(chromium: Browser, sites: Sites):
    """The picture is not at the same place in two hours that follow each other."""
    context = chromium.new_context(viewport={"width": 1920, "height": 1080})
    view = context.new_page()
    view.clock.install()
    try:
        places: list[str] = []
        for hour in (1, 2):
            view.clock.set_fixed_time(hour * 3_600_000 + 1_000)
            view.goto(f"{sites('live')}/?kiosk=1&theme=dark&embed_options=dark_theme&lang=en")
            view.wait_for_function(
                "() => document.documentElement.style.getPropertyValue('--lt-y')"
            )
            (hero,) = boxes(view, ".lt-hero")
            places.append(f"{hero['left']},{hero['top']}")
        assert len(set(places)) == 2
    finally:
        context.close()


def test_within_another_page_only_the_content_is_left(chromium: Browser, sites: Sites):
    with screen(
        chromium,
        sites("live"),
        "wall",
        lang="ar",
        query="&embed=true&embed_options=dark_theme",
        width=700,
        height=500,
    ) as (view, _):
        assert view.locator(".st-key-top").count() == 0
        assert view.locator("[data-testid=stToolbar]:visible").count() == 0
        assert sideways(view) <= 700
        expect(view.locator(".lt-foot p")).to_have_count(2)  # whose numbers, and which clock


@pytest.mark.parametrize(("theme", "system"), [("dark", "light"), ("light", "dark")])
def test_the_theme_is_the_addresss(chromium: Browser, sites: Sites, theme: str, system: Scheme):
    with screen(chromium, sites("live"), "health", scheme=system, query=f"&theme={theme}") as (
        view,
        _,
    ):
        page = {"dark": "rgb(15, 18, 22)", "light": "rgb(255, 255, 255)"}[theme]
        expect(view.locator(".stApp")).to_have_css("background-color", page)
        assert f"theme={theme}" in view.url


def test_eastern_digits_are_never_mixed_with_latin_ones(chromium: Browser, sites: Sites):
    with screen(chromium, sites("live"), "growth", lang="ar", query="&digits=eastern") as (view, _):
        shown = view.locator(".stMain").inner_text()
        assert any(digit in shown for digit in EASTERN)
        axis = view.locator(".stEChartsChart text").all()
        latin = [one for one in axis if re.search("[0-9]", one.text_content() or "")]
        assert latin  # ECharts' own, which the font shows as Eastern
        assert all(
            "Eastern Digits" in one.evaluate("e => getComputedStyle(e).fontFamily") for one in latin
        )
        fonts = view.evaluate(
            "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
        )
        assert any("Eastern Digits" in font for font in fonts)
        assert any("Noto Sans Arabic" in font for font in fonts)


def test_a_reader_sees_their_own_clock_when_they_ask_and_it_is_named(
    chromium: Browser, sites: Sites
):
    with screen(chromium, sites("live"), "wall", query="&tz=viewer", time_zone="Asia/Tokyo") as (
        view,
        _,
    ):
        expect(view.locator(".lt-now")).to_contain_text("Asia/Tokyo (UTC+9), your own time zone")
    with screen(chromium, sites("live"), "wall", time_zone="Asia/Tokyo") as (view, _):
        expect(view.locator(".lt-now")).to_contain_text("Africa/Casablanca")


def test_choices_go_into_the_address_and_along_to_other_pages(chromium: Browser, sites: Sites):
    with screen(chromium, sites("live"), "wall", lang="ar") as (view, _):
        view.get_by_role("button", name="العرض").click()
        view.get_by_role("radio", name="١٢٣").click()
        view.wait_for_url("**digits=eastern*")
        view.keyboard.press("Escape")
        growth = view.get_by_role("link", name="التطور")
        # The address changes before what the page draws: its links come a moment later.
        expect(growth).to_have_attribute("href", re.compile("digits=eastern"))
        growth.click()
        view.wait_for_url("**/growth?*")
        assert "digits=eastern" in view.url
        expect(view.locator(".lt-caption h2")).to_contain_text(re.compile(f"[{EASTERN}]"))


def test_the_language_once_chosen_is_remembered(chromium: Browser, sites: Sites):
    with screen(chromium, sites("live"), "wall", lang="fr") as (view, _):
        view.goto(f"{sites('live')}/")
        expect(view.locator("html")).to_have_attribute("lang", "fr", timeout=60_000)


@pytest.mark.parametrize(("kind", "starts"), [("svg", b"<svg"), ("png", b"\x89PNG\r\n")])
def test_a_chart_is_saved_with_its_sentence_and_source(
    chromium: Browser, sites: Sites, kind: str, starts: bytes
):
    with screen(chromium, sites("live"), "wall", lang="ar") as (view, _):
        with view.expect_download() as coming:
            view.locator(f"[data-lt-save={kind}]").click()
        saved = coming.value
        with open(saved.path(), "rb") as file:  # noqa: PTH123  # a path of the browser's own
            content = file.read()
        assert saved.suggested_filename == f"livetally-wall.{kind}"
        assert content.startswith(starts)
        if kind == "svg":
            text = content.decode()
            assert view.locator(".lt-caption h2").inner_text() in text
            assert "منصات" in text
            assert "data:font/woff2;base64," in text
        else:
            assert len(content) > 20_000


def test_the_skip_link_comes_first_and_speaks_the_language(chromium: Browser, sites: Sites):
    with screen(chromium, sites("live"), "wall", lang="fr") as (view, _):
        view.keyboard.press("Tab")
        focused = view.evaluate(
            "[document.activeElement.dataset.testid, document.activeElement.innerText]"
        )
        assert focused == ["stSkipToContent", "Aller au contenu"]


def test_motion_stops_where_the_reader_wants_none(chromium: Browser, sites: Sites):
    with screen(chromium, sites("live"), "wall", still=True) as (view, _):
        moving = view.evaluate(
            "document.getAnimations().filter(a => a.playState === 'running').length"
        )
        assert moving == 0


def test_a_screen_stays_awake_and_begins_each_day_anew(chromium: Browser, sites: Sites):
    context = chromium.new_context(viewport={"width": 1920, "height": 1080})
    context.add_init_script(
        "window.awake = 0;"
        "Object.defineProperty(navigator, 'wakeLock',"
        " {value: {request: async kind => { window.awake += kind === 'screen'; }}});"
    )
    view = context.new_page()
    view.clock.install()
    try:
        view.goto(f"{sites('live')}/?kiosk=1&theme=dark&embed_options=dark_theme&lang=en")
        view.wait_for_selector(".lt-hero", timeout=60_000)
        assert view.evaluate("window.awake") >= 1
        view.evaluate("window.yesterday = true")
        view.clock.fast_forward("36:00:00")
        view.wait_for_function("() => window.yesterday === undefined", timeout=60_000)
        view.wait_for_selector(".lt-hero", timeout=60_000)
    finally:
        context.close()
