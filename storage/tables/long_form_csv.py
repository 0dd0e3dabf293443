"""The long form as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import BinaryIO, TextIO

import polars as pl

from storage.tables.bounded_lines import TOO_LONG, BoundedLines
from storage.tables.build import clean_text
from storage.tables.csv_escape import escape, unescape
from storage.tables.long_form import (
    COLUMNS,
    ROWS_A_BATCH,
    TEXTS,
    TIMES,
    Batch,
    NotLongForm,
    ReadRows,
    UnreadableCell,
    check_columns,
)


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


#: Lines that may stand above the column names.
_MOST_ABOVE = 10_000
_SAVE_AGAIN = "save it again as CSV in UTF-8"


def read_csv(stream: TextIO) -> Iterator[Batch]:
    """Read a file whose lines keep their ends; every row is in order or refused with its reason.

    Columns may stand in any order; those that are left out are empty.

    Raises:
        NotLongForm: no line names the columns, one is missing, unknown or named twice; a row is too long.
    """
    lines = BoundedLines(stream, lambda line: NotLongForm(line, TOO_LONG, _SAVE_AGAIN))
    passed, rest = _after_comments(lines)
    reader = csv.reader(rest, strict=True)
    try:
        names = [name.strip().removeprefix("\ufeff") for name in next(reader, list[str]())]
        check_columns(names, passed + 1)
        reading = ReadRows()
        read = _Cells()
        for cells in reader:
            line = passed + reader.line_num
            lines.begin_row()
            if not cells:
                continue
            if len(cells) != len(names):
                reading.refuse(line, f"{len(cells)} cells where {len(names)} columns are named")
            else:
                reading.add(line, read(names, cells))
            if reading.size() >= ROWS_A_BATCH:
                yield reading.batch()
        yield reading.batch()
    except csv.Error as error:
        line, problem = lines.describe(error)
        raise NotLongForm(line, f"not CSV: {problem}", _SAVE_AGAIN) from None


class _Cells:
    """Reads the cells of row after row; what was read before is not read again."""

    def __init__(self) -> None:
        self._read: dict[str, dict[str, object]] = {name: {} for name in COLUMNS}

    def __call__(self, names: Sequence[str], cells: Sequence[str]) -> dict[str, object]:
        row: dict[str, object] = {**dict.fromkeys(COLUMNS)}
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
    if name in TIMES:
        return _read_time(cell)
    if name == "value":
        return _read_number(cell)
    return clean_text(unescape(cell))


def _read_time(cell: str) -> datetime | UnreadableCell:
    try:
        at = datetime.fromisoformat(cell)
        if at.tzinfo is None:
            return UnreadableCell(f"{cell} says no offset; write {cell}Z for UTC")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return UnreadableCell(f"{cell} is no time; write 2026-05-17T12:00:00Z")


def _read_number(cell: str) -> float | UnreadableCell:
    # float() also takes underscores, spaces and the digits of other scripts; this table does not.
    if not set(cell) <= set("0123456789.eE+-"):
        return UnreadableCell(f"{cell} is no plain number; write 1234.5")
    try:
        return float(cell)
    except ValueError:
        return UnreadableCell(f"{cell} is no plain number; write 1234.5")


def _written(name: str) -> pl.Expr:
    column = pl.col(name)
    if name in TEXTS:
        # Empty text and no text look alike in a cell, so there is only one of them.
        text = column.str.replace_all("\0", "", literal=True).replace("", None)
        return escape(text)
    if name == "value":
        is_whole = column == column.floor()
        return (
            pl.when(is_whole)
            .then(column.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(column.cast(pl.String))
        )
    # %.f is the fraction of a second as long as it is, and nothing where there is none.
    return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")


def _after_comments(lines: BoundedLines) -> tuple[int, Iterator[str]]:
    """Return how many lines stand before the column names, and the lines from there on."""
    for passed, line in enumerate(lines):
        if passed > _MOST_ABOVE:
            problem = f"no column names in the first {_MOST_ABOVE:,} lines"
            raise NotLongForm(passed + 1, problem, _SAVE_AGAIN)
        if line.lstrip("\ufeff").startswith("#") or not line.strip():
            lines.begin_row()
            continue
        return passed, _again(line, lines)
    return 0, iter(())


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def csv_text(rows: pl.DataFrame, *, heading: Sequence[str] = ()) -> str:
    """Return one frame as the CSV file that holds it."""
    stream = io.BytesIO()
    write_csv([rows], stream, heading=heading)
    return stream.getvalue().decode()
