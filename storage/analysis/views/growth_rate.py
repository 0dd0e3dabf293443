"""Growth rate: how fast views grow and whether that quickens, though counters freeze and then jump.

A platform may renew a counter minutes apart (measured: up to a quarter of an hour): between two
renewals it seems to rest, and at one it leaps. So a rate is taken from one renewal to another.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from storage.analysis.dataset import Dataset
from storage.schema import UTC

_HOUR = 3600
#: From less than this share of the window no rate is told: of an hour's, a quarter of an hour.
_LEAST_SHARE = 1 / 4


@dataclass(frozen=True, kw_only=True, slots=True)
class GrowthRate:
    """How views grow at ``at``: the sum over broadcasts, each between two of its renewals.

    ``views_per_minute``, ``views_per_hour``: signed; a correction may make them negative.
    ``acceleration``: views per hour, per hour: this rate less the one a ``window`` earlier.
    ``broadcasts``: how many had two renewals far enough apart to measure between (a quarter of the
    window); ``None`` rates when none had.
    The error is the growth since each newest renewal, which no one can see yet.
    """

    at: datetime
    window: timedelta
    views_per_minute: float | None
    acceleration: float | None
    broadcasts: int

    @property
    def views_per_hour(self) -> float | None:
        """The same rate by the hour."""
        return None if self.views_per_minute is None else 60 * self.views_per_minute


def growth_rate(dataset: Dataset, at: datetime, *, window: timedelta) -> GrowthRate:
    """Measure how fast the views of ``dataset`` grow at ``at``, over at least ``window``."""
    none = replace(dataset, minutes=dataset.minutes.clear())
    rates, earlier = (
        pl.concat(
            [_rates(part, instant, window) for part in (*dataset.in_parts(), none)], rechunk=True
        )
        for instant in (at, at - window)
    )
    now, before = _sum(rates), _sum(earlier)
    hours = window.total_seconds() / _HOUR
    quickens = None if now is None or before is None else (now - before) * 60 / hours
    return GrowthRate(
        at=at,
        window=window,
        views_per_minute=now,
        acceleration=quickens,
        broadcasts=rates.len(),
    )


def _rates(dataset: Dataset, at: datetime, window: timedelta) -> pl.Series:
    """Return views per minute of each broadcast, from its newest renewal back to one ``window`` earlier.

    A counter at rest for longer than that stretch is taken to rest: the time since counts too.
    """
    changed = pl.col("views") != pl.col("views").shift(1).over("broadcast")
    renewals = (
        dataset.minutes.filter(
            pl.col("views").is_not_null(), pl.col("minute") <= pl.lit(at, dtype=UTC)
        )
        .filter(changed.fill_null(value=True))
        .select("broadcast", "minute", "views")
    )
    newest = renewals.group_by("broadcast").last().rename({"minute": "end", "views": "reached"})
    begin = renewals.join(newest, on="broadcast", how="left", maintain_order="left")
    far = pl.col("minute") <= pl.col("end") - pl.lit(window)
    # The last renewal that is a window away; while there is none, the first of all.
    first = begin.group_by("broadcast", maintain_order=True).agg(
        since=pl.coalesce(pl.col("minute").filter(far).last(), pl.col("minute").first()),
        had=pl.coalesce(pl.col("views").filter(far).last(), pl.col("views").first()),
        end=pl.col("end").first(),
        reached=pl.col("reached").first(),
    )
    stretch = pl.col("end") - pl.col("since")
    rest = pl.lit(at, dtype=UTC) - pl.col("end")
    taken = pl.when(rest > pl.max_horizontal(stretch, pl.lit(window))).then(stretch + rest)
    minutes = taken.otherwise(stretch).dt.total_seconds() / 60
    least = window.total_seconds() / 60 * _LEAST_SHARE
    measured = first.filter((stretch > pl.duration(minutes=0)) & (minutes >= least))
    return measured.select(rate=(pl.col("reached") - pl.col("had")) / minutes)["rate"]


def _sum(rates: pl.Series) -> float | None:
    return float(rates.sum()) if rates.len() else None
