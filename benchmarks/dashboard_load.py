"""How many people can look at the wall at once, against the same page written the usual way.

Real Streamlit servers on one core; viewers who speak the browser's protocol over real websockets on
the other. A viewer opens the page, then each of its fragments asks for itself at the interval the
server told. 20 viewers arrive a second; what they wait is "first picture". Refreshes are measured
when the last one has been there for 15 s, so that it is not the rush which is measured. What is
published stands still meanwhile: a chart that was sent is not sent again, as one that grew would be.

Reported per number of viewers: first picture and refresh (from the browser's timer to the finished
script) at the 50th and 95th percentile, refreshes made of those wanted, CPU of the core, memory and
what one more viewer adds to it.

    .venv/bin/python benchmarks/dashboard_load.py 50 100 200 400 700 --usual 10 20 30 50
"""

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.server.launch import start_streamlit, streamlit_environment  # noqa: E402 - found by the line above
from dashboard.server.settings import DashboardSettings  # noqa: E402 - found by the line above
from tests.support import published_edition  # noqa: E402  # as above

SERVER_CORE, VIEWER_CORE = 0, 1
REFRESH_SECONDS, CHART_SECONDS = 5.0, 60.0
ARRIVALS_A_SECOND, SETTLED_AFTER_SECONDS = 20, 15.0
EDITION = "el-jadida"
OURS, USUAL = "LiveTally", "the usual way"


@dataclass
class Seen:
    """What the viewers of one run waited, in seconds."""

    first: list[float] = field(default_factory=list)
    refreshes: list[float] = field(default_factory=list)
    wanted: int = 0
    failed: int = 0
    received: int = 0  # bytes


class Viewer:
    """One open tab: asks as Streamlit's page does, and measures what it waits."""

    def __init__(self, port: int, seen: Seen, measuring: asyncio.Event) -> None:
        self._address = f"ws://127.0.0.1:{port}/_stcore/stream"
        self._seen, self._measuring = seen, measuring
        self._cached: set[str] = set()
        self._waiting: dict[
            str, tuple[float, bool]
        ] = {}  # by fragment: since when, and whether it counts
        self._timers: dict[str, asyncio.Task[None]] = {}

    async def look(self, until: float) -> None:
        """Open the page and stay until the moment ``until`` of the monotonic clock."""
        try:
            async with websockets.connect(
                self._address, subprotocols=["streamlit"], max_size=None, open_timeout=60
            ) as line:
                asked = time.monotonic()
                await line.send(self._rerun(""))
                opened = False
                while (left := until - time.monotonic()) > 0:
                    try:
                        payload = await asyncio.wait_for(line.recv(), left)
                    except TimeoutError:
                        break
                    self._seen.received += len(payload)
                    message = ForwardMsg.FromString(payload)
                    self._remember(message)
                    kind = message.WhichOneof("type")
                    if message.delta.new_element.HasField("exception"):
                        raise SystemExit(f"the page failed: {message.delta.new_element.exception}")
                    if kind == "auto_rerun":
                        self._start_timer(line, message)
                    elif kind == "script_finished" and not opened:
                        opened = True
                        self._seen.first.append(time.monotonic() - asked)
                    elif kind == "script_finished":
                        self._answered(message.metadata.run.fragment_ids)
                if not opened:
                    self._seen.failed += 1
        except (OSError, websockets.WebSocketException):
            self._seen.failed += 1
        finally:
            for timer in self._timers.values():
                timer.cancel()

    def _answered(self, fragments: Iterable[str]) -> None:
        for fragment in fragments:
            fired, counts = self._waiting.pop(fragment, (0.0, False))
            if counts:
                self._seen.refreshes.append(time.monotonic() - fired)

    def _start_timer(self, line: websockets.ClientConnection, message: ForwardMsg) -> None:
        told = message.auto_rerun
        if told.fragment_id in self._timers:
            return
        self._timers[told.fragment_id] = asyncio.create_task(
            self._tick(line, told.fragment_id, told.interval)
        )

    async def _tick(self, line: websockets.ClientConnection, fragment: str, seconds: float) -> None:
        with suppress(websockets.WebSocketException, OSError):
            while True:
                await asyncio.sleep(seconds)
                counts = self._measuring.is_set()
                self._seen.wanted += counts
                self._waiting.setdefault(
                    fragment, (time.monotonic(), counts)
                )  # asked again: still waiting
                await line.send(self._rerun(fragment))

    def _rerun(self, fragment: str) -> bytes:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = "lang=en"
        state.fragment_id = fragment
        state.is_auto_rerun = bool(fragment)
        state.context_info.timezone = "Africa/Casablanca"
        state.context_info.locale = "en-GB"
        state.cached_message_hashes.extend(self._cached)
        return message.SerializeToString()

    def _remember(self, message: ForwardMsg) -> None:
        if message.metadata.cacheable and message.hash:
            self._cached.add(message.hash)


