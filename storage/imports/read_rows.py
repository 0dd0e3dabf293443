"""Reads the rows of a recognised table: text to counts, each with its line. Pure.

A number that is no number, or written unlike the others, breaks the file; a row that is not a
broadcast's, or whose date cannot be read, is refused alone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from storage.imports.errors import BrokenFile, MissingOption
from storage.imports.formats.layout import Counted, FilePeriod, FoundLayout, Part
from storage.imports.parse import dates
from storage.imports.parse.csv_table import CsvTable, Row
from storage.imports.parse.dates import DateOrder
from storage.imports.parse.number_format import (
    NumberFormat,
    WrittenNumber,
    cleaned,
    number_format_of,
    parse_number,
)
from storage.model import Metric
from storage.tables.long_form import InvalidRow
from storage.text_search import normalised

Period = tuple[date, date]
_TOTALS = frozenset(map(normalised, ("Total", "Totals", "Totaux", "الإجمالي", "إجمالي", "المجموع")))
_DAYS_IN_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})[_ ](\d{4}-\d{2}-\d{2})")
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?E[+]?\d+", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportOptions:
    """What the person says beside the file.

    ``as_of`` is when the file's counts stood so. ``period`` are the first and the last day that
    they are of, ``lifetime`` that they are of all days; neither: the file has to say. ``columns`` holds
    what a column that no export is known to have is called otherwise.
    """

    as_of: datetime
    zone: ZoneInfo
    path: str = ""
    period: Period | None = None
    lifetime: bool = False
    decimal: str | None = None
    broadcast: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedFigure:
    """What one row says. ``broadcast`` is ``None`` for the whole account; ``period``: see Given."""

    line: int
    platform: str
    source: str
    broadcast: str | None
    owner: str | None
    handle: str | None
    title: str | None
    link: str | None
    published: DateOrder | None
    period: tuple[datetime, datetime] | None
    counts: Mapping[Counted, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsReading:
    """All rows of a table: what they tell, what is refused, and what a person should know.

    ``left_out`` are rows that are no figures of anything, such as the Total row.
    """

    told: tuple[ImportedFigure, ...]
    refused: tuple[InvalidRow, ...] = ()
    left_out: tuple[InvalidRow, ...] = ()
    notes: tuple[str, ...] = field(default=())


def read_rows(table: CsvTable, found: FoundLayout, given: ImportOptions) -> RowsReading:
    """Read every row of ``table``.

    Raises:
        Broken: a number or an id shows that the file was spoilt.
        Unsaid: it does not say which days it is of.
    """
    convention = number_format_of(
        _numbers(table, found), language=found.language, decimal=given.decimal
    )
    rows = _Rows(table, found, given, convention)
    told: list[ImportedFigure] = []
    refused: list[InvalidRow] = []
    left_out: list[InvalidRow] = []
    totals: dict[Counted, float] = {}
    for row in table.rows:
        if normalised(row.cells[0]) in _TOTALS:
            totals = rows.counts(row)
            left_out.append(InvalidRow(line=row.line, reason="the Total row: a sum, no broadcast"))
            continue
        one = rows.read(row)
        (told if isinstance(one, ImportedFigure) else refused).append(one)  # pyright: ignore[reportArgumentType] - each to its own
    return RowsReading(
        told=tuple(told),
        refused=tuple(refused),
        left_out=tuple(left_out),
        notes=_beyond(told, totals),
    )


def day_cells(table: CsvTable, found: FoundLayout) -> list[tuple[int, str]]:
    """Give the cells that hold dates, with their lines."""
    places = [found.parts[part] for part in (Part.PUBLISHED, Part.DAY) if part in found.parts]
    return [(row.line, row.cells[place]) for row in table.rows for place in places]


def period_of(table: CsvTable, given: ImportOptions) -> Period | None:
    """Give the days that a file's counts are of: as given, else as its name says.

    Raises:
        Unsaid: neither does.
    """
    if given.period or given.lifetime:
        return given.period
    match = _DAYS_IN_NAME.search(f"{given.path}/{table.name}")
    if match:
        return date.fromisoformat(match[1]), date.fromisoformat(match[2])
    raise MissingOption(
        "the file does not say which days it counts, and its name no longer does either",
        remedy="add --period 2026-05-17_2026-05-21, or --period lifetime",
    )


def _numbers(table: CsvTable, found: FoundLayout) -> list[WrittenNumber]:
    counts = found.layout.counts
    return [
        WrittenNumber(
            line=row.line, column=table.columns[place], text=cell, whole=counts[metric].whole
        )
        for row in table.rows
        for metric, place in found.counts.items()
        if parse_number(cell := row.cells[place])
    ]


class _Rows:
    """Reads one row after another, with what is the same for all of them."""

    def __init__(
        self, table: CsvTable, found: FoundLayout, given: ImportOptions, convention: NumberFormat
    ) -> None:
        layout = found.layout
        self._found = found
        self._layout = layout
        self._given = given
        self._convention = convention
        self._zone = ZoneInfo(layout.zone) if layout.zone else given.zone
        self._day_first = dates.day_first(
            day_cells(table, found), default=not (layout.month_first or found.language == "en")
        )
        period = period_of(table, given) if layout.span is FilePeriod.PERIOD else given.period
        self._period = dates.bounds(*period, self._zone) if period else None

    def counts(self, row: Row) -> dict[Counted, float]:
        """Give the counts that the row tells."""
        counts: dict[Counted, float] = {}
        for metric, place in self._found.counts.items():
            column = self._layout.counts[metric]
            if parse_number(row.cells[place]):
                value = self._convention.read(cleaned(row.cells[place]), whole=column.whole)
                if value is None:
                    raise ValueError(f"line {row.line}: convention_of() should have seen this")
                counts[metric] = value / column.per
        return counts

    def read(self, row: Row) -> ImportedFigure | InvalidRow:
        """Read one row, or say why not."""
        parts = {part: row.cells[place].strip() for part, place in self._found.parts.items()}
        self._check_id(row, parts)
        broadcast = self._layout.broadcast_of(parts)
        of_broadcasts = Part.BROADCAST in parts or Part.LINK in self._layout.needs
        if of_broadcasts and broadcast is None:
            return InvalidRow(line=row.line, reason="no id of a broadcast in it")
        published = self._when(parts.get(Part.PUBLISHED))
        if isinstance(published, str):
            return InvalidRow(line=row.line, reason=published)
        day = self._when(self._day_text(parts))
        if isinstance(day, str):
            return InvalidRow(line=row.line, reason=day)
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

    def _day_text(self, parts: Mapping[Part, str]) -> str | None:
        text = parts.get(Part.DAY)
        lifetime = text is not None and normalised(text) in _LIFETIME
        return None if lifetime and self._layout.span is FilePeriod.DAY else text

    def _when(self, text: str | None) -> DateOrder | str | None:
        """Read a date; the text says what is wrong with it, ``None`` that there is none."""
        if not text or not parse_number(text):
            return None
        latest = self._given.as_of.astimezone(self._zone).date()
        when = dates.read_date(text, day_first=self._day_first, latest=latest)
        return when or f"{text} is no date that is understood"

    def _check_id(self, row: Row, parts: Mapping[Part, str]) -> None:
        for part in (Part.BROADCAST, Part.OWNER):
            if _ROUNDED.fullmatch(parts.get(part, "")):
                raise BrokenFile(
                    f"the id {parts[part]} was rounded by a spreadsheet",
                    line=row.line,
                    remedy="take the file as it was downloaded, and do not save it from a spreadsheet",
                )


_LIFETIME = frozenset(map(normalised, ("Lifetime", "Total", "À vie", "Durée de vie", "مدى الحياة")))


def _beyond(told: Sequence[ImportedFigure], totals: Mapping[Counted, float]) -> tuple[str, ...]:
    """Say where the Total row counts more than the rows: a long table is cut, and its total is not."""
    summed: dict[Counted, float] = {
        metric: sum(one.counts.get(metric, 0) for one in told)
        for metric in (Metric.VIEWS, Metric.IMPRESSIONS)
    }
    return tuple(
        f"the Total row says {total:,.0f} {metric}, its rows {summed[metric]:,.0f}:"
        " the export does not hold everything"
        for metric, total in totals.items()
        if metric in summed and total > summed[metric]
    )
