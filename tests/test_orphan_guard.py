"""A test run that is killed leaves no process behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.orphan_guard import MARK, marked_processes
from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="needs Linux's /proc"
)

#: A run in miniature: marked, with a child in a session of its own that nobody waits for.
RUN = """
import subprocess, sys, time
from tests.support.orphan_guard import MARK, mark_run
import os
mark_run()
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True)
print(os.environ[MARK], flush=True)
time.sleep(3600)
"""


def wait_until(happened) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_what_a_killed_run_has_started_ends_with_it():
    unmarked = {key: value for key, value in os.environ.items() if key != MARK}
    with subprocess.Popen(
        [sys.executable, "-c", RUN],
        env={**unmarked, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        run_id = run.stdout.readline().strip()
        assert wait_until(lambda: len(marked_processes(run_id)) == 1), "the child never started"
        os.kill(run.pid, signal.SIGKILL)
    assert wait_until(lambda: not marked_processes(run_id))


def test_this_run_is_marked_so_that_its_children_are():
    child = [sys.executable, "-c", f"import os; print(os.environ[{MARK!r}])"]
    assert subprocess.run(child, capture_output=True, text=True, check=True).stdout.strip()
