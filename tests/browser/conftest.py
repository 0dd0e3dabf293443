"""A headless Chromium and a real server for the tests that look at pages."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from dashboard.server.launch import start_streamlit
from dashboard.server.settings import DashboardSettings
from tests.support import browser_public_pages, published_edition
from tests.support.patience import PATIENCE_SECONDS
from tests.support.published_edition import HOSTILE, Rehearsal

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
#: Numbers are called stale after ten minutes, and a busy machine may need longer for all tests.
FRESH_FOR = timedelta(minutes=4)
GROW_OLD = frozenset({"live", "failing"})
expect.set_options(timeout=60_000)  # a busy machine is no fault of the page


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, headless."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("needs Chromium: `apt install chromium` (make test does it where it may)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def read_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the states are published, each in a folder of its name."""
    return tmp_path_factory.mktemp("sites")


@pytest.fixture(scope="session")
def sites(read_models: Path) -> Iterator[Callable[[str], str]]:
    """Serve a state by its name; the answer is the address. Each is served once while it is fresh."""
    addresses: dict[str, str] = {}
    published_at: dict[str, datetime] = {}
    with ExitStack() as stack:

        def site(name: str) -> str:
            now = datetime.now(UTC)
            grows_old = name in GROW_OLD and now - published_at.get(name, now) > FRESH_FOR
            if name not in addresses or grows_old:
                folder = read_models / (f"{name}-{now:%H%M%S}" if grows_old else name)
                states = states_at(now)
                if name in states:
                    published_edition.publish(folder, states[name])
                addresses[name] = stack.enter_context(served(folder))
                published_at[name] = now
            return addresses[name]

        yield site


def states_at(now: datetime) -> dict[str, Rehearsal]:
    """The states that can be served, each as of ``now``."""
    usual = Rehearsal(now=now, wide=True)
    return {
        "live": usual,
        "dying": replace(usual, wide=False),
        "hostile": replace(
            usual,
            titles=tuple((key, HOSTILE) for key in ("DAY1", "DAY2", "DAY3", "SOON")),
            named=HOSTILE,
        ),
        "dead": replace(usual, heartbeat_seconds_ago=7_200),
        "full": usual,
        "failing": replace(usual, failing_minutes=60),
    }


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser_public_pages.Sites]:
    """Serve the public pages of a state by its name; the answer is where they are."""
    with browser_public_pages.published(tmp_path_factory.mktemp("public")) as site:
        yield site


@contextmanager
def served(folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = DashboardSettings(read_model=folder, port=port, refresh_seconds=2, chart_seconds=5)
    process = start_streamlit(settings, output=subprocess.DEVNULL)
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        if process.stdin:
            process.stdin.close()


def _wait(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
