"""Looks into the log beside a database file where DuckDB says nothing of its damage.

DuckDB takes a log whose head is damaged for none at all, and an entry that is longer than what is
left for the one that was being written: what was committed behind either is dropped without a word.
"""

import re
from pathlib import Path

#: How a log begins, and what DuckDB 1.5 writes before an entry: its length and its checksum.
HEAD = b"d\0be\0\2\xff\xff"
ENTRY_HEAD_BYTES = 16
#: A head that names its file, as a database of a newer storage format has it.
_NAMED_HEAD = HEAD[:6] + b"f"
#: Checksum and content of the entry that ends a transaction; behind its length, which is 5.
_COMMIT = bytes.fromhex("e7fe7d722fed3d5e640064ffff")


def log_of(path: Path) -> Path:
    """Return where the log of a database file is, if it has one."""
    return path.with_name(f"{path.name}.wal")


def commit_ends(log: bytes) -> list[int]:
    """Return after how many bytes of ``log`` a transaction is whole, in order."""
    return [match.end() for match in re.finditer(re.escape(_COMMIT), log)]


def has_named_head(log: bytes) -> bool:
    """Tell whether ``log`` begins as that of a database of a newer storage format."""
    return log.startswith(_NAMED_HEAD)


def find_log_damage(log: bytes) -> str | None:
    """Say which damage of ``log`` would cost committed transactions without a word; ``None`` if none.

    An entry that a crash cut short is no damage: its transaction was never acknowledged.
    """
    if HEAD.startswith(log[: len(HEAD)]) and len(log) < len(HEAD):
        return None
    if has_named_head(log):
        return None  # of a format of which DuckDB itself says when its head is damaged
    if not log.startswith(HEAD):
        return "the head of its log is damaged"
    at = len(HEAD)
    while (end := at + ENTRY_HEAD_BYTES) <= len(log):
        end += int.from_bytes(log[at : at + 8], "little")
        if end > len(log):
            break
        at = end
    if _COMMIT in log[at:]:
        return f"the entry of its log at byte {at} is damaged"
    return None
