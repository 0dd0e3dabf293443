"""Every page as a viewer opens it, and what is wrong with how it is laid out."""

import os
import re
import time
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Dialog, FloatRect, Locator, Page

from dashboard.i18n import words

HERE = Path(__file__).resolve().parent
DASHBOARD = HERE.parents[1] / "dashboard"
LOCALES = DASHBOARD / "locales"
LANGUAGES = words.LANGUAGES
WIDTHS = (390, 1366, 1920)
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

# Every file of app_pages is a page, so a new one is looked at from its first day.
PAGES = tuple(sorted(path.stem for path in (DASHBOARD / "app_pages").glob("[!_]*.py")))
# What a page needs in its address to have something to show, in the rehearsal.
NEEDS = {"broadcast": "&id=youtube:DAY3"}

_AUDIT = (HERE / "browser_audit.js").read_text("utf-8")
# Streamlit's own page asks for these beside a page's address before it asks at the root.
_ASKED_TWICE = re.compile(r"/[a-z]+/_stcore/(health|host-config)$")
# What a page ends with; on a wall it has no foot.
_STANDS = ".lt-foot, .lt-empty, .lt-kiosk .stEChartsChart, .lt-kiosk .lt-source"
_SETTLED = """() => {
  const app = document.querySelector('.stApp');
  return app?.getAttribute('data-test-script-state') === 'notRunning'
    && !document.querySelector('[data-testid=stSkeleton]')
    && [...document.querySelectorAll('.stEChartsChart')].every(c => c.getAttribute('aria-busy') === 'false');
}"""

# Whole lines only: a line of which the screen's lower edge cuts a part is not read.
_GLANCE = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const words = [];
  while (walk.nextNode()) {
    const text = walk.currentNode, parent = text.parentElement;
    if (!text.nodeValue.trim() || !parent.checkVisibility({visibilityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    if (box.width > 1 && box.height > 1 && box.top >= 0 && box.bottom <= innerHeight) {
      words.push(text.nodeValue);
    }
  }
  return words.join(' ');
}"""


@dataclass
class Met:
    """What the browser met while a page was open."""

    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


def locale_keys() -> list[str]:
    """Every key of the texts, as it would stand on a page that forgot to look it up."""

    def under(table: dict, prefix: str) -> Iterator[str]:
        for key, value in table.items():
            name = f"{prefix}{key}"
            yield from under(value, f"{name}.") if isinstance(value, dict) else [name]

    texts = tomllib.loads((LOCALES / "en.toml").read_text("utf-8"))
    return [key for key in under(texts, "") if "." in key]


@contextmanager
def screen(
    browser: Browser,
    site: str,
    page: str,
    *,
    lang: str = "en",
    scheme: Scheme = "light",
    width: int = 1366,
    height: int = 1000,
    query: str = "",
    time_zone: str | None = None,
    still: bool = False,
) -> Iterator[tuple[Page, Met]]:
    """Open ``page`` in ``lang``; yields when its script has run and its charts are drawn.

    ``query`` comes behind what the page needs, unless it names a broadcast itself.
    """
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="en-GB",
        color_scheme=scheme,
        timezone_id=time_zone,
        reduced_motion="reduce" if still else None,
    )
    view, met = context.new_page(), Met()
    near = (site, site.replace("http", "ws", 1), "data:", "blob:")
    view.on("request", lambda r: None if r.url.startswith(near) else met.elsewhere.append(r.url))
    view.on("websocket", lambda w: None if w.url.startswith(near) else met.elsewhere.append(w.url))
    view.on("pageerror", lambda error: met.errors.append(str(error)))
    view.on("dialog", lambda dialog: dismiss(dialog, met.dialogs))
    view.on(
        "console",
        lambda said: (
            met.errors.append(f"{said.text} {said.location['url']}")
            if said.type == "error" and not _ASKED_TWICE.search(said.location["url"])
            else None
        ),
    )
    try:
        address = "" if page == "wall" else page
        needed = "" if "&id=" in query else NEEDS.get(page, "")
        view.goto(f"{site}/{address}?lang={lang}{needed}{query}")
        view.wait_for_selector(_STANDS, timeout=60_000)
        settle(view)
        yield view, met
    finally:
        context.close()


def dismiss(dialog: Dialog, messages: list[str]) -> None:
    """Close a dialog that a page opened, and note what it said."""
    messages.append(dialog.message)
    dialog.dismiss()


def box_of(element: Locator) -> FloatRect:
    """Return where an element stands; it must be on the page."""
    box = element.bounding_box()
    assert box is not None, f"{element} has no place on the page"
    return box


def settle(view: Page) -> None:
    """Wait until nothing runs, no chart is being drawn, and what was resized has been."""
    view.wait_for_function(_SETTLED, timeout=60_000)
    view.wait_for_timeout(250)  # a resize is drawn in the next frames, and tells nobody


def resize(view: Page, width: int, height: int = 1000) -> None:
    """Let the same page stand on another screen."""
    view.set_viewport_size({"width": width, "height": height})
    settle(view)


def faults(view: Page, *, within: float = 10) -> list[str]:
    """What is wrong with the layout and stays so for ``within`` seconds, as sentences.

    A page that was just resized, or renews itself, is drawn in steps and tells nobody of the last.
    """
    deadline = time.monotonic() + within
    while True:
        found = view.evaluate(_AUDIT, locale_keys())
        if not found or time.monotonic() > deadline:
            return found
        view.wait_for_timeout(250)


def sideways(view: Page) -> int:
    """How wide the page is to scroll, in pixels."""
    return view.evaluate(
        "Math.max(document.documentElement.scrollWidth,"
        " document.querySelector('[data-testid=stMain]').scrollWidth)"
    )


def boxes(view: Page, *selectors: str) -> list[dict[str, float]]:
    """Where the first of each is, once all are there: left, top, right, bottom, width, height.

    Measured in one breath: between two questions either may be drawn anew.
    """
    return view.wait_for_function(
        """selectors => {
          const found = selectors.map(one => document.querySelector(one));
          return found.every(Boolean) && found.map(one => one.getBoundingClientRect().toJSON());
        }""",
        arg=list(selectors),
    ).json_value()


def at_a_glance(view: Page) -> str:
    """The words that stand in the first screenful, in their order, without bidi marks."""
    words = view.evaluate(_GLANCE)
    return " ".join(re.sub("[\u200e\u200f\u2066-\u2069]", "", words).split())


def untold(view: Page, wanted: Iterable[str], *, within: float = 20) -> list[str]:
    """Which patterns do not come into the first screenful, each with what stands there instead.

    A page renews itself, so what has just happened may stand there ``within`` seconds only.
    """
    deadline = time.monotonic() + within
    while True:
        seen = at_a_glance(view)
        missing = [f"{one}\n  {seen}" for one in wanted if not re.search(one, seen)]
        if not missing or time.monotonic() > deadline:
            return missing
        view.wait_for_timeout(250)


def keep(view: Page, name: str) -> None:
    """Save a picture to look at, where ``LIVETALLY_SCREENS`` names a folder."""
    folder = os.environ.get("LIVETALLY_SCREENS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        tall = view.evaluate(
            "(document.querySelector('[data-testid=stMain]') ?? document.documentElement).scrollHeight"
        )
        size = view.viewport_size
        assert size is not None
        view.set_viewport_size({"width": size["width"], "height": min(6_000, tall + 20)})
        if view.locator(".stApp").count():
            settle(view)
        view.screenshot(path=Path(folder) / f"{name}.png")
        view.set_viewport_size(size)
