"""Makes the pictures of the guide: ``python -m tests.browser.pictures`` writes docs/pictures anew.

They are of the rehearsal, served as the tests serve it, and say *simulated* as every page of it does.
"""

import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from dashboard.public.publisher import PagePublisher, Public
from dashboard.public.server import server
from tests.browser.conftest import ARGUMENTS, served
from tests.support import browser_layout, published_edition
from tests.support.published_edition import Rehearsal

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
COLOURS = 256
MOST_BYTES = 150_000


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture: ``state`` of the rehearsal, page, and how much of it from ``at`` downwards."""

    name: str
    page: str
    state: str = "live"
    lang: str = "en"
    width: int = 1280
    height: int = 800
    query: str = ""
    at: str | None = None  # the words of the heading it begins with


# Within a minute, for then the pages say that nobody collects; what shows no banner comes last.
PICTURES = (
    Picture(name="forecast", page="forecast", state="before the target", height=1000),
    Picture(name="health", page="health", height=760),
    Picture(name="wall", page="wall", height=900),
    Picture(name="wall-phone-ar", page="wall", lang="ar", width=390, height=844),
    Picture(name="kiosk", page="wall", query="&kiosk=1", width=1920, height=1080),
    Picture(name="dead", page="wall", state="dead", height=740),
    Picture(name="growth", page="growth", height=860),
    Picture(name="broadcasts", page="broadcasts", height=700),
    Picture(name="broadcast", page="broadcast", height=900),
    Picture(name="polls", page="broadcast", height=502, at="Where these numbers come from"),
)


def make(folder: Path) -> None:
    """Write every picture into ``folder``, and nothing else."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        sys.exit("needs Chromium: `apt install chromium`")
    folder.mkdir(parents=True, exist_ok=True)
    usual = Rehearsal(now=datetime.now(UTC), wide=True)
    states = {
        "live": usual,
        "before the target": replace(usual, wide=False),
        "dead": replace(usual, now=usual.now - timedelta(minutes=26)),
    }
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        for name, state in states.items():
            source = published_edition.publish(Path(place) / name, state)
            if name == "live":  # first: an open page soon says when nobody publishes any more
                with _public(source, Path(place) / "pages") as address:
                    _of_public(browser, address, folder)
            with served(source) as site:
                for picture in (one for one in PICTURES if one.state == name):
                    _of_dashboard(browser, site, picture, folder)
        browser.close()


def _of_dashboard(browser: Browser, site: str, picture: Picture, folder: Path) -> None:
    view = browser.new_page(
        viewport={"width": picture.width, "height": picture.height}, locale="en-GB"
    )
    address = "" if picture.page == "wall" else picture.page
    needs = browser_layout.NEEDS.get(picture.page, "")
    view.goto(f"{site}/{address}?lang={picture.lang}{needs}{picture.query}")
    view.wait_for_selector(".lt-foot", state="attached", timeout=60_000)
    browser_layout.settle(view)
    if picture.at:
        heading = view.get_by_role("heading", name=picture.at)
        heading.evaluate("heading => heading.scrollIntoView({block: 'start'})")
        browser_layout.settle(view)
    _keep(view, folder / f"{picture.name}.png")
    view.close()


@contextmanager
def _public(source: Path, out: Path) -> Iterator[str]:
    PagePublisher(Public(read_model=source, folder=out), now=lambda: datetime.now(UTC)).publish()
    listening = socket.create_server(("127.0.0.1", 0))
    running = server(out)
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join(20)


def _of_public(browser: Browser, address: str, folder: Path) -> None:
    view = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    view.goto(f"{address}/en.html")
    view.wait_for_load_state("networkidle")
    _keep(view, folder / "public.png")
    view.close()


def _keep(view: Page, path: Path) -> None:
    """Save what is on the screen, in as many colours as such a page has."""
    with Image.open(BytesIO(view.screenshot())) as whole:
        whole.convert("RGB").quantize(
            COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        ).save(path, optimize=True)
    size = path.stat().st_size
    if size > MOST_BYTES:
        sys.exit(f"{path.name} has {size:,} bytes, more than {MOST_BYTES:,}")
    sys.stdout.write(f"{path.name} {size:,} bytes\n")


if __name__ == "__main__":
    make(FOLDER)
