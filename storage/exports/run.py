"""Export of an edition: from the request to the file, which is complete or not there."""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.editions.curve import looked_at_until
from storage.analysis.first_sight import with_told_starts
from storage.analysis.views.totals import matched
from storage.definitions import in_force, load
from storage.errors import StoreUnwritable
from storage.exports.metadata import lines, metadata
from storage.exports.published_tables import ExportTable, Progress, minutes
from storage.exports.raw_table import csv_bytes, raw_figures, reported_figures
from storage.exports.request import ExportFormat, ExportKind, ExportRequest
from storage.exports.summary_table import summary
from storage.exports.writers import WRITERS, beside, write_csv
from storage.read_model.history_reader import WithHistory
from storage.read_model.reader import Published, ReadModel
from storage.reports.edition import NothingToReport, edition_row
from storage.reports.records import records_of
from storage.snapshot_reader import keys_of_edition, open_reader
from storage.system.ordinary_files import check_ordinary

STDOUT = "-"
_MB = 1_000_000
#: Is told how many bytes a file will have, about, and how many are free on its disk.
Announce = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """What was written. ``about`` is the file beside a CSV; ``None`` for those that carry it within."""

    file: str
    about: str | None
    rows: int
    simulated: bool
    as_of: datetime


def export(
    read_model: Path,
    database: Path,
    request: ExportRequest,
    form: ExportFormat,
    out: str,
    *,
    version: str,
    progress: Progress,
    announce: Announce = lambda _expected, _free: None,
) -> Exported:
    """Write one export to ``out`` (``-``: standard output, all at once when it is complete).

    ``announce`` is told before raw CSV is written, of some 600 bytes a snapshot.

    Raises:
        NotPublished: there is no read model yet, or it changed too fast.
        NothingToReport: there is no such edition, or nothing of these platforms in it.
        StoreLocked: raw is asked for and a collector writes the database.
        StoreUnwritable: raw CSV would take more than is free on the disk.
        StoreDamaged, FileNotFoundError, OtherDatabase: the database is not one to read raw from.
        OSError: ``out`` cannot be written; what was there before is still there.
    """
    published = ReadModel(read_model).open_as(WithHistory)
    row = edition_row(published.editions(), request.edition)
    state = _chosen(published, request)
    as_of = min(request.until or published.manifest.published_at, published.manifest.published_at)
    looked_until = looked_at_until(row["ends_at"], as_of)
    definitions = load()
    with ExitStack() as opened:
        dataset = with_told_starts(_dataset(published, state, request), row["starts_at"])
        if request.what is ExportKind.RAW:
            raw = opened.enter_context(open_reader(database))
            keys_of_edition(raw, published.manifest, database)
            if form is ExportFormat.CSV:
                _check_room(out, csv_bytes(raw, state, request), announce)
            table = raw_figures(raw, state, request, progress)
        elif request.what is ExportKind.REPORTED:
            table = reported_figures(published, request)
        elif request.what is ExportKind.MINUTES:
            table = minutes(published, state, request, progress)
        else:
            table = summary(
                dataset,
                as_of,
                looked_until=looked_until,
                definition=in_force(definitions),
                progress=progress,
            )
        described = metadata(
            published.manifest, row, dataset, request,
            as_of=as_of, looked_until=looked_until, definitions=definitions, version=version,
            history=published.history().filter(edition=request.edition),
        )  # fmt: skip
        rows, about = _write(table, described, form, out)
    return Exported(
        file=out, about=about, rows=rows, simulated=published.manifest.simulated, as_of=as_of
    )


def _check_room(out: str, expected: int, announce: Announce) -> None:
    """Tell how large a file will be, and refuse one that the disk has no room for."""
    folder = Path(tempfile.gettempdir()) if out == STDOUT else Path(out).absolute().parent
    free = shutil.disk_usage(folder).free
    announce(expected, free)
    if expected > free:
        sizes = f"about {expected / _MB:,.0f} MB of CSV, and {free / _MB:,.0f} MB are free"
        raise StoreUnwritable(folder if out == STDOUT else Path(out), sizes)


def _chosen(published: Published, request: ExportRequest) -> pl.DataFrame:
    state = matched(published.state(), request.edition)
    known = set(state["platform"])
    for platform in request.platforms:
        if platform not in known:
            expected = ", ".join(sorted(known)) or "none"
            raise NothingToReport(
                f"{request.edition}: nothing on '{platform}'; expected one of {expected}"
            )
    return state.filter(pl.col("platform").is_in(request.platforms)) if request.platforms else state


def _dataset(published: Published, state: pl.DataFrame, request: ExportRequest) -> Dataset:
    """Return what an export tells of beside its rows; minutes only where they are added up."""
    names = state["broadcast"].to_list()
    return records_of(published, names if request.what is ExportKind.SUMMARY else [], state)


def _write(
    table: ExportTable, described: dict[str, Any], form: ExportFormat, out: str
) -> tuple[int, str | None]:
    if out == STDOUT:
        return _to_stdout(table, described, form), None
    path = Path(out)
    with write_export(path) as part:
        if form is not ExportFormat.CSV:
            return WRITERS[form](table, described, part), None
        rows = write_csv(table, part)
    with write_export(beside(path)) as part:
        part.write_text(json.dumps(described, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return rows, str(beside(path))


def _to_stdout(table: ExportTable, described: dict[str, Any], form: ExportFormat) -> int:
    """Write a file, then copy it to standard output: half an export never leaves."""
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "part"
        if form is ExportFormat.CSV:  # no file can lie beside it: the description goes before it
            heading = [f"{name}: {value}" for name, value in lines(described)]
            rows = write_csv(table, part, heading=heading)
        else:
            rows = WRITERS[form](table, described, part)
        with part.open("rb") as written:
            shutil.copyfileobj(written, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return rows


@contextmanager
def write_export(path: Path) -> Generator[Path, None, None]:
    """Let a file be written beside its place, and move it there when it is complete."""
    part = path.with_name(f"{path.name}.part")
    for file in (path, part):
        check_ordinary(file)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
