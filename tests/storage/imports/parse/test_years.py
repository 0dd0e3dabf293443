"""Years of days that are written without them."""

from datetime import date, timedelta

import pytest

from storage.imports.errors import BrokenFile
from storage.imports.parse.dates import WrittenDate, YearlessDate, read_date
from storage.imports.parse.years import find_years

LATEST = date(2026, 6, 1)


def span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=at) for at in range((last - first).days + 1)]


def yearless(days):
    return [YearlessDate(month=day.month, number=day.day) for day in days]


def found(days, *, latest=LATEST):
    years = find_years(list(enumerate(days, start=2)), latest=latest)
    return [years.days[line].day for line in range(2, 2 + len(days))], years.note


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("first", "last", "latest"),
    [
        (date(2025, 3, 2), date(2026, 3, 1), date(2026, 3, 1)),
        (date(2025, 3, 2), date(2026, 3, 1), date(2026, 6, 1)),
        (date(2025, 12, 30), date(2026, 1, 2), date(2026, 1, 2)),
        (date(2024, 11, 1), date(2026, 2, 1), date(2026, 2, 3)),
        (date(2024, 2, 25), date(2024, 3, 4), date(2025, 2, 24)),
        (date(2024, 2, 25), date(2024, 3, 4), date(2026, 6, 1)),
        (date(2023, 2, 27), date(2023, 3, 2), date(2024, 6, 1)),
        (date(2026, 5, 17), date(2026, 5, 17), date(2026, 5, 17)),
    ],
)
def test_days_keep_their_order_and_the_newest_is_the_last_that_may_be(first, last, latest, turned):
    days = span(first, last)[:: -1 if turned else 1]
    dated, note = found(yearless(days), latest=latest)
    assert dated == days
    assert note == (
        f"dates without a year are read as {first} to {last}, in the order of the file"
        f" and not after {latest}: --as-of decides"
    )


def test_days_may_be_missing_or_stand_twice_and_that_is_said():
    days = [date(2026, 5, day) for day in (17, 17, 18, 20, 21)]
    dated, note = found(yearless(days))
    assert dated == days
    assert note.endswith("; days missing between them: 1")


def test_a_written_year_goes_before_the_files_time():
    days = span(date(2023, 12, 30), date(2024, 1, 2))
    mixed = [WrittenDate(day=days[0]), *yearless(days[1:])]
    dated, note = found(mixed)
    assert dated == days
    assert note is not None
    assert "as-of" not in note


def test_with_every_year_written_there_is_nothing_to_find():
    days = [WrittenDate(day=date(2026, 5, 21)), WrittenDate(day=date(2020, 5, 17))]
    assert found(days) == ([date(2026, 5, 21), date(2020, 5, 17)], None)
    assert found([]) == ([], None)


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        (["May 17", "May 19", "May 18", "May 20"], 4),
        (["April 1", "April 10", "April 2", "April 20"], 4),
        (["May 20", "May 21", "May 17", "May 18"], 4),
        (["January 1", "June 1"], 3),
        (["Dec 31, 2023", "January 1", "Jan 2, 2025"], 2),
        (["February 28", "Feb 29", "Mar 1, 2025"], 2),
    ],
)
def test_days_in_no_order_break_the_file_with_what_to_do(texts, line):
    days = [read_date(text, day_first=True) for text in texts]
    with pytest.raises(BrokenFile, match="have no year") as caught:
        found(days)
    assert caught.value.line == line
    assert "write the year into each date" in caught.value.remedy
