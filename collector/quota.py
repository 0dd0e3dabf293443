"""What may still be asked today: quota days and the allowance of a bucket. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from collector.contract import Bucket


def quota_day(now: datetime, time_zone: str) -> date:
    """Return the day to which units spent at ``now`` are charged."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def resets_at(now: datetime, time_zone: str) -> datetime:
    """Return the next midnight of the bucket's zone, in UTC; days of 23 and 25 hours exist."""
    tomorrow = quota_day(now, time_zone) + timedelta(days=1)
    return datetime.combine(tomorrow, time(), ZoneInfo(time_zone)).astimezone(UTC)


def allows(bucket: Bucket, *, spent: int, units: int, from_reserve: bool) -> bool:
    """Tell whether ``units`` more may be spent after ``spent`` of the day."""
    reserved = 0 if from_reserve else bucket.reserve_units
    return spent + units <= bucket.daily_units - reserved
