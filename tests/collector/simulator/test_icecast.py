"""The status page, byte for byte as captured from a real server."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from collector.simulator.icecast import as_printed, status_page
from collector.simulator.platforms import Platforms
from collector.simulator.wire.server import serving
from collector.simulator.world.protocol import Channel, Mount
from tests.support.simulator_examples import Clock

LIVE = Mount(
    path="/live.mp3",
    listeners=3,
    listener_peak=3,
    stream_started_at=datetime(2026, 11, 23, 21, 31, 14, tzinfo=UTC),
    server_name="Keynote EN",
)
FRENCH = Mount(
    path="/fr.mp3",
    listeners=0,
    listener_peak=0,
    stream_started_at=datetime(2026, 11, 23, 21, 31, 20, tzinfo=UTC),
    server_name="2026",
)
SERVER_STARTED_AT = datetime(2026, 11, 23, 21, 31, 13, tzinfo=UTC)


class Radio:
    """A world with mounts only."""

    def __init__(self, *mounts: Mount) -> None:
        self._mounts = mounts

    def channels(self) -> tuple[Channel, ...]:
        return ()

    def listing(self, channel_id: str, at: datetime) -> tuple[str, ...]:
        del channel_id, at
        return ()

    def video(self, native_id: str, at: datetime) -> None:
        del native_id, at

    def mounts(self, at: datetime) -> tuple[Mount, ...]:
        del at
        return self._mounts


@pytest.mark.parametrize(
    ("capture", "mounts"),
    [
        ("status_after_end", []),
        ("status_one_source_3_listeners", [LIVE]),
        ("status_one_source_0_listeners", [replace(LIVE, listeners=0, listener_peak=0)]),
        ("status_two_sources", [LIVE, FRENCH]),
        ("status_listeners_left", [replace(LIVE, listeners=0), FRENCH]),
    ],
)
def test_the_page_is_the_captured_one(
    example: Callable[[str], str], capture: str, mounts: list[Mount]
) -> None:
    captured = example(f"icecast/{capture}.json").strip()
    page = status_page(mounts, SERVER_STARTED_AT)
    assert page == captured.replace("http://localhost:18765", "http://localhost:8000")


@pytest.mark.parametrize(
    ("text", "printed"),
    [("2026", 2026), ("1.5", 1.5), ("true", True), ("007", "007"), ("0", 0), ("K9", "K9")],
)
def test_what_looks_like_a_number_becomes_one(text: str, printed: object) -> None:
    assert as_printed(text) == printed
    assert type(as_printed(text)) is type(printed)


def test_a_mount_may_be_asked_for_alone() -> None:
    with serving(Radio(LIVE, FRENCH), now=lambda: SERVER_STARTED_AT) as served:
        page = httpx.get(f"{served.address}/status-json.xsl?mount=/fr.mp3", trust_env=False).json()
    assert page["icestats"]["source"]["server_name"] == 2026


def test_each_answer_closes_its_connection(client: httpx.Client) -> None:
    answer = client.get("/status-json.xsl")
    assert answer.headers["connection"].lower() == "close"
    assert answer.headers["server"] == "Icecast 2.4.4"
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"


def test_a_dropped_source_comes_back_as_another_connection(
    client: httpx.Client, clock: Clock, served: Platforms
) -> None:
    def source() -> dict | None:
        sources = client.get("/status-json.xsl").json()["icestats"]["source"]
        sources = sources if isinstance(sources, list) else [sources]
        return next((mount for mount in sources if mount["listenurl"].endswith("/radio.mp3")), None)

    calls_before = served.icecast.calls["status"]
    before = source()
    clock.advance(minutes=5)
    assert source() is None
    clock.advance(seconds=45)
    after = source()
    assert after["stream_start_iso8601"] > before["stream_start_iso8601"]
    assert after["listener_peak"] < before["listener_peak"]
    assert served.icecast.calls["status"] - calls_before == 3
