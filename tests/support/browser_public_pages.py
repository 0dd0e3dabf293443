"""The public pages served as they are for people, and a browser that opens them."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from dashboard.public.documents import pages
from dashboard.public.files import write
from dashboard.public.publisher import PagePublisher, Public
from dashboard.public.server import server
from tests.support import published_edition
from tests.support.browser_layout import Met, dismiss
from tests.support.published_edition import HOSTILE, Rehearsal

_HOSTILE = tuple((key, HOSTILE) for key in ("DAY1", "DAY2", "DAY3", "SOON"))


@dataclass(frozen=True)
class Site:
    """A served folder of public pages, with the press that fills it."""

    address: str
    press: PagePublisher
    folder: Path
    source: Path


#: Numbers are called stale after ten minutes, and a busy machine may need longer for all tests.
FRESH_FOR = timedelta(minutes=4)

Sites = Callable[[str], Site]


@contextmanager
def published(root: Path) -> Iterator[Sites]:
    """Publish and serve a state by its name, each once while it is fresh, under ``root``."""
    made, running = dict[str, Site](), []
    published_at: dict[str, datetime] = {}

    def site(name: str) -> Site:
        now = datetime.now(UTC)
        if name not in made or now - published_at[name] > FRESH_FOR:
            published_at[name] = now
            usual = Rehearsal(now=now, wide=True)
            states = {
                "live": usual,
                "hostile": replace(usual, titles=_HOSTILE, named=HOSTILE),
                "dead": replace(usual, heartbeat_seconds_ago=7200),
                "failing": replace(usual, failing_minutes=60),
                "over": replace(usual, live=False),
            }
            folder = f"{name}-{now:%H%M%S}"
            source, out = root / folder, root / f"{folder}-pages"
            if name in states:
                published_edition.publish(source, states[name])
            elif name == "before":
                published_edition.publish(source, usual)
            press = PagePublisher(
                Public(read_model=source, folder=out), now=lambda: datetime.now(UTC)
            )
            press.publish()
            if name == "before":
                write(out, of_the_next_edition(press))
            listening = socket.create_server(("127.0.0.1", 0))
            one = server(out)
            thread = threading.Thread(target=one.run, args=([listening],), daemon=True)
            thread.start()
            running.append((one, thread))
            address = f"http://127.0.0.1:{listening.getsockname()[1]}"
            made[name] = Site(address, press, out, source)
        return made[name]

    yield site
    for one, thread in running:
        one.should_exit = True
        thread.join(20)


def of_the_next_edition(press: PagePublisher) -> dict[str, bytes]:
    """The pages as they are before an edition: of the one that is to come."""
    ready = press._producer.current
    assert ready.model is not None
    edition = ready.model.edition("rabat")
    assert edition is not None
    picture = replace(ready.model, editions=(edition,), current="rabat")
    return pages(replace(ready, model=picture), datetime.now(UTC), language="en")


@contextmanager
def opened(
    browser: Browser, address: str, lang: str, *, width: int = 390, height: int = 844, dark: bool = False,
    scripts: bool = True, prepare: Callable[[Page], None] | None = None,
) -> Iterator[tuple[Page, Met]]:  # fmt: skip
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
    )
    view, seen = context.new_page(), Met()
    near = (address, "data:")
    view.on("request", lambda r: None if r.url.startswith(near) else seen.elsewhere.append(r.url))
    view.on("pageerror", lambda error: seen.errors.append(str(error)))
    view.on("console", lambda m: seen.errors.append(m.text) if m.type == "error" else None)
    view.on("dialog", lambda dialog: dismiss(dialog, seen.errors))
    try:
        if prepare is not None:
            prepare(view)
        view.goto(f"{address}/{lang}.html")
        if scripts:
            expect(view.locator("#pause")).to_be_visible()
        yield view, seen
    finally:
        context.close()


def cut_off(view: Page) -> list[str]:
    """The words and numbers that reach beyond the screen or their card."""
    return view.evaluate(
        """() => [...document.querySelectorAll(
             'h1, h2, h3, .hero, .views, .now, .under span, .card p, .count b, .list .title, .much,'
             + ' .notes li, nav a, footer p, .plot text')]
           .filter(e => e.getClientRects().length)
           .filter(e => {
             const box = e.getBoundingClientRect();
             const card = (e.closest('.card, .list li') ?? document.body).getBoundingClientRect();
             return box.left < Math.max(0, card.left) - 0.5
                 || box.right > Math.min(innerWidth, card.right) + 0.5;
           }).map(e => e.textContent)"""
    )
