"""The dashboard without a mouse: what Tab reaches, in which order, and whether it is seen there."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser_layout import PAGES, screen, settle

pytestmark = pytest.mark.browser

Sites = Callable[[str], str]
_MOST = 400  # stops of a page; a walk that takes more goes in circles

# What has the focus: where it is on the page, whether it is uncovered, and how it stands out.
_FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  window.stops ??= new Map();
  if (!window.stops.has(e)) window.stops.set(e, window.stops.size);
  /* A switch is an input of no size: its label is what people see. */
  const seen = e.matches('input') && e.getBoundingClientRect().width < 8 ? e.closest('label') : e;
  const box = seen.getBoundingClientRect();
  const spot = (seen.closest('td, th, dd, li') ?? seen).getBoundingClientRect(); // read by cells
  const main = document.querySelector('[data-testid=stMain]');
  const pane = seen.closest('.lt-scroll, [data-testid=stMain]') ?? main;
  const frame = pane === main ? spot : pane.getBoundingClientRect(), down = main.scrollTop;
  const within = pane === main ? 0 : pane.scrollTop, along = pane === main ? 0 : pane.scrollLeft;
  const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
  const y = Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 1);
  const hit = document.elementFromPoint(x, y);
  const rings = [e, seen, ...seen.querySelectorAll('*')].slice(0, 12).concat(
    [seen.parentElement, seen.parentElement?.parentElement]).filter(Boolean).flatMap(one => {
      const style = getComputedStyle(one);
      const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
      return outlined || style.boxShadow !== 'none' ? [one.tagName] : [];
    });
  return {
    number: window.stops.get(e), told: `${e.tagName} ${e.dataset.testid ?? e.className} ${e.innerText ?? ''}`.slice(0, 80),
    left: spot.left + along, right: spot.right + along, pane: [...document.querySelectorAll('.lt-scroll')].indexOf(pane),
    top: spot.top + down + within, bottom: spot.bottom + down + within,
    paneTop: frame.top + down, paneBottom: frame.bottom + down,
    onScreen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    uncovered: !!hit && (seen.contains(hit) || hit.contains(seen)), ringed: rings.length > 0,
    transparent: !seen.checkVisibility({opacityProperty: true, visibilityProperty: true}),
  };
}"""


@dataclass(frozen=True)
class Stop:
    """One place of the focus; ``top`` and ``bottom`` are in what scrolls around it, its pane."""

    number: int
    told: str
    pane: int  # which one; -1: the page itself
    left: float
    right: float
    top: float
    bottom: float
    paneTop: float  # noqa: N815  # as the browser names it
    paneBottom: float  # noqa: N815  # as above
    onScreen: bool  # noqa: N815  # as above
    transparent: bool
    uncovered: bool
    ringed: bool


def walk(view: Page) -> list[Stop]:
    """Press Tab from the start of the page until the focus leaves it or is back at its first stop."""
    stops: list[Stop] = []
    while len(stops) < _MOST:
        view.keyboard.press("Tab")
        found = view.evaluate(_FOCUSED)
        if found is None or (stops and found["number"] == 0):
            return stops
        stops.append(Stop(**found))
    return stops


def backwards(stops: list[Stop], *, rtl: bool) -> list[str]:
    """Which steps go against the direction of reading: up the page, or back along a line."""
    found: list[str] = []
    for before, after in pairwise(stops):
        (top, bottom), (new_top, new_bottom) = heights(before, after)
        shared = min(bottom, new_bottom) - max(top, new_top)
        a_line = shared > 0.5 * min(bottom - top, new_bottom - new_top)
        back = after.left >= before.right - 1 if rtl else after.right <= before.left + 1
        if new_bottom <= top or (a_line and back):
            found.append(f"{before.told} -> {after.told}")
    return found


def heights(one: Stop, other: Stop) -> tuple[tuple[float, float], tuple[float, float]]:
    """From where to where both are: in their pane, or on the page where they are in two."""
    if one.pane == other.pane:
        return (one.top, one.bottom), (other.top, other.bottom)
    return (one.paneTop, one.paneBottom), (other.paneTop, other.paneBottom)


