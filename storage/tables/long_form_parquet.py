"""The long form as Parquet."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from storage.system.panics import LibraryPanicked, panics_as_errors
from storage.tables.bounded_parquet import Bounds, TooMuch, read_bounded
from storage.tables.long_form import (
    COLUMNS,
    ROWS_A_BATCH,
    Batch,
    NotLongForm,
    ReadRows,
    check_columns,
)

#: It is read in batches, so all of it may be more than fits into memory.
_BOUNDS = Bounds(rows=100_000_000, bytes=40_000_000_000)


def write_parquet(batches: Iterable[pl.DataFrame], path: Path) -> int:
    """Write :data:`COLUMNS` frames one after another, each a row group; give how many rows."""
    schema: pa.Schema = COLUMNS.to_frame().to_arrow().schema  # pyright: ignore[reportUnknownVariableType] - pyarrow is partly typed
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:  # pyright: ignore[reportUnknownArgumentType] - as above
        for rows in batches:
            writer.write_table(rows.select(list(COLUMNS)).cast(COLUMNS).to_arrow())  # pyright: ignore[reportUnknownArgumentType] - as above
            count += rows.height
    return count


def read_parquet(path: Path) -> Iterator[Batch]:
    """Read a Parquet file; every row is in order or refused with its reason.

    Raises:
        NotLongForm: it is not Parquet, unpacks to too much, or a column is missing or of another type.
    """
    number = 0
    try:
        check_columns(pq.read_schema(path).names, 1)  # pyright: ignore[reportUnknownArgumentType] - as above
        for raw in read_bounded(path, bounds=_BOUNDS, rows_a_batch=ROWS_A_BATCH):
            missing = (pl.lit(None).alias(name) for name in COLUMNS if name not in raw.columns)
            with panics_as_errors():
                rows = raw.with_columns(missing).select(list(COLUMNS)).cast(COLUMNS)
            reading = ReadRows()
            for row in rows.iter_rows(named=True):
                number += 1
                reading.add(number, row)
            yield reading.batch()
    except NotLongForm:
        raise
    except (pl.exceptions.PolarsError, LibraryPanicked) as error:
        raise NotLongForm(number + 1, f"a column of another type: {error}") from None
    except TooMuch as error:
        raise NotLongForm(1, f"{error}", remedy="write it again, in smaller parts") from None
    except (pa.ArrowException, OSError, ValueError) as error:  # pyright: ignore[reportUnknownVariableType] - as above
        raise NotLongForm(1, f"not a Parquet file: {error}") from None  # pyright: ignore[reportUnknownArgumentType] - as above


def rows_of_parquet(path: Path) -> int:
    """Return how many rows a Parquet file says it has; 0 where it is none."""
    try:
        return int(pq.read_metadata(path).num_rows)  # pyright: ignore[reportUnknownArgumentType] - as above
    except (pa.ArrowException, OSError):
        return 0
