"""A forecast of each edition for all viewers, made anew every few minutes."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import polars as pl

from storage.analysis.forecast.preconditions import NoForecast
from storage.analysis.forecast.result import Forecast, ForecastFigure
from storage.definitions import in_force, load
from storage.read_model.reader import Published
from storage.reports.forecast import forecast_of, hours_watched
from storage.system.panics import panics_as_errors

logger = logging.getLogger(__name__)

#: How long a forecast is shown before it is made anew.
EVERY = timedelta(minutes=3)


@dataclass(frozen=True, kw_only=True, slots=True)
class CachedForecast:
    """The forecast of an edition, or why there is none, and when it was made.

    ``hours``: the running sum of what it is of, where that is hours watched; ``None``: it is of views.
    """

    forecast: Forecast | NoForecast
    made_at: datetime
    hours: pl.DataFrame | None = None


class ForecastCache:
    """Makes the forecasts, of one publication at a time, beside the picture."""

    def __init__(self) -> None:
        self._definition = in_force(load())
        self._forecasts: Mapping[str, CachedForecast] = MappingProxyType({})
        self._editions: frozenset[str] = frozenset()
        self._next_at: datetime | None = None

    def get_or_make(self, published: Published, now: datetime) -> Mapping[str, CachedForecast]:
        """Return the forecast of each edition by its key, as of ``now`` or a few minutes before.

        A fault of a forecast is logged; it must not take the numbers away that are there.
        """
        rows = published.editions().to_dicts()
        editions = frozenset(row["edition"] for row in rows)
        if editions == self._editions and self._next_at is not None and now < self._next_at:
            return self._forecasts
        self._editions, self._next_at = editions, now + EVERY
        forecasts: dict[str, CachedForecast] = {}
        for row in rows:
            key: str = row["edition"]
            try:
                with panics_as_errors():
                    forecasts[key] = self._forecast(published, row, now)
            except Exception:  # as the model outlives any fault of one build
                logger.exception("forecasting %s failed", key)
                if key in self._forecasts:
                    forecasts[key] = self._forecasts[key]
        self._forecasts = MappingProxyType(forecasts)
        return self._forecasts

    def _forecast(self, published: Published, row: dict[str, Any], now: datetime) -> CachedForecast:
        forecast = forecast_of(published, row, definition=self._definition, until=now)
        of_hours = isinstance(forecast, Forecast) and forecast.of is ForecastFigure.HOURS_WATCHED
        return CachedForecast(
            forecast=forecast,
            made_at=now,
            hours=hours_watched(published, row, until=now) if of_hours else None,
        )
