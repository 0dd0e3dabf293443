"""What a run will need is checked before it, and beside one that goes on."""

import asyncio
import socket
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from collector.config.load import load_config
from collector.doctor import Finding, examine
from tests.collector.config.test_load import GOOD, written


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
