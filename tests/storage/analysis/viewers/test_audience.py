"""Who watched, and for how long."""

from datetime import timedelta

import pytest

from storage.analysis.editions.engagement import rates, shares, times_usual
from storage.analysis.viewers.audience import audience
from storage.analysis.viewers.peak_error import LEAST_VALUES, highest_peak
from storage.analysis.views.growth_rate import growth_rate
from tests.support.published_rows import gap, minutes, on_air, shown
from tests.support.ticks import at

HALF = timedelta(minutes=30)


def test_a_value_holds_until_the_next():
    seen = shown(minutes("a", {0: 10, 2: 30, 4: 20}), segments=[on_air("a", 0, 6)])
    found = audience(seen, until=at(60))
    steps = found.viewers.select("started_at", "ended_at", "viewers").rows()
    assert steps == [(at(0), at(2), 10), (at(2), at(4), 30), (at(4), at(6), 20)]
    assert found.hours_watched == pytest.approx((10 + 30 + 20) * 2 / 60)
    assert found.average == pytest.approx(20)
    assert (found.airtime_hours, found.seen_hours, found.coverage) == (0.1, 0.1, 1.0)


def test_it_holds_for_three_usual_intervals_at_most():
    seen = shown(minutes("a", {0: 10, 1: 10, 2: 10, 30: 10}), segments=[on_air("a", 0, 31)])
    found = audience(seen, until=at(60))
    assert found.viewers["ended_at"].to_list() == [at(1), at(2), at(5), at(31)]
    assert found.coverage == pytest.approx(6 / 31)


def test_it_never_holds_across_a_gap_nor_past_the_end():
    rows = minutes("a", {0: 10, 3: 10, 6: 10, 9: 10})
    seen = shown(rows, gaps=[gap("a", 3.5, 6)], segments=[on_air("a", 0, 10.5)])
    found = audience(seen, until=at(60))
    assert found.viewers["ended_at"].to_list() == [at(3), at(4), at(9), at(10.5)]


def test_a_row_within_a_gap_holds_for_its_own_minute():
    rows = minutes("a", {0: 10, 2: 10, 4: 10, 6: 10, 8: 10})
    seen = shown(rows, gaps=[gap("a", 1, 5), gap("a", 2, 3), gap("a", 5, 6.5)])
    ends = audience(seen, until=at(60)).viewers["ended_at"].to_list()
    assert ends == [at(1), at(3), at(5), at(8), at(14)], "that of minute 6 ended the gaps"


@pytest.mark.parametrize("second", [0, 20 / 60, 59 / 60])
def test_the_answer_that_ends_a_gap_holds_like_any_other(second):
    rows = minutes("a", dict.fromkeys((0, 3, 9, 12), 60))
    unseen = [gap("a", 3 + second, 6 + second), gap("a", 6 + second, 9 + second)]
    found = audience(shown(rows, gaps=unseen, segments=[on_air("a", 0, 15)]), until=at(15))
    held = found.viewers.select("started_at", "ended_at").rows()
    assert held == [(at(0), at(3)), (at(3), at(4)), (at(9), at(12)), (at(12), at(15))]
    assert (found.hours_watched, found.coverage) == (10, 10 / 15)


def test_a_gap_within_a_minute_takes_nothing_of_it():
    rows = minutes("a", {0: 10, 5: 10, 10: 10})
    ends = audience(shown(rows, gaps=[gap("a", 5.2, 5.8)]), until=at(15)).viewers["ended_at"]
    assert ends.to_list() == [at(5), at(10), at(15)], "its row tells of both answers around the gap"


@pytest.mark.parametrize("second", [0, 20 / 60, 59 / 60])
def test_who_waits_before_the_start_or_after_the_end_is_no_audience(second):
    told = {-2: 99, -1: 99, 0: 10, 1: 10, 2: 10, 3: 99, 4: 99}
    segments = [on_air("a", second, 3 + second)]
    found = audience(shown(minutes("a", told), segments=segments), until=at(60))
    assert found.peak
    assert (found.peak.viewers, found.peak.at) == (10, at(0))
    assert found.hours_watched == pytest.approx(0.5)
    assert found.seen_hours == pytest.approx(0.05)
    assert found.coverage == pytest.approx(1 if second == 0 else 3 / 4), "the minute of the end"


