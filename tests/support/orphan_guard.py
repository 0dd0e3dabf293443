"""A process that outlives the test run and ends whatever the run has left behind.

A run that is killed (-9, or with its terminal) cannot end its own servers, demos and browsers. They
all inherit a mark in their environment; a guard of its own session waits for the run to end and
kills what still bears that mark. Without /proc there is no guard: fixtures clean up as before.
"""

import os
import select
import signal
import sys
import uuid
from pathlib import Path

MARK = "TEST_RUN_ID"
PROCESSES = Path("/proc")


def mark_run() -> None:
    """Mark this process's environment, once a run, and start the guard of what inherits it."""
    if MARK in os.environ or not (PROCESSES / "self" / "environ").exists():
        return
    run_id = uuid.uuid4().hex
    # Not subprocess: its object would complain of a child that is meant to outlive it.
    silence = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1, 2)]
    command = [sys.executable, __file__, str(os.getpid()), run_id]
    os.posix_spawn(sys.executable, command, os.environ, file_actions=silence, setsid=True)
    os.environ[MARK] = run_id


def marked_processes(run_id: str) -> list[int]:
    """Return the ids of the processes that inherited the mark of a run."""
    mark = f"{MARK}={run_id}".encode()
    marked: list[int] = []
    for folder in PROCESSES.glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:  # it has ended, or belongs to someone else
            continue
        if mark in environment.split(b"\0"):
            marked.append(int(folder.name))
    return marked


def wait_for_end(process_id: int) -> None:
    """Return when a process has ended, however it ended."""
    try:
        descriptor = os.pidfd_open(process_id)
    except ProcessLookupError:
        return
    select.select([descriptor], [], [])


def kill_marked(run_id: str) -> None:
    """Kill what bears the mark, until nothing does: a child may start another meanwhile."""
    while marked := marked_processes(run_id):
        for process_id in marked:
            try:
                os.kill(process_id, signal.SIGKILL)
            except ProcessLookupError:
                continue


if __name__ == "__main__":
    wait_for_end(int(sys.argv[1]))
    kill_marked(sys.argv[2])