@contextmanager
def served(process: subprocess.Popen[bytes], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server that has just been started, on its own core."""
    try:
        os.sched_setaffinity(process.pid, {SERVER_CORE})
        deadline = time.monotonic() + 60
        while True:
            try:
                with urlopen(
                    f"http://127.0.0.1:{port}/_stcore/health", timeout=2
                ):  # our own, on loopback
                    break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def cpu_seconds(pid: int) -> float:
    """What the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """What the process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


async def watch(port: int, viewers: int, pid: int, seconds: float) -> tuple[Seen, float]:
    """Let ``viewers`` look for ``seconds`` after all have come; also the share of the core used."""
    seen, measuring = Seen(), asyncio.Event()
    coming = max(5.0, viewers / ARRIVALS_A_SECOND)
    until = time.monotonic() + coming + SETTLED_AFTER_SECONDS + seconds
    tabs: list[asyncio.Task[None]] = []
    for _ in range(viewers):
        tabs.append(asyncio.create_task(Viewer(port, seen, measuring).look(until)))
        await asyncio.sleep(coming / viewers)
    await asyncio.sleep(SETTLED_AFTER_SECONDS)
    measuring.set()
    seen.received = 0
    used, began = cpu_seconds(pid), time.monotonic()
    await asyncio.sleep(max(0.0, until - began - 1.0))
    measuring.clear()  # what is asked in the last second cannot be waited for
    share = (cpu_seconds(pid) - used) / (time.monotonic() - began)
    await asyncio.gather(*tabs)
    return seen, share


def quantiles(values: list[float]) -> str:
    """The 50th and 95th percentile in milliseconds."""
    if len(values) < 2:
        return "none"
    cut = statistics.quantiles(values, n=20, method="inclusive")
    return f"{statistics.median(values) * 1000:,.0f} / {cut[18] * 1000:,.0f}"


def measure(name: str, published: Path, viewers: int, seconds: float) -> None:
    """One row of the table, on a server of its own."""
    port = free_port()
    settings = DashboardSettings(
        read_model=published,
        port=port,
        refresh_seconds=REFRESH_SECONDS,
        chart_seconds=CHART_SECONDS,
    )
    started = (
        start_streamlit(settings, output=subprocess.DEVNULL)
        if name == OURS
        else start_usual(published, port)
    )
    with served(started, port) as process:
        asyncio.run(watch(port, 1, process.pid, 1.0))  # imports and first picture are not the load
        empty = memory_mb(process.pid)
        seen, share = asyncio.run(watch(port, viewers, process.pid, seconds))
        full = memory_mb(process.pid)
    made = len(seen.refreshes)
    each = seen.received / made / 1024 if made else float("nan")
    print(
        f"| {name} | {viewers} | {len(seen.first)} | {quantiles(seen.first)} | "
        f"{quantiles(seen.refreshes)} | {made} of {seen.wanted} | {share:.0%} | "
        f"{full:,.0f} ({(full - empty) / viewers:.2f}) | {each:,.1f} |",
        flush=True,
    )


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> None:
    """Measure both pages at each number of viewers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("viewers", type=int, nargs="*", default=[50, 100, 200, 400, 700])
    parser.add_argument("--usual", type=int, nargs="*", default=[10, 20, 30, 50])
    parser.add_argument("--seconds", type=float, default=30.0)
    asked = parser.parse_args()
    os.sched_setaffinity(0, {VIEWER_CORE})
    with tempfile.TemporaryDirectory() as folder:
        published = Path(folder) / "published"
        published_edition.publish(
            published, published_edition.Rehearsal(now=datetime.now(UTC), wide=True)
        )
        print(
            "| page | viewers | saw it | first picture p50 / p95 ms | refresh p50 / p95 ms | "
            "refreshes made | CPU of a core | MB (per viewer) | kB a refresh |\n" + "|---" * 9 + "|"
        )
        for name, counts in ((OURS, asked.viewers), (USUAL, asked.usual)):
            for viewers in counts:
                measure(name, published, viewers, asked.seconds)


def start_usual(published: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the opponent with Streamlit's defaults, but for what a server needs to be one."""
    script = Path(__file__).with_name("usual") / "wall.py"
    flags = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    flags += ["--browser.gatherUsageStats=false"]  # it would ask another host
    words = [EDITION, str(published), str(REFRESH_SECONDS)]
    return subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), *flags, "--", *words],
        env=streamlit_environment(os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    main()
