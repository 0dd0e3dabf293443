"""Reading of a recognised table's rows: text to counts, each with its line. Pure.

An invalid number, or one written unlike the others, breaks the file; a row that is not a broadcast's,
or whose date cannot be read, is refused alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import PurePath, PurePosixPath
from zoneinfo import ZoneInfo

from storage.imports.completeness import completeness_notes
from storage.imports.errors import BrokenFile, MissingOption
from storage.imports.formats.layout import Counted, FilePeriod, FoundLayout, Part
from storage.imports.parse import dates
from storage.imports.parse.csv_table import CsvTable, Row
from storage.imports.parse.dates import WrittenDate
from storage.imports.parse.days_in_name import Period, periods_in, written
from storage.imports.parse.number_format import (
    ROUNDED,
    UNOPENED,
    NumberFormat,
    WrittenNumber,
    cleaned,
    has_figure,
    number_format_of,
)
from storage.imports.row_dates import InvalidDate, RowDates
from storage.tables.long_form import InvalidRow

#: So many rows show by their distance that they are no days.
_SEVERAL = 3
_MONTHS = frozenset({28, 29, 30, 31})


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportOptions:
    """What the person says beside the file.

    ``as_of`` is when the file's counts stood so; ``zone`` that of its days. ``period`` are the first and
    the last day that they are of, ``lifetime`` that they are of all days; neither: the file has to say.
    ``columns`` holds what a column that no export is known to have is called otherwise. ``format`` is a
    name of :data:`storage.imports.formats.registry.NAMES`; ``None``: it is recognised. ``path``: where the
    file lies; of it, the file's name is read.
    """

    as_of: datetime
    zone: ZoneInfo
    path: str = ""
    format: str | None = None
    period: Period | None = None
    lifetime: bool = False
    decimal: str | None = None
    broadcast: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedFigure:
    """The counts of one row.

    ``broadcast`` is the platform's id, ``None`` for all of the account. ``owner``: the platform's id of the
    account. ``period``: when the counts begin and end, UTC; ``None``: since the beginning.
    """

    line: int
    platform: str
    source: str
    broadcast: str | None
    counts: Mapping[Counted, float]
    owner: str | None = None
    handle: str | None = None
    title: str | None = None
    link: str | None = None
    published: WrittenDate | None = None
    period: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsReading:
    """All rows of a table: their figures, what is refused, and what a person should know.

    ``left_out`` are rows that are no figures of anything, such as the Total row.
    """

    figures: tuple[ImportedFigure, ...]
    refused: tuple[InvalidRow, ...] = ()
    left_out: tuple[InvalidRow, ...] = ()
    notes: tuple[str, ...] = ()


def read_rows(table: CsvTable, columns: FoundLayout, options: ImportOptions) -> RowsReading:
    """Read every row of ``table``.

    Raises:
        BrokenFile: a number or an id shows that the file was spoilt.
        MissingOption: it does not say which days it is of.
    """
    _check_ids(table, columns)
    number_format = number_format_of(
        _numbers(table, columns), language=columns.language, decimal=options.decimal
    )
    rows = _Rows(table, columns, options, number_format)
    figures: list[ImportedFigure] = []
    refused: list[InvalidRow] = []
    for row in table.rows:
        read = rows.read(row)
        (figures if isinstance(read, ImportedFigure) else refused).append(read)  # pyright: ignore[reportArgumentType] - each to its own
    _check_days(figures)
    return RowsReading(
        figures=tuple(figures),
        refused=tuple(refused),
        left_out=tuple(
            InvalidRow(line=row.line, reason="Total row: a sum, not a broadcast")
            for row in table.totals
        ),
        notes=(
            *(_period_notes(table, options) if columns.layout.period is FilePeriod.PERIOD else ()),
            *rows.dates.notes(),
            *completeness_notes(
                table, columns.layout, rows.sums(table.rows), rows.sums(table.totals[-1:])
            ),
        ),
    )


def period_of(table: CsvTable, options: ImportOptions) -> Period | None:
    """Return the first and the last day that a file's counts are of: as the options say, else its name.

    Raises:
        MissingOption: neither says it.
    """
    if options.period or options.lifetime:
        return options.period
    if named := _named_periods(table, options):
        return named[0]
    # Any export may lie in a folder that is called after other days, so it is only offered.
    folders = (PurePosixPath(table.name).parent, PurePath(options.path).parent)
    offered = [period for folder in folders for period in periods_in(folder.name)]
    example = "2026-05-17_2026-05-21"
    raise MissingOption(
        "the file does not say which days it counts, and neither does its name",
        remedy=f"add --period {written(offered[0])} if its folder's name is right, or other days"
        if offered
        else f"add --period {example}, or --period lifetime",
    )


def _named_periods(table: CsvTable, options: ImportOptions) -> list[Period]:
    """Return the periods in the table's own name, else in that of the file that holds it."""
    own, holder = PurePosixPath(table.name).name, PurePath(options.path).name
    return periods_in(own) or periods_in(holder)


