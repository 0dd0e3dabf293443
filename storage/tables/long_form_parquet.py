"""The long form as Parquet."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from storage.panics import LibraryPanicked, panics_as_errors
from storage.tables.long_form import (
    COLUMNS,
    ROWS_A_BATCH,
    Batch,
    NotLongForm,
    ReadRows,
    check_columns,
)


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
        NotLongForm: it is not Parquet, or a column is missing or of another type.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:  # pyright: ignore[reportUnknownVariableType] - as above
        raise NotLongForm(1, f"not a Parquet file: {error}") from None  # pyright: ignore[reportUnknownArgumentType] - as above
    with file:
        names: list[str] = file.schema_arrow.names  # pyright: ignore[reportUnknownVariableType] - as above
        check_columns(names, 1)  # pyright: ignore[reportUnknownArgumentType] - as above
        number = 0
        for group in file.iter_batches(batch_size=ROWS_A_BATCH):  # pyright: ignore[reportUnknownVariableType] - as above
            raw = pl.DataFrame(group)  # pyright: ignore[reportUnknownArgumentType] - as above
            try:
                missing = (pl.lit(None).alias(name) for name in COLUMNS if name not in names)
                with panics_as_errors():
                    rows = raw.with_columns(missing).select(list(COLUMNS)).cast(COLUMNS)
            except (pl.exceptions.PolarsError, LibraryPanicked) as error:
                raise NotLongForm(number + 1, f"a column of another type: {error}") from None
            reading = ReadRows()
            for row in rows.iter_rows(named=True):
                number += 1
                reading.add(number, row)
            yield reading.batch()


def rows_of_parquet(path: Path) -> int:
    """Return how many rows a Parquet file says it has; 0 where it is none."""
    try:
        return int(pq.read_metadata(path).num_rows)  # pyright: ignore[reportUnknownArgumentType] - as above
    except (pa.ArrowException, OSError):
        return 0
