"""Days and times as exports write them, in figures or with a month in words of any language. Pure.

Where only figures stand (``05/17/2026``), the order is found from all of a file's dates. A day may have
no year: :mod:`storage.imports.parse.years` finds it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from storage.imports.errors import BrokenFile
from storage.imports.parse.month_names import month_of
from storage.imports.parse.number_format import cleaned
from storage.text_search import words

_CLOCK = r"(?:[ T,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
_ISO = re.compile(rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_CLOCK}")
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_FIGURES = re.compile(
    rf"(?P<first>\d{{1,2}})[-/.](?P<second_>\d{{1,2}})[-/.](?P<year>\d{{4}}){_CLOCK}"
)
_IN_WORDS_CLOCK = re.compile(
    r"\b(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\b(?:\s*(?P<half>[ap])\.?\s?m\b)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenDate:
    """A day, and the time on it where one was written. ``zone`` is ``None`` when none was."""

    day: date
    clock: time | None = None
    zone: tzinfo | None = None

    def instant(self, zone: tzinfo) -> datetime | None:
        """Return the instant in UTC, taken in ``zone`` where none was written; ``None`` for a mere day."""
        if self.clock is None:
            return None
        at = datetime.combine(self.day, self.clock, self.zone or zone)
        return at.astimezone(UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class YearlessDate:
    """A day of which no year was written, and the time on it where one was."""

    month: int
    number: int
    clock: time | None = None

    def in_year(self, year: int) -> WrittenDate | None:
        """Return the day in ``year``; ``None``: it has no 29 February."""
        try:
            return WrittenDate(day=date(year, self.month, self.number), clock=self.clock)
        except ValueError:
            return None

    def last_by(self, latest: date) -> WrittenDate:
        """Return the last such day not after ``latest``."""
        years = range(latest.year, latest.year - 9, -1)
        return next(day for year in years if (day := self.in_year(year)) and day.day <= latest)

    def nearest_to(self, other: date) -> WrittenDate:
        """Return such a day in the year in which it lies nearest to ``other``."""
        days = filter(None, map(self.in_year, range(other.year - 4, other.year + 5)))
        return min(days, key=lambda day: abs(day.day - other))


def bounds(first: date, last: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return when the days from ``first`` to ``last``, both counted, begin and are over, in UTC."""
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    return begin.astimezone(UTC), end.astimezone(UTC)


def day_first(texts: Iterable[tuple[int, str]], *, default: bool) -> bool:
    """Tell whether dates in figures name the day before the month; ``default`` where all may.

    ``texts`` are (line, cell) pairs.

    Raises:
        BrokenFile: some name the day first and some the month.
    """
    before: bool | None = None
    for line, text in texts:
        match = _FIGURES.fullmatch(cleaned(text))
        if not match:
            continue
        first, second = int(match["first"]), int(match["second_"])
        here = True if first > 12 else False if second > 12 else None  # noqa: PLR2004 - months
        if here is None:
            continue
        if before is not None and here != before:
            raise BrokenFile(
                f"{text!r} has day and month the other way round than the dates before it",
                line=line,
                remedy="export it again, with all dates in one order",
            )
        before = here
    return default if before is None else before


@lru_cache(maxsize=4_096)
def read_date(text: str, *, day_first: bool) -> WrittenDate | YearlessDate | None:
    """Read a day, and its time where there is one; ``None`` when ``text`` has no day."""
    text = cleaned(text)
    try:
        return _with_offset(text) or _in_figures(text, day_first=day_first) or _in_words(text)
    except ValueError:  # 31 February, 25 o'clock
        return None


def _with_offset(text: str) -> WrittenDate | None:
    if not re.search(r"\d[T ].*(Z|[+-]\d{2}:?\d{2})$", text):
        return None
    at = datetime.fromisoformat(re.sub(r" (?=[+-]\d{2}:?\d{2}$)", "", text))
    return WrittenDate(day=at.date(), clock=at.time(), zone=at.tzinfo)


def _in_figures(text: str, *, day_first: bool) -> WrittenDate | None:
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        day = date(int(match["year"]), int(match["month"]), int(match["day"]))
        return WrittenDate(day=day, clock=_clock(match) if match.re is _ISO else None)
    if match := _FIGURES.fullmatch(text):
        first, second = int(match["first"]), int(match["second_"])
        month, number = (second, first) if day_first else (first, second)
        return WrittenDate(day=date(int(match["year"]), month, number), clock=_clock(match))
    return None


def _in_words(text: str) -> WrittenDate | YearlessDate | None:
    clock = _IN_WORDS_CLOCK.search(text)
    month, others = month_of(words(text[: clock.start()] if clock else text))
    numbers = [int(word) for word in others if word.isdigit()]
    days = [number for number in numbers if number <= 31]  # noqa: PLR2004 - days
    years = [number for number in numbers if number > 1900]  # noqa: PLR2004 - years
    if month is None or len(days) != 1 or len(years) > 1 or len(days) + len(years) != len(numbers):
        return None
    date(2000, month, days[0])  # a ValueError where no year has such a day
    yearless = YearlessDate(month=month, number=days[0], clock=_clock(clock) if clock else None)
    return yearless.in_year(years[0]) if years else yearless


def _clock(match: re.Match[str]) -> time | None:
    if match["hour"] is None:
        return None
    hour, half = int(match["hour"]), (match.groupdict().get("half") or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(match["minute"]), int(match["second"] or 0))
