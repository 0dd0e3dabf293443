"""Cadence: how often a broadcast is polled, by its state and age. Pure.

After the end the interval follows the law that minimises the error of the curve for a given
number of polls, ``0.66 * age^0.77`` seconds, between 2 minutes and a day.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from collector.config.load import Config
from collector.contract.platform_protocol import AnyPlatform
from storage.definitions import load as load_definitions
from storage.definitions import refresh_seconds
from storage.model import Broadcast, Metric, Status

HOUR = 3600.0
DAY = 24 * HOUR
WEEK = 7 * DAY

#: Absent from this many answers in a row, a broadcast counts as gone.
ABSENCES_UNTIL_GONE = 2
#: From one look to the next after that: an hour, a day and seven days after it was gone.
GONE_AGAIN = (HOUR, DAY - HOUR, 6 * DAY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cadence:
    """Settings of the cadence, in seconds.

    ``refresh_live_seconds`` and ``refresh_seconds`` say how often the platform renews what it
    counts while a broadcast is live and afterwards: asking more than twice as often shows nothing
    new. 0 where it is not known.
    """

    live_seconds: float
    grid_seconds: float
    refresh_live_seconds: float = 0.0
    refresh_seconds: float = 0.0

    def finest_seconds(self, status: Status) -> float:
        """Return the shortest interval that can show anything new."""
        is_live = status in (Status.LIVE, Status.UPCOMING)
        return (self.refresh_live_seconds if is_live else self.refresh_seconds) / 2


def interval_seconds(
    broadcast: Broadcast,
    now: datetime,
    cadence: Cadence,
    *,
    tracked_after_end_seconds: float,
    absences: int = 0,
    opens_in_seconds: float | None = 0.0,
) -> float | None:
    """Return the seconds to the next poll, or ``None`` when it is not polled any more.

    ``absences`` counts the answers in a row from which it was missing. The next edition opens in
    ``opens_in_seconds``: 0 while one is on, ``None`` where none is to come.
    """
    match broadcast.status:
        case Status.LIVE:
            return cadence.live_seconds
        case Status.UPCOMING:
            if broadcast.scheduled_at is None:
                age = (now - broadcast.discovered_at).total_seconds()
                return _before_untold_start(age, opens_in_seconds)
            return _before_start(broadcast.scheduled_at, now, cadence, tracked_after_end_seconds)
        case Status.ENDED | Status.UNKNOWN:
            # Without a known state (the public feed alone) age counts from publication.
            since = broadcast.ended_at or broadcast.published_at or broadcast.discovered_at
            age = max((now - since).total_seconds(), 0.0)
            return None if age > tracked_after_end_seconds else after_end(age, cadence)
        case Status.GONE:
            return _gone_again(absences)
        case Status.UPLOAD:
            return None


def after_end(age_seconds: float, cadence: Cadence) -> float:
    """Return the interval in seconds at an age after the end: never shorter than two live ones."""
    return min(max(0.66 * age_seconds**0.77, 2 * cadence.live_seconds), DAY)


def due_at(now: datetime, interval: float, cadence: Cadence) -> datetime:
    """Return when the next poll is due: on the grid, so that one call carries a whole batch."""
    grid = min(cadence.grid_seconds, interval)
    steps = max(round(interval / grid), 1)
    return datetime.fromtimestamp((math.floor(now.timestamp() / grid) + steps) * grid, UTC)


def _before_untold_start(age_seconds: float, opens_in_seconds: float | None) -> float:
    """Every 10 minutes while an edition is on; before it with waits that grow to a day, until it opens."""
    least = 10 * 60.0
    if opens_in_seconds == 0:
        return least
    grown = min(max(age_seconds / 24, least), DAY)
    return grown if opens_in_seconds is None else min(grown, max(opens_in_seconds, 60.0))


def _before_start(
    scheduled_at: datetime, now: datetime, cadence: Cadence, tracked_seconds: float
) -> float | None:
    """Hourly, then every 10 minutes, then as if live, and slower again when it does not begin.

    What has not begun a week after its time is looked at daily, and in the end not any more.
    """
    until = (scheduled_at - now).total_seconds()
    if until > 2 * HOUR:
        return min(HOUR, until - 2 * HOUR + 60)
    if until > 10 * 60:
        return min(10 * 60.0, until - 10 * 60 + 60)
    if until > -HOUR:
        return cadence.live_seconds
    if until > -WEEK:
        return 5 * 60.0 if until > -DAY else HOUR
    return DAY if until > -max(tracked_seconds, WEEK) else None


def _gone_again(absences: int) -> float | None:
    """Look again an hour, a day and a week after it was gone; then never."""
    looked_again = max(absences - ABSENCES_UNTIL_GONE, 0)
    return GONE_AGAIN[looked_again] if looked_again < len(GONE_AGAIN) else None


def cadence_of(platform: AnyPlatform, config: Config) -> Cadence:
    """Return the cadence of one platform: no finer than the counts it gives can show."""
    definitions = load_definitions()
    renewed = {
        metric: refresh_seconds(definitions, platform.name, metric) or 0.0
        for metric in (Metric.VIEWS, Metric.CONCURRENT_VIEWERS)
        if metric in platform.metrics
    }
    return Cadence(
        live_seconds=config.cadence.live_seconds,
        grid_seconds=config.cadence.grid_seconds,
        # One whose renewal is not known may be new at any time, however slow the others are.
        refresh_live_seconds=0.0 if config.simulated else min(renewed.values(), default=0.0),
        refresh_seconds=0.0 if config.simulated else renewed.get(Metric.VIEWS, 0.0),
    )
