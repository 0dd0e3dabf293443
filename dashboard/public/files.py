"""Published files, written so that a reader never meets half of one."""

import gzip
import os
from collections.abc import Mapping
from pathlib import Path

_COMPRESSED = (".html", ".json")


def write(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Put ``files`` into ``folder``, texts with a ``.gz`` beside; return the names that changed.

    Each file is replaced as a whole. One that is the same is left alone, so that its time, from
    which servers make its ETag, stays too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    changed: list[str] = []
    for name, content in files.items():
        path = folder / name
        if _holds(path, content):
            continue
        if path.suffix in _COMPRESSED:
            _replace(folder / f"{name}.gz", gzip.compress(content, mtime=0))
        _replace(path, content)
        changed.append(name)
    return changed


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
