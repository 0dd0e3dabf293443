"""The public page: requests a second from nginx on one core, and the first paint in Chromium.

    python benchmarks/public_page.py

nginx runs on deploy/nginx.conf (without TLS unless --tls), one worker on the first core; wrk asks
from the second. Needs nginx, wrk and Chromium.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from dashboard.public.publisher import PagePublisher, Public
from tests.support import nginx_server, published_edition
from tests.support.published_edition import Rehearsal

PAINTS = 15
_PAINTED = """() => new Promise((done) => new PerformanceObserver((list) =>
  list.getEntries().filter((one) => one.name === 'first-contentful-paint')
    .forEach((one) => done(one.startTime))).observe({type: 'paint', buffered: true}))"""


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=int, default=10)
    asked.add_argument("--tls", action="store_true")
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        published_edition.publish(root / "published", Rehearsal(now=datetime.now(UTC), wide=True))
        out = root / "public"
        press = PagePublisher(
            Public(read_model=root / "published", folder=out), now=lambda: datetime.now(UTC)
        )
        press.publish()
        scratch = root / "nginx"
        scratch.mkdir()
        pinned = ("taskset", "-c", "0")
        with nginx_server.running(scratch, out, plain=not told.tls, before=pinned) as port:
            master = int((scratch / "pid").read_text())
            address = f"{'https' if told.tls else 'http'}://127.0.0.1:{port}"
            for path in ("ar.html", "live.json"):
                print(f"{path}: {asking(f'{address}/{path}', told.seconds, master)}")
            if not told.tls:
                print(f"first paint, {PAINTS} cold visits, ms: {painted(f'{address}/ar.html')}")


def asking(url: str, seconds: int, master: int) -> str:
    """What wrk says of 200 connections, and for each second that nginx had of its core."""
    before = worked(master)
    done = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", "-c200", f"-d{seconds}s", "--latency",
         "-H", "Accept-Encoding: gzip", "-H", "Host: live.example.org", url],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    if re.search(r"Non-2xx", done):
        raise SystemExit(done)
    count = int(re.findall(r"(\d+) requests in", done)[0])
    rate = float(re.findall(r"Requests/sec:\s+(\S+)", done)[0])
    half = re.findall(r"50%\s+(\S+)", done)[0]
    core = worked(master) - before
    return f"{rate:,.0f} requests/s, p50 {half}; {count / core:,.0f} a second of its core"


def worked(master: int) -> float:
    """The seconds of processor that nginx's workers have had."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    stats = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in children]
    return sum(int(one[11]) + int(one[12]) for one in stats) / os.sysconf("SC_CLK_TCK")


def painted(url: str) -> str:
    """The first contentful paint, each time in a browser context of its own."""
    times: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for _ in range(PAINTS):
            context = browser.new_context(viewport={"width": 390, "height": 844})
            view = context.new_page()
            view.goto(url)
            found = view.evaluate(_PAINTED)
            times.append(found)
            context.close()
        browser.close()
    return (
        f"median {statistics.median(times):.0f}, least {min(times):.0f}, slowest {max(times):.0f}"
    )


if __name__ == "__main__":
    main()