def test_a_broadcast_between_two_stretches_on_the_air_has_no_audience():
    told = {0: 10, 1: 10, 2: 99, 3: 99, 4: 20, 5: 20}
    segments = [on_air("a", 0, 2), on_air("a", 4, 6)]
    found = audience(shown(minutes("a", told), segments=segments), until=at(60))
    assert found.viewers["viewers"].to_list() == [10, 10, 20, 20]
    back_at_once = [on_air("a", 0, 2.2), on_air("a", 2.7, 6)]
    found = audience(shown(minutes("a", told), segments=back_at_once), until=at(60))
    assert found.viewers["viewers"].to_list() == [10, 10, 99, 99, 20, 20]


@pytest.mark.parametrize("status", ["upcoming", "ended", "gone"])
def test_a_broadcast_that_never_was_on_the_air_has_no_audience(status):
    state = [{"broadcast": "a", "status": status}]
    waiting = shown(minutes("a", {0: 10, 1: 20}), state=state)
    assert audience(waiting, until=at(60)).peak is None


def test_a_gap_stops_no_other_broadcast():
    rows = minutes("a", {0: 10, 1: 10, 2: 10}) + minutes("b", {9: 10})
    found = audience(shown(rows, gaps=[gap("b", 1, 4)]), until=at(60))
    assert found.viewers["ended_at"].to_list() == [at(1), at(2), at(5), at(12)]


def test_who_watches_is_unknown_where_the_platform_does_not_say():
    seen = shown(minutes("a", {0: 10, 1: None, 2: 0}), segments=[on_air("a", 0, 3)])
    found = audience(seen, until=at(60))
    assert found.viewers["viewers"].to_list() == [10, 0], "not said is no zero, and zero is one"
    assert found.hours_watched == pytest.approx(10 / 60)
    assert found.average == pytest.approx(5)
    silent = audience(shown(minutes("a", {0: None}), segments=[on_air("a", 0, 3)]), until=at(60))
    assert (silent.peak, silent.average, silent.hours_watched) == (None, None, None)
    assert silent.coverage == 0
    assert audience(shown([]), until=at(60)).coverage is None


def test_the_peak_is_that_of_the_sum():
    rows = minutes("a", {0: 90, 1: 10, 2: 50}) + minutes("b", {0: 10, 1: 90, 2: 60})
    found = audience(shown(rows), until=at(60))
    assert found.peak
    assert (found.peak.viewers, found.peak.at) == (110, at(2)), "not 180, the sum of the peaks"
    assert found.peak.hardly_above is None, "three values say nothing of what lies between them"


def test_the_largest_told_within_a_minute_counts_for_the_peak():
    (row,) = minutes("a", {0: 10})
    found = audience(shown([{**row, "peak_concurrent_viewers": 25}]), until=at(60))
    assert found.peak
    assert found.peak.viewers == 25
    assert found.average == 10


def test_the_bound_is_wider_for_a_restless_series():
    calm, restless = [[100 + step % 2 for step in range(60)]], [[100, 140] * 30]
    assert 101 <= (highest_peak(calm) or 0) < 104
    assert highest_peak(restless) > 150
    assert highest_peak([[5] * (LEAST_VALUES - 1)]) is None
    assert highest_peak([[5] * LEAST_VALUES]) == 5
    few, many = highest_peak([[100, 140] * 4]), highest_peak([[100, 140] * 30])
    assert few is not None
    assert many is not None
    assert few > many, "few values tell less"
    assert highest_peak([[1], [900]] * 9) is None, "across a gap no step was seen"


