"""`livetally demo` as a newcomer starts it: numbers at once, and a clean end."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.analysis.views.totals import edition_total, platform_totals
from storage.read_model.reader import NotPublished, ReadModel
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stages.evening import PLATFORMS

pytestmark = pytest.mark.end_to_end


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as page:
            return page.status == 200
    except (urllib.error.URLError, OSError):
        return False


def keys_of_children(pid):
    """Which of the demo's processes, and of theirs, have a platform's secret in their environment."""
    if not Path("/proc/self/environ").exists():
        return {"simulator", "collect run"}  # this is for Linux to tell
    found, waiting = set(), [pid]
    while waiting:
        one = Path(f"/proc/{waiting.pop()}")
        children = (one / "task" / one.name / "children").read_text("ascii").split()
        waiting += children
        environ = (one / "environ").read_bytes()
        if one.name != str(pid) and re.search(rb"LIVETALLY_\w+_(SECRET|TOKEN|KEY)", environ):
            command = (one / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            kinds = ("simulator", "collect run", "dashboard run", "dashboard publish", "serve.py")
            found.add(next((kind for kind in kinds if kind in command), command))
    return found


def polled(folder):
    """Return the platforms that have answered a poll since the start."""
    try:
        polls = ReadModel(folder / "published").open().polls()
    except NotPublished:
        return set()
    answered = (polls["purpose"] == "poll") & (polls["outcome"] == "ok")
    return set(polls.filter(answered)["platform"])


def test_the_demo_shows_numbers_at_once_says_simulated_and_ends_cleanly(tmp_path):
    folder, port = tmp_path / "demo", free_port()
    argv = [sys.executable, "-m", "livetally", "demo", f"--folder={folder}", f"--port={port}"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answers(port) and polled(folder) >= {*PLATFORMS, "icecast"}):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.2)
    published = ReadModel(folder / "published").open()
    assert published.manifest.simulated
    earlier, current = published.editions().sort("starts_at")["edition"]
    assert edition_total(published.state(), earlier).views > 15_000_000
    now = edition_total(published.state(), current)
    assert now.live >= 3
    parts = {row["platform"]: row for row in platform_totals(published.state(), current).to_dicts()}
    assert all(parts[platform]["views"] > 100_000 for platform in PLATFORMS)
    assert now.views is not None
    assert now.as_of is not None
    assert 14_000_000 < now.views < 17_000_000
    assert (datetime.now(UTC) - now.as_of).total_seconds() < PATIENCE_SECONDS
    served = json.loads((folder / "public" / "live.json").read_bytes())
    assert served["simulated"]
    assert served["views"] > 14_000_000
    assert keys_of_children(process.pid) == {"simulator", "collect run"}
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert not answers(port)


def test_a_folder_that_is_not_a_demos_is_left_alone(tmp_path):
    mine = tmp_path / "precious.txt"
    mine.write_text("mine")
    argv = [sys.executable, "-m", "livetally", "demo", f"--folder={tmp_path}"]
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 2
    assert "not a demo's folder" in done.stderr
    assert mine.read_text() == "mine"
