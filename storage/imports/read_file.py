"""One file from disk to rows: opened, recognised, read and assigned; nothing is written."""

import codecs
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from storage.imports.assign import AssignmentTarget, Lookup, assign_rows
from storage.imports.errors import BrokenFile
from storage.imports.formats.registry import LONG, recognise
from storage.imports.parse import files
from storage.imports.parse.csv_table import CsvTable
from storage.imports.read_rows import ImportOptions
from storage.tables import long_form_csv, long_form_parquet
from storage.tables.long_form import COLUMNS, NAMED, Batch, InvalidRow, NotLongForm
from storage.text_search import normalised

#: A plain table is read in batches, so it may be larger than an export.
MOST_LONG_BYTES = 4_000_000_000
_PARQUET = b"PAR1"


@dataclass(slots=True)
class Position:
    """How far into a file its reading is, and of how much: bytes, or rows of Parquet."""

    done: int = 0
    total: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class FileReading:
    """A file as it was understood. ``formats`` and ``why`` say as what, ``aside`` what is not read.

    ``has_as_of``: each row says when its count stood so. ``left_out`` are rows that are no figures, such as
    the Total row; ``batches`` hold the rest and may raise BrokenFile while they are gone through.
    """

    formats: tuple[str, ...]
    why: str
    batches: Iterable[Batch]
    has_as_of: bool = False
    aside: tuple[str, ...] = ()
    left_out: tuple[InvalidRow, ...] = ()
    notes: tuple[str, ...] = ()
    position: Position = field(default_factory=lambda: Position(done=1))


def read_file(
    path: Path, lookup: Lookup, target: AssignmentTarget, options: ImportOptions
) -> FileReading:
    """Recognise ``path``, and read it.

    Raises:
        BrokenFile: it cannot be trusted as a whole; nothing of it should be taken.
        OSError: it cannot be opened.
    """
    forced = options.format
    if forced in (None, LONG) and (long := _long(path, target, forced=forced == LONG)):
        if options.columns:
            raise BrokenFile(
                "--column is not for LiveTally's plain table: its columns have one name each",
                remedy="leave --column out",
            )
        return long
    tables, aside = recognise(_renamed(files.tables(path), options.columns), forced=forced)
    readings = [table.read(options) for table in tables]
    return FileReading(
        formats=tuple(dict.fromkeys(table.name for table in tables)),
        why="; ".join(
            f"{table.table.name}: {table.columns.layout.title}, by {table.why}" for table in tables
        ),
        batches=[
            Batch(
                rows=(assigned := assign_rows(reading.figures, lookup, target, options)).rows,
                lines=assigned.lines,
                refused=(*reading.refused, *assigned.refused),
            )
            for reading in readings
        ],
        aside=tuple(aside),
        left_out=tuple(row for reading in readings for row in reading.left_out),
        notes=(
            *(f"column {old} is read as {new}" for old, new in options.columns.items()),
            *(note for reading in readings for note in reading.notes),
            *(
                f"{table.table.name}: figures that are left aside: {', '.join(table.unread)}"
                for table in tables
                if table.unread
            ),
        ),
    )


def _renamed(tables: Sequence[CsvTable], names: Mapping[str, str]) -> list[CsvTable]:
    """Rename columns as the command does; a name that no table has is an error."""
    names_there = {normalised(column): column for table in tables for column in table.columns}
    for name in names:
        if normalised(name) not in names_there:
            remedy = f"its columns are {', '.join(names_there.values())}"
            raise BrokenFile(f"no column is called '{name}'", line=1, remedy=remedy)
    return [table.renamed(names) for table in tables]


def _long(path: Path, target: AssignmentTarget, *, forced: bool) -> FileReading | None:
    with path.open("rb") as file:
        head = file.read(65_536)
    parquet = head.startswith(_PARQUET)
    if not (forced or parquet or _names_columns(head)):
        return None
    files.refuse_other_kinds(head)
    position = Position()
    return FileReading(
        formats=(LONG,),
        why=f"{path.name}: LiveTally's plain table, by its columns",
        batches=(_fill(batch, target) for batch in _batches(path, position, parquet=parquet)),
        has_as_of=True,
        position=position,
    )


def _fill(batch: Batch, target: AssignmentTarget) -> Batch:
    """Put what the command says where a row of a whole account or platform does not say it."""
    account, edition = pl.lit(target.account, pl.String), pl.lit(target.edition, pl.String)
    is_its = account.str.starts_with(pl.col("platform") + ":") & pl.col("broadcast").is_null()
    rows = batch.rows.with_columns(
        edition=pl.coalesce("edition", edition),
        account=pl.coalesce("account", pl.when(is_its).then(account)),
    )
    return replace(batch, rows=rows)


def _names_columns(head: bytes) -> bool:
    """Tell whether the first line that is for machines has the plain table's columns."""
    for line in head.decode("utf-8-sig", "replace").splitlines():
        if line.strip() and not line.startswith("#"):
            return NAMED <= set(line.split(",")) <= set(COLUMNS)
    return False


def _batches(path: Path, position: Position, *, parquet: bool) -> Iterator[Batch]:
    try:
        if parquet:
            position.total = max(1, long_form_parquet.rows_of_parquet(path))
            for batch in long_form_parquet.read_parquet(path):
                position.done += batch.rows.height + len(batch.refused)
                yield batch
            return
        position.total = max(1, path.stat().st_size)
        with path.open("rb") as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as lines:
            for batch in long_form_csv.read_csv(lines):
                position.done = raw.tell()
                yield batch
    except NotLongForm as error:
        raise BrokenFile(str(error), line=error.line, remedy=error.remedy) from None
    except UnicodeDecodeError as error:
        byte = f"{error.object[error.start]:#04x}"
        remedy = "save it as CSV UTF-8"
        raise BrokenFile(f"byte {byte} is not UTF-8", remedy=remedy, line=_line_of(path)) from None


def _line_of(path: Path) -> int | None:
    """Return the number of the first line that is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as raw:
        try:
            while chunk := raw.read(65_536):
                decoder.decode(chunk)
                line += chunk.count(b"\n")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            return line + error.object.count(b"\n", 0, error.start)
    return None
