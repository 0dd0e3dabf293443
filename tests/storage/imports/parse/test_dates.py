"""Days and times as exports write them."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from storage.imports.errors import BrokenFile
from storage.imports.parse import dates
from storage.imports.parse.dates import WrittenDate, YearlessDate

CASABLANCA = ZoneInfo("Africa/Casablanca")
EASTERN = str.maketrans({str(digit): chr(0x0660 + digit) for digit in range(10)})
OPENING = WrittenDate(day=date(2025, 5, 17))


@pytest.mark.parametrize(
    "text",
    [
        "May 17, 2025",
        "Sat, May 17, 2025",
        "17 mai 2025",
        "17 MAI 2025",
        "17 ماي 2025",
        "17 مايو 2025".translate(EASTERN),
        "2025-05-17",
        "20250517",
        "17/05/2025",
        "\u200f17\u200f/05\u200f/2025",
        "17 de mayo de 2025",
        "sáb, 17 may 2025",
        "17. Mai 2025",
        "sáb., 17 de mai. de 2025",
        "17 maggio 2025",
        "17º maio 2025",
        "17 mei 2025",
        "17 أيار 2025",
        "2025年5月17日",
        "2025년 5월 17일",
        "ngày 17 tháng 5, 2025",
    ],
)
def test_a_day_is_read_in_every_language(text):
    assert dates.read_date(text, day_first=True) == OPENING


@pytest.mark.parametrize("text", ["May 17", "17 mai", "17 de mayo", "17. Mai", "5月17日"])
def test_a_day_may_have_no_year(text):
    assert dates.read_date(text, day_first=True) == YearlessDate(month=5, number=17)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("1er févr. 2025", 2),
        ("1 août 2025", 8),
        ("1 غشت 2025", 8),
        ("1 أغسطس 2025", 8),
        ("1 يوليوز 2025", 7),
        ("1 شتنبر 2025", 9),
        ("1 نونبر 2025", 11),
        ("1 دجنبر 2025", 12),
        ("Sept 1, 2025", 9),
        ("1 تشرين الأول 2025", 10),
        ("1 جويلية 2025", 7),
        ("1 يوليه 2025", 7),
        ("1. März 2025", 3),
        ("1. Mrz 2025", 3),
        ("1. Jänner 2025", 1),
        ("1 de março de 2025", 3),
        ("1 dez. 2025", 12),
        ("1 out. 2025", 10),
        ("1 gen 2025", 1),
        ("1 giu 2025", 6),
        ("1 ene 2025", 1),
        ("1 de setiembre de 2025", 9),
        ("1 ago 2025", 8),
        ("mar. 1 juil. 2025", 7),
        ("mar 1 mar 2025", 3),
    ],
)
def test_months_are_known_by_the_names_of_each_country(text, month):
    assert dates.read_date(text, day_first=True) == WrittenDate(day=date(2025, month, 1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "31 février 2025",
        "2025-13-01",
        "May 2025",
        "17 18 mai",
        "29 February 2025",
        "30 de febrero",
        "17 ma",
        "17 jui",
        "17 lis 2025",
        "1 تشرين",
        "17 mai juin",
        "17 mayo 25",
        "17/5",
    ],
)
def test_what_says_no_day_is_none(text):
    assert dates.read_date(text, day_first=True) is None


def test_a_day_without_its_year_is_the_last_one_or_the_nearest():
    last_day = dates.read_date("December 31", day_first=True)
    assert isinstance(last_day, YearlessDate)
    assert last_day.last_by(date(2025, 5, 24)) == WrittenDate(day=date(2024, 12, 31))
    assert last_day.nearest_to(date(2025, 1, 1)) == WrittenDate(day=date(2024, 12, 31))
    leap = YearlessDate(month=2, number=29)
    assert leap.last_by(date(2023, 5, 1)).day == date(2020, 2, 29)
    assert leap.last_by(date(2107, 1, 1)).day == date(2104, 2, 29)
    assert leap.in_year(2025) is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("May 17, 2025, 10:30 PM", time(22, 30)),
        ("May 17, 2025 12:05 a.m.", time(0, 5)),
        ("17 mai 2025 10:30", time(10, 30)),
    ],
)
def test_the_halves_of_a_day_are_told_apart(text, at):
    assert dates.read_date(text, day_first=True) == WrittenDate(day=date(2025, 5, 17), clock=at)


def test_a_time_without_zone_is_the_programmes_own():
    when = dates.read_date("05/17/2025 10:30", day_first=False)
    assert when == WrittenDate(day=date(2025, 5, 17), clock=time(10, 30))
    assert isinstance(when, WrittenDate)
    assert when.instant(CASABLANCA) == datetime(2025, 5, 17, 9, 30, tzinfo=UTC)
    there = dates.read_date("2025-05-17T10:30:00+0200", day_first=False)
    assert isinstance(there, WrittenDate)
    assert there.instant(CASABLANCA) == datetime(2025, 5, 17, 8, 30, tzinfo=UTC)


def test_a_mere_day_is_no_instant():
    assert OPENING.instant(CASABLANCA) is None


def test_days_are_over_when_the_next_begins_there():
    pacific = ZoneInfo("America/Los_Angeles")
    begin, end = dates.bounds(date(2025, 5, 17), date(2025, 5, 21), pacific)
    assert begin == datetime(2025, 5, 17, 7, tzinfo=UTC)
    assert end == datetime(2025, 5, 22, 7, tzinfo=UTC)


def test_the_order_of_day_and_month_is_found_from_all_dates():
    assert dates.day_first([(2, "05/06/2025"), (3, "17/05/2025")], default=False)
    assert not dates.day_first([(2, "05/06/2025"), (3, "05/17/2025")], default=True)
    assert dates.day_first([(2, "05/06/2025")], default=True)


def test_both_orders_in_one_file_break_it():
    with pytest.raises(BrokenFile, match="other way round") as caught:
        dates.day_first([(2, "05/17/2025"), (3, "17/05/2025")], default=True)
    assert caught.value.line == 3
