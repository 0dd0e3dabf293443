"""Readings out of all proportion that come straight back."""

from datetime import timedelta

import pytest

from storage.analysis.viewers.audience import audience
from storage.analysis.viewers.doubtful import LEAST_VIEWERS, MOST
from tests.support.published_rows import gap, minutes, on_air, shown
from tests.support.ticks import at

LENGTH = 60
#: Around 1,000, a little restless.
TOLD = [1000 + (7 * minute) % 23 for minute in range(LENGTH)]


def measured(told, *, every=1, **more):
    seen = shown(
        minutes("a", dict(zip(range(0, len(told) * every, every), told, strict=True))),
        segments=[on_air("a", 0, len(told) * every)],
        **more,
    )
    return audience(seen, until=at(len(told) * every))


def with_values(values, *, at_minute=30):
    return [*TOLD[:at_minute], *values, *TOLD[at_minute + len(values) :]]


def marked(told, **more):
    doubtful = measured(told, **more).doubtful
    if doubtful is None:
        return []
    offset = at(0)
    rows = doubtful.readings.select("started_at", "viewers", "reason").rows()
    return [((start - offset) // timedelta(minutes=1), value, why) for start, value, why in rows]


FELL, LEAPT = "fell_and_came_back", "leapt_and_came_back"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([0], FELL),
        ([1], FELL),
        ([180], FELL),
        ([0, 0, 0], FELL),
        ([1, 3, 1, 0, 1, 2], FELL),
        ([90] * MOST, FELL),
        ([5200], LEAPT),
        ([48_000, 51_000], LEAPT),
    ],
)
@pytest.mark.parametrize("every", [1, 5])
def test_what_leaps_out_of_all_proportion_and_comes_straight_back_is_doubtful(
    values, reason, every
):
    expected = [(every * (20 + place), value, reason) for place, value in enumerate(values)]
    assert marked(with_values(values, at_minute=20), every=every) == expected


@pytest.mark.parametrize(
    "told",
    [
        TOLD,
        with_values([300, 310]),  # within what an audience does
        with_values([0] * (MOST + 1), at_minute=20),  # for long: then it is so
        [*TOLD[:50], *([20] * 10)],  # left for good
        [0, 0, *TOLD],  # nobody had come yet
        [*TOLD[:30], *(4000 - 90 * minute for minute in range(30))],  # a raid that goes again
        [*TOLD[:30], 50, 200, 350, 500, 700, 900],  # they had to come back one by one
        [LEAST_VIEWERS - 1, 0] * 20,  # a handful may all leave
        [5, 60, 6, 5, 70, 5] * 5,
    ],
)
def test_what_an_audience_may_do_is_not_doubtful(told):
    assert marked(told) == []


def test_several_false_lows_and_highs_are_told_from_what_lies_between():
    lows = [0 if minute % 6 == 3 else value for minute, value in enumerate(TOLD)]
    assert [place for place, *_ in marked(lows)] == list(range(3, LENGTH, 6))
    highs = [12_000 if minute % 6 == 3 else value for minute, value in enumerate(TOLD)]
    assert {why for *_, why in marked(highs)} == {LEAPT}
    assert [place for place, *_ in marked(highs)] == list(range(3, LENGTH, 6))


def test_a_failed_poll_beside_it_changes_nothing_and_an_hour_does():
    rows = {minute: value for minute, value in enumerate(with_values([0, 0])) if minute != 32}
    seen = shown(minutes("a", rows), gaps=[gap("a", 31.2, 33.2)], segments=[on_air("a", 0, 60)])
    found = audience(seen, until=at(60))
    assert found.doubtful
    assert found.doubtful.readings["viewers"].to_list() == [0, 0]
    assert marked(with_values([0]), every=61) == [], "an hour is time enough to leave and return"


def test_each_broadcast_is_looked_at_alone():
    rows = minutes("a", dict(enumerate(TOLD))) + minutes("b", dict(enumerate(with_values([0]))))
    segments = [on_air(name, 0, LENGTH) for name in "ab"]
    found = audience(shown(rows, segments=segments), until=at(LENGTH))
    assert found.doubtful
    assert found.doubtful.readings["broadcast"].to_list() == ["b"]
    assert found.doubtful.without.average == pytest.approx(2 * sum(TOLD) / LENGTH, rel=0.001)


def test_a_doubtful_reading_is_kept_and_the_figures_are_told_with_and_without():
    found, plain = measured(with_values([0, 0, 0])), measured(TOLD)
    assert found.viewers["viewers"].to_list().count(0) == 3
    assert found.doubtful
    without = found.doubtful.without
    assert (found.doubtful.minutes, found.doubtful.hours_watched) == (3, 0)
    assert found.average == pytest.approx((sum(TOLD) - sum(TOLD[30:33])) / LENGTH)
    assert without.average == pytest.approx(plain.average, rel=0.001)
    assert found.seen_hours == plain.seen_hours
    high = measured(with_values([9000]))
    assert high.doubtful
    assert high.peak
    assert high.doubtful.without.peak
    assert (high.peak.viewers, high.doubtful.without.peak.viewers) == (9000, max(TOLD))
    assert high.doubtful.hours_watched == pytest.approx(150)
    assert plain.doubtful is None


@pytest.mark.parametrize(
    "values", [[0], [1, 1, 1, 1], [180], [250], [400, 420], [500], [5000], [700] * 6]
)
def test_no_single_leap_decides_the_bound_of_the_peak(values):
    plain, found = (
        measured(TOLD),
        measured(with_values(values, at_minute=TOLD.index(max(TOLD)) + 1)),
    )
    assert plain.peak
    assert found.peak
    assert plain.peak.hardly_above
    assert found.peak.hardly_above
    peak = max(*values, plain.peak.viewers)
    assert found.peak.hardly_above <= 1.01 * max(plain.peak.hardly_above, peak)


def test_a_cliff_at_the_end_does_not_decide_the_bound():
    plain, found = measured(TOLD), measured([*TOLD, 200, 190, 30])
    assert plain.peak
    assert found.peak
    assert plain.peak.hardly_above
    assert found.peak.hardly_above
    assert found.peak.hardly_above <= 1.02 * plain.peak.hardly_above


def test_why_a_bound_is_wide_is_said():
    restless = [15, 30, 22, 41, 18] * 12
    few_viewers = measured(restless).peak
    few_values = measured([1000, 1300, 1100, 1500, 900, 1250, 1400, 1000, 1200]).peak
    calm = measured(TOLD).peak
    assert [peak and peak.wide for peak in (few_viewers, few_values, calm)] == [
        "few_viewers",
        "few_values",
        None,
    ]
