"""Published folders that the dashboard's tests read, made once by the real store and publisher."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.server.settings import DashboardSettings
from tests.support import published_edition
from tests.support.dashboard_settings import handed_over
from tests.support.patience import PATIENCE_SECONDS
from tests.support.published_edition import Rehearsal
from tests.support.published_manifest import change_manifest

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
SETTINGS = DashboardSettings(refresh_seconds=3600)  # a test refreshes by running


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Rehearsal], Path]:
    """Publish a rehearsal under a name, once a module: what is live must not grow old."""
    made: dict[str, Path] = {}
    root = tmp_path_factory.mktemp("published")

    def publish(name: str, wanted: Rehearsal) -> Path:
        if name not in made:
            made[name] = published_edition.publish(root / name, wanted)
        return made[name]

    return publish


@pytest.fixture(scope="module")
def now() -> datetime:
    """The moment this module's rehearsals are about."""
    return datetime.now(UTC)


@pytest.fixture
def live(published: Callable[[str, Rehearsal], Path], now: datetime) -> Path:
    """An edition on air."""
    return published("live", Rehearsal(now=now))


@pytest.fixture
def open_page() -> Iterator[Callable[..., AppTest]]:
    """Open a page of the dashboard on a folder, as a viewer whose address says ``query``."""

    def opened(
        folder: Path,
        page: str = "wall",
        *,
        settings: DashboardSettings = SETTINGS,
        **query: str,
    ) -> AppTest:
        stack.enter_context(handed_over(replace(settings, read_model=folder)))
        app = AppTest.from_file(str(APP), default_timeout=PATIENCE_SECONDS)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        if page != "wall":
            app.switch_page(f"app_pages/{page}.py").run()
        return app

    with ExitStack() as stack:
        yield opened
    st.cache_resource.clear()


def text(app: AppTest) -> str:
    """Everything a page shows as HTML, in order."""
    return "\n".join(element.proto.body for element in app.get("html"))


def publish_as(folder, version: int) -> None:
    """Let the manifest be of another version of the read model."""
    change_manifest(folder, schema_version=version)
