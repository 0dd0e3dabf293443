"""Looks at a path that a person named before it is used: a pipe or a device may never end."""

import stat
from pathlib import Path

from storage.errors import LiveTallyError, writing

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
    stat.S_IFSOCK: "a socket",
}


class NotOrdinary(LiveTallyError):
    """What a person named is no ordinary file, or larger than what is meant can be."""

    def __init__(self, path: Path, problem: str, *, remedy: str = "name an ordinary file") -> None:
        super().__init__(f"{path} is {problem}")
        self.problem = problem
        self.remedy = remedy


def check_ordinary(path: Path, *, most_bytes: int | None = None) -> None:
    """Refuse all but an ordinary file of at most ``most_bytes``, without opening it.

    Links are followed. One that is not there, or may not be looked at, is left to whoever opens it.

    Raises:
        NotOrdinary: it is a pipe, a device, a folder or a socket, or it is too large.
    """
    try:
        status = path.stat()
    except OSError:
        return
    except ValueError:  # a NUL in its name
        raise NotOrdinary(path, "not the name of a file") from None
    if kind := _KINDS.get(stat.S_IFMT(status.st_mode)):
        raise NotOrdinary(path, kind)
    if most_bytes is not None and status.st_size > most_bytes:
        problem = f"larger than {most_bytes:,} bytes"
        raise NotOrdinary(path, problem, remedy="name a smaller one")


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, where they are not there yet.

    Raises:
        NotOrdinary: something else stands there.
        StoreUnwritable: the disk refuses.
    """
    with writing(path):
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise NotOrdinary(path, "not a folder", remedy="name a folder") from None
