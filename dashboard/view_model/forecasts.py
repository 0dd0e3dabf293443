"""Keeps a forecast of each edition for all viewers, made anew every few minutes."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

import polars as pl

from storage.analysis.forecast.preconditions import NoForecast
from storage.analysis.forecast.result import Forecast
from storage.definitions import in_force, load
from storage.read_model.reader import Published
from storage.reports.forecast import forecast_of

logger = logging.getLogger(__name__)

#: How long one stands before it is made anew.
EVERY = timedelta(minutes=3)


@dataclass(frozen=True, kw_only=True, slots=True)
class CachedForecast:
    """What was found of an edition, and when it was made."""

    found: Forecast | NoForecast
    made_at: datetime


class ForecastCache:
    """Makes the forecasts, of one publication at a time, in the producer's thread."""

    def __init__(self) -> None:
        self._definition: pl.Expr = in_force(load())
        self._made: Mapping[str, CachedForecast] = MappingProxyType({})
        self._asked: frozenset[str] = frozenset()
        self._next_at: datetime | None = None

    def of(self, published: Published, now: datetime) -> Mapping[str, CachedForecast]:
        """Give the forecast of each edition by its key, as of ``now`` or a few minutes before.

        A fault of a forecast is logged; it must not take the numbers away that are there.
        """
        rows = published.editions().to_dicts()
        asked = frozenset(row["edition"] for row in rows)
        if asked == self._asked and self._next_at is not None and now < self._next_at:
            return self._made
        self._asked, self._next_at = asked, now + EVERY
        made: dict[str, CachedForecast] = {}
        for row in rows:
            try:
                found = forecast_of(published, row, definition=self._definition, until=now)
            except Exception:  # as the picture outlives any fault of one build
                logger.exception("forecasting %s failed", row["edition"])
                if row["edition"] in self._made:
                    made[row["edition"]] = self._made[row["edition"]]
                continue
            made[row["edition"]] = CachedForecast(found=found, made_at=now)
        self._made = MappingProxyType(made)
        return self._made
