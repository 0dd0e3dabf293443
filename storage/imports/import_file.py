"""Import of one file into a store, and the report of it: figures, lines, faults."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from storage.imports.assign import AssignmentTarget, Lookup, addresses
from storage.imports.errors import BrokenFile
from storage.imports.formats.registry import LONG
from storage.imports.parse.files import digest
from storage.imports.read_file import MOST_LONG_BYTES, FileReading, read_file
from storage.imports.read_rows import ImportOptions
from storage.read_model.history import list_history, mark_measured
from storage.read_model.history_summary import history_rows
from storage.schema import HISTORY, REPORTED
from storage.store import Store
from storage.store.imports import ImportFile, ImportResult, file_frame
from storage.system.ordinary_files import NotOrdinary, check_ordinary
from storage.tables.long_form import Batch, InvalidRow


@dataclass(kw_only=True, slots=True)
class ImportReport:
    """What became of a file. ``earlier_import`` is the record of the import that took it already.

    ``as_of`` is ``None`` where each row says it. ``taken`` and ``known`` count figures: new ones, and those
    that the store had. ``rows`` and ``lines`` are filled by a dry run only. ``history`` are the series of another program
    among what was taken, :data:`storage.schema.HISTORY` rows.
    """

    name: str
    sha256: str | None = None
    reading: FileReading | None = None
    fault: BrokenFile | None = None
    earlier_import: dict[str, Any] | None = None
    as_of: datetime | None = None
    import_id: int | None = None
    taken: int = 0
    known: int = 0
    refused: Sequence[InvalidRow] = ()
    rows: pl.DataFrame | None = None
    lines: Sequence[int] = ()
    history: pl.DataFrame = field(default_factory=HISTORY.to_frame)

    @property
    def changed(self) -> bool:
        """Whether the store is not what it was."""
        return self.import_id is not None

    @property
    def exit_code(self) -> int:
        """What the command ends with on account of this file: see ``import_``."""
        return 2 if self.fault else 1 if self.refused else 0

    def summary(self) -> dict[str, Any]:
        """Return the report for a script; the keys are published."""
        reading, fault = self.reading, self.fault
        return {
            "file": self.name,
            "sha256": self.sha256,
            "formats": reading.formats if reading else (),
            "recognised_by": reading.why if reading else None,
            "fault": fault
            and {"line": fault.line, "problem": fault.problem, "remedy": fault.remedy},
            "already_import": self.earlier_import and self.earlier_import["import_id"],
            "import_id": self.import_id,
            "as_of": self.as_of,
            "taken": self.taken,
            "known": self.known,
            "refused": _line_reasons(self.refused),
            "left_out": _line_reasons(reading.left_out if reading else ()),
            "aside": reading.aside if reading else (),
            "notes": reading.notes if reading else (),
            "history": history_rows(self.history),
            "would_take": None
            if self.rows is None
            else self.rows.insert_column(0, pl.Series("line", self.lines, dtype=pl.Int64)),
        }


def _line_reasons(rows: Sequence[InvalidRow]) -> list[dict[str, object]]:
    return [{"line": row.line, "reason": row.reason} for row in rows]


def import_file(
    store: Store,
    path: Path,
    options: ImportOptions,
    target: AssignmentTarget,
    *,
    dry_run: bool,
    at: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Import all of ``path`` but the lines that are refused; nothing of a broken file.

    ``progress`` is called with how far into the file it is, and of how much.
    """
    report = ImportReport(name=path.name)
    try:
        check_ordinary(path, most_bytes=MOST_LONG_BYTES)
        report.sha256 = digest(path)
        # One of which lines were refused may be imported again, with other options.
        done = store.imports.files().filter(sha256=report.sha256, refused=0)
        if done.height:
            report.earlier_import = done.row(0, named=True)
            return report
        report.reading = read_file(path, build_lookup(store), target, options)
        report.as_of = None if report.reading.has_as_of else options.as_of
        file = ImportFile(
            sha256=report.sha256,
            name=path.name,
            format=" ".join(report.reading.formats),
            recognised_by=report.reading.why,
            imported_at=at,
            as_of=report.as_of,
            edition=target.edition,
            account=target.account,
        )
        result = store.imports.add(file, _batches(report.reading, progress), dry_run=dry_run)
    except BrokenFile as error:
        report.fault = error
        return report
    except NotOrdinary as error:
        report.fault = BrokenFile(error.problem, remedy=error.remedy)
        return report
    except OSError as error:
        problem = f"the file cannot be read: {error.strerror}"
        report.fault = BrokenFile(problem, remedy="check that it is there, and its permissions")
        return report
    report.taken, report.known, report.refused = result.taken, result.known, result.refused
    report.import_id = result.import_id if result.taken and not dry_run else None
    if dry_run:
        report.rows = pl.concat(result.rows) if result.rows else None
        report.lines = result.lines
    report.history = _history(store, file, result, dry_run=dry_run)
    return report


def _history(
    store: Store, file: ImportFile, result: ImportResult, *, dry_run: bool
) -> pl.DataFrame:
    """List the series that a file brings; of a dry run, those among the rows that it shows."""
    if file.format != LONG:
        return HISTORY.to_frame()
    imports, figures = store.imports.files(), store.imports.figures()
    if dry_run:
        mine = pl.lit(result.import_id).alias("import_id")
        imports = pl.concat([imports, file_frame(file, result)])
        figures = pl.concat(
            [figures, *(rows.select(mine, pl.all()).cast(REPORTED) for rows in result.rows)]  # pyright: ignore[reportArgumentType] - a mapping of column to type
        )
    listed = list_history(imports, figures, store.event.editions)
    observed = {tracked.broadcast.edition for tracked in store.tracked() if tracked.observed_at}
    return mark_measured(listed, {edition for edition in observed if edition}).filter(
        pl.col("import_id") == result.import_id
    )


def _batches(
    reading: FileReading, progress: Callable[[int, int], None] | None
) -> Generator[Batch, None, None]:
    for batch in reading.batches:
        yield batch
        if progress:
            progress(reading.position.done, reading.position.total)


def build_lookup(store: Store) -> Lookup:
    """Gather what the store knows of broadcasts, accounts and editions."""
    broadcasts = [tracked.broadcast for tracked in store.tracked()]
    return Lookup(
        broadcasts={
            **addresses(broadcasts),
            **{broadcast.key: broadcast for broadcast in broadcasts},
        },
        accounts=store.event.accounts(),
        editions=store.event.editions,
    )
