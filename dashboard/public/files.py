"""Published files, written so that a reader never meets half of one."""

import gzip
import os
from collections.abc import Mapping
from pathlib import Path

from storage.errors import writing
from storage.ordinary_files import make_folder

_COMPRESSED = (".html", ".json")


def write(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Put ``files`` into ``folder``, texts with a ``.gz`` beside; return the names that changed.

    Each file is replaced as a whole. One that is the same is left alone, so that its time, from
    which servers make its ETag, stays too.

    Raises:
        StoreUnwritable: the disk refuses.
        NotOrdinary: the folder is none.
    """
    _make_folder(folder)
    changed: list[str] = []
    for name, content in files.items():
        path = folder / name
        if _holds(path, content):
            continue
        with writing(path):
            if path.suffix in _COMPRESSED:
                _replace(folder / f"{name}.gz", gzip.compress(content, mtime=0))
            _replace(path, content)
        changed.append(name)
    return changed


def _make_folder(folder: Path) -> None:
    """Make the folder for everyone to read, as a web server of another user has to."""
    if not folder.is_dir():
        make_folder(folder)
        with writing(folder):
            folder.chmod(0o755)


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _replace(path: Path, content: bytes) -> None:
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        half.write_bytes(content)
        half.chmod(0o644)  # a web server of another user reads it
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
