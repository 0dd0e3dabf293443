"""Hashes of the parts of a tick: rows in, digests out, whatever their order and how they are stored.

docs/export.md defines this for others who recompute it; a change of it is a new :data:`FORMAT`.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby, pairwise
from operator import itemgetter
from struct import pack
from typing import cast

import polars as pl

from storage.model import COUNTS

FORMAT = 1
#: What stands for a number that was not told.
NOT_TOLD = -(2**63)
#: Up to so many rows Python is done before polars has begun.
_FEW = 48
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class FactTable:
    """A table of facts: ``key`` names the part that a row belongs to.

    Times are numbers. Rows are in the order of their columns, what was not told first.
    """

    key: str
    texts: tuple[str, ...]
    numbers: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """Every column, in the order of a row's encoding."""
        return [*self.texts, *self.numbers]


_TIMES = ("published_at", "scheduled_at", "started_at", "ended_at", "discovered_at")
_FACTS = (
    *("broadcast", "platform", "account", "native_id", "edition", "match_reason", "title"),
    *("description", "url", "status", "playlists"),
)
_LISTS = ("playlists",)
#: The tables of facts. What is derived from them, and what is planned, is in none.
KINDS: Mapping[str, FactTable] = {
    "snapshot": FactTable(
        key="poll_id",
        texts=("broadcast", "status", "source", "definition"),
        numbers=("observed_at", "poll_id", *COUNTS),
    ),
    "miss": FactTable(
        key="poll_id", texts=("broadcast", "reason"), numbers=("missed_at", "poll_id")
    ),
    "poll": FactTable(
        key="poll_id",
        texts=("platform", "purpose", "source", "outcome", "error"),
        numbers=("poll_id", "started_at", "finished_at", "asked", "answered", "requests"),
    ),
    "set_aside": FactTable(
        key="poll_id",
        texts=("platform", "broadcast", "reason", "body"),
        numbers=("set_aside_at", "poll_id"),
    ),
    "gap": FactTable(
        key="broadcast",
        texts=("broadcast", "reason"),
        numbers=("started_at", "ended_at", "missed_polls"),
    ),
    "broadcast": FactTable(key="broadcast", texts=_FACTS, numbers=_TIMES),
    "purge": FactTable(
        key="platform",
        texts=("platform",),
        numbers=("before", "purged_at", "snapshots", "broadcasts"),
    ),
    "superseded": FactTable(
        key="of_tick", texts=("kind", "key", "digest", "remains"), numbers=("of_tick",)
    ),
}


#: A part: its tick, and the key within its kind.
PartKey = tuple[int, str]


def with_tick(rows: pl.DataFrame, tick: int) -> pl.DataFrame:
    """Return ``rows`` with the tick that they are of."""
    return rows.hstack([pl.Series("tick", [tick], dtype=pl.Int64).new_from_index(0, rows.height)])


def part_digests(kind: str, rows: pl.DataFrame) -> dict[PartKey, str]:
    """Return the SHA-256 of each part of ``rows``, which have their ``tick``."""
    if rows.is_empty():
        return {}
    encode = _encode_few if rows.height <= _FEW else _encode_many
    return {
        key: hashlib.sha256(f"{kind} {height}\n".encode() + content).hexdigest()
        for key, height, content in encode(KINDS[kind], rows)
    }


def _encode_few(kind: FactTable, rows: pl.DataFrame) -> Iterator[tuple[PartKey, int, bytes]]:
    """Encode row by row."""
    key_in = 1 + kind.columns.index(kind.key)
    columns = [rows[name].to_list() for name in ("tick", *kind.columns)]
    ordered = sorted(zip(*columns, strict=True), key=_order)
    ordered.sort(key=itemgetter(0, key_in))
    for (tick, key), part in groupby(ordered, key=itemgetter(0, key_in)):
        numbers, texts, height = b"", b"", 0
        for row in part:
            values = [_plain(value) for value in row[1:]]
            lengths = [len(value) if isinstance(value, bytes) else value for value in values]
            numbers += pack(f"<{len(lengths)}q", *lengths)
            texts += b"".join(value for value in values if isinstance(value, bytes))
            height += 1
        yield (tick, str(key)), height, numbers + texts


def _order(row: tuple[object, ...]) -> list[tuple[bool, object]]:
    """Sort what was not told first."""
    return [(value is not None, value) for value in row]


def _plain(value: object) -> int | bytes:
    """Return a number, or a text's bytes."""
    match value:
        case None:
            return NOT_TOLD
        case str():
            return value.encode()
        case int():
            return value
        case datetime():
            return (value - _EPOCH) // _MICROSECOND
        case _:
            texts = [str(text).encode() for text in cast("list[object]", value)]
            return b"".join(b"%d:%b" % (len(text), text) for text in texts)


def _encode_many(kind: FactTable, rows: pl.DataFrame) -> Iterator[tuple[PartKey, int, bytes]]:
    """Encode column by column: the same bytes."""
    exprs, order = _expressions(kind)
    encoded = rows.sort(order).select_seq(exprs)
    texts = encoded.drop_in_place("text").to_list()
    ticks, keys = encoded.drop_in_place("tick"), encoded.drop_in_place("key")
    begins = [0]
    if (ticks[0], keys[0]) != (ticks[-1], keys[-1]):
        changes = (ticks != ticks.shift(1)) | (keys != keys.shift(1))
        begins = changes.fill_null(value=True).arg_true().to_list()
    matrix = encoded.to_numpy(order="c").astype("<i8", copy=False)
    for begin, end in pairwise([*begins, len(texts)]):
        content = matrix[begin:end].tobytes() + "".join(texts[begin:end]).encode()
        yield (ticks[begin], str(keys[begin])), end - begin, content


@cache
def _expressions(kind: FactTable) -> tuple[list[pl.Expr], list[pl.Expr]]:
    """Build once: building them costs more than running them on a tick's rows."""
    texts = [_as_text(name) for name in kind.texts]
    lengths = [text.str.len_bytes().cast(pl.Int64).fill_null(NOT_TOLD) for text in texts]
    numbers = [pl.col(name).to_physical().fill_null(NOT_TOLD) for name in kind.numbers]
    encoded = [part.alias(str(place)) for place, part in enumerate([*lengths, *numbers])]
    text = pl.concat_str(text.fill_null("") for text in texts)
    of = [pl.col("tick"), pl.col(kind.key).alias("key")]
    order = [pl.col(name) for name in ("tick", kind.key, *kind.columns)]
    return [*encoded, *of, text.alias("text")], order


def _as_text(name: str) -> pl.Expr:
    if name not in _LISTS:
        return pl.col(name)
    length = pl.element().str.len_bytes().cast(pl.String)
    return pl.col(name).list.eval(length + ":" + pl.element()).list.join("")
