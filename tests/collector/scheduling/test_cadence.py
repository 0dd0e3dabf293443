"""How often: a table of states and ages."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.scheduling.cadence import DAY, HOUR, Cadence, after_end, due_at, interval_seconds
from storage.model import Status
from tests.support.builders import broadcast

NOW = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
CADENCE = Cadence(live_seconds=60, grid_seconds=60)
MONTH = timedelta(days=30).total_seconds()


def interval(**facts):
    one = broadcast(**facts)
    return interval_seconds(one, NOW, CADENCE, tracked_after_end_seconds=MONTH)


def hours(count):
    return timedelta(hours=count)


@pytest.mark.parametrize(
    ("starts_in", "seconds"),
    [
        (hours(5), HOUR),
        (hours(1), 600),
        (timedelta(minutes=9), 60),
        (timedelta(0), 60),
        (-timedelta(minutes=59), 60),
        (-hours(2), 300),
        (-hours(30), HOUR),
        (-timedelta(days=6), HOUR),
        (-timedelta(days=8), DAY),
        (-timedelta(days=31), None),
        (-timedelta(days=3650), None),
    ],
)
def test_upcoming_is_looked_at_more_often_as_its_start_comes_near(starts_in, seconds):
    assert seconds == interval(status=Status.UPCOMING, scheduled_at=NOW + starts_in)


@pytest.mark.parametrize(("days", "seconds"), [(6, HOUR), (8, None)])
def test_what_never_began_is_looked_for_a_week_however_short_it_would_be_tracked(days, seconds):
    late = broadcast(status=Status.UPCOMING, scheduled_at=NOW - timedelta(days=days))
    assert seconds == interval_seconds(late, NOW, CADENCE, tracked_after_end_seconds=900)


def test_the_wait_never_sleeps_past_the_next_stage():
    scheduled_at = NOW + hours(2) + timedelta(minutes=5)
    assert interval(status=Status.UPCOMING, scheduled_at=scheduled_at) == 6 * 60


def test_live_is_polled_at_the_live_cadence():
    assert interval(status=Status.LIVE) == 60


@pytest.mark.parametrize(
    ("age", "seconds"),
    [(timedelta(0), 120), (hours(1), 361), (hours(24), 4_172), (timedelta(days=7), 18_669)],
)
def test_ended_is_polled_by_the_age_law(age, seconds):
    assert interval(status=Status.ENDED, ended_at=NOW - age) == pytest.approx(seconds, rel=0.01)


def test_after_a_month_and_for_uploads_polling_stops():
    assert interval(status=Status.ENDED, ended_at=NOW - timedelta(days=31)) is None
    assert interval(status=Status.UPLOAD) is None


@given(st.floats(0, MONTH), st.floats(0, MONTH))
def test_the_age_law_only_slows_down(one, other):
    younger, older = sorted((one, other))
    assert after_end(younger, CADENCE) <= after_end(older, CADENCE) <= DAY


@given(st.integers(0, 365 * 86_400), st.floats(60, DAY))
def test_due_times_stand_on_the_grid_and_never_behind(later, seconds):
    now = NOW + timedelta(seconds=later)
    due = due_at(now, seconds, CADENCE)
    assert due.timestamp() % 60 == 0
    assert now < due <= now + timedelta(seconds=seconds + 30)


def test_a_poll_that_took_a_second_does_not_skip_a_minute():
    late = NOW + timedelta(seconds=1.2)
    assert due_at(late, 60, CADENCE) == NOW + timedelta(seconds=60)


def test_a_cadence_finer_than_the_grid_is_kept():
    fine = Cadence(live_seconds=5, grid_seconds=60)
    assert due_at(NOW, 5, fine) == NOW + timedelta(seconds=5)


def test_what_a_platform_has_not_renewed_is_not_asked_for_again():
    slow = Cadence(live_seconds=60, grid_seconds=60, refresh_live_seconds=30, refresh_seconds=1800)
    assert slow.finest_seconds(Status.LIVE) == 15
    assert slow.finest_seconds(Status.ENDED) == 900
    assert CADENCE.finest_seconds(Status.ENDED) == 0


def test_gone_is_looked_at_an_hour_a_day_and_a_week_later_and_then_never():
    def again(absences):
        facts = broadcast(status=Status.GONE, ended_at=NOW - hours(500))
        return interval_seconds(
            facts, NOW, CADENCE, tracked_after_end_seconds=30 * DAY, absences=absences
        )

    looks = list(accumulate(again(absences) for absences in (2, 3, 4)))
    assert looks == [HOUR, DAY, 7 * DAY]
    assert again(5) is None
