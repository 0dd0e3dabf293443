"""Quota days as Los Angeles counts them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from collector.contract.quota import Bucket
from collector.quota.period import allows, period_start, resets_at

ZONE = "America/Los_Angeles"
BUCKET = Bucket(name="units", units=100, time_zone=ZONE, reserve_units=10)


@pytest.mark.fault(
    row=14,
    fault="days on which clocks change",
    injected="quota days of 23 and 25 h in Los Angeles; an evening in Casablanca",
    outcome="everything is kept in UTC and shown in the event's zone; the quota's day is as long as it is",
)
@pytest.mark.parametrize(
    ("noon", "hours"),
    [
        (datetime(2026, 3, 8, 20, tzinfo=UTC), 23),
        (datetime(2026, 11, 1, 20, tzinfo=UTC), 25),
        (datetime(2026, 5, 17, 20, tzinfo=UTC), 24),
    ],
)
def test_quota_days_of_23_and_25_hours_end_at_local_midnight(noon, hours):
    ends = resets_at(noon, BUCKET)
    begins = resets_at(noon - timedelta(days=1), BUCKET)
    assert timedelta(hours=hours) == ends - begins
    assert period_start(ends - timedelta(seconds=1), BUCKET) == noon.date()
    assert period_start(ends, BUCKET) == noon.date() + timedelta(days=1)


def test_the_evening_in_casablanca_is_still_the_same_day_in_los_angeles():
    assert period_start(datetime(2026, 5, 18, 6, 59, tzinfo=UTC), BUCKET) == date(2026, 5, 17)


def test_polling_leaves_the_reserve_and_discovery_may_use_it():
    assert allows(BUCKET, spent=89, units=1, from_reserve=False)
    assert not allows(BUCKET, spent=90, units=1, from_reserve=False)
    assert allows(BUCKET, spent=99, units=1, from_reserve=True)
    assert not allows(BUCKET, spent=100, units=1, from_reserve=True)
