"""Who is on the list comes in, who is not is told so, and nobody else sees more than the door."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.server.test_launch import free_port, healthy
from tests.support import published_edition
from tests.support.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.support.patience import PATIENCE_SECONDS
from tests.support.published_edition import Rehearsal

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
PERSONS = {
    "amina": {"email": "amina@example.org", "email_verified": True, "name": "Amina"},
    "omar": {"email": "omar@elsewhere.example", "email_verified": True, "name": "Omar"},
    "eve": {"email": "amina@example.org", "email_verified": False, "name": "Eve"},
}
DOOR = {
    "en": "Sign in to see the dashboard",
    "fr": "Connectez-vous pour voir le tableau de bord",
    "ar": "سجّل الدخول لرؤية لوحة المتابعة",
}
REFUSED = {
    "en": "is not on the list",
    "fr": "ne figure pas parmi celles",
    "ar": "ليس ضمن العناوين",
}
CONFIG = """\
programme: {{key: days, names: {{ar: أ, fr: b, en: c}}, time_zone: Africa/Casablanca}}
editions:
  - {{key: one, names: {{ar: أ, fr: b, en: c}}, city: {{ar: أ, fr: b, en: c}},
      starts_on: 2026-05-17, ends_on: 2026-05-21}}
storage: {{read_model: {read_model}}}
dashboard:
  port: {port}
  language: en
  url: http://127.0.0.1:{port}
  login:
    metadata_url: {provider}/.well-known/openid-configuration
    client_id: {client_id}
    allow: [amina@example.org]
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    listening = socket.create_server(("127.0.0.1", 0))
    one = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}", PERSONS)
    config = uvicorn.Config(one.application(), log_level="warning", lifespan="off")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    yield one
    running.should_exit = True
    thread.join(20)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[str]:
    """`livetally dashboard run` as a person would configure it."""
    folder, port = tmp_path_factory.mktemp("login"), free_port()
    published_edition.publish(folder / "published", Rehearsal(now=datetime.now(UTC)))
    secret = folder / "secret"
    secret.write_text(CLIENT_SECRET)
    (folder / "config.yaml").write_text(
        CONFIG.format(
            port=port, provider=provider.address, client_id=CLIENT_ID, read_model="published"
        ),
        "utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "livetally", "dashboard", "run"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "LIVETALLY_DASHBOARD_CLIENT_SECRET_FILE": str(secret),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert healthy(port)
        yield f"http://127.0.0.1:{port}"
        written = [one for one in folder.rglob("*") if one.is_file() and one != secret]
        assert [one for one in written if CLIENT_SECRET.encode() in one.read_bytes()] == []
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@contextmanager
def visitor(browser: Browser, width: int = 1366) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": width, "height": 844}, locale="en-GB")
    try:
        yield context.new_page()
    finally:
        context.close()


def enter(view: Page, site: str, person: str, button: str = "Sign in", query: str = "") -> None:
    view.goto(f"{site}/{query}")
    view.get_by_role("button", name=button, exact=True).click()
    view.get_by_role("link", name=person, exact=True).click()
    view.wait_for_url(f"{site}/**")


def of_the_dashboard(view: Page) -> int:
    """How much of the dashboard itself is shown."""
    return view.locator(
        ".lt-hero, .lt-tile, .lt-now, .st-key-pages, .stEChartsChart, .lt-foot"
    ).count()


@pytest.mark.parametrize("page", ["", "growth", "health"])
@pytest.mark.parametrize("lang", DOOR)
def test_who_is_not_logged_in_sees_the_door_alone(
    chromium: Browser, site: str, lang: str, page: str
):
    with visitor(chromium, 390) as view:
        view.goto(f"{site}/{page}?lang={lang}")
        expect(view.get_by_role("heading", name=DOOR[lang])).to_be_visible(timeout=60_000)
        assert of_the_dashboard(view) == 0
        assert view.locator("html").get_attribute("dir") == ("rtl" if lang == "ar" else "ltr")
        assert view.evaluate("document.documentElement.scrollWidth") <= 390
        found = Axe().run(view, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
        grave = [one["id"] for one in found if one["impact"] in {"serious", "critical"}]
        assert grave == []


def test_a_person_of_the_list_comes_in_and_stays(chromium: Browser, site: str, provider: Provider):
    with visitor(chromium) as view:
        said: list[str] = []
        view.on("console", lambda m: said.append(m.text) if "Content Security" in m.text else None)
        enter(view, site, "amina")
        expect(view.locator(".lt-hero .figure")).to_be_visible(timeout=60_000)
        assert provider.redirects[-1] == f"{site}/oauth2callback"
        cookies = {cookie.get("name"): cookie for cookie in view.context.cookies()}
        assert cookies["_streamlit_user"].get("httpOnly")
        view.goto(f"{site}/health")
        expect(view.locator(".lt-source").first).to_be_visible(timeout=60_000)
        assert said == []
        view.get_by_role("button", name="Sign out", exact=True).click(timeout=60_000)
        expect(view.get_by_role("heading", name=DOOR["en"])).to_be_visible(timeout=60_000)
        assert of_the_dashboard(view) == 0


@pytest.mark.parametrize("lang", REFUSED)
def test_another_person_is_refused_in_their_language(chromium: Browser, site: str, lang: str):
    with visitor(chromium) as view:
        enter(view, site, "omar")
        view.goto(f"{site}/?lang={lang}")
        expect(view.locator(".lt-empty")).to_contain_text(REFUSED[lang], timeout=60_000)
        expect(view.locator(".lt-empty")).to_contain_text("omar@elsewhere.example")
        assert of_the_dashboard(view) == 0


def test_an_address_that_is_not_vouched_for_is_nobodys(chromium: Browser, site: str):
    with visitor(chromium) as view:
        enter(view, site, "eve")
        expect(view.locator(".lt-empty")).to_contain_text("does not confirm", timeout=60_000)
        assert of_the_dashboard(view) == 0


def test_a_forged_cookie_opens_nothing(chromium: Browser, site: str):
    with visitor(chromium) as view:
        view.context.add_cookies(
            [{"name": "_streamlit_user", "value": '{"email":"amina@example.org"}', "url": site}]
        )
        view.goto(site)
        expect(view.get_by_role("heading", name=DOOR["en"])).to_be_visible(timeout=60_000)
        assert of_the_dashboard(view) == 0


def test_who_signs_out_is_outside(chromium: Browser, site: str):
    with visitor(chromium) as view:
        enter(view, site, "omar")
        view.get_by_role("button", name="Sign out", exact=True).click(timeout=60_000)
        expect(view.get_by_role("heading", name=DOOR["en"])).to_be_visible(timeout=60_000)