def test_what_joins_or_leaves_is_no_restlessness():
    still = dict.fromkeys(range(20), 1000)
    rows = minutes("a", still) + minutes("b", dict.fromkeys(range(10), 9000))
    found = audience(shown(rows, segments=[on_air("b", 0, 10)]), until=at(20))
    assert found.peak
    assert found.peak.hardly_above == found.peak.viewers == 10_000
    assert found.peak.under_read == 0


def test_growth_is_measured_from_renewal_to_renewal():
    frozen = {minute: 100 * (minute // 10) for minute in range(60)}
    seen = shown(minutes("a", {}, frozen))
    for minute in (51, 57, 59):
        found = growth_rate(seen, at(minute), window=timedelta(minutes=15))
        assert found.views_per_minute == 10, "wherever between two renewals it is asked"
        assert found.views_per_hour == 600
        assert found.acceleration == 0


def test_growth_that_stops_is_seen_to_stop():
    stops = {minute: 10 * min(minute, 20) for minute in range(200)}
    seen = shown(minutes("a", {}, stops))
    window = timedelta(minutes=10)
    assert growth_rate(seen, at(20), window=window).views_per_minute == 10
    later = growth_rate(seen, at(120), window=window)
    assert later.views_per_minute is not None
    assert later.views_per_minute < 1
    assert growth_rate(shown([]), at(0), window=window).views_per_minute is None
    falls = shown(minutes("a", {}, {0: 100, 10: 40}))
    assert growth_rate(falls, at(10), window=window).views_per_minute == -6


def test_no_rate_is_told_of_three_minutes():
    """Five views in three minutes and none in the thirteen after them are not 100 an hour."""
    brief = shown(minutes("a", {}, {0: 0, 3: 5, 16: 5}))
    hour = timedelta(hours=1)
    found = growth_rate(brief, at(16), window=hour)
    assert (found.views_per_hour, found.broadcasts) == (None, 0)
    grown = shown(minutes("a", {}, {0: 0, 3: 5, 20: 8}) + minutes("b", {}, {18: 0, 20: 90}))
    found = growth_rate(grown, at(20), window=hour)
    assert (found.views_per_hour, found.broadcasts) == (24, 1)


def test_growth_that_quickens():
    views = {m: 10 * m if m <= 60 else 600 + 20 * (m - 60) for m in range(121)}
    found = growth_rate(shown(minutes("a", {}, views)), at(90), window=HALF)
    assert (found.views_per_hour, found.acceleration) == (1200, 1200), (
        "600 more within half an hour"
    )


def test_rates_count_only_what_told_both():
    seen = shown(
        [],
        state=[
            {"broadcast": "a", "views": 1000, "likes": 30, "comments": 0},
            {"broadcast": "b", "views": 9000, "likes": None},
            {"broadcast": "c", "views": None, "likes": 7},
        ],
    )
    assert rates(seen.state).rows() == [("youtube", 30.0, 0.0, None)]


def test_shares_of_what_was_told():
    seen = shown(
        [],
        state=[
            {"broadcast": "x:a", "views": 300},
            {"broadcast": "y:b", "views": 100},
            {"broadcast": "z:c"},
        ],
    )
    assert shares(seen.state).rows() == [("x", 300, 0.75), ("y", 100, 0.25), ("z", None, None)]


def test_times_the_usual_at_the_same_age():
    state, rows = [], []
    for number, views in enumerate([10, 100, 100, 100, 100, 9000, 250]):
        start = number * 1000
        state.append({"broadcast": f"b{number}", "started_at": at(start)})
        rows += minutes(f"b{number}", {}, {start + 29: views, start + 500: 99 * views})
    seen = shown(rows, state=state)
    found = times_usual(seen, "b6", HALF)
    assert found
    assert (found.views, found.expected, found.earlier) == (250, 100, 6)
    assert found.times == 2.5
    assert times_usual(seen, "b6", timedelta(minutes=300)) is None, "nothing told near that age"
    assert times_usual(seen, "b2", HALF) is None, "two earlier ones are no usual"
