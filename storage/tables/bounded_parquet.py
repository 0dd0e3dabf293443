"""Parquet that others wrote, read within bounds: a few bytes of it can stand for billions of rows.

The footer is looked at before any row, and since a footer can lie too, rows and bytes are counted
along. Texts are read as their dictionary, and only written out when it is known how long they get.
"""

import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from storage.tables.parquet_pages import unpacked_pages

ROWS_A_BATCH = 65_536
#: What holds no more than this in memory may be packed however tightly.
_SMALL_BYTES = 8_000_000
_BYTES_A_CELL = 8
_MEGABYTE = 1_000_000


class TooMuch(ValueError):
    """A file unpacks to more than is read; the text says to how much, and how much that is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """How much is read: rows, bytes in memory, those of one page, and how many times what is packed."""

    rows: int = 5_000_000
    bytes: int = 640_000_000
    page_bytes: int = 64_000_000
    times: int = 1_000


def read_bounded(
    source: Path | bytes,
    columns: Collection[str] | None = None,
    *,
    bounds: Bounds = Bounds(),
    rows_a_batch: int = ROWS_A_BATCH,
) -> Iterator[pl.DataFrame]:
    """Yield the rows of a Parquet file: of all its columns, or of those that ``columns`` name.

    A file without rows gives one empty frame.

    Raises:
        TooMuch: it unpacks to more than ``bounds``.
        ValueError: it cannot be read (also pyarrow.ArrowException, OSError).
    """
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
        with pq.ParquetFile(file) as parquet:
            schema = cast("Any", parquet.schema_arrow)
            there: list[str] = schema.names
            names = [name for name in there if columns is None or name in columns]
            _check_footer(parquet.metadata, len(names), bounds)
            if max(unpacked_pages(file, parquet.metadata), default=0) > bounds.page_bytes:
                raise TooMuch(f"a page of more than {bounds.page_bytes // _MEGABYTE} MB unpacked")
        file.seek(0)
        texts = [name for name in names if pa.types.is_string(schema.field(name).type)]
        with pq.ParquetFile(file, read_dictionary=texts) as parquet:
            yield from _batches(parquet, names, bounds, rows_a_batch)
            if parquet.metadata.num_rows == 0:
                yield pl.DataFrame(schema.empty_table().select(names))


def _check_footer(metadata: Any, columns: int, bounds: Bounds) -> None:
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    rows = max(metadata.num_rows, sum(group.num_rows for group in groups))
    if rows > bounds.rows:
        raise TooMuch(f"{rows:,} rows; no more than {bounds.rows:,} are read")
    unpacked = max(rows * columns * _BYTES_A_CELL, sum(group.total_byte_size for group in groups))
    parts = [group.column(at) for group in groups for at in range(group.num_columns)]
    packed = sum(part.total_compressed_size for part in parts)
    if unpacked > max(_SMALL_BYTES, packed * bounds.times):
        most = f"no more than {bounds.times:,} times as many are read"
        raise TooMuch(f"{unpacked:,} bytes unpacked of {packed:,}; {most}")
    _check_bytes(unpacked, bounds)


def _check_bytes(unpacked: int, bounds: Bounds) -> None:
    if unpacked > bounds.bytes:
        most = f"no more than {bounds.bytes // _MEGABYTE:,} are read"
        raise TooMuch(f"{unpacked // _MEGABYTE:,} MB unpacked; {most}")


def _batches(
    parquet: pq.ParquetFile, names: Sequence[str], bounds: Bounds, rows_a_batch: int
) -> Iterator[pl.DataFrame]:
    rows = unpacked = 0
    batches = cast("Iterator[Any]", parquet.iter_batches(batch_size=rows_a_batch, columns=names))
    for batch in batches:
        rows += batch.num_rows
        unpacked += sum(map(_bytes_of, batch.columns))
        if rows > bounds.rows:
            raise TooMuch(f"more than the {bounds.rows:,} rows that are read")
        _check_bytes(unpacked, bounds)
        plain = [
            column.cast(pa.large_string()) if pa.types.is_dictionary(column.type) else column
            for column in batch.columns
        ]
        yield pl.DataFrame(pa.RecordBatch.from_arrays(plain, names=names))  # pyright: ignore[reportUnknownArgumentType] - pyarrow is partly typed


def _bytes_of(column: Any) -> int:
    """Return how many bytes a column takes, a text in it no less than the longest of its dictionary."""
    if not pa.types.is_dictionary(column.type):
        return column.nbytes
    longest: int = max(map(len, column.dictionary.cast(pa.binary()).to_pylist()), default=0)
    return len(column) * (longest + _BYTES_A_CELL)
