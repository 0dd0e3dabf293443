"""Forecasts an edition from what is published: for the report and for the dashboard."""

from datetime import datetime
from typing import Any

import polars as pl

from storage.analysis.forecast.of_edition import Forecast, Refused, forecast
from storage.analysis.records import Records
from storage.read import Published


def forecast_of(
    published: Published,
    edition: dict[str, Any],
    *,
    seen: Records,
    definition: pl.Expr,
    until: datetime,
) -> Forecast | Refused:
    """Forecast ``edition`` (a row of :data:`storage.schema.EDITIONS`) as of ``until``.

    ``seen`` are its records, ``definition`` names the one in force.
    """
    before = published.editions().filter(pl.col("starts_at") < edition["starts_at"])
    return forecast(
        edition,
        seen=seen,
        edition_minutes=published.edition_minutes(edition["edition"]),
        earlier=[
            (row, published.edition_minutes(row["edition"]))
            for row in before.sort("starts_at").iter_rows(named=True)
        ],
        definition=definition,
        until=until,
    )
