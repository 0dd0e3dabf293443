"""Files that cannot be opened for a while, as the system refuses them: by an audit hook of Python's."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_REFUSED: dict[str, int] = {}  # the end of a path, and the error


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if _REFUSED and event == "open" and isinstance(arguments[0], str | os.PathLike):
        path = os.fspath(arguments[0])
        for ending, number in _REFUSED.items():
            if isinstance(path, str) and path.endswith(ending):
                raise OSError(number, os.strerror(number), path)


sys.addaudithook(_refuse)


@contextmanager
def refused(path: Path | str, number: int) -> Iterator[None]:
    """Let every opening of the file end with this error."""
    _REFUSED[str(path)] = number
    try:
        yield
    finally:
        del _REFUSED[str(path)]
