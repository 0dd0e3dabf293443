"""Lets one process at a time write a database: an advisory lock that the kernel frees on kill -9.

DuckDB has a lock of its own, but it is taken only after the file was read, and it does not wait for
a person to understand it. This one is taken first and names the process that holds it.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from storage.errors import StoreLocked, StoreUnwritable, writing
from storage.system.ordinary_files import check_ordinary, make_folder

_LENGTH = 32


class WriterLock:
    """The right to write ``path``, held from construction until :meth:`release`."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            StoreLocked: another process has it; its PID is named when the lock file tells.
            StoreUnwritable: the folder cannot be made or written.
            NotOrdinary: the path is a pipe, a device or a folder.
        """
        self._path = path.with_name(path.name + ".lock")
        for file in (path, path.with_name(path.name + ".wal"), self._path):
            check_ordinary(file)
        make_folder(path.parent)
        with writing(path):
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = self._holder()
            os.close(self._descriptor)
            raise StoreLocked(path, holder) from None
        # The file is never deleted: a second process could lock a name that a third no longer sees.
        try:
            with writing(path):
                self._say(str(os.getpid()))
        except StoreUnwritable:
            os.close(self._descriptor)
            raise

    def release(self) -> None:
        """Free the lock; safe to call twice."""
        if self._descriptor >= 0:
            with suppress(OSError):
                self._say("")
            os.close(self._descriptor)
            self._descriptor = -1

    def _say(self, holder: str) -> None:
        """Write who holds it, always at the same length: a full disk has no room for another block."""
        os.pwrite(self._descriptor, holder.ljust(_LENGTH).encode(), 0)

    def _holder(self) -> int | None:
        text = os.pread(self._descriptor, _LENGTH, 0).strip()
        return int(text) if text.isdigit() else None
