"""The one way in which a bundle's files are written: where bytes differ from it."""

import json
import re
from typing import Any

import polars as pl

from storage.evidence import archive
from storage.evidence.diff import diff_bundles

#: What people read is not larger: no JSON beyond it is read, whatever it holds.
_MOST_JSON_BYTES = 16_000_000
#: What polars says of itself in the footer of what it writes.
_WRITER = re.compile(rb"Polars \(python\) version [0-9a-z.+-]{1,40} \(build [0-9a-f]{1,64}\)")
#: A Parquet file ends with the length of its footer and four signs; a short text has its length in one byte.
_TAIL, _LONG_TEXT = 8, 0x80


def read_json(text: bytes) -> Any:
    """Read JSON that others wrote; raises ValueError, or RecursionError where it is too deep."""
    if len(text) > _MOST_JSON_BYTES:
        raise ValueError(f"{len(text):,} bytes; no more than {_MOST_JSON_BYTES:,} are read")
    return json.loads(text.decode())


def other_bytes(name: str, bundled: bytes, computed: bytes) -> list[str]:
    """Say where ``bundled`` begins to differ from the one way of writing it."""
    if bundled == computed:
        return []
    pairs = enumerate(zip(bundled, computed, strict=False))
    shorter = min(len(bundled), len(computed))
    first = next((at for at, (left, right) in pairs if left != right), shorter)
    return [f"{name}: byte {first} is not as a bundle has it"]


def other_values(name: str, bundled: bytes, computed: dict[str, Any]) -> list[str]:
    """Compare JSON with what it is when computed anew: by its values, or else by its bytes."""
    findings = other_bytes(name, bundled, archive.as_json(computed))
    return findings and (diff_bundles(read_json(bundled), computed, name) or findings)


def is_packed_alike(parquet: bytes, rows: pl.DataFrame) -> bool:
    """Tell whether a Parquet file is the one that a bundle has for ``rows``, whatever polars wrote it."""
    return _written_by(archive.parquet(rows), _writer(parquet)) == parquet


def _writer(parquet: bytes) -> bytes:
    names = _WRITER.findall(parquet, max(0, _footer(parquet)))
    return names[-1] if names else b""


def _footer(parquet: bytes) -> int:
    return len(parquet) - _TAIL - int.from_bytes(parquet[-_TAIL:-4], "little")


def _written_by(parquet: bytes, writer: bytes) -> bytes:
    """Put another version's name, and its length, into the footer."""
    own, begin = _writer(parquet), _footer(parquet)
    if max(len(own), len(writer)) >= _LONG_TEXT:
        return parquet
    name, other = (bytes([len(each)]) + each for each in (own, writer))
    footer = parquet[begin:-_TAIL].replace(name, other)
    return parquet[:begin] + footer + len(footer).to_bytes(4, "little") + parquet[-4:]
