"""Synthetic broadcast timetable of an edition, which planning simulates. Pure."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from collector.config.expected import Expected
from collector.platforms import platforms
from storage.model import Account, Broadcast, Edition, Status

#: A day's broadcasts are spread over these hours of the programme's own time, if they fit.
_FIRST_HOUR, _LAST_HOUR = 9.0, 23.0
_ANNOUNCED_BEFORE = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedBroadcast:
    """A broadcast that is expected."""

    account: Account
    native_id: str
    starts_at: datetime
    ends_at: datetime
    post_status: Status | None = None  # of a post, where its platform shows nothing else

    @property
    def is_post(self) -> bool:
        """Tell whether its platform shows nothing but a post of it."""
        return self.post_status is not None

    @property
    def appears_at(self) -> datetime:
        """Return when it can be found: posts when it begins, all others are announced."""
        return self.starts_at if self.is_post else self.starts_at - _ANNOUNCED_BEFORE

    def broadcast_at(self, now: datetime, observed_at: datetime | None) -> Broadcast:
        """Return the broadcast as it is at ``now``, last polled at ``observed_at``."""
        if self.post_status is not None:
            status = self.post_status
        elif now < self.starts_at:
            status = Status.UPCOMING
        else:
            status = Status.LIVE if now < self.ends_at else Status.ENDED
        begun = status is not Status.UPCOMING and not self.is_post
        return Broadcast(
            key=f"{self.account.platform}:{self.native_id}",
            platform=self.account.platform,
            account=self.account.key,
            native_id=self.native_id,
            title="",
            url="",
            status=status,
            published_at=self.appears_at,
            scheduled_at=None if self.is_post else self.starts_at,
            started_at=self.starts_at if begun else None,
            ended_at=self.ends_at if begun and status is Status.ENDED else None,
            discovered_at=self.appears_at,
            observed_at=observed_at,
        )


def build_timetable(
    expected: Iterable[Expected], accounts: Sequence[Account], edition: Edition, zone: ZoneInfo
) -> list[PlannedBroadcast]:
    """Return every broadcast of the edition, each day the same. ``zone`` is the programme's."""
    midnights = _midnights(edition, zone)
    return [
        planned
        for number, source in enumerate(expected)
        if (owners := _owners(source, accounts))
        for day, midnight in enumerate(midnights)
        for planned in _broadcasts_of_day(source, owners, midnight, f"{number}-{day}")
    ]


def _owners(source: Expected, accounts: Sequence[Account]) -> list[Account]:
    return [
        account
        for account in accounts
        if account.platform == source.platform and source.account in (None, account.key)
    ]


def _midnights(edition: Edition, zone: ZoneInfo) -> list[datetime]:
    day, midnights = edition.starts_at.astimezone(zone).date(), list[datetime]()
    while (midnight := datetime.combine(day, time(), zone)) < edition.ends_at:
        midnights.append(midnight.astimezone(edition.starts_at.tzinfo))
        day += timedelta(days=1)
    return midnights


def _broadcasts_of_day(
    source: Expected, owners: Sequence[Account], midnight: datetime, name: str
) -> Iterator[PlannedBroadcast]:
    waves = max(math.ceil(source.broadcasts_per_day / source.at_once), 1)
    apart = max(source.hours, (_LAST_HOUR - _FIRST_HOUR) / waves)
    post_status = platforms()[source.platform].post_status
    first = max(0.0, min(_FIRST_HOUR, 24 - waves * apart))
    for number in range(source.broadcasts_per_day):
        starts_at = midnight + timedelta(hours=first + number // source.at_once * apart)
        yield PlannedBroadcast(
            account=owners[number % len(owners)],
            native_id=f"imagined-{name}-{number}",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=source.hours),
            post_status=post_status,
        )
