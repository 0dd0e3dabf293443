"""What a run will need is checked before it, and beside one that goes on."""

import asyncio
import socket
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from collector.config.load import load_config
from collector.doctor import Finding, examine
from storage.model import Tick
from storage.read_model.publisher import Publisher
from storage.store import Store
from storage.system import machine
from tests.collector.config.test_load import GOOD, written
from tests.support.builders import NOON, broadcast, seen


def ports(tmp_path, *, dashboard: int, public: int) -> list[Finding]:
    """What is found of the two ports."""
    nobody = GOOD.replace('  - {platform: youtube, handle: "@dgsn"}', "  []")
    section = f"dashboard:\n  port: {dashboard}\n  public: {{port: {public}}}\n"
    config = load_config(written(tmp_path, nobody + section))
    found = asyncio.run(examine(config, now=lambda: datetime(2026, 5, 1, tzinfo=UTC)))
    return [one for one in found if one.subject.startswith("127.0.0.1:")]


@pytest.fixture
def pages(tmp_path):
    """A port on which live.json is served, as ours are."""
    (tmp_path / "live.json").write_text("{}")
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    )
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_port_is_free_ours_already_or_somebody_else_s(tmp_path, pages):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        dashboard, public = ports(tmp_path, dashboard=taken, public=pages)
    assert "stop what listens there, or choose another dashboard.port" in dashboard.remedy
    assert (public.finding, public.remedy) == ("dashboard.public runs here already", "")
    free, _ = ports(tmp_path, dashboard=taken, public=pages)
    assert (free.finding, free.remedy) == ("free for dashboard", "")


def test_what_is_kept_is_told_with_the_memory_and_the_disk_it_needs(tmp_path, monkeypatch):
    nobody = GOOD.replace('  - {platform: youtube, handle: "@dgsn"}', "  []")
    config = load_config(written(tmp_path, nobody))

    def subjects() -> dict[str, Finding]:
        now = datetime(2026, 5, 1, tzinfo=UTC)
        return {one.subject: one for one in asyncio.run(examine(config, now=lambda: now))}

    assert not {"size", "memory"} & subjects().keys()  # nothing is published
    with closing(Store.open(config.storage.database, now=lambda: NOON, simulated=False)) as store:
        store.event.save_programme(config.programme, config.editions)
        store.record(Tick(at=NOON, broadcasts=(broadcast("A"),)))
        store.record(seen(NOON, A=1))
        Publisher(store, config.storage.read_model, now=lambda: NOON, version="t").publish([])
    told = subjects()
    assert told["size"].finding.startswith("1 snapshots; database ")
    assert not told["memory"].remedy
    assert "disk" not in told  # how fast it grows is not known yet
    monkeypatch.setattr(machine, "memory_bytes", lambda: 1)
    assert "storage.retention_days" in subjects()["memory"].remedy
