"""Writers of a table into a file of each kind, batch by batch, with its description."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from storage.exports.published_tables import ExportTable
from storage.exports.request import ExportFormat
from storage.exports.xlsx import write_xlsx
from storage.schema import UTC
from storage.tables import long_form, long_form_csv
from storage.tables.csv_escape import escape

#: %.f is the fraction of a second as long as it is, and nothing where there is none.
_TIME = "%Y-%m-%dT%H:%M:%S%.fZ"
#: Under this key the description stands in a Parquet file's metadata.
KEY = b"livetally"


def beside(path: Path) -> Path:
    """Return where the description of a CSV file is written: CSV has no place for it."""
    return path.with_name(path.name + ".about.json")


def write_csv(table: ExportTable, path: Path, *, heading: Sequence[str] = ()) -> int:
    """Write UTF-8, commas, one line of names; cells that spreadsheets would compute are escaped.

    ``heading`` lines stand before the names, each behind ``#``.
    """
    with path.open("wb") as stream:
        if table.columns == long_form.COLUMNS:
            return long_form_csv.write_csv(table.batches, stream, heading=heading)
        stream.writelines(f"# {' '.join(line.split())}\n".encode() for line in heading)
        stream.write(f"{','.join(table.columns)}\n".encode())
        count = 0
        for rows in table.batches:
            cells = [_cell(name, dtype) for name, dtype in table.columns.items()]
            written = rows.select(cells).write_csv(include_header=False, null_value="")
            stream.write(written.encode())
            count += rows.height
    return count


def _cell(name: str, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.String:
        return escape(pl.col(name).str.replace_all("\0", "", literal=True).replace("", None))
    return pl.col(name).dt.strftime(_TIME) if dtype == UTC else pl.col(name)


def write_parquet(table: ExportTable, described: Mapping[str, Any], path: Path) -> int:
    """Write a row group a batch; the description is in the file's metadata."""
    schema: pa.Schema = table.columns.to_frame().to_arrow().schema  # pyright: ignore[reportUnknownVariableType] - pyarrow is partly typed
    labelled = schema.with_metadata({KEY: json.dumps(described, ensure_ascii=False).encode()})  # pyright: ignore[reportUnknownVariableType] - pyarrow is partly typed
    count = 0
    with pq.ParquetWriter(path, labelled, compression="zstd") as writer:  # pyright: ignore[reportUnknownArgumentType] - pyarrow is partly typed
        for rows in table.batches:
            writer.write_table(rows.to_arrow().cast(labelled))  # pyright: ignore[reportUnknownArgumentType] - pyarrow is partly typed
            count += rows.height
    return count


def write_json(table: ExportTable, described: Mapping[str, Any], path: Path) -> int:
    """Write one object: ``about``, and ``rows`` as a list of objects."""
    times = [pl.col(name).dt.strftime(_TIME) for name, dtype in table.columns.items() if dtype == UTC]  # fmt: skip
    count = 0
    with path.open("wb") as stream:
        stream.write(f'{{"about": {json.dumps(described, ensure_ascii=False)},\n"rows": ['.encode())
        for rows in table.batches:
            listed = rows.with_columns(times).write_json()[1:-1]
            if listed:
                stream.write(f"{',' if count else ''}\n{listed}".encode())
            count += rows.height
        stream.write(b"\n]}\n")
    return count


#: Those that carry the description within.
WRITERS: dict[ExportFormat, Callable[[ExportTable, Mapping[str, Any], Path], int]] = {
    ExportFormat.PARQUET: write_parquet,
    ExportFormat.JSON: write_json,
    ExportFormat.XLSX: write_xlsx,
}
