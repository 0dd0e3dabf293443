"""The plain long-form table: one row a figure, as CSV or Parquet. What is written is what is read.

It is the one form in which figures leave LiveTally to come back: writing what was read gives the
same bytes, and so does reading what was written. In CSV it is UTF-8 without a mark, with commas and
line feeds; lines before the column names that begin with ``#`` are for people and are passed over. Times are
ISO 8601 in UTC (``2026-05-17T12:00:00Z``), numbers have a decimal point and no thousands, and text
is guarded against spreadsheets (:mod:`storage.tables.csv_escape`). An empty cell is "not told", never zero.
"""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from storage.model import Metric, OwnerMetric
from storage.schema import LONG_FORM
from storage.schema import UTC as UTC_TIME
from storage.store.frames import clean_text, frame
from storage.tables.csv_escape import bare, guarded

METRICS = frozenset(map(str, (*Metric, *OwnerMetric)))

COLUMNS = LONG_FORM
REQUIRED = ("platform", "observed_at", "metric", "source")
ROWS_A_BATCH = 50_000

#: Above this a Float64 no longer tells two whole numbers apart.
LARGEST = 2**53
_TIMES = tuple(name for name, dtype in COLUMNS.items() if dtype == UTC_TIME)
_TEXTS = tuple(name for name, dtype in COLUMNS.items() if dtype == pl.String)
_REMEDY = f"the columns are: {','.join(COLUMNS)}"


class NotLongForm(ValueError):
    """The file as a whole is not this table. ``line`` counts from 1; ``remedy`` says what to do."""

    def __init__(self, line: int, problem: str, remedy: str = _REMEDY) -> None:
        super().__init__(problem)
        self.line = line
        self.remedy = remedy


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """A row that is not taken, and why. ``line`` is the file's, or the row's number in Parquet."""

    line: int
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Some rows of a file: :data:`COLUMNS` of those that are in order, and those that are not.

    ``lines`` says where each of ``rows`` stood.
    """

    rows: pl.DataFrame
    lines: tuple[int, ...]
    refused: tuple[Refused, ...]


def write_csv(
    batches: Iterable[pl.DataFrame], stream: BinaryIO, *, heading: Sequence[str] = ()
) -> int:
    """Write :data:`COLUMNS` frames one after another; give how many rows. Memory: one batch.

    ``heading`` lines stand before the column names, each behind ``#``.
    """
    stream.writelines(f"# {' '.join(line.split())}\n".encode() for line in heading)
    stream.write(f"{','.join(COLUMNS)}\n".encode())
    count = 0
    for rows in batches:
        cells = [_written(name).alias(name) for name in COLUMNS]
        written = rows.cast(COLUMNS).select(cells).write_csv(include_header=False, null_value="")
        stream.write(written.encode())
        count += rows.height
    return count


def write_parquet(batches: Iterable[pl.DataFrame], path: Path) -> int:
    """Write :data:`COLUMNS` frames one after another, each a row group; give how many rows."""
    schema: pa.Schema = COLUMNS.to_frame().to_arrow().schema  # pyright: ignore[reportUnknownVariableType] - pyarrow is partly typed
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:  # pyright: ignore[reportUnknownArgumentType] - as above
        for rows in batches:
            writer.write_table(rows.select(list(COLUMNS)).cast(COLUMNS).to_arrow())  # pyright: ignore[reportUnknownArgumentType] - as above
            count += rows.height
    return count


def read_csv(lines: Iterable[str]) -> Iterator[Batch]:
    """Read a file's lines, each with its end; every row is in order or refused with its reason.

    Columns may stand in any order.

    Raises:
        NotLongForm: no line names the columns, one is missing, unknown or named twice.
    """
    passed, rest = _after_comments(lines)
    reader = csv.reader(rest, strict=True)
    try:
        names = [name.strip().removeprefix("\ufeff") for name in next(reader, list[str]())]
        _check_columns(names, passed + 1)
        kept = _Kept()
        read = _Cells()
        for cells in reader:
            line = passed + reader.line_num
            if not cells:
                continue
            if len(cells) != len(names):
                kept.refuse(line, f"{len(cells)} cells where {len(names)} columns are named")
            else:
                kept.take(line, read(names, cells))
            if kept.size() >= ROWS_A_BATCH:
                yield kept.batch()
        yield kept.batch()
    except csv.Error as error:
        line = passed + reader.line_num
        raise NotLongForm(line, f"not CSV: {error}", "save it again as CSV in UTF-8") from None


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
        _check_columns(names, 1)  # pyright: ignore[reportUnknownArgumentType] - as above
        number = 0
        for group in file.iter_batches(batch_size=ROWS_A_BATCH):  # pyright: ignore[reportUnknownVariableType] - as above
            raw = pl.DataFrame(group)  # pyright: ignore[reportUnknownArgumentType] - as above
            try:
                rows = raw.select(list(COLUMNS)).cast(COLUMNS)
            except pl.exceptions.PolarsError as error:
                raise NotLongForm(number + 1, f"a column of another type: {error}") from None
            kept = _Kept()
            for row in rows.iter_rows(named=True):
                number += 1
                kept.take(number, row)
            yield kept.batch()


def rows_of_parquet(path: Path) -> int:
    """Give how many rows a Parquet file says it has; 0 where it is none."""
    try:
        return int(pq.read_metadata(path).num_rows)  # pyright: ignore[reportUnknownArgumentType] - as above
    except (pa.ArrowException, OSError):
        return 0


def empty() -> pl.DataFrame:
    """Give the table without rows."""
    return COLUMNS.to_frame()


class _Kept:
    """The rows of one batch while it is read."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._rows: list[Mapping[str, object]] = []
        self._lines: list[int] = []
        self._refused: list[Refused] = []

    def size(self) -> int:
        return len(self._rows) + len(self._refused)

    def refuse(self, line: int, reason: str) -> None:
        self._refused.append(Refused(line=line, reason=reason))

    def take(self, line: int, row: Mapping[str, object]) -> None:
        reason = wrong_with(row)
        if reason:
            self.refuse(line, reason)
        else:
            self._rows.append(row)
            self._lines.append(line)

    def batch(self) -> Batch:
        """Give what there is, and begin anew."""
        columns = {name: [row[name] for row in self._rows] for name in COLUMNS}
        rows = frame(columns, COLUMNS)
        given = Batch(rows=rows, lines=tuple(self._lines), refused=tuple(self._refused))
        self._begin()
        return given


