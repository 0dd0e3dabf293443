"""The days of rows: what the row tells itself goes before the order of rows, and that before a guess."""

from datetime import UTC, date, datetime

import pytest

from storage.imports.formats.registry import recognise
from storage.imports.parse.csv_table import parse_csv
from tests.support.import_files import given

LATER = datetime(2026, 11, 20, 9, tzinfo=UTC)


def video(made: str) -> str:
    """The address of a video whose id was made at ``made``."""
    seconds = int(datetime.fromisoformat(made).timestamp())
    return f"https://www.tiktok.com/@example/video/{(seconds << 32) + 5_437_842}"


def read(address, posted, *, as_of=LATER):
    text = f'Video link,Post time,Total views\n{address},"{posted}",8100\n'
    [one], _ = recognise([parse_csv(text, name="Content.csv")])
    return one.read(given(as_of=as_of))


@pytest.mark.parametrize(
    ("made", "posted", "day"),
    [
        ("2025-05-19T20:30Z", "May 19", date(2025, 5, 19)),
        ("2025-05-19T20:30Z", "19 de mayo", date(2025, 5, 19)),
        ("2025-05-19T20:30Z", "May 20", date(2025, 5, 19)),
        ("2025-05-19T20:30Z", "", date(2025, 5, 19)),
        ("2025-05-19T20:30Z", "the nineteenth", date(2025, 5, 19)),
        ("2025-05-19T23:30Z", "May 19", date(2025, 5, 20)),  # 0:30 in Casablanca
        ("2025-12-31T23:30Z", "December 31", date(2026, 1, 1)),
        ("2026-01-01T00:30Z", "December 31", date(2026, 1, 1)),
        ("2024-02-29T12:00Z", "February 29", date(2024, 2, 29)),
        ("2024-02-28T12:00Z", "February 29", date(2024, 2, 28)),
    ],
)
def test_the_day_that_an_id_tells_goes_before_a_date_without_a_year(made, posted, day):
    reading = read(video(made), posted)
    [one] = reading.figures
    assert one.published.day == day
    assert one.published.instant(UTC) == datetime.fromisoformat(made)
    assert reading.notes == ()


@pytest.mark.parametrize("posted", ["May 22", "May 17", "2025-05-22", "May 19, 2026"])
def test_an_id_of_another_day_is_refused_with_both(posted):
    reading = read(video("2025-05-19T20:30Z"), posted)
    assert reading.figures == ()
    assert [row.reason for row in reading.refused] == [
        f"published '{posted}', but its id was made on 2025-05-19"
    ]


def test_a_whole_date_is_kept_as_it_was_written():
    [one] = read(video("2025-05-19T20:30Z"), "2025-05-19 21:45").figures
    assert one.published.instant(given().zone) == datetime(2025, 5, 19, 20, 45, tzinfo=UTC)


@pytest.mark.parametrize("number", ["7505", "9", "99999999999999999999999", "7" * 5_000])
def test_an_id_that_tells_no_time_leaves_a_guess_that_is_said(number):
    reading = read(f"https://www.tiktok.com/@example/video/{number}", "May 19")
    assert reading.figures[0].published.day == date(2026, 5, 19)
    assert reading.notes == (
        "dates without a year (1) are read as the last such days by 2026-11-20: --as-of decides",
    )
    refused = read(f"https://www.tiktok.com/@example/video/{number}", "soon").refused
    assert [row.reason for row in refused] == ["invalid date 'soon': expected e.g. 2026-05-17"]
