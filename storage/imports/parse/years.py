"""Years of days that are written without them, from the order in which the days stand. Pure.

Each day follows the one before it, or precedes it where the file descends, so every day's year hangs on
that of one of them: a written one, else the newest, which is the last such day that may be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise

from storage.imports.errors import BrokenFile
from storage.imports.parse.dates import WrittenDate, YearlessDate

Dated = tuple[int, WrittenDate | YearlessDate]
#: So many days may be missing between two rows; after more of them another year is as likely.
MOST_MISSING = 31
#: Two years with a 29 February lie at most so far apart.
_LEAPS_APART = 8
_DAYS_IN_LEAP_YEAR = 366
_REMEDY = "give the file as it was downloaded, its days one after another, or write the year into each date"


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundYears:
    """Days with their years, by the lines of their rows.

    ``note`` says what was taken for granted; ``None`` where every year was written.
    """

    days: dict[int, WrittenDate]
    note: str | None = None


def find_years(written: Sequence[Dated], *, latest: date) -> FoundYears:
    """Give every day its year. ``written`` are (line, day) in the file's order, none after ``latest``.

    Raises:
        BrokenFile: the days are in no order, or no year fits them.
    """
    dated = {line: day for line, day in written if isinstance(day, WrittenDate)}
    if len(dated) == len(written):
        return FoundYears(days=dated)
    descending = _span(written) > _span(written[::-1])
    in_order = written[::-1] if descending else written
    _check_order(in_order)
    places = [_day_of_year(day) for _, day in in_order]
    # How many New Years lie between the first day and each.
    passed = list(accumulate((after < before for before, after in pairwise(places)), initial=0))
    begins = {
        day.day.year - years
        for (_, day), years in zip(in_order, passed, strict=True)
        if isinstance(day, WrittenDate)
    }
    newest = latest.year - passed[-1]
    fitting = [
        days
        for begin in sorted(begins) or range(newest, newest - _LEAPS_APART - 1, -1)
        if (days := _in_years(in_order, [begin + years for years in passed]))
        and (begins or days[-1].day <= latest)
    ]
    if len(begins) > 1 or not fitting:
        raise BrokenFile(
            "the dates have no year, and in their order none fits them all",
            line=written[0][0],
            remedy=_REMEDY,
        )
    # A 29 February that is not there tells a year as one that is.
    days = next((days for days in fitting if not _missing(days)), fitting[0])
    note = f"dates without a year are read as {days[0].day} to {days[-1].day}, in the order of the file"
    if not begins:
        note += f" and not after {latest}: --as-of decides"
    if missing := _missing(days):
        note += f"; days missing between them: {missing}"
    lines = [line for line, _ in in_order]
    return FoundYears(days=dict(zip(lines, days, strict=True)), note=note)


def _day_of_year(day: WrittenDate | YearlessDate) -> int:
    """Return a day's number within a leap year."""
    month, number = (
        (day.day.month, day.day.day) if isinstance(day, WrittenDate) else (day.month, day.number)
    )
    return date(2000, month, number).timetuple().tm_yday


def _steps(days: Sequence[Dated]) -> list[int]:
    """Return how many days each lies after the one before it, less than a year."""
    places = [_day_of_year(day) for _, day in days]
    return [(after - before) % _DAYS_IN_LEAP_YEAR for before, after in pairwise(places)]


def _span(days: Sequence[Dated]) -> int:
    return sum(_steps(days))


def _check_order(days: Sequence[Dated]) -> None:
    for (before, after), step in zip(pairwise(days), _steps(days), strict=True):
        if step > MOST_MISSING + 1:
            raise BrokenFile(
                "the dates have no year, and the days of lines"
                f" {before[0]} and {after[0]} do not follow each other",
                line=max(before[0], after[0]),
                remedy=_REMEDY,
            )


def _in_years(days: Sequence[Dated], years: Sequence[int]) -> list[WrittenDate]:
    """Return the days in these years; empty where one of the years does not have its day."""
    in_years = [
        day.in_year(year) if isinstance(day, YearlessDate) else day
        for (_, day), year in zip(days, years, strict=True)
    ]
    return [] if None in in_years else [day for day in in_years if day]


def _missing(days: Sequence[WrittenDate]) -> int:
    return sum(max(0, (after.day - before.day).days - 1) for before, after in pairwise(days))
