"""Result of a forecast: ranges in views and times, and what they come from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import polars as pl

from storage.analysis.views.milestones import Pace
from storage.schema import UTC

#: A row an hour from now to the end: sums of views, rounded; ``low_80`` to ``high_80`` holds 8 of 10.
PATH = pl.Schema(
    {
        "at": UTC,
        "low_95": pl.Int64(),
        "low_80": pl.Int64(),
        "low_50": pl.Int64(),
        "middle": pl.Int64(),
        "high_50": pl.Int64(),
        "high_80": pl.Int64(),
        "high_95": pl.Int64(),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class FinalTotal:
    """A range of the sum at the end; it lies within so often as ``level`` says."""

    level: float
    low: int
    high: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetTime:
    """A range of when the target is passed, of those cases in which it is."""

    level: float
    early: datetime
    late: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetForecast:
    """Whether the target is passed, and when if so. ``chance`` is of passing it by the end.

    Where no past miss was large enough to pass it, there is no ``middle`` and there are no ``ranges``.
    """

    target: int
    passed: bool
    chance: float
    middle: datetime | None
    ranges: tuple[TargetTime, ...]
    pace: Pace | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodForecast:
    """What one method says of the final sum, and its ``weight`` in the blend."""

    method: str
    final: int
    weight: float


class ForecastFigure(StrEnum):
    """What is forecast."""

    VIEWS = "views"
    HOURS_WATCHED = "hours_watched"  # where no platform tells views


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """How many views ``edition`` may have at ``ends_at``, from what was told by ``as_of``.

    ``of``: or how many hours watched; then all that is called views is of these, and there is no target.

    ``path``: :data:`PATH`. ``missed``: the median share of the sum by which it missed in
    ``tried_editions`` earlier editions, tried at this share of their time; ``None``: none was known.
    ``public_missed``: the same over public series, of which as much was known. Its ranges are
    calibrated on both.
    """

    edition: str
    as_of: datetime
    ends_at: datetime
    views: int
    middle: int
    ranges: tuple[FinalTotal, ...]
    target: TargetForecast | None
    path: pl.DataFrame
    methods: tuple[MethodForecast, ...]
    missed: float | None
    public_missed: float
    tried_editions: int
    coverage: float | None
    of: ForecastFigure = ForecastFigure.VIEWS
