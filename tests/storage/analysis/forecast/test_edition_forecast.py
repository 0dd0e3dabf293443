"""The forecast of an edition from published rows, and when there is none."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from storage import schema
from storage.analysis.forecast.build_inputs import count_airings, counted_edition
from storage.analysis.forecast.conformal import PUBLIC
from storage.analysis.forecast.edition_forecast import forecast
from storage.analysis.forecast.preconditions import NoForecast, NoForecastReason
from storage.analysis.forecast.result import PATH, Forecast
from tests.support.published_forecast import OPENS, edition, hour
from tests.support.published_rows import DEFINITION

YEAR = timedelta(days=365)
WHOLE = edition()
TOTAL = int(WHOLE.minutes["views_delta"].sum())


def refusal(found) -> NoForecastReason:
    assert isinstance(found, NoForecast)
    return found.reason


def test_an_edition_half_way_is_forecast():
    found = WHOLE.forecast(hour(60))
    assert isinstance(found, Forecast)
    assert found.as_of == hour(60) - timedelta(minutes=10)
    known = WHOLE.until(hour(60)).minutes["views_delta"].sum()
    assert found.views == known
    assert found.middle == pytest.approx(TOTAL, rel=0.1)
    wide, usual, narrow = found.ranges
    assert known < wide.low < usual.low < narrow.low < narrow.high < usual.high < wide.high
    assert usual.low < TOTAL < usual.high
    assert found.methods[0].method == "programme"
    assert sum(one.weight for one in found.methods) == pytest.approx(1)
    assert (found.missed, found.tried_editions) == (None, 0)
    then = dict(PUBLIC.first.missed)
    assert then[0.5] < found.public_missed < then[0.25] or found.public_missed == then[0.5]


def test_the_path_runs_by_the_hour_from_now_to_the_end():
    found = WHOLE.forecast(hour(60))
    assert found.path.schema == PATH
    assert found.path["at"][0] > found.as_of
    assert found.path["at"][-1] == WHOLE.row["ends_at"]
    assert found.path["middle"][-1] == found.middle
    assert found.path["low_80"][-1] == found.ranges[1].low
    for low, high in zip(list(PATH)[1:], list(PATH)[2:], strict=False):
        assert (found.path[low] <= found.path[high]).all()


def test_what_left_the_air_before_the_opening_has_no_part_in_the_programme():
    seen = WHOLE.until(hour(60)).seen
    earlier = pl.DataFrame(
        [{"airing": "x", "broadcast": "facebook:trailer", "started_at": hour(-9), "ended_at": hour(-8)}],
        schema=schema.SEGMENTS,
    )  # fmt: skip
    laid = count_airings(
        replace(seen, segments=pl.concat([seen.segments, earlier])), OPENS, hour(60)
    )
    plain = count_airings(seen, OPENS, hour(60))
    assert laid is not None
    assert plain is not None
    assert laid.airtime.sum() == plain.airtime.sum() == pytest.approx(2 * 12)
    assert laid.views.shape == plain.views.shape == (12, 60)
    assert not np.isnan(laid.ended).any()


def test_a_target_is_told_with_its_chance_its_time_and_the_pace_it_needs():
    near = replace(WHOLE, row=WHOLE.row | {"target_views": int(TOTAL * 0.9)}).forecast(hour(60))
    far = replace(WHOLE, row=WHOLE.row | {"target_views": TOTAL * 3}).forecast(hour(60))
    assert near.target.chance > 0.6
    assert far.target.chance < 0.1
    assert near.target.middle == pytest.approx(hour(105), abs=timedelta(hours=9))
    assert far.target.middle is None
    assert far.target.ranges == ()
    wide, usual, narrow = near.target.ranges
    assert wide.early < usual.early < narrow.early < near.target.middle
    assert near.target.middle < narrow.late < usual.late < wide.late <= hour(120)
    missing = near.target.target - near.views
    assert near.target.pace.views_per_hour == pytest.approx(missing / 60, rel=0.02)


def test_a_target_that_is_passed_is_passed_and_without_one_there_is_only_the_sum():
    passed = replace(WHOLE, row=WHOLE.row | {"target_views": 1_000}).forecast(hour(60))
    assert passed.target.passed
    assert passed.target.chance == 1
    without = replace(WHOLE, row=WHOLE.row | {"target_views": None}).forecast(hour(60))
    assert without.target is None
    assert without.middle == passed.middle


def test_an_earlier_edition_seen_whole_is_calibrated_on():
    before = edition("before", opens=OPENS - YEAR, sizes=(10_000.0,) * 6)
    found = WHOLE.forecast(hour(60), before)
    assert found.tried_editions == 1
    assert found.missed is not None
    assert found.public_missed < WHOLE.forecast(hour(60)).public_missed  # with one known it is less
    said = {one.method: one.final for one in found.methods}
    assert said["edition_shape"] == pytest.approx(TOTAL, rel=0.02)


def test_an_earlier_edition_seen_in_part_is_left_out():
    late = edition("late", opens=OPENS - YEAR, first_day=2)
    short = edition("short", opens=OPENS - YEAR).until(OPENS - YEAR + timedelta(days=3))
    found = WHOLE.forecast(hour(60), late, short)
    assert found.tried_editions == 0
    assert "edition_shape" not in {one.method for one in found.methods}


def test_an_earlier_edition_in_which_a_view_changed_is_left_out():
    opens = OPENS.replace(month=9)
    now = edition(opens=opens, platform="youtube")
    across = edition("across", opens=OPENS.replace(month=8, day=22), platform="youtube")
    apart = edition("apart", opens=OPENS - YEAR, platform="youtube")
    assert now.forecast(opens + timedelta(hours=60), across, apart).tried_editions == 1


def test_what_was_there_when_it_was_first_seen_is_no_growth():
    old = pl.DataFrame(
        [(hour(30), "e", "x", 5_000_000, None, 1), (hour(59), "e", "x", 0, None, 1)],
        schema=schema.EDITION_MINUTES,
        orient="row",
    )
    joined = replace(WHOLE, minutes=pl.concat([WHOLE.minutes, old]).sort("minute"))
    found, plain = joined.forecast(hour(60)), WHOLE.forecast(hour(60))
    assert found.views == plain.views + 5_000_000
    assert found.middle == plain.middle + 5_000_000


@pytest.mark.parametrize(
    ("at", "reason", "from_hour"),
    [
        (-1, NoForecastReason.NOT_BEGUN, 24),
        (2, NoForecastReason.NOTHING_TOLD, None),
        (30, NoForecastReason.TOO_EARLY, 36),
        (120, NoForecastReason.OVER, None),
        (500, NoForecastReason.OVER, None),
    ],
)
def test_when_there_is_none(at, reason, from_hour):
    found = WHOLE.forecast(hour(at))
    assert refusal(found) is reason
    assert found.available_at == (None if from_hour is None else hour(from_hour))


def test_it_is_there_as_soon_as_24_hours_were_seen():
    assert isinstance(WHOLE.forecast(hour(36)), NoForecast)
    assert isinstance(WHOLE.forecast(hour(36.2)), Forecast)


def test_a_forecast_that_would_come_after_the_end_never_comes():
    late = edition(first_day=4)
    found = late.forecast(hour(118))
    assert refusal(found) is NoForecastReason.TOO_EARLY
    assert found.available_at is None


def test_platforms_that_tell_no_views_are_not_forecast():
    silent = WHOLE.minutes.with_columns(views_delta=pl.lit(None, pl.Int64))
    assert (
        refusal(replace(WHOLE, minutes=silent).forecast(hour(60))) is NoForecastReason.NOTHING_TOLD
    )


def test_a_sum_that_was_told_to_be_nothing_is_at_rest():
    zero = WHOLE.minutes.with_columns(views_delta=pl.lit(0, pl.Int64))
    assert refusal(replace(WHOLE, minutes=zero).forecast(hour(60))) is NoForecastReason.AT_REST


def test_a_platform_that_told_nothing_before_its_growth_was_seen_from_then_on():
    """A told 0 an hour after the opening is a beginning: what follows is growth, not what was there."""
    late = pl.DataFrame(
        [(hour(20), "e", "x", 0, None, 1), (hour(21), "e", "x", 700, None, 1)],
        schema=schema.EDITION_MINUTES,
        orient="row",
    )
    whole = counted_edition(WHOLE.minutes, OPENS, hour(60))
    both = counted_edition(pl.concat([WHOLE.minutes, late]).sort("minute"), OPENS, hour(60))
    assert both.before == whole.before
    assert both.curve.views[-1] == whole.curve.views[-1] + 700


def test_old_sums_are_not_forecast_from():
    stopped = WHOLE.until(hour(60))
    found = forecast(
        WHOLE.row,
        dataset=stopped.seen,
        edition_minutes=stopped.minutes,
        earlier=[],
        definition=DEFINITION,
        until=hour(67),
    )
    assert refusal(found) is NoForecastReason.OUT_OF_DATE


@pytest.mark.parametrize(("share", "refuses"), [(0.05, False), (0.3, True)])
def test_a_platform_that_is_silent_for_long_counts_by_its_part(share, refuses):
    views = int(share / (1 - share) * WHOLE.until(hour(60)).minutes["views_delta"].sum())
    silent = pl.DataFrame(
        [(hour(12.5), "e", "x", views, None, 1), (hour(50), "e", "x", 1, None, 1)],
        schema=schema.EDITION_MINUTES,
        orient="row",
    )
    both = replace(WHOLE, minutes=pl.concat([WHOLE.minutes, silent]).sort("minute"))
    found = both.forecast(hour(60))
    assert isinstance(found, NoForecast) is refuses
    if refuses:
        assert refusal(found) is NoForecastReason.OUT_OF_DATE


def test_a_platform_that_tells_no_views_does_not_make_old_views_new():
    radio = pl.DataFrame(
        [(hour(at), "e", "icecast", None, 90, 1) for at in range(12, 80)],
        schema=schema.EDITION_MINUTES,
        orient="row",
    )
    stopped = WHOLE.until(hour(60))
    found = forecast(
        WHOLE.row,
        dataset=stopped.seen,
        edition_minutes=pl.concat([stopped.minutes, radio]).sort("minute"),
        earlier=[],
        definition=DEFINITION,
        until=hour(70),
    )
    assert refusal(found) is NoForecastReason.OUT_OF_DATE


def test_a_sum_that_was_mostly_not_seen_is_not_forecast():
    aired = WHOLE.until(hour(60)).seen.segments
    gaps = [(one["broadcast"], one["started_at"], one["ended_at"]) for one in aired.to_dicts()]
    found = WHOLE.with_gaps(gaps[: len(gaps) * 2 // 3]).forecast(hour(60))
    assert refusal(found) is NoForecastReason.TOO_LITTLE_SEEN
    assert found.coverage == pytest.approx(1 / 3, abs=0.02)


def test_it_refuses_across_a_change_of_definition_and_names_the_platform():
    opens = OPENS.replace(month=8, day=22)  # YouTube's views changed on 24 August 2026
    across = edition(opens=opens, platform="youtube")
    found = across.forecast(
        opens + timedelta(hours=40)
    )  # before the change, and the end is after it
    assert refusal(found) is NoForecastReason.DEFINITION_CHANGED
    assert found.platforms == ("youtube",)
    assert (
        refusal(across.forecast(opens + timedelta(hours=80))) is NoForecastReason.DEFINITION_CHANGED
    )
    later = edition(opens=OPENS.replace(month=9), platform="youtube")
    assert isinstance(later.forecast(OPENS.replace(month=9) + timedelta(hours=60)), Forecast)


def test_a_sum_that_fell_below_its_beginning_is_not_forecast():
    fallen = pl.DataFrame(
        [(hour(59), "e", "facebook", -50_000_000, None, 1)],
        schema=schema.EDITION_MINUTES,
        orient="row",
    )
    found = replace(WHOLE, minutes=pl.concat([WHOLE.minutes, fallen]).sort("minute"))
    assert refusal(found.forecast(hour(60))) is NoForecastReason.AT_REST
