"""The forecast of a sum: its methods, blend, ranges and the time of a target."""

import numpy as np
import pytest

from storage.analysis.forecast import programme_method
from storage.analysis.forecast.backtest import Trial, earlier_editions, earlier_hours
from storage.analysis.forecast.conformal import (
    PUBLIC,
    Errors,
    PublicErrors,
    calibrate,
    doubt,
    doubt_of_finales,
)
from storage.analysis.forecast.ensemble import Ensemble, blend_methods
from storage.analysis.forecast.inputs import Airings, CumulativeCurve, ForecastInputs, PastEdition
from storage.analysis.forecast.intervals import QUANTILES, forecast_intervals
from storage.analysis.forecast.methods import (
    METHODS,
    average_pace,
    decay,
    edition_shape,
    last_day,
    least,
)

END = 96.0
HOURS = np.arange(1.0, END + 1)
AT_END = np.array([END])


def curve(views, hours=HOURS) -> CumulativeCurve:
    return CumulativeCurve(
        hours=np.asarray(hours, dtype=float), views=np.asarray(views, dtype=float)
    )


def steady(rate: float = 1_000.0) -> CumulativeCurve:
    return curve(rate * HOURS)


def bent(power: float, final: float = 100_000.0) -> CumulativeCurve:
    return curve(final * (HOURS / END) ** power)


def sight(whole: CumulativeCurve, now: float, *pasts: CumulativeCurve) -> ForecastInputs:
    earlier = tuple(PastEdition(curve=one, end=END) for one in pasts)
    return ForecastInputs(curve=whole.until(now), end=END, pasts=earlier)


@pytest.mark.parametrize("method", [average_pace, last_day, decay])
def test_a_steady_sum_goes_on_steadily(method):
    assert method(sight(steady(), 48), AT_END) == pytest.approx([48_000])


def test_the_shape_of_earlier_editions_is_followed_whatever_their_size():
    grown = edition_shape(sight(bent(2), 48, bent(2, 7), bent(2, 9e6)), AT_END)
    assert grown == pytest.approx([75_000])


def test_without_an_earlier_edition_there_is_no_shape():
    assert edition_shape(sight(steady(), 48), AT_END) is None


def test_an_earlier_edition_of_another_length_is_stretched():
    short = PastEdition(curve=curve([10, 30], hours=np.array([24.0, 48.0])), end=48)
    now = ForecastInputs(curve=steady().until(48), end=END, pasts=(short,))
    assert edition_shape(now, AT_END) == pytest.approx([48_000 * 20 / 10])


def test_a_decaying_sum_is_seen_to_decay():
    grown = decay(sight(bent(0.5), 72), AT_END)
    assert grown == pytest.approx([100_000 - bent(0.5).at_hour(72)], rel=0.001)