def wrong_with(row: Mapping[str, object]) -> str | None:
    """Say why a row with :data:`COLUMNS` cannot be taken; ``None`` when it can."""
    for name, value in row.items():
        if isinstance(value, _Unreadable):
            return f"{name}: {value.reason}"
    for name in REQUIRED:
        if row[name] is None:
            return f"{name} is empty"
    if row["metric"] not in METRICS:
        return f"{row['metric']} is no metric; known are {', '.join(sorted(METRICS))}"
    value = row["value"]
    if isinstance(value, float) and not (math.isfinite(value) and 0 <= value <= LARGEST):
        return f"value: {value} is no count"
    return _wrong_with_period(row["period_starts_at"], row["period_ends_at"])


def _wrong_with_period(starts: object, ends: object) -> str | None:
    if (starts is None) != (ends is None):
        return "a period has both a start and an end, or neither"
    if isinstance(starts, datetime) and isinstance(ends, datetime) and starts >= ends:
        return "the period ends before it starts"
    return None


@dataclass(frozen=True, slots=True)
class _Unreadable:
    reason: str


class _Cells:
    """Reads the cells of row after row; what was read before is not read again."""

    def __init__(self) -> None:
        self._read: dict[str, dict[str, object]] = {name: {} for name in COLUMNS}

    def __call__(self, names: Sequence[str], cells: Sequence[str]) -> dict[str, object]:
        row: dict[str, object] = {}
        for name, cell in zip(names, cells, strict=True):
            known = self._read[name]
            if cell not in known:
                if len(known) >= ROWS_A_BATCH:
                    known.clear()
                known[cell] = _read_cell(name, cell)
            row[name] = known[cell]
        return row


def _read_cell(name: str, cell: str) -> object:
    if not cell:
        return None
    if name in _TIMES:
        return _read_time(cell)
    if name == "value":
        return _read_number(cell)
    return clean_text(bare(cell))


def _read_time(cell: str) -> datetime | _Unreadable:
    try:
        at = datetime.fromisoformat(cell)
        if at.tzinfo is None:
            return _Unreadable(f"{cell} says no offset; write {cell}Z for UTC")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return _Unreadable(f"{cell} is no time; write 2026-05-17T12:00:00Z")


def _read_number(cell: str) -> float | _Unreadable:
    # float() also takes underscores, spaces and the digits of other scripts; this table does not.
    if not set(cell) <= set("0123456789.eE+-"):
        return _Unreadable(f"{cell} is no plain number; write 1234.5")
    try:
        return float(cell)
    except ValueError:
        return _Unreadable(f"{cell} is no plain number; write 1234.5")


def _written(name: str) -> pl.Expr:
    column = pl.col(name)
    if name in _TEXTS:
        # Empty text and no text look alike in a cell, so there is only one of them.
        text = column.str.replace_all("\0", "", literal=True).replace("", None)
        return guarded(text)
    if name == "value":
        whole = column == column.floor()
        return (
            pl.when(whole)
            .then(column.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(column.cast(pl.String))
        )
    # %.f is the fraction of a second as long as it is, and nothing where there is none.
    return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")


def _after_comments(lines: Iterable[str]) -> tuple[int, Iterator[str]]:
    """Give how many lines stand before the column names, and the lines from there on."""
    rest = iter(lines)
    for passed, line in enumerate(rest):
        if line.lstrip("\ufeff").startswith("#") or not line.strip():
            continue
        return passed, _again(line, rest)
    return 0, iter(())


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _check_columns(names: Sequence[str], line: int) -> None:
    missing = [name for name in COLUMNS if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    if missing:
        raise NotLongForm(line, f"missing columns: {', '.join(missing)}")
    if unknown or len(names) != len(COLUMNS):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise NotLongForm(line, f"unknown or repeated columns: {', '.join(unknown or twice)}")


def csv_text(rows: pl.DataFrame, *, heading: Sequence[str] = ()) -> str:
    """Give one frame as the CSV file that holds it."""
    stream = io.BytesIO()
    write_csv([rows], stream, heading=heading)
    return stream.getvalue().decode()
