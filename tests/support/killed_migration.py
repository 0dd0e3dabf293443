"""Migrates databases in children that die at the call that the test names.

To be run under ``strace -f -e inject=CALLS:signal=KILL:when=DYING``: it counts each kind of call of
each process for itself, so that a child which makes idle calls of a kind first dies at the wanted
one of its migration. A line ``<path> <call> <which>`` is answered by the child's exit status.
"""

import os
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from storage.database import connection
from storage.database.migrate import Migration, known_migrations

#: The call of a kind at which a process under strace dies; more than any makes by itself.
DYING = 500
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
#: What a next release might do, among it what DuckDB cannot commit in one transaction.
NEXT = Migration(
    number=len(known_migrations()) + 1,
    name="next",
    sql="".join(
        f"ALTER TABLE snapshot ADD COLUMN next_{i} BIGINT; UPDATE snapshot SET next_{i} = {i};"  # noqa: S608 - ours
        f"CREATE TABLE next_{i} AS SELECT * FROM range(5000);"
        for i in range(4)
    ),
)


def migrate(path: Path, call: str, which: int) -> None:
    """Bring ``path`` to the next release's schema, dying at the ``which``-th call of a kind; 0: not."""
    for _ in range(DYING - which if which else 0):
        try:
            IDLE[call]()
        except OSError:
            continue
    steps = [*known_migrations(), NEXT]
    connection.known_migrations = lambda: steps
    connection.Database(path, now=lambda: datetime.now(UTC)).close()


def main() -> None:
    """Answer each line of standard input."""
    for line in sys.stdin:
        path, call, which = line.split()
        child = os.fork()
        if child == 0:
            try:
                migrate(Path(path), call, int(which))
            except BaseException:  # noqa: BLE001 - the parent's loop is not the child's
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
