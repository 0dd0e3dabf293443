"""Children that die at the call that a test names: of those that write, sync, cut, copy or rename.

strace counts each kind of call of each process for itself, so that a child which makes idle calls of
a kind first dies at the wanted one of its work. A module that calls :func:`answer_lines` is what
:func:`killing` runs: a line ``<path> <call> <which>`` is answered by the child's exit status.
"""

import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: The call of a kind at which a process under strace dies; more than any makes by itself.
_DYING = 500
_NOWHERE = "no/such/file"
_NULL = os.open(os.devnull, os.O_WRONLY)
#: An idle call of each kind that changes a disk.
IDLE: dict[str, Callable[[], object]] = {
    "write": lambda: os.write(_NULL, b""),
    "pwrite64": lambda: os.pwrite(_NULL, b"", 0),
    "fsync": lambda: os.fsync(_NULL),
    "ftruncate": lambda: os.ftruncate(_NULL, 0),
    "sendfile": lambda: os.sendfile(_NULL, _NULL, 0, 0),
    "unlink": lambda: Path(_NOWHERE).unlink(),
    "rename": lambda: Path(_NOWHERE).rename(_NOWHERE),
}

#: Run the work on a path in a child that dies at the ``which``-th call of a kind; give its exit status.
Kill = Callable[[Path, str, int], int]


@contextmanager
def killing(work: ModuleType) -> Iterator[Kill]:
    """Start ``work`` under strace; ``which`` 0 lets a child live."""
    if shutil.which("strace") is None:
        pytest.skip("needs Debian's package strace")
    kinds = ",".join(IDLE)
    inject = f"inject={kinds}:signal=KILL:when={_DYING}"
    argv = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={kinds}", "-e", inject]
    argv += [sys.executable, "-m", work.__name__]
    with subprocess.Popen(
        argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        asked, answers = process.stdin, process.stdout
        assert asked is not None
        assert answers is not None

        def kill(path: Path, call: str, which: int) -> int:
            print(path, call, which, file=asked, flush=True)
            return int(answers.readline())

        yield kill
        asked.close()


def answer_lines(work: Callable[[Path], None]) -> None:
    """Do ``work`` in a child for each line of standard input, and answer how it ended."""
    for line in sys.stdin:
        path, call, which = line.split()
        child = os.fork()
        if child == 0:
            try:
                _idle(call, _DYING - int(which) if int(which) else 0)
                work(Path(path))
            except BaseException:  # noqa: BLE001 - the parent's loop is not the child's
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


def _idle(call: str, times: int) -> None:
    for _ in range(times):
        try:
            IDLE[call]()
        except OSError:
            continue
