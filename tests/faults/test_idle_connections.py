"""Row 64: clients that open connections and say nothing, on both web servers and real sockets."""

import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from dashboard.server.connections import REQUEST_SECONDS, most_connections
from tests.support.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.fault(row=64)
ROOT = Path(__file__).resolve().parents[2]
FILES = 120
HELD = 300
#: A server of the public pages' kind, and one of the dashboard's, whose app answers WebSockets too.
PROGRAMS = {
    "public": """
from dashboard.public.server import server
serving = server(Path(folder))
""",
    "dashboard": """
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from dashboard.server.connections import bounded_config

async def page(request):
    return PlainTextResponse(str(len(await request.body())))

async def stream(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)

routes = [Route("/en.html", page, methods=["GET", "POST"]), WebSocketRoute("/stream", stream)]
serving = uvicorn.Server(bounded_config(Starlette(routes=routes), log_level="warning"))
""",
}
_START = """
import resource, socket, sys
import logging
from pathlib import Path
folder = sys.argv[1]
from storage.system.log_repeats import SaidOnceLogger
logging.setLoggerClass(SaidOnceLogger)
resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files}))
{program}
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
serving.run([listening])
"""


@contextmanager
def serving(folder: Path, kind: str) -> Iterator[tuple[int, Path]]:
    """Serve in a process that may open few files; the answer is its port and what it logs."""
    (folder / "en.html").write_text("hello")
    log = folder / "log"
    program = _START.format(files=FILES, program=PROGRAMS[kind])
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert process.stdout
            port = int(process.stdout.readline())
            yield port, log
            assert process.poll() is None, log.read_text()
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE_SECONDS)


def answered(port: int) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as asking:
        asking.request("GET", "/en.html")
        return asking.getresponse().status


def opened(port: int, sent: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
    client.sendall(sent)
    return client


def is_closed(client: socket.socket) -> bool:
    """Wait until the server hangs up, whatever it says before."""
    client.settimeout(PATIENCE_SECONDS)
    try:
        while client.recv(65_536):
            continue
    except ConnectionError:
        return True
    return True


UPGRADE = (
    b"GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SENT = {
    "nothing": b"",
    "half a head": b"GET /en.html HTTP/1.1\r\nX-a: ",
    "half a body": b"POST /en.html HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\nx",
    "a body that nobody reads": b"GET /en.html HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\nx",
    "a request, and silence": b"GET /en.html HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "a websocket": UPGRADE,
}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_others_are_answered_and_idle_ones_hung_up_on(tmp_path, kind, fault_record):
    with serving(tmp_path, kind) as (port, log), ExitStack() as stack:
        assert answered(port) == 200
        held = [
            stack.enter_context(opened(port, list(SENT.values())[number % len(SENT)]))
            for number in range(HELD)
        ]
        begun = time.monotonic()
        assert answered(port) == 200, "while they are held"
        took = time.monotonic() - begun
        assert all(is_closed(client) for client in held)
        assert answered(port) == 200
        assert log.stat().st_size < 20_000, log.read_text()[:2000]
    fault_record(
        row=64,
        fault="clients that open connections and send nothing, or a byte now and then",
        injected=f"{HELD} connections of six kinds at each server, whose process may open {FILES} files",
        outcome="others are answered meanwhile; the longest idle are hung up on where there are too "
        f"many, and each after {REQUEST_SECONDS:.0f} s; a repeated log line is said once with its count",
        recovery_seconds=took,
    )


def test_a_byte_now_and_then_gains_no_time(tmp_path):
    with (
        serving(tmp_path, "dashboard") as (port, _),
        opened(port, b"GET /en.html HTTP/1.1\r\n") as slow,
    ):
        begun, closed = time.monotonic(), False
        while not closed and time.monotonic() - begun < PATIENCE_SECONDS:
            time.sleep(0.5)
            try:
                slow.sendall(b"x")
                slow.settimeout(0.01)
                closed = slow.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                closed = True
        assert closed
        assert time.monotonic() - begun > REQUEST_SECONDS / 2


def test_many_requests_on_one_connection_and_a_websocket_that_speaks_are_served(tmp_path):
    with serving(tmp_path, "dashboard") as (port, _):
        with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as asking:
            for number in range(300):
                asking.request("POST", "/en.html", body=b"x" * number)
                assert asking.getresponse().read() == str(number).encode()
        with opened(port, UPGRADE) as client:
            assert client.recv(4096).startswith(b"HTTP/1.1 101")
            for _ in range(3):
                client.sendall(b"\x81\x82\0\0\0\0hi")  # a masked text frame
                assert client.recv(4) == b"\x81\x02hi"
                time.sleep(REQUEST_SECONDS / 2)


def test_neither_server_says_what_it_is(tmp_path):
    for kind in PROGRAMS:
        with (
            serving(tmp_path, kind) as (port, _),
            opened(port, b"GET /en.html HTTP/1.0\r\nHost: localhost\r\n\r\n") as client,
            opened(port, b"nonsense\r\n\r\n") as other,
        ):
            for each in (client, other):
                head = each.recv(65_536).partition(b"\r\n\r\n")[0]
                assert re.match(rb"HTTP/1\.[01] (200|400)", head)
                assert b"server" not in head.lower()
                assert b"uvicorn" not in head.lower()


def test_the_bound_is_half_of_the_files_that_may_be_open(monkeypatch):
    for files, most in (
        (120, 60),
        (1_024, 512),
        (1_000_000, 1_000),
        (resource.RLIM_INFINITY, 1_000),
    ):
        monkeypatch.setattr(resource, "getrlimit", lambda _kind, files=files: (files, files))
        assert most_connections() == most


def test_the_metrics_hang_up_too(monkeypatch):
    from collector.config.base import MetricsSection  # noqa: PLC0415
    from collector.observability import metrics  # noqa: PLC0415

    monkeypatch.setattr(metrics, "IDLE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    figures = metrics.Metrics(lambda: datetime.now(UTC))
    with (
        metrics.serve_metrics(figures, MetricsSection(port=port)) as at,
        opened(at or 0, b"GET /metrics HT") as client,
    ):
        assert is_closed(client)
