"""The public pages as people see them: on a phone and on a desk, light and dark, with and without a script."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from dashboard.public.folder import write
from dashboard.public.pages import pages
from dashboard.public.press import Press, Public
from dashboard.public.serving import server
from tests.browser import layout
from tests.dashboard import rehearsal
from tests.dashboard.rehearsal import HOSTILE, Rehearsal

pytestmark = pytest.mark.browser

LANGUAGES = ("ar", "fr", "en")
WIDTHS = (390, 1366)
_HOSTILE = tuple((key, HOSTILE) for key in ("DAY1", "DAY2", "DAY3", "SOON"))


@dataclass(frozen=True)
class Site:
    """A served folder of public pages, with the press that fills it."""

    address: str
    press: Press
    folder: Path
    source: Path


Sites = Callable[[str], Site]


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    now = datetime.now(UTC)
    usual = Rehearsal(now=now, wide=True)
    states = {
        "live": usual,
        "hostile": replace(usual, titles=_HOSTILE, named=HOSTILE),
        "dead": replace(usual, heartbeat_seconds_ago=7200),
        "failing": replace(usual, failing_minutes=60),
        "over": replace(usual, live=False),
    }
    root, made, running = tmp_path_factory.mktemp("public"), dict[str, Site](), []

    def site(name: str) -> Site:
        if name not in made:
            source, out = root / name, root / f"{name}-pages"
            if name in states:
                rehearsal.publish(source, states[name])
            elif name == "before":
                rehearsal.publish(source, usual)
            press = Press(Public(read_model=source, folder=out), now=lambda: datetime.now(UTC))
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


def of_the_next_edition(press: Press) -> dict[str, bytes]:
    """The pages as they are before an edition: of the one that is to come."""
    ready = press._producer.ready
    edition = ready.picture.edition("rabat")
    picture = replace(ready.picture, editions=(edition,), current="rabat")
    return pages(replace(ready, picture=picture), datetime.now(UTC), language="en")


@dataclass
class Seen:
    """What the browser met while a page was open."""

    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextmanager
def opened(
    browser: Browser, address: str, lang: str, *, width: int = 390, height: int = 844, dark: bool = False,
    scripts: bool = True, prepare: Callable[[Page], None] | None = None,
) -> Iterator[tuple[Page, Seen]]:  # fmt: skip
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
    )
    view, seen = context.new_page(), Seen()
    near = (address, "data:")
    view.on("request", lambda r: None if r.url.startswith(near) else seen.elsewhere.append(r.url))
    view.on("pageerror", lambda error: seen.errors.append(str(error)))
    view.on("console", lambda m: seen.errors.append(m.text) if m.type == "error" else None)
    view.on("dialog", lambda dialog: (seen.errors.append(dialog.message), dialog.dismiss()))
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


def overlapping(view: Page) -> list[str]:
    """The chart's end labels that lie over one another."""
    return view.evaluate(
        """() => {
          const boxes = [...document.querySelectorAll('.plot text.end')]
            .map(e => [e.textContent, e.getBoundingClientRect()]);
          return boxes.flatMap(([text, a], i) => boxes.slice(i + 1)
            .filter(([_, b]) => a.top < b.bottom - 3 && b.top < a.bottom - 3).map(([t]) => text + t));
        }"""
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_is_whole_accessible_and_asks_nobody_else(
    chromium: Browser, public: Sites, lang: str, width: int, *, dark: bool
):
    with opened(chromium, public("live").address, lang, width=width, dark=dark) as (view, seen):
        assert view.evaluate("document.documentElement.scrollWidth") <= width
        assert cut_off(view) == []
        assert overlapping(view) == []
        assert view.locator("html").get_attribute("dir") == ("rtl" if lang == "ar" else "ltr")
        least = view.evaluate(
            "Math.min(...[...document.querySelectorAll('.plot text, p, span, small, li')]"
            ".filter(e => e.textContent && e.getClientRects().length)"
            ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
        )
        assert least >= 12
        found = Axe().run(view).response["violations"]
        grave = [one["id"] for one in found if one["impact"] in {"serious", "critical"}]
        assert grave == []
        assert seen.errors == []
        assert seen.elsewhere == []


@pytest.mark.parametrize("name", ["hostile", "dead", "failing", "over", "nothing"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_state_holds_on_a_phone(chromium: Browser, public: Sites, name: str, lang: str):
    with opened(chromium, public(name).address, lang) as (view, seen):
        assert view.evaluate("document.documentElement.scrollWidth") <= 390
        assert cut_off(view) == []
        assert seen.errors == []
        assert seen.elsewhere == []
        assert view.locator("main img, a[href^='javascript']").count() == 0


_AT = r"(\d\d? \w+, )?\d\d:\d\d"
SAID = {
    "live": ("● Live", r"\d[\d,]+ watching right now", r"\+[\d,]+ in the last hour"),
    "dead": (
        f"Counting has been interrupted since {_AT}",
        f"watching when last seen, (at|between) {_AT}",
    ),
    "failing": (
        r"\d[\d,]+ watching right now",
        rf"without YouTube ?, which does not answer: [\d,]+ when last seen, at {_AT}",
        f"Includes YouTube as of {_AT}",
    ),
    "over": (r"\d[\d,]{8,}", "of the target|of 20,000,000"),
    "before": ("Starts on", "days", "Target: 20,000,000 views"),
}
NEVER = {
    "live": "when last seen|interrupted",
    "dead": "right now|watching now|in the last hour",
    "failing": "in the last hour",
    "over": "right now|watching",
    "before": "watching|in the last hour",
}


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1366, 900)])
@pytest.mark.parametrize("name", SAID)
def test_the_first_screenful_tells_the_state(
    chromium: Browser, public: Sites, name: str, width: int, height: int
):
    with opened(chromium, public(name).address, "en", width=width, height=height) as (view, seen):
        layout.keep(view, f"public-{name}-{width}")
        assert layout.untold(view, SAID[name]) == []
        assert not re.search(NEVER[name], view.locator("main").inner_text())
        assert seen.errors == []


