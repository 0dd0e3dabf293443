"""Starts on damaged databases in children that die at the call that the test names.

As :mod:`tests.support.killed_migration`, under the same strace: a line ``<path> <call> <which>`` is
answered by the child's exit status.
"""

import os
import sys
import traceback
from pathlib import Path

from tests.support.damaged_database import started
from tests.support.killed_migration import DYING, IDLE


def start(path: Path, call: str, which: int) -> None:
    """Start on ``path``, dying at the ``which``-th call of a kind; 0: not."""
    for _ in range(DYING - which if which else 0):
        try:
            IDLE[call]()
        except OSError:
            continue
    with started(path, path.parent.parent / "backups"):
        pass


def main() -> None:
    """Answer each line of standard input."""
    for line in sys.stdin:
        path, call, which = line.split()
        child = os.fork()
        if child == 0:
            try:
                start(Path(path), call, int(which))
            except BaseException:  # noqa: BLE001 - the parent's loop is not the child's
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
