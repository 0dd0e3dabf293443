"""Days and times as exports write them in English, French and Arabic. Pure.

Months in words are known by their names and short forms, in Arabic by those of Morocco and of
Egypt. Where only figures stand (``05/17/2026``), the order is found from all of a file's dates.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from storage.imports.errors import BrokenFile
from storage.imports.parse.number_format import cleaned
from storage.text_search import words

_NAMES = (
    "january jan janvier janv يناير",
    "february feb fevrier fevr فبراير",
    "march mar mars مارس",
    "april apr avril avr أبريل",
    "may mai مايو ماي",
    "june jun juin يونيو يونيه",
    "july jul juillet juil يوليو يوليوز يوليه",
    "august aug aout أغسطس غشت",
    "september sep sept septembre سبتمبر شتنبر",
    "october oct octobre أكتوبر",
    "november nov novembre نوفمبر نونبر",
    "december dec decembre ديسمبر دجنبر",
)
_MONTHS = {
    words(name)[0]: number for number, names in enumerate(_NAMES, start=1) for name in names.split()
}
_CLOCK = r"(?:[ T,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
_ISO = re.compile(rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_CLOCK}")
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_FIGURES = re.compile(
    rf"(?P<first>\d{{1,2}})[-/.](?P<second_>\d{{1,2}})[-/.](?P<year>\d{{4}}){_CLOCK}"
)
_IN_WORDS_CLOCK = re.compile(r"\b(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\b")


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
                remedy="export it again, and do not open it in a spreadsheet on the way",
            )
        before = here
    return default if before is None else before


def read_date(text: str, *, day_first: bool, latest: date) -> WrittenDate | None:
    """Read a day, and its time where there is one; ``None`` when ``text`` has no day.

    A day without its year is the last such day not after ``latest``.
    """
    text = cleaned(text)
    try:
        return (
            _with_offset(text)
            or _in_figures(text, day_first=day_first)
            or _in_words(text, latest=latest)
        )
    except ValueError:  # 31 February, 25 o'clock
        return None


def _with_offset(text: str) -> WrittenDate | None:
    if not re.search(r"T.*(Z|[+-]\d{2}:?\d{2})$", text):
        return None
    at = datetime.fromisoformat(text)
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


def _in_words(text: str, *, latest: date) -> WrittenDate | None:
    clock = _IN_WORDS_CLOCK.search(text)
    named = words(text[: clock.start()] if clock else text)
    months = {_MONTHS[word] for word in named if word in _MONTHS}
    numbers = [int(word) for word in named if word.isdigit()]
    days = [number for number in numbers if number <= 31]  # noqa: PLR2004 - days
    years = [number for number in numbers if number > 1900]  # noqa: PLR2004 - years
    if len(months) != 1 or len(days) != 1 or len(days) + len(years) != len(numbers):
        return None
    [month], [number] = months, days
    at = _clock(clock) if clock else None
    if years:
        return WrittenDate(day=date(years[0], month, number), clock=at)
    for year in (latest.year, latest.year - 1):
        if (day := date(year, month, number)) <= latest:
            return WrittenDate(day=day, clock=at)
    return None


def _clock(match: re.Match[str]) -> time | None:
    if match["hour"] is None:
        return None
    return time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0))
