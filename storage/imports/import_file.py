"""Brings one file into a store, and says what became of it: the figures, the lines, the faults."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from storage.imports.assign import AssignmentTarget, Lookup, addresses
from storage.imports.errors import BrokenFile
from storage.imports.parse.files import digest
from storage.imports.read_file import FileReading, read_file
from storage.imports.read_rows import ImportOptions
from storage.store import Store
from storage.store.imports import ImportFile
from storage.tables.long_form import Batch, InvalidRow


@dataclass(kw_only=True, slots=True)
class ImportReport:
    """What became of a file. ``before`` is the record of the import that took it already.

    ``as_of`` is ``None`` where each row says it. ``rows`` and ``lines`` are told in a dry run only.
    """

    name: str
    sha256: str | None = None
    understood: FileReading | None = None
    fault: BrokenFile | None = None
    before: dict[str, Any] | None = None
    as_of: datetime | None = None
    import_id: int | None = None
    taken: int = 0
    known: int = 0
    refused: Sequence[InvalidRow] = ()
    rows: pl.DataFrame | None = None
    lines: Sequence[int] = field(default=())

    @property
    def changed(self) -> bool:
        """Whether the store is not what it was."""
        return self.import_id is not None

    @property
    def exit_code(self) -> int:
        """What the command ends with on account of this file: see ``import_``."""
        return 2 if self.fault else 1 if self.refused else 0

    def summary(self) -> dict[str, Any]:
        """Give it for a script."""
        understood = self.understood
        return {
            "file": self.name,
            "sha256": self.sha256,
            "formats": understood.formats if understood else (),
            "recognised_by": understood.why if understood else None,
            "fault": self.fault
            and {
                "line": self.fault.line,
                "problem": self.fault.problem,
                "remedy": self.fault.remedy,
            },
            "already_import": self.before and self.before["import_id"],
            "import_id": self.import_id,
            "as_of": self.as_of,
            "taken": self.taken,
            "known": self.known,
            "refused": [{"line": one.line, "reason": one.reason} for one in self.refused],
            "left_out": [
                {"line": one.line, "reason": one.reason}
                for one in (understood.left_out if understood else ())
            ],
            "aside": understood.aside if understood else (),
            "notes": understood.notes if understood else (),
            "would_take": None
            if self.rows is None
            else self.rows.insert_column(0, pl.Series("line", self.lines, dtype=pl.Int64)),
        }


def import_file(
    store: Store,
    path: Path,
    *,
    given: ImportOptions,
    wanted: AssignmentTarget,
    forced: str | None,
    dry_run: bool,
    at: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Take ``path`` whole, but for the lines that are refused; a broken one not at all.

    ``progress`` is told how far into the file, and of how much.
    """
    brought = ImportReport(name=path.name)
    try:
        brought.sha256 = digest(path)
        # One of which lines were refused may be brought in again, with more said about it.
        done = store.imports().filter(sha256=brought.sha256, refused=0)
        if done.height:
            brought.before = done.row(0, named=True)
            return brought
        known = build_lookup(store)
        understood = read_file(path, known=known, wanted=wanted, given=given, forced=forced)
        brought.understood = understood
        brought.as_of = None if understood.says_as_of else given.as_of
        file = ImportFile(
            sha256=brought.sha256,
            name=path.name,
            format=" ".join(understood.formats),
            recognised_by=understood.why,
            imported_at=at,
            as_of=brought.as_of,
            edition=wanted.edition,
            account=wanted.account,
        )
        outcome = store.bring_in(file, _told(understood, progress), dry_run=dry_run)
    except BrokenFile as error:
        brought.fault = error
        return brought
    except OSError as error:
        problem = f"it cannot be read: {error.strerror}"
        brought.fault = BrokenFile(problem, remedy="look whether it is there, and whose it is")
        return brought
    brought.taken, brought.known, brought.refused = outcome.taken, outcome.known, outcome.refused
    brought.import_id = outcome.import_id if outcome.taken and not dry_run else None
    if dry_run:
        brought.rows, brought.lines = _together(outcome.rows), outcome.lines
    return brought


def _told(
    understood: FileReading, progress: Callable[[int, int], None] | None
) -> Generator[Batch, None, None]:
    for batch in understood.batches:
        yield batch
        if progress:
            progress(understood.position.done, understood.position.whole)


def build_lookup(store: Store) -> Lookup:
    """Gather what the store knows of broadcasts, accounts and editions."""
    broadcasts = [one.broadcast for one in store.tracked()]
    return Lookup(
        broadcasts={**addresses(broadcasts), **{one.key: one for one in broadcasts}},
        accounts=store.accounts(),
        editions=store.register.editions,
    )


def _together(batches: Sequence[pl.DataFrame]) -> pl.DataFrame | None:
    return pl.concat(batches) if batches else None
