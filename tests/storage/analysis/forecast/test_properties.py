"""What holds of every forecast, whatever was seen."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.analysis.forecast.inputs import CumulativeCurve, ForecastInputs, PastEdition
from storage.analysis.forecast.intervals import forecast_intervals, target_reached
from storage.analysis.forecast.preconditions import NoForecast
from tests.support.published_forecast import edition, hour

END = 120.0
grown = st.lists(st.integers(0, 10_000), min_size=4, max_size=110)
WHOLE = edition(sizes=(30_000.0, 5_000.0, 90_000.0), every=30)


def sums(steps: list[int], step: float = 1.0) -> CumulativeCurve:
    hours = step * np.arange(1.0, len(steps) + 1)
    return CumulativeCurve(hours=hours, views=np.cumsum(np.array(steps, dtype=float)))


@st.composite
def sights(draw) -> ForecastInputs:
    pasts = draw(st.lists(st.lists(st.integers(0, 9_000), min_size=20, max_size=20), max_size=4))
    earlier = tuple(PastEdition(curve=sums(one, END / 20), end=END) for one in pasts)
    return ForecastInputs(curve=sums(draw(grown)), end=END, pasts=earlier)


@settings(deadline=None, max_examples=60)
@given(sight=sights(), target=st.integers(1, 5_000_000))
def test_every_forecast_is_ordered_and_above_what_is_there(sight, target):
    found = forecast_intervals(sight, target=target)
    if sight.views <= 0:
        assert found is None
        return
    assert found
    assert np.isfinite(found.path).all()
    assert (found.path >= sight.views).all()
    assert (np.diff(found.path, axis=0) >= 0).all()
    assert (np.diff(found.path, axis=1) >= 0).all()
    lows = [one.low for one in found.ranges]
    highs = [one.high for one in found.ranges]
    assert lows == sorted(lows)
    assert highs == sorted(highs, reverse=True)
    assert found.passing
    assert 0 < found.passing.chance <= 1
    hours = list(found.passing.hours.values())
    assert hours == sorted(hours, reverse=True)
    assert all(sight.now <= one <= END for one in hours)
    assert hours or found.path[-1, -1] < target


@settings(deadline=None, max_examples=30)
@given(sight=sights(), low=st.integers(1, 1_000_000), more=st.integers(0, 1_000_000))
def test_a_higher_target_never_has_a_better_chance_nor_is_passed_earlier_by_any_path(
    sight, low, more
):
    near, far = forecast_intervals(sight, target=low), forecast_intervals(sight, target=low + more)
    if near is None or far is None:
        return
    assert near.passing
    assert far.passing
    assert near.passing.chance >= far.passing.chance
    for sums in near.path:
        hour, later = (target_reached(sight, near.hours, sums, one) for one in (low, low + more))
        assert later is None or (hour is not None and hour <= later)


@settings(deadline=None, max_examples=30)
@given(sight=sights())
def test_the_same_rows_give_the_same_forecast(sight):
    one, other = (
        forecast_intervals(sight, target=500_000),
        forecast_intervals(sight, target=500_000),
    )
    if one is None or other is None:
        assert one is other
        return
    assert one.path.tobytes() == other.path.tobytes()
    assert (one.passing, one.weights, one.missed) == (other.passing, other.weights, other.missed)


@settings(deadline=None, max_examples=30)
@given(sight=sights(), target=st.integers(1, 5_000_000), times=st.sampled_from([3.0, 1e3, 1e6]))
def test_a_sum_of_another_size_has_the_same_forecast_in_proportion(sight, target, times):
    def sized(one: CumulativeCurve) -> CumulativeCurve:
        return replace(one, views=one.views * times)

    pasts = tuple(replace(one, curve=sized(one.curve)) for one in sight.pasts)
    small = forecast_intervals(sight, target=target)
    large = forecast_intervals(
        replace(sight, curve=sized(sight.curve), pasts=pasts), target=target * times
    )
    if small is None or large is None:
        assert small is large
        return
    assert np.allclose(large.path, small.path * times, rtol=1e-6)
    assert small.passing
    assert large.passing
    assert abs(large.passing.chance - small.passing.chance) < 1e-6
    assert all(abs(large.weights[name] - one) < 1e-6 for name, one in small.weights.items())


@st.composite
def gaps(draw) -> list:
    broadcasts = WHOLE.seen.segments["broadcast"].to_list()
    return [
        (name, since, since + timedelta(minutes=draw(st.integers(1, 90))))
        for name in draw(st.lists(st.sampled_from(broadcasts), max_size=8))
        if (since := hour(draw(st.floats(0, 70))))
    ]


@settings(deadline=None, max_examples=30)
@given(some=gaps(), more=gaps())
def test_adding_a_gap_never_narrows_a_range_nor_moves_the_middle(some, more):
    fewer = WHOLE.with_gaps(some).forecast(hour(70))
    all_of_them = WHOLE.with_gaps([*some, *more]).forecast(hour(70))
    assert not isinstance(fewer, NoForecast)
    if isinstance(all_of_them, NoForecast):
        return
    assert all_of_them.middle == fewer.middle
    for wider, narrower in zip(all_of_them.ranges, fewer.ranges, strict=True):
        assert wider.low <= narrower.low
        assert wider.high >= narrower.high
