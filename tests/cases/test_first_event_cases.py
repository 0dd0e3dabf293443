"""The steps of a new user's first event on the stand-in of the real cases, as processes."""

import socket
import subprocess
import sys
import time

import pytest

from dashboard.i18n.words import LANGUAGES
from tests.faults.test_first_event import claims
from tests.support.first_event import look_once, write_event
from tests.support.patience import PATIENCE_SECONDS


@pytest.fixture
def stand_in(shared):
    """Serve the stand-in's feed on a free port; return its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = shared / "cases" / "first-event" / "feed_stand_in.py"
    with subprocess.Popen(
        [sys.executable, script, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}/feed"
        finally:
            process.kill()


def _wait_for(port):
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the stand-in does not answer")


def test_the_feed_alone_tells_views_and_not_whether_it_is_on_air(tmp_path, stand_in):
    write_event(tmp_path, stand_in)
    codes, told, pages = look_once(tmp_path)
    assert codes == {"once": 0, "status": 0}
    assert (told["views"], told["state"]) == (345, "unknown")
    assert claims(pages) == []
    assert all("345" in pages[language] for language in LANGUAGES)


@pytest.mark.parametrize("ended_days_ago", [-1, 5])
def test_a_feed_that_does_not_run_is_not_known(tmp_path, shared, ended_days_ago):
    assert (shared / "cases" / "first-event" / "feed_stand_in.py").exists()
    with socket.socket() as taken:  # bound, and listening to nobody
        taken.bind(("127.0.0.1", 0))
        write_event(
            tmp_path,
            f"http://127.0.0.1:{taken.getsockname()[1]}/feed",
            ended_days_ago=ended_days_ago,
        )
        codes, told, pages = look_once(tmp_path)
    assert codes == {"once": 1, "status": 1}
    assert (told["views"], told["state"]) == (None, "unknown")
    assert claims(pages) == []
