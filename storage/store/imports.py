"""Reported figures in the database, apart from what was measured, and the files they came in.

A figure is one broadcast's, or one whole account's, count of a metric, as of an instant and over a
period, by one source and definition. It is kept once, for one edition: brought in again it changes nothing, and with
another value it is refused, because what was reported then stays what was reported then.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime

import polars as pl

from storage.database.connection import Database, Turn
from storage.database.questions import Questions
from storage.schema import IMPORTS, REPORTED
from storage.tables.build import build_frame
from storage.tables.long_form import COLUMNS, Batch, InvalidRow

#: A dry run shows so many figures and a batch more; the rest it only counts.
SHOWN_ROWS = 10_000
_KEY = [
    "platform", "whose", "metric", "source", "definition", "observed_at", "period_starts_at",
    "period_ends_at",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportFile:
    """A file that is brought in. ``as_of`` is ``None`` where each row says it."""

    sha256: str
    name: str
    format: str
    recognised_by: str
    imported_at: datetime
    as_of: datetime | None
    edition: str | None
    account: str | None


@dataclass(kw_only=True, slots=True)
class ImportResult:
    """What became of a file's figures. ``lines`` and ``rows`` are those taken, where asked for."""

    import_id: int
    taken: int = 0
    known: int = 0
    refused: list[InvalidRow] = field(default_factory=list[InvalidRow])
    lines: list[int] = field(default_factory=list[int])
    rows: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])


class _DryRun(Exception):
    """Ends the transaction of a dry run, so that nothing is written."""


class ImportTables:
    """Imported files and their figures. Methods may be called from any thread."""

    def __init__(self, database: Database, turn: Turn) -> None:
        self._database = database
        self._turn = turn

    def add(
        self, file: ImportFile, batches: Iterable[Batch], *, dry_run: bool = False
    ) -> ImportResult:
        """Keep a file's reported figures, all or none of them; what was measured is left as it is.

        A file that was imported before, or figures of it, change nothing. With ``dry_run`` the
        result is what would be, and nothing is kept.

        Raises:
            StoreUnwritable: the disk refuses; nothing of the file is kept.
        """
        with self._turn():
            result = ImportResult(import_id=self._next_id())
            with suppress(_DryRun), self._database.transaction():
                for batch in batches:
                    result.refused += batch.refused
                    _add_batch(self._database, batch, result, keep_rows=dry_run)
                if dry_run:
                    raise _DryRun
                if result.taken:
                    self._database.append("import_file", file_frame(file, result))
            return result

    def remove(self, import_id: int) -> int | None:
        """Delete an imported file with its figures; return their number, ``None`` if unknown."""
        with self._turn(), self._database.transaction():
            if import_id not in self.files()["import_id"]:
                return None
            params = {"import_id": import_id}
            count = "SELECT count(*) AS figures FROM reported_figure WHERE import_id = $import_id"
            removed = int(self._database.rows(count, params).item())
            for table in ("reported_figure", "import_file"):
                self._database.execute(f"DELETE FROM {table} WHERE import_id = $import_id", params)  # noqa: S608 - a table of ours
            return removed

    def files(self) -> pl.DataFrame:
        """Return what :func:`imported_files` does."""
        with self._turn():
            return imported_files(self._database)

    def figures(self) -> pl.DataFrame:
        """Return what :func:`imported_figures` does."""
        with self._turn():
            return imported_figures(self._database)

    def _next_id(self) -> int:
        newest = self._database.rows(
            "SELECT coalesce(max(import_id), 0) AS newest FROM import_file"
        )
        return int(newest.item()) + 1


def imported_files(database: Questions) -> pl.DataFrame:
    """Return :data:`storage.schema.IMPORTS` rows, the first imported first."""
    rows = database.rows("SELECT * FROM import_file ORDER BY import_id")
    return rows.select(list(IMPORTS)).cast(IMPORTS)  # pyright: ignore[reportArgumentType] - a mapping of column to type


def imported_figures(database: Questions) -> pl.DataFrame:
    """Return every imported figure as :data:`storage.schema.REPORTED` rows, in order of import."""
    rows = database.rows("SELECT * FROM reported_figure ORDER BY import_id, rowid")
    return rows.select(list(REPORTED)).cast(REPORTED)  # pyright: ignore[reportArgumentType] - a mapping of column to type


def _add_batch(database: Database, batch: Batch, result: ImportResult, *, keep_rows: bool) -> None:
    numbered = batch.rows.with_columns(
        line=pl.Series(batch.lines, dtype=pl.Int64), whose=pl.coalesce("broadcast", "account")
    ).with_row_index()
    first = numbered.unique(subset=_KEY, keep="first", maintain_order=True)
    again = numbered.join(first.select("index"), on="index", how="anti", maintain_order="left")
    at = first.select("line", *COLUMNS).with_columns(line=first["index"].cast(pl.Int64))
    known = database.ask("reported_known", tables={"brought": at}) if at.height else at.head(0)
    met = dict(zip(known["line"], known.iter_rows(named=True), strict=True)) if known.height else {}
    fresh = first.filter(~pl.col("index").is_in(list(met)))
    for row in first.filter(pl.col("index").is_in(list(met))).iter_rows(named=True):
        _meet(row, met[row["index"]]["value"], f"import {met[row['index']]['import_id']}", result)
    before = first.select(*_KEY, first_line="line", first_value="value")
    for row in again.join(before, on=_KEY, nulls_equal=True).iter_rows(named=True):
        _meet(row, row["first_value"], f"line {row['first_line']}", result)
    rows = fresh.select(list(COLUMNS))
    database.append("reported_figure", rows, import_id=result.import_id)
    result.taken += rows.height
    if keep_rows and len(result.lines) < SHOWN_ROWS:
        result.lines += fresh["line"].to_list()
        result.rows.append(rows)


def _meet(row: dict[str, object], before: object, where: str, result: ImportResult) -> None:
    """Count a figure that is there already, or refuse it when it says something else."""
    if row["value"] == before:
        result.known += 1
        return
    line = row["line"]
    reason = (
        f"{row['metric']}: {before} was reported for this already ({where}), now {row['value']}"
    )
    result.refused.append(InvalidRow(line=line if isinstance(line, int) else 0, reason=reason))


def file_frame(file: ImportFile, result: ImportResult) -> pl.DataFrame:
    """Return the file's row of :data:`storage.schema.IMPORTS`."""
    row = asdict(file) | {
        "import_id": result.import_id,
        "taken": result.taken,
        "known": result.known,
        "refused": len(result.refused),
    }
    return build_frame({name: [value] for name, value in row.items()}, IMPORTS)
