"""Forecasts an edition from what is published: for the report and for the dashboard."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from storage.analysis.dataset import Dataset, build_dataset
from storage.analysis.forecast.edition_forecast import forecast
from storage.analysis.forecast.preconditions import NoForecast
from storage.analysis.forecast.result import Forecast
from storage.analysis.views.totals import matched
from storage.read_model.reader import Published
from storage.schema import BROADCAST_MINUTES, EDITION_MINUTES


def forecast_of(
    published: Published, edition: Mapping[str, Any], *, definition: pl.Expr, until: datetime
) -> Forecast | NoForecast:
    """Forecast ``edition`` (a row of :data:`storage.schema.EDITIONS`) as of ``until``.

    ``definition`` names the one in force. The minutes, which are the most to read, are only read
    while the edition is on.
    """
    is_on = edition["starts_at"] <= until < edition["ends_at"]
    earlier = (pl.col("starts_at") < edition["starts_at"]) & is_on
    before = published.editions().filter(earlier).sort("starts_at")
    return forecast(
        edition,
        dataset=_records(published, edition["edition"], with_minutes=is_on),
        edition_minutes=published.edition_minutes(edition["edition"])
        if is_on
        else pl.DataFrame(schema=EDITION_MINUTES),
        earlier=[
            (row, published.edition_minutes(row["edition"])) for row in before.iter_rows(named=True)
        ],
        definition=definition,
        until=until,
    )


def _records(published: Published, edition: str, *, with_minutes: bool) -> Dataset:
    state = matched(published.state(), edition)
    broadcasts = state["broadcast"].to_list()
    return build_dataset(
        state=state,
        minutes=published.broadcast_minutes(broadcasts)
        if with_minutes
        else pl.DataFrame(schema=BROADCAST_MINUTES),
        gaps=published.gaps(),
        corrections=published.corrections(),
        segments=published.segments(),
    ).of_broadcasts(broadcasts)
