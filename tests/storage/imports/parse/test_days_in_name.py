"""The days that names say, and whose name it is that says them."""

from datetime import date

import pytest

from storage.imports.errors import MissingOption
from storage.imports.formats.registry import recognise
from storage.imports.parse.csv_table import parse_csv
from storage.imports.parse.days_in_name import periods_in
from tests.support.import_files import given

MAY = (date(2026, 5, 17), date(2026, 5, 21))
NAMED = "Content 2026-05-17_2026-05-21 Channel"
OTHER = "exports 2025-01-01_2025-12-31"


@pytest.mark.parametrize(
    "name",
    [
        f"{NAMED}.csv",
        "Content_2026-05-17_2026-05-21_Channel.csv",
        "2026-05-17 2026-05-21.zip",
        "du 2026-05-17 au 2026-05-21",
        "views 2026-05-17 \u2013 2026-05-21.xlsx",
        "metrics_20260517_20260521_en.csv",
        "2026_05_17_2026_05_21.csv",
        "saved 2026-06-01 2026-05-17_2026-05-21.csv",
        "2026-13-01_2026-13-05 2026-05-17_2026-05-21.csv",
    ],
)
def test_a_name_says_a_first_and_a_last_day(name):
    assert periods_in(name) == [MAY]


@pytest.mark.parametrize(
    "name",
    [
        "Content 2026-05-17.csv",
        "2026-05-21_2026-05-17",
        "12026-05-17_2026-05-21",
        "2026-05-17, saved on 2026-05-21",
        "2026-02-30_2026-03-01",
    ],
)
def test_a_name_that_says_no_two_days_in_order_says_none(name):
    assert periods_in(name) == []


def days_of(name: str, path: str, **said):
    text = "Content,Video title,Video publish time,Views\nAAAAAAAAA01,Opening,,600\n"
    [one], _ = recognise([parse_csv(text, name=name)])
    reading = one.read(given(path=path, **said))
    period = reading.figures[0].period
    return period and tuple(at.date() for at in period), reading.notes


COUNTED = (date(2026, 5, 17), date(2026, 5, 22))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (f"{NAMED}.csv", f"/{OTHER}/{NAMED}.csv"),
        (f"{NAMED}.zip/Table data.csv", f"/{OTHER}/{NAMED}.zip"),
        (f"{OTHER}.zip/{NAMED}.csv", f"/{OTHER}.zip"),
        (f"{NAMED}.zip/{OTHER}/Table data.csv", f"/{NAMED}.zip"),
        (f"{NAMED}.xlsx/sheet1", f"/{OTHER}/{NAMED}.xlsx"),
    ],
)
def test_the_innermost_name_decides_and_no_folders(name, path):
    assert days_of(name, path) == (COUNTED, ())


def test_a_folders_days_are_offered_and_not_taken():
    with pytest.raises(MissingOption) as caught:
        days_of("Table data.csv", f"/{NAMED}/Table data.csv")
    assert "--period 2026-05-17_2026-05-21 if its folder's name is right" in caught.value.remedy
    with pytest.raises(MissingOption) as caught:
        days_of("Table data.csv", "/exports/Table data.csv")
    assert "--period lifetime" in caught.value.remedy


def test_of_several_periods_the_first_is_taken_and_it_is_said():
    name = f"{NAMED} 2026-05-01_2026-05-31.csv"
    days, [note] = days_of(name, f"/{name}")
    assert days == COUNTED
    assert (
        "2026-05-17_2026-05-21 is taken, not 2026-05-01_2026-05-31; --period says otherwise" in note
    )
    said = days_of(name, f"/{name}", period=MAY)
    assert said == (COUNTED, ())
    assert days_of(f"{NAMED} {NAMED}.csv", "/x.csv") == (COUNTED, ())
