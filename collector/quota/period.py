"""Periods of a bucket, and what of it may still be spent. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from collector.contract.quota import Bucket, Period

_LONGEST_MONTH = timedelta(days=31)


def period_start(now: datetime, bucket: Bucket) -> date:
    """Return the first day, in the bucket's zone, of the period that ``now`` is in."""
    today = now.astimezone(ZoneInfo(bucket.time_zone)).date()
    return today if bucket.period is Period.DAY else today.replace(day=1)


def resets_at(now: datetime, bucket: Bucket) -> datetime:
    """Return when the next period begins, in UTC. Days of 23 and 25 hours exist."""
    start = period_start(now, bucket)
    if bucket.period is Period.DAY:
        following = start + timedelta(days=1)
    else:
        following = (start + _LONGEST_MONTH).replace(day=1)
    return datetime.combine(following, time(), ZoneInfo(bucket.time_zone)).astimezone(UTC)


def allows(bucket: Bucket, *, spent: int, units: int, from_reserve: bool) -> bool:
    """Tell whether ``units`` more may be spent after ``spent`` of the period."""
    reserved = 0 if from_reserve else bucket.reserve_units
    return spent + units <= bucket.units - reserved
