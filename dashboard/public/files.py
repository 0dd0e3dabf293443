"""Published files, written so that a reader never meets half of one, nor one that was damaged since.

``.sums.json`` beside them holds the SHA-256 of each: what the server sends is compared with it. It names
two of a file that is being replaced, the earlier and the next.
"""

import gzip
import hashlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from storage.errors import writing
from storage.system.ordinary_files import make_folder
from storage.system.summed_json import DamagedText, with_sum, without_sum

logger = logging.getLogger(__name__)

_COMPRESSED = (".html", ".json")
_SUMS = ".sums.json"
_ATTEMPTS = 3


class DamagedPage(Exception):
    """A file is not the one that was written."""


def write(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Put ``files`` into ``folder``, texts with a ``.gz`` beside; return the names that changed.

    Each file is replaced as a whole. One that is the same is left alone, so that its time, from
    which servers make its ETag, stays too; one that was damaged is not the same, and is said.

    Raises:
        StoreUnwritable: the disk refuses.
        NotOrdinary: the folder is none.
    """
    _make_folder(folder)
    contents: dict[str, bytes] = {}
    for name, content in files.items():
        if name.endswith(_COMPRESSED):
            contents[f"{name}.gz"] = gzip.compress(content, mtime=0)
        contents[name] = content
    known, sums = _read_sums(folder) or {}, {name: [_sum(text)] for name, text in contents.items()}
    changed = [name for name, text in contents.items() if not _holds(folder / name, text, known)]
    if changed or any(known.get(name) != sums[name] for name in sums):
        _write_sums(
            folder, {name: known.get(name, []) + sums.get(name, []) for name in {**known, **sums}}
        )
        for name in changed:
            _replace(folder / name, contents[name])
        _write_sums(folder, known | sums)
    return [name for name in files if name in changed or f"{name}.gz" in changed]


def _make_folder(folder: Path) -> None:
    """Make the folder for everyone to read, as a web server of another user has to."""
    if not folder.is_dir():
        make_folder(folder)
        with writing(folder):
            folder.chmod(0o755)


def read(folder: Path, name: str) -> bytes:
    """Return a file as it was written.

    Raises:
        OSError: it cannot be read, or there is none.
        DamagedPage: it is another one.
    """
    for _ in range(_ATTEMPTS):  # it may be replaced between its sum and itself
        sums = _read_sums(folder)
        content = (folder / name).read_bytes()
        # An earlier release wrote no sums.
        if sums is None or _sum(content) in sums.get(name, ()):
            return content
    raise DamagedPage(name)


def _holds(path: Path, content: bytes, known: Mapping[str, list[str]]) -> bool:
    try:
        there = path.read_bytes()
    except OSError:
        return False
    if path.name in known and _sum(there) not in known[path.name]:
        logger.error("%s was damaged and is written anew", path)
    return there == content


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_sums(folder: Path) -> dict[str, list[str]] | None:
    """Return the sums of each file; ``None`` where there are none, empty where they are damaged."""
    try:
        return without_sum((folder / _SUMS).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, DamagedText):
        return {}


def _write_sums(folder: Path, sums: Mapping[str, list[str]]) -> None:
    _replace(folder / _SUMS, with_sum(sums).encode())


def _replace(path: Path, content: bytes) -> None:
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    with writing(path):
        try:
            half.write_bytes(content)
            half.chmod(0o644)  # a web server of another user reads it
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
