"""Keeps reported figures in the database, apart from what was measured, and the files they came in.

A figure is one broadcast's, or one whole account's, count of a metric, as of an instant and over a
period, by one source and definition. It is kept once, for one edition: brought in again it changes nothing, and with
another value it is refused, because what was reported then stays what was reported then.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from storage.database.connection import Database
from storage.schema import IMPORTS, REPORTED
from storage.schema import UTC as UTC_TIME
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


class DryRun(Exception):
    """Nothing was to be written: ends the transaction, so that nothing is."""

    def __init__(self, outcome: ImportResult) -> None:
        super().__init__("dry run")
        self.outcome = outcome


def add_import(
    database: Database,
    file: ImportFile,
    batches: Iterable[Batch],
    *,
    dry_run: bool = False,
) -> ImportResult:
    """Keep what is new of ``batches``, and the record of the file, in the caller's transaction.

    Raises:
        DryRun: it was one; its outcome is what would have become of the file.
    """
    outcome = ImportResult(import_id=_next_id(database))
    for batch in batches:
        outcome.refused += batch.refused
        _take(database, batch, outcome, keep_rows=dry_run)
    if dry_run:
        raise DryRun(outcome)
    if outcome.taken:
        _record(database, file, outcome)
    return outcome


def files(database: Database) -> pl.DataFrame:
    """Give :data:`storage.schema.IMPORTS` rows, the first taken first."""
    rows = database.rows("SELECT * FROM import_file ORDER BY import_id")
    return rows.select(list(IMPORTS)).cast(IMPORTS)  # pyright: ignore[reportArgumentType] - a mapping of column to type


def figures(database: Database) -> pl.DataFrame:
    """Give :data:`storage.schema.REPORTED` rows, in the order in which they came."""
    rows = database.rows("SELECT * FROM reported_figure ORDER BY import_id, rowid")
    return rows.select(list(REPORTED)).cast(REPORTED)  # pyright: ignore[reportArgumentType] - as above


def remove_import(database: Database, import_id: int) -> int | None:
    """Take a file and its figures out again; give how many, ``None`` when there is no such file."""
    if import_id not in files(database)["import_id"]:
        return None
    named = {"import_id": import_id}
    count = "SELECT count(*) AS figures FROM reported_figure WHERE import_id = $import_id"
    gone = int(database.rows(count, named).item())
    database.execute("DELETE FROM reported_figure WHERE import_id = $import_id", named)
    database.execute("DELETE FROM import_file WHERE import_id = $import_id", named)
    return gone


def _take(database: Database, batch: Batch, outcome: ImportResult, *, keep_rows: bool) -> None:
    numbered = batch.rows.with_columns(
        line=pl.Series(batch.lines, dtype=pl.Int64), whose=pl.coalesce("broadcast", "account")
    ).with_row_index()
    first = numbered.unique(subset=_KEY, keep="first", maintain_order=True)
    again = numbered.join(first.select("index"), on="index", how="anti", maintain_order="left")
    at = first.select("line", *COLUMNS).with_columns(line=first["index"].cast(pl.Int64))
    known = database.ask("reported_known", given={"brought": at}) if at.height else at.head(0)
    met = dict(zip(known["line"], known.iter_rows(named=True), strict=True)) if known.height else {}
    fresh = first.filter(~pl.col("index").is_in(list(met)))
    for row in first.filter(pl.col("index").is_in(list(met))).iter_rows(named=True):
        _meet(row, met[row["index"]]["value"], f"import {met[row['index']]['import_id']}", outcome)
    before = first.select(*_KEY, first_line="line", first_value="value")
    for row in again.join(before, on=_KEY, nulls_equal=True).iter_rows(named=True):
        _meet(row, row["first_value"], f"line {row['first_line']}", outcome)
    rows = fresh.select(list(COLUMNS))
    database.append("reported_figure", rows, import_id=outcome.import_id)
    outcome.taken += rows.height
    if keep_rows and len(outcome.lines) < SHOWN_ROWS:
        outcome.lines += fresh["line"].to_list()
        outcome.rows.append(rows)


def _meet(row: dict[str, object], before: object, where: str, outcome: ImportResult) -> None:
    """Count a figure that is there already, or refuse it when it says something else."""
    if row["value"] == before:
        outcome.known += 1
        return
    line = row["line"]
    reason = (
        f"{row['metric']}: {before} was reported for this already ({where}), now {row['value']}"
    )
    outcome.refused.append(InvalidRow(line=line if isinstance(line, int) else 0, reason=reason))


def _next_id(database: Database) -> int:
    newest = database.rows("SELECT coalesce(max(import_id), 0) AS newest FROM import_file").item()
    return int(newest) + 1


def _record(database: Database, file: ImportFile, outcome: ImportResult) -> None:
    row = {
        "import_id": [outcome.import_id],
        "sha256": [file.sha256],
        "name": [file.name],
        "format": [file.format],
        "recognised_by": [file.recognised_by],
        "imported_at": [file.imported_at],
        "as_of": [file.as_of],
        "edition": [file.edition],
        "account": [file.account],
        "taken": [outcome.taken],
        "known": [outcome.known],
        "refused": [len(outcome.refused)],
    }
    times = dict.fromkeys(("imported_at", "as_of"), UTC_TIME)
    texts = dict.fromkeys(("edition", "account"), pl.String)
    database.append("import_file", pl.DataFrame(row).cast({**times, **texts}))
