"""Row 41: a library panics in what shows the numbers."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.public.loop import ServingThread
from dashboard.public.publisher import Public
from dashboard.view_model.refresher import Refresher
from tests.support.panics import panic_at, spoilt_file
from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]

#: Publishes for ever; its clock panics while the file "panicking" is there.
PUBLISHING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from dashboard.public.loop import watch
from dashboard.public.publisher import Public
from tests.support.panics import panic_at
published, folder, spoilt, panicking = map(Path, sys.argv[1:])
def now():
    if panicking.exists():
        panic_at(spoilt)
    return datetime.now(UTC)
watch(Public(read_model=published, folder=folder, every_seconds=0.2), now=now,
      report=lambda changed: None)
"""


class Clock:
    """A clock that fails as it is told to, once."""

    def __init__(self, at):
        self.at = at
        self.fails: Callable[[], None] | None = None

    def __call__(self):
        fails, self.fails = self.fails, None
        if fails:
            fails()
        self.at += timedelta(seconds=1)
        return self.at


def wait_until(happened):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def spoilt(tmp_path):
    return spoilt_file(tmp_path)


@pytest.mark.fault(row=41)
def test_a_panic_keeps_the_last_picture_says_since_when_and_is_recovered_from(
    live, now, spoilt, fault_record
):
    clock = Clock(now)
    refresher = Refresher(live, refresh_seconds=3600, now=clock)
    refresher.refresh()
    good = refresher.current.model
    assert good is not None
    clock.at += timedelta(minutes=11)  # how often platforms renew their counts is measured anew
    clock.fails = lambda: panic_at(spoilt)
    refresher.refresh()
    assert clock.fails is None, "nothing panicked"
    assert refresher.current.model is good
    assert refresher.current.failed_since == clock.at
    begun = time.monotonic()
    refresher.refresh()
    assert refresher.current.failed_since is None
    assert refresher.current.model is not good
    fault_record(
        row=41,
        fault="a library panics (polars, on damaged bytes), or a thread dies",
        injected="a flipped bit on which polars panics, read by dashboard, public pages, store and the "
        "collector's writer; threads that end",
        outcome="it is an error like others: said once, the last picture stays with the time since when, "
        "pages and collector go on, and it is over with its cause; a dead thread is seen and started "
        "again",
        recovery_seconds=time.monotonic() - begun,
    )


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_thread_is_seen_and_started_again(live, now):
    clock = Clock(now)
    refresher = Refresher(live, refresh_seconds=0.02, now=clock).start()
    assert refresher.built.wait(PATIENCE_SECONDS)

    def die() -> None:
        raise SystemExit

    clock.fails = die
    thread = refresher._thread
    assert thread
    clock.at += timedelta(minutes=11)
    wait_until(lambda: not thread.is_alive())
    stale = refresher.current.model
    refresher.start()
    wait_until(lambda: refresher.current.model is not stale)
    wait_until(lambda: refresher.current.failed_since is None)
    refresher.stop()


def test_the_public_pages_are_written_on_after_a_panic(live, tmp_path, spoilt):
    folder, panicking = tmp_path / "public", tmp_path / "panicking"
    said = tmp_path / "said"
    live_json = folder / "live.json"
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", PUBLISHING, live, folder, spoilt, panicking],
            cwd=ROOT,
            stderr=output,
        )
    try:
        wait_until(live_json.exists)
        panicking.touch()
        wait_until(lambda: "cannot be written" in said.read_text("utf-8"))
        begun = live_json.stat().st_mtime_ns
        panicking.unlink()
        wait_until(lambda: live_json.stat().st_mtime_ns > begun)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        process.kill()
    assert said.read_text("utf-8").count("cannot be written: a library panicked") == 1
    assert json.loads(live_json.read_text("utf-8"))


def test_the_thread_that_serves_is_started_again(tmp_path):
    (tmp_path / "index.html").write_text("here")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    serving = ServingThread(Public(read_model=tmp_path, folder=tmp_path, port=port))

    def answer():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
            return page.read()

    wait_until(lambda: serving.pages.started)
    assert answer() == b"here"
    before = serving.pages
    before.should_exit = True
    serving.keep_alive()  # or a moment later: it is called with each publication
    wait_until(lambda: (serving.keep_alive(), serving.pages is not before)[1])
    wait_until(lambda: serving.pages.started)
    assert answer() == b"here"
    serving.pages.should_exit = True
