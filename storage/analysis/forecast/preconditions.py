"""Reasons not to forecast an edition: a number that nothing stands behind is worse than none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import polars as pl

from storage.analysis.forecast.build_inputs import CountedEdition
from storage.schema import UTC

#: With less than this seen there is no forecast.
LEAST_SEEN = timedelta(hours=24)
#: A sum of which a tenth is older than this is not forecast from.
OLDEST_SUM = timedelta(hours=6)
#: Nor one of which so little of the time on the air was seen.
LEAST_COVERAGE = 0.5
_MINUTE = timedelta(minutes=1)


class NoForecastReason(StrEnum):
    """Why there is no forecast."""

    NOT_BEGUN = "not_begun"
    OVER = "over"  # what is known is final
    NOTHING_TOLD = "nothing_told"  # no platform told any views
    TOO_EARLY = "too_early"  # less than 24 hours were seen
    OUT_OF_DATE = "out_of_date"  # a tenth of the sum, or all of it, is more than 6 hours old
    TOO_LITTLE_SEEN = "too_little_seen"  # gaps took more than half of the time on the air
    DEFINITION_CHANGED = "definition_changed"  # a view is not one thing from the opening to the end
    AT_REST = "at_rest"  # the sum has not grown


@dataclass(frozen=True, kw_only=True, slots=True)
class NoForecast:
    """No forecast of ``edition``. ``available_at``: when there may be one; ``None``: not foreseen.

    ``platforms``: those whose definition changes, else none. ``coverage``: share of the time on the air
    that was seen; ``None``: never on air.
    """

    edition: str
    reason: NoForecastReason
    available_at: datetime | None
    platforms: tuple[str, ...]
    coverage: float | None


def forecast_obstacle(
    edition: Mapping[str, Any],
    *,
    sums: CountedEdition | None,
    changing: tuple[str, ...],
    coverage: float | None,
    until: datetime,
) -> NoForecast | None:
    """Return the first reason not to forecast ``edition`` as of ``until``; ``None``: there is none.

    ``changing``: the platforms that :func:`changed` names.
    """
    first = next(_obstacles(edition, sums, changing, coverage, until), None)
    return None if first is None else no_forecast(edition, *first, changing, coverage)


def no_forecast(
    edition: Mapping[str, Any],
    reason: NoForecastReason,
    available_at: datetime | None = None,
    changing: tuple[str, ...] = (),
    coverage: float | None = None,
) -> NoForecast:
    """Build a refusal; a time after the end, at which it never comes, is left out."""
    early = available_at is not None and available_at < edition["ends_at"]
    return NoForecast(
        edition=edition["edition"],
        reason=reason,
        available_at=available_at if early else None,
        platforms=changing if reason is NoForecastReason.DEFINITION_CHANGED else (),
        coverage=coverage,
    )


def changed(
    state: pl.DataFrame, since: datetime, ends_at: datetime, definition: pl.Expr
) -> tuple[str, ...]:
    """Return the platforms where what a view is changes between two instants."""
    sources = state.filter(pl.col("views").is_not_null()).select("platform", "source").unique()
    both = pl.DataFrame({"observed_at": [since, ends_at]}, schema={"observed_at": UTC})
    keys = sources.join(both, how="cross").with_columns(definition)
    several = keys.group_by("platform", "source").agg(pl.col("definition").n_unique())
    return tuple(several.filter(pl.col("definition") > 1)["platform"].unique().sort())


def _obstacles(
    edition: Mapping[str, Any],
    sums: CountedEdition | None,
    changing: tuple[str, ...],
    coverage: float | None,
    until: datetime,
) -> Iterator[tuple[NoForecastReason, datetime | None]]:
    if until > edition["ends_at"] - _MINUTE:
        yield NoForecastReason.OVER, None
    if until < edition["starts_at"]:
        yield NoForecastReason.NOT_BEGUN, edition["starts_at"] + LEAST_SEEN
    if sums is None:
        yield NoForecastReason.NOTHING_TOLD, None
        return
    if changing:
        yield NoForecastReason.DEFINITION_CHANGED, None
    if until - sums.oldest_part > OLDEST_SUM:
        yield NoForecastReason.OUT_OF_DATE, None
    if sums.as_of - sums.since < LEAST_SEEN:
        yield NoForecastReason.TOO_EARLY, sums.since + LEAST_SEEN
    if coverage is not None and coverage < LEAST_COVERAGE:
        yield NoForecastReason.TOO_LITTLE_SEEN, None
