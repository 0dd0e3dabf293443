"""What went wrong is told at the first glance: on every page, in words, before anybody scrolls."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from storage.read_model.heartbeat import Heartbeat, WriteFailure
from tests.support import browser_layout
from tests.support.browser_layout import PAGES

pytestmark = pytest.mark.browser

Sites = Callable[[str], str]
SCREENS = ((1366, 900), (390, 844))
GAP = r"No data from YouTube (on|from) .{5,60}: .+?\."
FALL = "YouTube corrected its count by \N{MINUS SIGN}300" r",\d{3} on "
SAID = {
    "dead": (r"last sign of life 2 h ago\. Everything shown is 2 h old",),
    "full": (r"The disk refuses what is recorded since ", r"Waiting in memory: 4,321 rows"),
    "failing": (r"YouTube ✖ failing ?, (\d\d min|[12] h.*?) ago",),
    "live": (GAP, FALL),
    "nothing": (r"Nothing has been published yet", r"livetally up"),
}


def alive(folder: Path, *, refusing: bool) -> None:
    """Let the collector give a sign of life now, whose disk has refused for 12 minutes or not."""
    now = datetime.now(UTC)
    refusal = WriteFailure(since=now - timedelta(minutes=12), rows=4_321, dropped=0)
    beat = Heartbeat(at=now, refusal=refusal if refusing else None)
    (folder / "heartbeat.json").write_text(beat.to_json(pid=1), "utf-8")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("state", SAID)
def test_the_first_screenful_tells_it(
    chromium: Browser, sites: Sites, read_models: Path, page: str, state: str
):
    untold, site = list[str](), sites(state)
    if state not in {"dead", "nothing"}:  # their collector lives
        alive(read_models / state, refusing=state == "full")
    with browser_layout.screen(chromium, site, page, lang="en") as (view, met):
        for width, height in SCREENS:
            browser_layout.resize(view, width, height)
            untold += [f"{width}: {one}" for one in browser_layout.untold(view, SAID[state])]
            browser_layout.keep(view, f"truth-{state}-{page}-{width}")
        assert untold == []
        assert met.errors == []


@pytest.mark.parametrize("width", [390, 1366])
def test_only_what_is_wholly_on_the_screen_counts_as_seen(chromium: Browser, width: int):
    """A check that cannot fail is none: what is below, hidden or cut is not at a glance."""
    view = chromium.new_page(viewport={"width": width, "height": 400})
    try:
        view.set_content(
            "<p>above</p><p style='display:none'>hidden</p><p style='position:absolute;top:392px'>cut</p>"
            "<p style='position:absolute;top:500px'>below</p>"
        )
        assert browser_layout.at_a_glance(view) == "above"
    finally:
        view.close()
