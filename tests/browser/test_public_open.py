"""A public page that stays open: it renews itself, may be paused, and says when nobody renews it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from dashboard.public.documents import pages
from tests.support.browser_layout import LANGUAGES
from tests.support.browser_public_pages import Sites, cut_off, of_the_next_edition, opened

pytestmark = pytest.mark.browser


def test_what_is_paused_is_not_called_now(chromium: Browser, public: Sites):
    with opened(chromium, public("live").address, "en") as (view, _):
        expect(view.locator(".now")).to_contain_text("right now", use_inner_text=True)
        view.locator("#pause").click()
        expect(view.locator(".now")).to_contain_text("when last seen", use_inner_text=True)
        assert not re.search("right now|watching now|last hour", view.locator("main").inner_text())
        view.locator("#pause").click()
        expect(view.locator(".now")).to_contain_text("right now", use_inner_text=True)


def numbers_of(at: datetime, **other: object) -> Callable[[Page], None]:
    """Let ``live.json`` be answered as its publisher left it at that time."""

    def prepare(view: Page) -> None:
        def answer(route: Route) -> None:
            told = route.fetch().json()
            route.fulfill(json={**told, "published_at": at.isoformat(), **other})

        view.route("**/live.json", answer)

    return prepare


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_that_nobody_renews_says_so_by_itself(chromium: Browser, public: Sites, lang: str):
    site = public("live").address
    at = datetime.now(UTC) - timedelta(hours=1.5)
    with opened(chromium, site, lang, prepare=numbers_of(at)) as (view, seen):
        expect(view.locator("#stale")).to_be_visible()
        expect(view.locator("#since")).to_have_text(f"{at + timedelta(hours=1):%H:%M}")
        assert not view.locator(".now .is").is_visible()
        assert view.locator(".now .was").is_visible()
        assert view.locator(".hero").evaluate("e => getComputedStyle(e).color") != view.locator(
            "body"
        ).evaluate("e => getComputedStyle(e).color")
        assert seen.errors == []
    with opened(chromium, site, lang, prepare=numbers_of(datetime.now(UTC))) as (view, _):
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
    ready = site.press._producer.current
    assert ready.model is not None
    edition = ready.model.edition(None)
    assert edition is not None
    late = edition.ends_at + timedelta(days=30)
    asked = tuple(replace(sight, seen_at=late) for sight in edition.sights)
    closed = replace(ready.model, editions=(replace(edition, sights=asked),), current=edition.key)
    page = pages(replace(ready, model=closed), late, language="en")["en.html"].decode()
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
    fresh = numbers_of(
        datetime.now(UTC), views=19_999_999, target_views=20_000_000, concurrent_viewers=None
    )
    with opened(chromium, public("live").address, lang, prepare=fresh) as (view, seen):
        grouped = {"ar": "19,999,999", "en": "19,999,999", "fr": "19\u202f999\u202f999"}[lang]
        expect(view.locator(".hero")).to_have_text(grouped)
        expect(view.locator(".now b")).to_have_text("—")
        assert seen.errors == []


def test_new_numbers_keep_the_digits_of_the_page(chromium: Browser, public: Sites):
    site = public("live")
    ready = site.press._producer.current
    made = pages(ready, datetime.now(UTC), language="ar", eastern=True)["ar.html"]
    fresh = numbers_of(datetime.now(UTC), views=19_999_999, target_views=20_000_000)

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
        numbers_of(datetime.now(UTC), page="another")(view)
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