def test_a_decay_that_is_not_the_same_throughout_is_drawn_to_the_average_pace():
    wavering = curve(np.cumsum(np.where((HOURS // 12) % 2 == 0, 1_900, 100)))
    now = sight(wavering, 48)
    decaying, pace = decay(now, AT_END), average_pace(now, AT_END)
    assert decaying is not None
    assert pace is not None
    assert decaying == pytest.approx(pace, rel=0.1)


def test_a_counter_at_rest_is_not_taken_to_rest_for_ever():
    rested = curve(np.minimum(HOURS, 24) * 1_000)
    found = forecast_intervals(sight(rested, 72))
    assert found is not None
    least_growth = least(sight(rested, 72), AT_END)[0]
    assert found.methods["last_day"] == pytest.approx(24_000 + least_growth)


def airings(days: int, *, per_day: int = 6, views: float = 1_000.0) -> Airings:
    """Each day at noon ``per_day`` broadcasts for two hours; views after the end grow as 0.1 age^0.5."""
    hours = np.arange(1.0, 24 * days + 1)
    begins = np.repeat(24.0 * np.arange(days) + 12, per_day)
    live = np.clip((hours - begins[:, None]) / 2, 0, 1)
    after = np.maximum(hours - begins[:, None] - 2, 0)
    airtime = ((hours - 1 >= begins[:, None]) & (hours - 1 < begins[:, None] + 2)).astype(float)
    return Airings(
        views=views * (live + 0.1 * after**0.5),
        airtime=airtime,
        ended=np.asarray(begins + 2, dtype=np.float64),
    )


def test_the_law_of_ended_broadcasts_is_found():
    law = programme_method.fit_law(airings(3))
    assert law is not None
    assert (law.share, law.power) == (pytest.approx(0.1, rel=0.05), pytest.approx(0.5, rel=0.05))


def test_the_programme_to_come_airs_as_the_days_before():
    whole, seen = airings(4), airings(4).until(72)
    sums = whole.views.sum(axis=0)
    now = ForecastInputs(curve=curve(sums).until(72), end=END, airings=seen)
    grown = programme_method.growth(now, AT_END)
    assert grown == pytest.approx([sums[-1] - sums[71]], rel=0.05)
    morning = programme_method.growth(now, np.array([80.0]))
    assert morning == pytest.approx([sums[79] - sums[71]], rel=0.05)


def test_too_few_broadcasts_make_no_law():
    assert programme_method.fit_law(airings(1, per_day=programme_method.LEAST_ENDED - 1)) is None


def test_what_is_forecast_from_an_earlier_hour_knows_nothing_later():
    then = ForecastInputs(curve=steady(), end=END, airings=airings(4)).until(40)
    assert then.now == 40
    assert then.airings
    assert then.airings.views.shape[1] == 40
    assert np.isnan(then.airings.ended[-1])


def test_the_method_that_was_right_before_weighs_most():
    weights = blend_methods(sight(bent(3), 48, bent(3), bent(3, 40), bent(3, 900))).weights
    assert weights["edition_shape"] > 0.9
    assert sum(weights.values()) == pytest.approx(1)


def test_methods_that_missed_alike_have_one_voice_each():
    weights = blend_methods(sight(steady(), 48, steady(), steady(7), steady(9))).weights
    assert list(weights.values()) == pytest.approx([0.25] * 4)


def test_each_earlier_edition_is_tried_without_itself():
    tried = earlier_editions(sight(steady(), 48, bent(2), bent(2, 3)))
    assert [len(then.pasts) for then, _ in tried] == [1, 1]
    assert all(then.now <= 48 for then, _ in tried)


def test_a_steady_sum_has_no_misses_at_earlier_hours():
    trials = earlier_hours(sight(steady(), 60))
    assert len(trials) == 6
    assert all(abs(miss) < 1e-9 for one in trials for miss in one.misses.values())


def test_ranges_hold_each_other_and_the_middle():
    found = forecast_intervals(sight(bent(1.3), 48, bent(1.2)))
    assert found is not None
    wide, usual, narrow = found.ranges
    assert (wide.level, usual.level, narrow.level) == (0.95, 0.8, 0.5)
    assert wide.low < usual.low < narrow.low < found.middle < narrow.high < usual.high < wide.high
    assert (np.diff(found.path, axis=1) > 0).all()


def test_a_wavering_sum_has_wider_ranges_than_a_steady_one():
    wavering = curve(np.cumsum(np.where((HOURS // 6) % 2 == 0, 1_900, 100)))
    sure, unsure = (forecast_intervals(sight(one, 48)) for one in (steady(), wavering))
    assert sure
    assert unsure
    widths = [(one.ranges[1].high - one.ranges[1].low) / one.middle for one in (sure, unsure)]
    assert widths[0] < widths[1]


def public(scores, first=None, finale=0.0) -> PublicErrors:
    """Give public series of these scores, and of others where no earlier edition is known."""
    known, alone = (
        Errors(scores=one, missed=[(0.5, 0.1)], held=0.8) for one in (scores, first or scores)
    )
    return PublicErrors(series=5, known=known, first=alone, finale=finale)


def width(found) -> float:
    """Give the ratio of the ends of the 80 % range of the growth to come."""
    _, usual, _ = found.ranges
    return (usual.high - 48_000) / (usual.low - 48_000)


def test_a_first_edition_has_scores_of_its_own():
    told = public([-1.0, 0.0, 1.0], first=[-3.0, 0.0, 3.0])
    first = forecast_intervals(sight(steady(), 48), public=told)
    later = forecast_intervals(sight(steady(), 48, steady()), public=told)
    assert first
    assert later
    assert (first.tried_editions, later.tried_editions) == (0, 1)
    assert np.log(width(first)) > 2 * np.log(width(later))


def test_the_doubt_is_the_larger_the_more_is_to_come():
    early, late = (sight(steady(), now) for now in (24, 72))
    assert doubt(early, [0.0]) > doubt(late, [0.0])
    assert doubt(late, [0.0]) < doubt(late, [0.5])


@pytest.mark.parametrize("now", [72, 90])
def test_near_the_end_a_calm_range_reaches_as_far_as_finales_did(now):
    scores = list(np.linspace(-2, 2, 41))
    calm, wide = (
        forecast_intervals(sight(steady(), now), public=public(scores, finale=finale))
        for finale in (0.0, np.log(1.71))
    )
    assert calm
    assert wide
    to_come = 1_000 * (END - now)
    assert calm.ranges[1].high - 1_000 * now < 1.5 * to_come
    assert wide.ranges[1].high - 1_000 * now == pytest.approx(1.71 * to_come)
    assert wide.ranges[1].low < calm.ranges[1].low


def test_before_half_of_the_time_a_finale_widens_nothing():
    scores = list(np.linspace(-2, 2, 41))
    calm, same = (
        forecast_intervals(sight(steady(), 48), public=public(scores, finale=finale))
        for finale in (0.0, 3.0)
    )
    assert calm
    assert same
    assert calm.ranges == same.ranges


def test_a_range_reaches_as_far_as_the_finale_of_an_earlier_edition():
    burst = curve(np.where(HOURS <= 86, 1_000 * HOURS, 86_000 + 3_000 * (HOURS - 86)))
    calm, after = (
        forecast_intervals(sight(steady(), 86, *pasts), public=public([-2.0, 0.0, 2.0]))
        for pasts in ([steady()] * 3, [burst] * 3)
    )
    assert calm
    assert after
    assert after.missed is not None
    assert after.missed < 0.01  # each was foreseen by the shape of the other two
    lone = forecast_intervals(sight(steady(), 86, burst), public=public([-2.0, 0.0, 2.0]))
    assert lone
    assert lone.missed is not None
    assert lone.missed > 0.1
    assert lone.ranges[1].high > 86_000 + 30_000
    assert lone.ranges[1].high > calm.ranges[1].high


@pytest.mark.parametrize(("missed", "least"), [(0.1, 0.5), (-1.6, 0.8)])
def test_the_least_doubt_is_by_what_earlier_editions_were_missed_by_if_that_is_more(missed, least):
    now = sight(steady(), 80, steady())
    trial = Trial(misses={"average_pace": missed}, rest=0.2)
    blend = Ensemble(weights={"average_pace": 1.0}, hours=[], editions=[(now, trial)])
    scores = calibrate([], list(np.linspace(-2, 2, 11)) + [2.0] * 4)
    assert doubt_of_finales(now, blend, scores, 1.0) == pytest.approx(least)


def test_what_ships_reaches_above_a_finale_of_three_quarters_more():
    for pasts in ([], [steady(), steady(7)]):
        found = forecast_intervals(sight(steady(), 0.9 * END, *pasts))
        assert found
        grown = found.ranges[1].high - sight(steady(), 0.9 * END).views
        assert grown > 1.71 * (END - sight(steady(), 0.9 * END).now) * 1_000


def test_what_ships_is_wider_for_a_first_edition():
    first, known = (
        np.subtract(*np.quantile(one.scores, (0.9, 0.1))) for one in (PUBLIC.first, PUBLIC.known)
    )
    assert first > known
    assert 0.75 <= PUBLIC.first.held <= 0.85
    assert 0.75 <= PUBLIC.known.held <= 0.85


def test_a_target_has_a_chance_and_a_range_of_hours():
    found = forecast_intervals(sight(steady(), 48), target=90_000)
    assert found is not None
    assert found.passing
    assert 0.5 < found.passing.chance < 1
    hours = found.passing.hours
    assert hours[0.5] == pytest.approx(88, abs=3)
    assert list(hours) == list(QUANTILES)
    assert list(hours.values()) == sorted(hours.values(), reverse=True)
    assert hours[0.025] <= END


def test_the_hour_is_of_the_cases_in_which_the_target_is_passed():
    scores = [-2.0, -1.0, 0.0, 1.0, 2.0]
    told = public(scores)
    whole = forecast_intervals(sight(steady(), 48), public=told)
    assert whole is not None
    high = whole.ranges[1].high
    found = forecast_intervals(sight(steady(), 48), target=0.9999 * high, public=told)
    assert found is not None
    assert found.passing
    assert found.passing.chance == pytest.approx(0.1, abs=0.001)
    assert list(found.passing.hours.values()) == pytest.approx([END] * len(QUANTILES), abs=0.1)
    beyond = forecast_intervals(sight(steady(), 48), target=1.01 * high, public=told)
    assert beyond is not None
    assert beyond.passing
    assert beyond.passing.chance == pytest.approx(0.1)
    assert beyond.passing.hours == {}


@pytest.mark.parametrize(("target", "chance", "hour"), [(10_000, 1.0, 48.0), (9e9, 0.0, None)])
def test_a_target_passed_or_far_off(target, chance, hour):
    found = forecast_intervals(sight(steady(), 48), target=target)
    assert found is not None
    assert found.passing
    assert found.passing.chance == pytest.approx(chance, abs=0.02)
    assert found.passing.hours.get(0.5) == hour


def test_no_past_shows_that_something_cannot_be():
    scores = calibrate([], [-1.0, 0.0, 1.0])
    assert 0 < scores.share_above(50) < scores.share_above(-50) < 1


def test_forty_earlier_editions_weigh_as_much_as_the_public_series():
    half = calibrate([5.0] * 40, [0.0] * 10)
    assert half.quantiles(np.array([0.1, 0.5, 0.9])) == pytest.approx([-5, 0, 5])
    assert half.below[half.values == -5].max() < 0.25 < half.below[half.values == 0].min()


def test_earlier_editions_widen_the_ranges_and_leave_the_middle():
    public = [-2.0, -1.0, 0.3, 1.0, 2.0]
    levels = np.array([0.1, 0.5, 0.9])
    alone, beside = (calibrate(own, public).quantiles(levels) for own in ([], [9.0] * 20))
    assert beside[1] == pytest.approx(alone[1], abs=0.2)
    assert beside[0] < alone[0] < alone[2] < beside[2]


@pytest.mark.parametrize("views", [[], [0] * 48, [-5] * 48])
def test_what_has_not_grown_is_not_forecast(views):
    assert forecast_intervals(sight(curve(views, hours=HOURS[: len(views)]), 48)) is None


def test_every_method_has_a_name():
    assert list(METHODS) == [
        "average_pace",
        "last_day",
        "edition_shape",
        "decay",
        "programme",
    ]
