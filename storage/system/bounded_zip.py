"""ZIP archives that others wrote: their directory is bounded before it is read."""

import io
import zipfile
from typing import BinaryIO

#: A directory that names some thousands of files; each entry becomes an object of a kilobyte.
MOST_DIRECTORY_BYTES = 1_000_000


def open_zip(file: BinaryIO) -> zipfile.ZipFile:
    """Open an archive of which no more than :data:`MOST_DIRECTORY_BYTES` is read at a time.

    Raises:
        zipfile.BadZipFile: it is none, or its directory is longer; so does reading more of it at once.
    """
    return zipfile.ZipFile(_BoundedReads(file))  # type: ignore[arg-type]


class _BoundedReads:
    """What zipfile reads from: it takes in a directory of any length, whole."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, to the end if below zero."""
        if size < 0:
            here = self.tell()
            size = self.seek(0, io.SEEK_END) - here
            self.seek(here)
        if size > MOST_DIRECTORY_BYTES:
            most = f"no more than {MOST_DIRECTORY_BYTES:,} are read"
            raise zipfile.BadZipFile(f"its directory has {size:,} bytes; {most}")
        return self._file.read(size)
