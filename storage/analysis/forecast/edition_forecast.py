"""Forecast of an edition from published rows, or the reason why there is none."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.editions.curve import looked_at_until
from storage.analysis.forecast.build_inputs import (
    HOUR,
    CountedEdition,
    count_airings,
    counted_edition,
    past_editions,
)
from storage.analysis.forecast.conformal import PUBLIC
from storage.analysis.forecast.inputs import ForecastInputs, PastEdition
from storage.analysis.forecast.intervals import (
    LEVELS,
    QUANTILES,
    ForecastIntervals,
    Passing,
    forecast_intervals,
)
from storage.analysis.forecast.preconditions import (
    NoForecast,
    NoForecastReason,
    changed,
    forecast_obstacle,
    no_forecast,
)
from storage.analysis.forecast.result import (
    PATH,
    FinalTotal,
    Forecast,
    MethodForecast,
    TargetForecast,
    TargetTime,
)
from storage.analysis.intervals import coverage
from storage.analysis.views.milestones import required_pace


def forecast(
    edition: Mapping[str, Any],
    *,
    dataset: Dataset,
    edition_minutes: pl.DataFrame,
    earlier: Sequence[tuple[Mapping[str, Any], pl.DataFrame]],
    definition: pl.Expr,
    until: datetime,
    minutes: pl.LazyFrame | None = None,
) -> Forecast | NoForecast:
    """Forecast ``edition`` (a row of :data:`storage.schema.EDITIONS`) as of ``until``.

    ``dataset``: its rows; ``minutes``: as in :func:`count_airings`. ``earlier``: the rows of editions before it with their minutes; those not
    seen from opening to end, or in which a view changed, are left out. ``definition`` names the one in force
    (:func:`storage.definitions.in_force`).
    """
    looked_until = looked_at_until(edition["ends_at"], until)
    covered = coverage(dataset.segments, dataset.gaps, looked_until)
    sums = counted_edition(edition_minutes, edition["starts_at"], until)
    since = sums.since if sums else edition["starts_at"]
    changing = changed(dataset.state, since, edition["ends_at"], definition)
    why = forecast_obstacle(edition, sums=sums, changing=changing, coverage=covered, until=until)
    if why or sums is None:
        return why or no_forecast(edition, NoForecastReason.NOTHING_TOLD)
    inputs = ForecastInputs(
        curve=sums.curve,
        end=(edition["ends_at"] - since) / HOUR,
        pasts=_pasts(
            [
                (row, minutes)
                for row, minutes in earlier
                if row["ends_at"] <= until
                and not changed(dataset.state, row["starts_at"], row["ends_at"], definition)
            ],
            since - edition["starts_at"],
        ),
        airings=count_airings(dataset, since, sums.as_of, minutes),
        unseen=0.0 if covered is None else 1 - covered,
    )
    target: int | None = edition["target_views"]
    intervals = forecast_intervals(
        inputs, target=None if target is None else float(target - sums.before)
    )
    if intervals is None:
        return no_forecast(edition, NoForecastReason.AT_REST, coverage=covered)
    return _forecast(edition, sums, inputs, intervals, covered)


def _pasts(
    earlier: Sequence[tuple[Mapping[str, Any], pl.DataFrame]], later_by: timedelta
) -> tuple[PastEdition, ...]:
    pasts = (past_editions(row, minutes, later_by) for row, minutes in earlier)
    return tuple(past for past in pasts if past)


def _forecast(
    edition: Mapping[str, Any],
    sums: CountedEdition,
    inputs: ForecastInputs,
    intervals: ForecastIntervals,
    covered: float | None,
) -> Forecast:
    views = sums.before + round(inputs.views)
    path = np.rint(intervals.path).astype(np.int64) + sums.before
    at = [sums.since + timedelta(hours=float(hour)) for hour in intervals.hours]
    columns = dict(zip(list(PATH)[1:], path, strict=True))
    alike = PUBLIC.known if intervals.tried_editions else PUBLIC.first
    shares, missed = zip(*alike.missed, strict=True)
    return Forecast(
        edition=edition["edition"],
        as_of=sums.as_of,
        ends_at=edition["ends_at"],
        views=views,
        middle=sums.before + round(intervals.middle),
        ranges=tuple(
            FinalTotal(
                level=range_.level,
                low=sums.before + round(range_.low),
                high=sums.before + round(range_.high),
            )
            for range_ in intervals.ranges
        ),
        target=_target(edition, sums, intervals.passing, views),
        path=pl.DataFrame({"at": at, **columns}, schema=PATH),
        methods=tuple(
            MethodForecast(
                method=name, final=sums.before + round(final), weight=intervals.weights[name]
            )
            for name, final in sorted(
                intervals.methods.items(), key=lambda final: -intervals.weights[final[0]]
            )
        ),
        missed=intervals.missed,
        public_missed=float(np.interp(inputs.now / inputs.end, shares, missed)),
        tried_editions=intervals.tried_editions,
        coverage=covered,
    )


def _target(
    edition: Mapping[str, Any], sums: CountedEdition, passing: Passing | None, views: int
) -> TargetForecast | None:
    if passing is None:
        return None
    at = {quantile: sums.since + timedelta(hours=hour) for quantile, hour in passing.hours.items()}
    target: int = edition["target_views"]
    return TargetForecast(
        target=target,
        passed=views >= target,
        chance=passing.chance,
        middle=at.get(0.5),
        ranges=tuple(
            TargetTime(level=level, early=at[QUANTILES[-1 - place]], late=at[QUANTILES[place]])
            for place, level in enumerate(LEVELS)
            if at
        ),
        pace=required_pace(views, target, at=sums.as_of, ends_at=edition["ends_at"]),
    )