def _period_notes(table: CsvTable, options: ImportOptions) -> tuple[str, ...]:
    """Say which days were taken where a name tells several."""
    named = [] if options.period or options.lifetime else _named_periods(table, options)
    if len(set(named)) < 2:  # noqa: PLR2004 - two are several
        return ()
    others = ", ".join(dict.fromkeys(map(written, named[1:])))
    note = f"the name tells several periods: {written(named[0])} is taken, not {others};"
    return (f"{note} --period says otherwise",)


def _check_ids(table: CsvTable, columns: FoundLayout) -> None:
    """Raise :class:`BrokenFile` at the first id that is no longer the platform's."""
    places = [columns.parts[part] for part in (Part.BROADCAST, Part.OWNER) if part in columns.parts]
    for row in table.rows:
        for place in places:
            if ROUNDED.fullmatch(row.cells[place].strip()):
                problem = f"id rounded by a spreadsheet: '{row.cells[place].strip()}'"
                raise BrokenFile(problem, line=row.line, remedy=UNOPENED)


def _check_days(figures: Sequence[ImportedFigure]) -> None:
    """Raise :class:`BrokenFile` where an account's rows are weeks or months, each named by its first day."""
    of_account = (figure for figure in figures if figure.broadcast is None and figure.period)
    days = sorted({figure.period[0] for figure in of_account if figure.period})
    apart = {round((after - before) / timedelta(days=1)) for before, after in pairwise(days)}
    if len(days) >= _SEVERAL and (apart == {7} or apart <= _MONTHS):
        raise BrokenFile(
            f"its rows are {min(apart)} days apart: not days, but weeks or months",
            line=figures[1].line,
            remedy="export it by day",
        )


def _numbers(table: CsvTable, columns: FoundLayout) -> list[WrittenNumber]:
    counts = columns.layout.counts
    return [
        WrittenNumber(
            line=row.line, column=table.columns[place], text=cell, integer=counts[metric].integer
        )
        for row in (*table.rows, *table.totals)
        for metric, place in columns.counts.items()
        if has_figure(cell := columns.layout.count_text(row.cells[place]))
    ]


class _Rows:
    """Reads one row after another, with what is the same for all of them."""

    def __init__(
        self,
        table: CsvTable,
        columns: FoundLayout,
        options: ImportOptions,
        number_format: NumberFormat,
    ) -> None:
        layout = columns.layout
        self._columns = columns
        self._layout = layout
        self._number_format = number_format
        self._zone = ZoneInfo(layout.zone) if layout.zone else options.zone
        latest = options.as_of.astimezone(self._zone).date()
        self.dates = RowDates(table, columns, zone=self._zone, latest=latest)
        period = period_of(table, options) if layout.period is FilePeriod.PERIOD else options.period
        self._period = dates.bounds(*period, self._zone) if period else None

    def counts(self, row: Row) -> dict[Counted, float]:
        """Return the counts that the row has; a cell without a figure counts nothing."""
        counts: dict[Counted, float] = {}
        for metric, place in self._columns.counts.items():
            column = self._layout.counts[metric]
            text = self._layout.count_text(row.cells[place])
            if has_figure(text):
                value = self._number_format.read(cleaned(text), integer=column.integer)
                if value is None:
                    raise ValueError(
                        f"line {row.line}: number_format_of() should have refused this"
                    )
                counts[metric] = value / column.per
        return counts

    def sums(self, rows: Iterable[Row]) -> dict[Counted, float]:
        """Return what the rows count together."""
        sums: dict[Counted, float] = {}
        for row in rows:
            for metric, count in self.counts(row).items():
                sums[metric] = sums.get(metric, 0) + count
        return sums

    def read(self, row: Row) -> ImportedFigure | InvalidRow:
        """Read one row, or return why not."""
        parts = {part: row.cells[place].strip() for part, place in self._columns.parts.items()}
        broadcast = self._layout.broadcast_of(parts)
        if self._columns.is_of_broadcasts and broadcast is None:
            return InvalidRow(line=row.line, reason="no broadcast id in this row")
        try:
            published = self.dates.published(parts.get(Part.PUBLISHED, ""), broadcast)
            day = self.dates.day(row.line, parts[Part.DAY]) if Part.DAY in parts else None
        except InvalidDate as error:
            return InvalidRow(line=row.line, reason=str(error))
        return ImportedFigure(
            line=row.line,
            platform=self._layout.platform,
            source=self._layout.source,
            broadcast=broadcast,
            owner=parts.get(Part.OWNER) or None,
            handle=self._layout.handle_of(parts),
            title=parts.get(Part.TITLE) or None,
            link=parts.get(Part.LINK) or None,
            published=published,
            period=dates.bounds(day.day, day.day, self._zone) if day else self._period,
            counts=self.counts(row),
        )