def test_what_is_paused_is_not_called_now(chromium: Browser, public: Sites):
    with opened(chromium, public("live").address, "en") as (view, _):
        expect(view.locator(".now")).to_contain_text("right now", use_inner_text=True)
        view.locator("#pause").click()
        expect(view.locator(".now")).to_contain_text("when last seen", use_inner_text=True)
        assert not re.search("right now|watching now|last hour", view.locator("main").inner_text())
        view.locator("#pause").click()
        expect(view.locator(".now")).to_contain_text("right now", use_inner_text=True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_titles_and_names_stand_as_written(chromium: Browser, public: Sites, lang: str):
    with opened(chromium, public("hostile").address, lang) as (view, seen):
        shown = view.locator("body").inner_text()
        assert shown.count("<script>alert(1)</script> **bold** $x^2$") >= 4
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in shown
        assert view.locator("script").count() == 1
        assert view.locator("img, [onerror], a[href^='javascript' i], b:text('bold')").count() == 0
        assert seen.errors == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_a_script_everything_is_there(chromium: Browser, public: Sites, lang: str):
    site = public("live")
    with opened(chromium, site.address, lang, scripts=False) as (view, seen):
        told = json.loads((site.folder / "live.json").read_bytes())
        shown = re.sub(r"\D", "", view.locator(".hero").inner_text())
        assert shown == str(told["views"])
        assert view.locator(".plot path").count() >= 5
        assert not view.locator("#stale").is_visible()
        assert not view.locator("#pause").is_visible()
        assert seen.errors == []
        view.locator("summary").first.click()
        assert "YouTube" in view.locator("details p").first.inner_text()


def numbers_of(hours_ago: float, **other: object) -> Callable[[Page], None]:
    """Let ``live.json`` be answered as its publisher left it so long ago."""

    def prepare(view: Page) -> None:
        def answer(route: Route) -> None:
            told = route.fetch().json()
            at = datetime.now(UTC) - timedelta(hours=hours_ago)
            route.fulfill(json={**told, "published_at": at.isoformat(), **other})

        view.route("**/live.json", answer)

    return prepare


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_that_nobody_renews_says_so_by_itself(chromium: Browser, public: Sites, lang: str):
    site = public("live").address
    with opened(chromium, site, lang, prepare=numbers_of(1.5)) as (view, seen):
        expect(view.locator("#stale")).to_be_visible()
        at = datetime.now(UTC) - timedelta(hours=1.5)
        expect(view.locator("#since")).to_have_text(f"{at + timedelta(hours=1):%H:%M}")
        assert not view.locator(".now .is").is_visible()
        assert view.locator(".now .was").is_visible()
        assert view.locator(".hero").evaluate("e => getComputedStyle(e).color") != view.locator(
            "body"
        ).evaluate("e => getComputedStyle(e).color")
        assert seen.errors == []
    with opened(chromium, site, lang, prepare=numbers_of(0.01)) as (view, _):
        expect(view.locator(".hero bdi")).not_to_be_empty()
        view.wait_for_timeout(1500)
        assert not view.locator("#stale").is_visible()


def test_a_server_that_is_gone_makes_an_open_page_stale(chromium: Browser, public: Sites):
    with opened(chromium, public("live").address, "en", prepare=lambda v: v.clock.install()) as (
        view,
        _,
    ):
        view.clock.run_for(2_000)
        assert not view.locator("#stale").is_visible()
        view.route("**/*", lambda route: route.abort())
        view.clock.run_for(200_000)
        expect(view.locator("#stale")).to_be_visible()


def test_the_final_count_is_never_called_stale(chromium: Browser, public: Sites):
    site = public("over")
    edition = site.press._producer.ready.picture.edition(None)
    late = edition.ends_at + timedelta(days=30)
    press = Press(
        Public(read_model=site.source, folder=site.folder.with_name("final")), now=lambda: late
    )
    press.publish()
    page = (site.folder.with_name("final") / "en.html").read_text("utf-8")
    (site.folder / "final.html").write_text(page, "utf-8")
    (site.folder / "final.html.gz").unlink(missing_ok=True)
    with opened(chromium, site.address, "en") as (view, _):
        view.route(
            "**/final.html", lambda route: route.fulfill(body=page, content_type="text/html")
        )
        view.goto(f"{site.address}/final.html")
        view.wait_for_timeout(1500)
        assert view.locator("html").get_attribute("data-state") == "final"
        assert "Final count" in view.locator(".state").first.inner_text()
        assert not view.locator("#stale").is_visible()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_new_numbers_arrive_without_a_reload(chromium: Browser, public: Sites, lang: str):
    fresh = numbers_of(0, views=19_999_999, target_views=20_000_000, concurrent_viewers=None)
    with opened(chromium, public("live").address, lang, prepare=fresh) as (view, seen):
        grouped = {"ar": "19,999,999", "en": "19,999,999", "fr": "19\u202f999\u202f999"}[lang]
        expect(view.locator(".hero")).to_have_text(grouped)
        expect(view.locator(".now b")).to_have_text("—")
        assert seen.errors == []


def test_new_numbers_keep_the_digits_of_the_page(chromium: Browser, public: Sites):
    site = public("live")
    ready = site.press._producer.ready
    made = pages(ready, datetime.now(UTC), language="ar", eastern=True)["ar.html"]
    fresh = numbers_of(0, views=19_999_999, target_views=20_000_000)

    def prepare(view: Page) -> None:
        fresh(view)
        view.route("**/ar.html", lambda r: r.fulfill(body=made, content_type="text/html"))

    with opened(chromium, site.address, "ar", prepare=prepare) as (view, seen):
        expect(view.locator(".hero")).to_have_text("١٩٬٩٩٩٬٩٩٩")
        expect(view.locator("[data-at]")).to_have_text(re.compile(r"^[٠-٩]{2}:[٠-٩]{2}:[٠-٩]{2}$"))
        assert not re.search("[0-9]", view.locator("main").inner_text())
        assert seen.errors == []


def test_an_open_page_takes_over_the_next_one_and_keeps_what_is_open(
    chromium: Browser, public: Sites
):
    site = public("live")
    with opened(chromium, site.address, "en", prepare=lambda v: v.clock.install()) as (view, seen):
        view.locator("summary").nth(1).click()
        changed = (
            (site.folder / "en.html")
            .read_text("utf-8")
            .replace("El Jadida</bdi></h1>", "Changed</bdi></h1>")
        )
        view.route("**/en.html", lambda r: r.fulfill(body=changed, content_type="text/html"))
        numbers_of(0, page="another")(view)
        for _ in range(8):  # it asks again only when it has been answered
            view.clock.run_for(19_000)
            view.wait_for_timeout(150)
        expect(view.locator("h1")).to_have_text("Changed")
        assert view.locator("details[open]").count() == 1
        assert seen.errors == []


def test_updates_can_be_paused(chromium: Browser, public: Sites):
    asked: list[str] = []
    with opened(chromium, public("live").address, "en", prepare=lambda v: v.clock.install()) as (
        view,
        _,
    ):
        view.locator("#pause").click()
        expect(view.locator("#pause")).to_have_text("Resume updates")
        view.on("request", lambda request: asked.append(request.url))
        view.clock.run_for(120_000)
        assert asked == []
        view.locator("#pause").click()
        view.clock.run_for(20_000)
        assert any(url.endswith("live.json") for url in asked)


def test_the_countdown_runs(chromium: Browser, public: Sites):
    site = public("live")
    made = of_the_next_edition(site.press)
    with opened(chromium, site.address, "ar") as (view, seen):
        view.route(
            "**/soon.html", lambda r: r.fulfill(body=made["ar.html"], content_type="text/html")
        )
        view.route(
            "**/live.json",
            lambda r: r.fulfill(body=made["live.json"], content_type="application/json"),
        )
        view.goto(f"{site.address}/soon.html")
        expect(view.locator(".count b").first).to_have_text(re.compile(r"19\d|200"))
        first = view.locator(".count b").last.inner_text()
        expect(view.locator(".count b").last).not_to_have_text(first)
        assert cut_off(view) == []
        assert seen.errors == []


def test_the_pages_can_be_walked_with_the_keyboard(chromium: Browser, public: Sites):
    with opened(chromium, public("live").address, "en") as (view, _):
        view.keyboard.press("Tab")
        assert view.evaluate("document.activeElement.className") == "skip"
        view.keyboard.press("Tab")
        assert view.evaluate("document.activeElement.hreflang") == "fr"
        view.keyboard.press("Enter")
        view.wait_for_url("**/fr.html")
        expect(view.locator("html")).to_have_attribute("lang", "fr")
