"""Forecasts an edition from what is published: for the report and for the dashboard."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.first_sight import with_told_starts
from storage.analysis.forecast.edition_forecast import forecast
from storage.analysis.forecast.hours_watched import hours_as_views, only_viewers
from storage.analysis.forecast.preconditions import NoForecast
from storage.analysis.forecast.result import Forecast, ForecastFigure
from storage.analysis.views.growth import cumulative
from storage.analysis.views.totals import matched
from storage.read_model.reader import NotPublished, Published
from storage.reports.records import records_of
from storage.schema import EDITION_MINUTES


def forecast_of(
    published: Published, edition: Mapping[str, Any], *, definition: pl.Expr, until: datetime
) -> Forecast | NoForecast:
    """Forecast ``edition`` (a row of :data:`storage.schema.EDITIONS`) as of ``until``.

    Where viewers were told and no views, it is of hours watched. ``definition`` names the one in force.
    The minutes, which are the most to read, are only read while the edition is on, and of views no
    more is kept of them than a count a broadcast and hour.
    """
    key: str = edition["edition"]
    is_on = edition["starts_at"] <= until < edition["ends_at"]
    earlier = (pl.col("starts_at") < edition["starts_at"]) & is_on
    before = published.editions().filter(earlier).sort("starts_at").to_dicts()
    dataset, lazy = _records(published, edition, with_minutes=False), None
    minutes = published.edition_minutes(key) if is_on else pl.DataFrame(schema=EDITION_MINUTES)
    of = ForecastFigure.VIEWS
    if is_on and dataset.state["views"].count():
        lazy = published.scan_minutes(dataset.state["broadcast"].to_list())
    elif is_on:
        dataset = _records(published, edition, with_minutes=True)
    if only_viewers(dataset):
        of, edition = ForecastFigure.HOURS_WATCHED, {**edition, "target_views": None}
        dataset, minutes = hours_as_views(dataset, until)

    def past(row: Mapping[str, Any]) -> pl.DataFrame:
        if of is ForecastFigure.VIEWS:
            return published.edition_minutes(row["edition"])
        records = _records(published, row, with_minutes=True)
        return hours_as_views(records, row["ends_at"], final=True)[1]

    try:
        result = forecast(
            edition,
            dataset=dataset,
            edition_minutes=minutes,
            earlier=[(row, past(row)) for row in before],
            definition=definition,
            until=until,
            minutes=lazy,
        )
    except OSError as error:
        raise NotPublished(f"generation {published.manifest.generation} is gone") from error
    return replace(result, of=of) if isinstance(result, Forecast) else result


def hours_watched(
    published: Published, edition: Mapping[str, Any], *, until: datetime
) -> pl.DataFrame:
    """Return the running sum of an edition's hours watched, as :data:`storage.analysis.views.growth.CUMULATIVE`."""
    dataset = _records(published, edition, with_minutes=True)
    sums = cumulative(hours_as_views(dataset, until)[1])
    return sums.filter(pl.col("platform").is_null())


def _records(published: Published, edition: Mapping[str, Any], *, with_minutes: bool) -> Dataset:
    state = matched(published.state(), edition["edition"])
    dataset = records_of(published, state["broadcast"].to_list() if with_minutes else [], state)
    return with_told_starts(dataset, edition["starts_at"])
