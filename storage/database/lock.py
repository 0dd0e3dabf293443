"""Lets one process at a time write a database: an advisory lock that the kernel frees on kill -9.

DuckDB has a lock of its own, but it is taken only after the file was read, and it does not wait for
a person to understand it. This one is taken first and names the process that holds it.
"""

import fcntl
import os
from pathlib import Path

from storage.errors import StoreLocked, StoreUnwritable


class WriterLock:
    """The right to write ``path``, held from construction until :meth:`release`."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            StoreLocked: another process has it; its PID is named when the lock file tells.
            StoreUnwritable: the folder cannot be made or written.
        """
        self._path = path.with_name(path.name + ".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreUnwritable(path, error.strerror or str(error)) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = self._holder()
            os.close(self._descriptor)
            raise StoreLocked(path, holder) from None
        # The file is never deleted: a second process could lock a name that a third no longer sees.
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Free the lock; safe to call twice."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1

    def _holder(self) -> int | None:
        text = os.pread(self._descriptor, 32, 0).strip()
        return int(text) if text.isdigit() else None
