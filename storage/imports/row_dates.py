"""The days of a table's rows: when a broadcast was published, and of which day the counts are. Pure.

What the row itself tells, a year or an id that holds the time of its making, goes before the order of
the rows, and that before the time of the file.
"""

from collections.abc import Iterator
from datetime import date, timedelta, tzinfo

from storage.imports.formats.layout import FoundLayout, Part
from storage.imports.parse import dates
from storage.imports.parse.csv_table import CsvTable
from storage.imports.parse.dates import WrittenDate, YearlessDate
from storage.imports.parse.number_format import has_figure
from storage.imports.parse.years import find_years
from storage.imports.set_apart import LIFETIME
from storage.text_search import normalised

#: Accounts live in other time zones than the programme, so a day may be the next.
_NEAR = timedelta(days=1)


class InvalidDate(Exception):
    """A row whose day cannot be known; the text says why."""


class RowDates:
    """The days of a table's rows, one after another; ``zone`` is theirs, ``latest`` the file's own day.

    Raises:
        BrokenFile: dates name day and month in two orders, or days without a year are in no order.
    """

    def __init__(
        self, table: CsvTable, columns: FoundLayout, *, zone: tzinfo, latest: date
    ) -> None:
        self._columns = columns
        self._zone = zone
        self._latest = latest
        self._guessed = 0
        self._day_first = dates.day_first(
            _date_cells(table, columns),
            default=not (columns.layout.month_first or columns.language == "en"),
        )
        place = columns.parts.get(Part.DAY)
        written = [] if place is None else [(row.line, row.cells[place]) for row in table.rows]
        days = [(line, day) for line, text in written if (day := self._read(text))]
        years = find_years(days, latest=latest)
        self._days, self._note = years.days, years.note

    def published(self, text: str, broadcast: str | None) -> WrittenDate | None:
        """Return when a broadcast was published, by its cell and its id; ``None``: neither says.

        Raises:
            InvalidDate: the cell holds no date, or another day than the id.
        """
        written = self._read(text) if has_figure(text) else None
        id_day = self._made_on(broadcast)
        if id_day is None:
            if isinstance(written, YearlessDate):
                self._guessed += 1
                return written.last_by(self._latest)
            if written is None and has_figure(text):
                raise _no_date(text)
            return written
        if written is None:
            return id_day
        day = written.nearest_to(id_day.day) if isinstance(written, YearlessDate) else written
        if abs(day.day - id_day.day) > _NEAR:
            raise InvalidDate(f"published '{text}', but its id was made on {id_day.day}")
        return id_day if isinstance(written, YearlessDate) else written

    def day(self, line: int, text: str) -> WrittenDate | None:
        """Return the day that a row's counts are of; ``None``: they are of all days.

        Raises:
            InvalidDate: the row has no day, and that is what it is of.
        """
        if line in self._days:
            return self._days[line]
        if not has_figure(text):
            if self._columns.is_of_broadcasts:
                return None
            raise InvalidDate("no day in this row")
        if normalised(text) in LIFETIME:
            return None
        raise _no_date(text)

    def notes(self) -> Iterator[str]:
        """Say which years were taken without being told."""
        if self._note:
            yield self._note
        if self._guessed:
            yield (
                f"dates without a year ({self._guessed}) are read as the last such days by {self._latest}:"
                " --as-of decides"
            )

    def _read(self, text: str) -> WrittenDate | YearlessDate | None:
        return dates.read_date(text, day_first=self._day_first)

    def _made_on(self, broadcast: str | None) -> WrittenDate | None:
        at = self._columns.layout.made_at(broadcast)
        if at is None:
            return None
        there = at.astimezone(self._zone)
        return WrittenDate(day=there.date(), clock=there.time(), zone=self._zone)


def _no_date(text: str) -> InvalidDate:
    return InvalidDate(f"invalid date '{text}': expected e.g. 2026-05-17")


def _date_cells(table: CsvTable, columns: FoundLayout) -> list[tuple[int, str]]:
    """Return the cells that hold dates, each as (line, text)."""
    places = [columns.parts[part] for part in (Part.PUBLISHED, Part.DAY) if part in columns.parts]
    return [(row.line, row.cells[place]) for row in table.rows for place in places]
