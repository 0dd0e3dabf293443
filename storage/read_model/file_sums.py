"""Sums of published files: a file that is not the one that was written is known before it is read."""

import hashlib
import os
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileSum:
    """What a file was when it was written: its length in bytes, and its SHA-256 in hexadecimal."""

    length: int
    sha256: str

    @classmethod
    def of_content(cls, content: bytes) -> "FileSum":
        """Sum up what is about to be written."""
        return cls(len(content), hashlib.sha256(content).hexdigest())


class FileChecker:
    """Reads each file once to compare it with its sum, and again when it was written over since."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sound: dict[str, tuple[FileSum, tuple[int, int, int]]] = {}

    def difference(self, file: str, expected: FileSum) -> str | None:
        """Say in what ``file`` is not the one that was written; ``None`` when it is.

        Raises:
            FileNotFoundError: it is gone.
            OSError: it cannot be read just now.
        """
        path = self._folder / file
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                return "it is no file"
            if self._sound.get(file) == (expected, _identity(status)):
                return None
            if status.st_size != expected.length:
                return f"it has {status.st_size:,} bytes and was written with {expected.length:,}"
            with path.open("rb") as content:
                if hashlib.file_digest(content, "sha256").hexdigest() != expected.sha256:
                    return "its content is not what was written"
        except IsADirectoryError:
            return "it is no file"
        self._sound[file] = expected, _identity(status)
        return None

    def differences(self, sums: Mapping[str, FileSum]) -> dict[str, str]:
        """Return the files that are not the ones that were written, each with what is wrong."""
        differing: dict[str, str] = {}
        for file, expected in sums.items():
            try:
                what = self.difference(file, expected)
            except FileNotFoundError:
                what = "it is missing"
            except OSError as error:
                what = f"it cannot be read: {error.strerror}"
            if what is not None:
                differing[file] = what
        return differing

    def mark_sound(self, file: str, expected: FileSum) -> None:
        """Take ``file``, which was written just now, for sound."""
        self._sound[file] = expected, _identity((self._folder / file).stat())

    def forget(self, *, but: Collection[str] = ()) -> None:
        """Read files again when they are asked for next, ``but`` those."""
        self._sound = {file: known for file, known in self._sound.items() if file in but}


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns
