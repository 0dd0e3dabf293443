from datetime import UTC, datetime, timedelta

import pytest

from storage.analysis.freshness import (
    Freshness,
    LastObservation,
    broadcast_freshness,
    last_observation,
    platform_freshness,
)
from storage.model import Status

NOW = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)


def seen(
    seconds: float, status: Status = Status.LIVE, interval: float | None = 60
) -> LastObservation:
    return LastObservation(
        status=status, observed_at=NOW - timedelta(seconds=seconds), interval_seconds=interval
    )


@pytest.mark.parametrize(
    ("seconds", "interval", "state"),
    [
        (30, 60, Freshness.FRESH),
        (190, 60, Freshness.FRESH),
        (210, 60, Freshness.LATE),
        (601, 60, Freshness.STALE),
        (3500, 1200, Freshness.FRESH),
        (30, None, Freshness.FRESH),
    ],
)
def test_three_intervals_make_it_late_and_ten_minutes_stale(seconds, interval, state):
    assert broadcast_freshness(seen(seconds, interval=interval), NOW) == state


def test_what_ended_is_never_stale():
    assert broadcast_freshness(seen(90_000, Status.ENDED), NOW) == Freshness.ENDED


@pytest.mark.parametrize("interval", [0.0, None])
def test_a_post_that_is_not_polled_any_more_is_never_stale(interval):
    assert broadcast_freshness(seen(90_000, Status.UNKNOWN, interval), NOW) == Freshness.ENDED
    assert broadcast_freshness(seen(90_000, Status.UNKNOWN, 3600), NOW) == Freshness.STALE


def test_a_platform_is_as_fresh_as_its_worst_live_broadcast():
    parts = [seen(10), seen(700), seen(90_000, Status.ENDED)]
    assert platform_freshness(parts, NOW, failing=False) == Freshness.STALE


def test_a_failure_counts_once_the_number_is_no_longer_fresh():
    assert platform_freshness([seen(10)], NOW, failing=True) == Freshness.FRESH
    assert platform_freshness([seen(300)], NOW, failing=True) == Freshness.ERROR


def test_without_broadcasts_a_platform_waits():
    assert platform_freshness([], NOW, failing=False) == Freshness.WAITING


def test_a_platforms_numbers_are_as_old_as_the_stalest_on_air():
    parts = [seen(10), seen(700), seen(90_000, Status.ENDED)]
    assert last_observation(parts) == NOW - timedelta(seconds=700)
    assert last_observation(parts[2:]) == NOW - timedelta(seconds=90_000)
    assert last_observation([]) is None