@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("page", PAGES)
def test_tab_goes_through_a_page_as_it_is_read_and_is_always_seen(
    chromium: Browser, sites: Sites, page: str, lang: str
):
    with screen(chromium, sites("live"), page, lang=lang, query="&pause=1") as (view, met):
        stops = walk(view)
        assert 10 < len(stops) < _MOST
        numbers = [stop.number for stop in stops]
        assert numbers == sorted(set(numbers))  # none is met twice: nothing holds the focus
        assert [stop.told for stop in stops if not stop.onScreen] == []
        assert [stop.told for stop in stops if not stop.uncovered] == []
        assert [stop.told for stop in stops if stop.transparent] == []
        assert [stop.told for stop in stops if not stop.ringed] == []
        assert backwards(stops[1:], rtl=lang == "ar") == []  # the skip link lies over all
        assert met.errors == []


def test_a_step_back_is_found(chromium: Browser):
    """A check that cannot fail is none."""
    view = chromium.new_page()
    try:
        view.set_content(
            "<div data-testid=stMain><button tabindex=2 style='outline:none'>one</button>"
            "<button tabindex=1>two</button><p><button tabindex=3>three</button></div>"
        )
        stops = walk(view)
        assert backwards(stops, rtl=False) == ["BUTTON  two -> BUTTON  one"]
        assert [stop.ringed for stop in stops] == [True, False, True]
    finally:
        view.close()


def reach(view: Page, selector: str) -> None:
    """Press Tab until what ``selector`` names has the focus."""
    for _ in range(_MOST):
        view.keyboard.press("Tab")
        if view.evaluate("css => !!document.activeElement?.closest(css)", selector):
            return
    raise AssertionError(f"Tab never comes to {selector}")


def test_the_skip_link_leads_past_the_top_line(chromium: Browser, sites: Sites):
    with screen(chromium, sites("live"), "wall", query="&pause=1") as (view, _):
        view.keyboard.press("Tab")
        view.keyboard.press("Enter")
        within = view.evaluate("document.activeElement.closest('[data-testid=stMain]') !== null")
        assert within


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_updates_are_paused_and_resumed_by_the_space_bar(
    chromium: Browser, sites: Sites, lang: str
):
    with screen(chromium, sites("live"), "wall", lang=lang) as (view, _):
        reach(view, ".st-key-pause")
        view.keyboard.press("Space")
        expect(view.locator(".lt-banner.warn")).to_be_visible()
        settle(view)
        view.keyboard.press("Space")
        expect(view.locator(".lt-banner.warn")).to_have_count(0)


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_the_choices_open_are_made_and_close_by_keyboard(
    chromium: Browser, sites: Sites, lang: str
):
    with screen(chromium, sites("live"), "wall", lang=lang, query="&pause=1") as (view, _):
        choices = view.locator("[data-testid=stPopoverBody]")
        reach(view, ".st-key-display")
        view.keyboard.press("Enter")
        expect(choices).to_be_visible()
        reach(view, ".st-key-display-tz [role=radio]")  # the theme begins the page anew
        view.keyboard.press("ArrowRight")
        view.keyboard.press("Space")
        view.wait_for_url(re.compile("tz="))
        view.keyboard.press("Escape")
        expect(choices).to_have_count(0)
        assert view.evaluate("!!document.activeElement.closest('.st-key-display')")


def test_a_list_opens_is_chosen_from_and_closes_by_keyboard(chromium: Browser, sites: Sites):
    with screen(chromium, sites("live"), "growth", query="&pause=1") as (view, _):
        options = view.get_by_role("option")
        reach(view, "[data-testid=stSelectbox]")
        view.keyboard.press("ArrowDown")
        expect(options.first).to_be_visible()
        view.keyboard.press("Escape")
        expect(options).to_have_count(0)
        assert view.evaluate("!!document.activeElement.closest('[data-testid=stSelectbox]')")
