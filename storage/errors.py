"""Errors of the store, each with its remedy, and the exit codes that commands end with."""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path


class Exit(IntEnum):
    """The exit codes of every command; 0 is all well."""

    FAILED = 1  # a check found something, or there is nothing to show
    USAGE = 2  # the command line or the configuration
    UNWRITABLE = 3
    DAMAGED = 4
    LOCKED = 5


class LiveTallyError(Exception):
    """Everything LiveTally raises on purpose: the text says what is wrong, ``remedy`` what to do."""

    remedy = ""


class StoreMissing(LiveTallyError):
    """There is no database file yet."""

    remedy = "`livetally collect run` makes it"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: no database yet")


class StoreLocked(LiveTallyError):
    """Another process writes this database. ``pid`` is ``None`` if it did not say."""

    remedy = "stop it first; one that `livetally up` runs is stopped by Ctrl-C there"

    def __init__(self, path: Path, pid: int | None) -> None:
        super().__init__(
            f"{path} is being written by another collector" + (f" (process {pid})" if pid else "")
        )
        self.path = path
        self.pid = pid


class StoreUnwritable(LiveTallyError):
    """The folder or the disk refuses to be written."""

    remedy = (
        "make room (`df -h`, `df -i`), let the disk be written, or give the folder to the user who "
        "runs this; then start it again"
    )

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path} cannot be written: {detail}")
        self.path = path
        self.detail = detail


@contextmanager
def writing(path: Path) -> Generator[None]:
    """Turn what the disk refuses within into an error of ours that names ``path``.

    Raises:
        StoreUnwritable: it is full, may only be read, has no inode left, or fails.
    """
    try:
        yield
    except OSError as error:
        raise StoreUnwritable(path, error.strerror or str(error)) from error


def refused_by_disk(error: OSError) -> StoreUnwritable | None:
    """Return an error of ours for what a disk refuses; ``None`` for any other trouble."""
    if error.errno not in _REFUSALS:
        return None
    return StoreUnwritable(
        Path(error.filename or "a file, or what is printed"), error.strerror or ""
    )


_REFUSALS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG}
)


class StoreDamaged(LiveTallyError):
    """The file is not a database this version can read."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path} cannot be read: {detail}")
        self.path = path
        self.detail = detail


class StoreUnfit(StoreDamaged):
    """A sound file that is not for this program: newer, or simulated where real is wanted."""

    def __str__(self) -> str:
        """Do not say that it is damaged: nothing is to be restored."""
        return f"{self.path} is sound, but not for this program: {self.detail}"
