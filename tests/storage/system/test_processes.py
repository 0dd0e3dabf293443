"""Children that are kept running: each way of ending, each end of the one that keeps them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage.system.processes import LONGEST_WAIT_SECONDS, restart_wait
from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[3]

#: Keeps two children: "one" runs the script given, "other" for ever. Each writes a line when it starts.
KEEPER = """
import logging, os, sys
from storage.system.processes import Child, supervise
folder, script = sys.argv[1:]
logging.basicConfig(format="%(message)s", level=logging.INFO)
def child(name, body, **more):
    known = "import os, sys, time, signal; from pathlib import Path; "
    known += "from storage.system.processes import end_with_parent; end_with_parent(); "
    known += f"starts = Path({folder!r}, {name!r}); "
    known += "file = starts.open('a'); print(os.getpid(), time.monotonic(), sys.argv[1:], file=file, flush=True)\\n"
    return Child(name=name, argv=[sys.executable, "-c", known + body], environment=os.environ, **more)
forever = "while True: time.sleep(60)"
sys.exit(supervise([
    child(
        "one", script, final=(2, 4), at_first=["--once"],
        has_worked=lambda: os.path.exists(os.path.join(folder, "worked")),
        on_end=lambda code: print(code, file=open(os.path.join(folder, "ends"), "a")),
    ),
    child("other", forever),
]))
"""


@pytest.fixture
def keeper(tmp_path):
    """Start the keeper on a script; what still runs at the end of a test is ended."""
    processes: list[subprocess.Popen[str]] = []

    def start(script="while True: time.sleep(60)", **options):
        process = subprocess.Popen(
            [sys.executable, "-c", KEEPER, str(tmp_path), script],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def starts(folder, name):
    path = folder / name
    return (
        [line.split(maxsplit=2) for line in path.read_text().splitlines()] if path.exists() else []
    )


def wait_until(happened):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def lives(pid):
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    "ending",
    ["sys.exit(0)", "sys.exit(1)", "sys.exit(3) if 0 else os._exit(5)", "os.abort()"]
    + [
        f"os.kill(os.getpid(), signal.{name})"
        for name in ("SIGKILL", "SIGTERM", "SIGHUP", "SIGSEGV")
    ],
)
def test_a_child_that_ends_is_started_again_and_nobody_else_is_touched(keeper, tmp_path, ending):
    process = keeper(f"time.sleep(0.2); {ending}")
    wait_until(lambda: len(starts(tmp_path, "one")) >= 3)
    (other,) = starts(tmp_path, "other")
    assert lives(other[0])
    first, second, third = (float(at) for _, at, _ in starts(tmp_path, "one")[:3])
    assert second - first >= 1
    assert third - second >= 2, "the waits do not grow"
    process.terminate()
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert said.count("one: ended") == 1, "said once"
    assert not lives(other[0])


def test_what_a_person_consented_to_holds_for_one_start(keeper, tmp_path):
    keeper("sys.exit(1)")
    wait_until(lambda: len(starts(tmp_path, "one")) >= 2)
    assert [words for _, _, words in starts(tmp_path, "one")[:2]] == ["['--once']", "[]"]


@pytest.mark.parametrize("code", [2, 4])
def test_what_only_a_person_mends_ends_all_with_its_code(keeper, tmp_path, code):
    process = keeper(f"time.sleep(1); sys.exit({code})")
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == code
    assert f"one: ended with exit code {code}; a person has to mend that" in said
    assert not any(lives(pid) for pid, _, _ in starts(tmp_path, "other"))


@pytest.mark.parametrize(("code", "often"), [(2, 1), (4, 3)])
def test_once_it_has_worked_the_others_go_on_and_it_is_tried_again(keeper, tmp_path, code, often):
    """What no quick restart mends, a configuration, is tried again after a minute."""
    (tmp_path / "worked").touch()
    process = keeper(f"sys.exit({code})")
    ends = tmp_path / "ends"
    wait_until(lambda: ends.exists() and ends.read_text() >= f"{code}\n" * often)
    (other,) = starts(tmp_path, "other")
    assert process.poll() is None
    assert lives(other[0])
    assert len(starts(tmp_path, "one")) >= often
    process.terminate()
    _, logged = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert logged.count(f"one: ended with exit code {code}; restarting") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_an_orderly_end_ends_all(keeper, tmp_path, number):
    process = keeper()
    wait_until(lambda: starts(tmp_path, "one") and starts(tmp_path, "other"))
    process.send_signal(number)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert not any(lives(starts(tmp_path, name)[0][0]) for name in ("one", "other"))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT, signal.SIGQUIT])
def test_children_end_when_the_one_who_keeps_them_dies(keeper, tmp_path, number):
    process = keeper()
    wait_until(lambda: starts(tmp_path, "one") and starts(tmp_path, "other"))
    children = [starts(tmp_path, name)[0][0] for name in ("one", "other")]
    process.send_signal(number)
    assert process.wait(PATIENCE_SECONDS) == -number
    wait_until(lambda: not any(map(lives, children)))


def test_a_child_of_a_killed_child_ends_too(keeper, tmp_path):
    body = tmp_path / "grandchild.py"
    file = tmp_path / "grandchild"
    body.write_text(
        "import os, time; from pathlib import Path; from storage.system.processes import end_with_parent\n"
        f"end_with_parent(); Path({str(file)!r}).write_text(str(os.getpid())); time.sleep(3600)"
    )
    starting = f"start_child([sys.executable, {str(body)!r}], {{**os.environ, 'PYTHONPATH': '.'}})"
    keeper(f"from storage.system.processes import start_child; _ = {starting}; time.sleep(3600)")
    wait_until(lambda: file.exists() and file.read_text())
    pid = file.read_text()
    os.kill(int(starts(tmp_path, "one")[0][0]), signal.SIGKILL)
    wait_until(lambda: not lives(pid))


def test_under_nohup_a_closed_terminal_ends_nothing(keeper, tmp_path):
    process = keeper(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    wait_until(lambda: starts(tmp_path, "one") and starts(tmp_path, "other"))
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)


def test_waits_grow_to_a_minute_and_what_no_restart_mends_waits_it_at_once():
    waits = [restart_wait(failures, 1) for failures in range(1, 9)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert restart_wait(2000, -9) == LONGEST_WAIT_SECONDS
    assert restart_wait(1, 3) == restart_wait(1, 2) == LONGEST_WAIT_SECONDS
