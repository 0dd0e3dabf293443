"""What is polled less often when a quota is short, and in which order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.quota.throttle import (
    SLOWEST,
    Demand,
    Priority,
    Throttle,
    affordable,
    calls_per_second,
    fit_throttle,
    priority_of,
    slowed_priorities,
)
from storage.model import Status
from tests.support.builders import broadcast

NOW = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
USUAL = {
    Priority.ARCHIVED: 30_000.0,
    Priority.COOLING: 4_000.0,
    Priority.UPCOMING: 600.0,
    Priority.ENDED: 240.0,
    Priority.LIVE: 60.0,
}
needs = st.lists(
    st.builds(
        Demand,
        priority=st.sampled_from(Priority),
        interval_seconds=st.floats(min_value=30, max_value=86_400),
    ),
    max_size=60,
)


def usual(**numbers):
    """So many broadcasts of each priority, at the interval that is usual for it."""
    return [
        Demand(priority=Priority[name.upper()], interval_seconds=USUAL[Priority[name.upper()]])
        for name, number in numbers.items()
        for _ in range(number)
    ]


@pytest.mark.parametrize(
    ("facts", "priority"),
    [
        ({"status": Status.LIVE}, Priority.LIVE),
        ({"status": Status.UPCOMING}, Priority.UPCOMING),
        (
            {"status": Status.UPCOMING, "scheduled_at": NOW + timedelta(minutes=121)},
            Priority.UPCOMING,
        ),
        ({"status": Status.UPCOMING, "scheduled_at": NOW + timedelta(hours=2)}, Priority.LIVE),
        ({"status": Status.UPCOMING, "scheduled_at": NOW - timedelta(minutes=59)}, Priority.LIVE),
        ({"status": Status.UPCOMING, "scheduled_at": NOW - timedelta(hours=1)}, Priority.UPCOMING),
        ({"status": Status.ENDED, "ended_at": NOW - timedelta(minutes=59)}, Priority.ENDED),
        ({"status": Status.ENDED, "ended_at": NOW - timedelta(hours=2)}, Priority.COOLING),
        ({"status": Status.ENDED, "ended_at": NOW - timedelta(days=4)}, Priority.ARCHIVED),
        ({"status": Status.GONE}, Priority.ARCHIVED),
    ],
)
def test_what_matters_least_ranks_first(facts, priority):
    assert priority_of(broadcast(**facts), NOW) is priority


def test_a_day_with_enough_is_not_stretched():
    many = usual(live=24, ended=10, cooling=200, archived=800)
    stretch = fit_throttle(many, affordable_calls=1.0, batch_size=50)
    assert slowed_priorities(stretch) == []
    assert stretch.interval(Demand(priority=Priority.LIVE, interval_seconds=60.0)) == 60.0


def test_archived_broadcasts_go_first_and_live_ones_last():
    many = usual(live=400, ended=200, upcoming=200, cooling=2000, archived=8000)
    full = calls_per_second(many, Throttle(), 50)
    given_up = [
        slowed_priorities(fit_throttle(many, full * share, 50))
        for share in (0.985, 0.95, 0.9, 0.8, 0.2)
    ]
    assert given_up[0] == [Priority.ARCHIVED]
    assert [len(ranks) for ranks in given_up] == sorted(len(ranks) for ranks in given_up)
    assert given_up[-1] == list(Priority)
    for ranks in given_up:
        assert ranks == list(Priority)[: len(ranks)]


def test_what_is_live_is_given_up_also_where_nothing_else_is_polled():
    assert slowed_priorities(fit_throttle(usual(live=10), 0.005, 50)) == [Priority.LIVE]


def test_a_stretch_that_is_needed_no_more_is_soon_none():
    stretch = fit_throttle(usual(live=10), 0.005, 50)
    for _ in range(24):  # two hours of looks
        stretch = stretch.towards(fit_throttle(usual(live=10), 1.0, 50))
    assert slowed_priorities(stretch) == []


def test_nothing_of_a_rank_is_slowed_before_those_before_it_are_at_their_slowest():
    many = usual(live=400, cooling=2000, archived=8000)
    full = calls_per_second(many, Throttle(), 50)
    stretch = fit_throttle(many, full * 0.9, 50)
    last = slowed_priorities(stretch)[-1]
    for need in usual(archived=1, cooling=1):
        if need.priority < last:
            assert stretch.interval(need) == pytest.approx(SLOWEST[need.priority])


@given(needs, st.floats(min_value=0, max_value=10), st.sampled_from([1, 20, 50, 100]))
def test_the_stretch_fits_or_everything_is_at_its_slowest(many, affordable_calls, batch_size):
    stretch = fit_throttle(many, affordable_calls, batch_size)
    fits = calls_per_second(many, stretch, batch_size) <= affordable_calls * (1 + 1e-9)
    slowest = all(
        stretch.interval(need) >= min(SLOWEST[need.priority], need.interval_seconds)
        for need in many
    )
    assert fits or slowest
    for need in many:
        assert stretch.interval(need) <= max(SLOWEST[need.priority], need.interval_seconds)


@given(needs, st.floats(min_value=0.001, max_value=1), st.floats(min_value=1, max_value=5))
def test_more_to_spend_never_makes_anything_slower(many, affordable_calls, times):
    before = fit_throttle(many, affordable_calls, 50)
    after = fit_throttle(many, affordable_calls * times, 50)
    for need in many:
        assert after.interval(need) <= before.interval(need) * (1 + 1e-6)


def test_what_is_left_is_spread_over_what_is_left_of_the_period():
    calls = affordable(units=10_000, used=5_000, reserve=300, cost=1, seconds_left=4_200)
    assert calls == pytest.approx(1.0)
    assert affordable(units=100, used=99, reserve=10, cost=1, seconds_left=60) == 0


def test_a_sudden_need_moves_the_stretch_by_steps():
    wanted = Throttle(factors=dict.fromkeys(Priority, 2.0))
    once = Throttle().towards(wanted)
    assert once.factors[Priority.COOLING] == pytest.approx(1.3)
    assert once.towards(wanted).factors[Priority.COOLING] == pytest.approx(1.51)
