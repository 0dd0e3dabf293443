"""Refresh rate: how often a platform itself renews its counts, the true resolution of its curves.

A platform that renews a counter every five minutes shows steps, however often it is polled.
"""

import polars as pl

from storage.schema import UTC

RESOLUTION = pl.Schema(
    {
        "platform": pl.String(),
        "metric": pl.String(),
        "refresh_minutes": pl.Float64(),  # median time between two changes; 1: not slower than seen
        "changes": pl.Int64(),  # how many the median stands on
        "newest_at": UTC,
    }
)

#: Only a counter that grows this much a minute would show each of its renewals.
LEAST_GROWTH = 10.0
#: A median of fewer changes says nothing.
LEAST_CHANGES = 20
#: Between minutes further apart than this nothing is known of renewals.
LONGEST_STEP_MINUTES = 3

_METRICS = ("views", "concurrent_viewers")


def refresh_rate(broadcast_minutes: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Return :data:`RESOLUTION` rows from :data:`storage.schema.BROADCAST_MINUTES` rows.

    A run of equal values ends with the minute of the next change. Runs that a gap interrupts and
    those of slow stretches are left out; so is a metric with too few changes to tell.
    """
    parts = [_of_metric(broadcast_minutes.lazy(), metric) for metric in _METRICS]
    return pl.concat(parts).sort("platform", "metric")


def _of_metric(minutes: pl.LazyFrame, metric: str) -> pl.DataFrame:
    columns = ("platform", "broadcast", "minute", metric)
    same = pl.col("broadcast") == pl.col("broadcast").shift(1)
    step = pl.when(same).then(pl.col("minute").diff().dt.total_minutes()).fill_null(0)
    values = (
        minutes.filter(pl.col(metric).is_not_null())
        .select(columns)
        .collect()
        .sort("broadcast", "minute")
        # A stretch was seen of one broadcast without a gap; within it a run has one value.
        .with_columns(
            stretch=(~same | (step > LONGEST_STEP_MINUTES)).fill_null(value=True).cum_sum()
        )
        .filter(_within_stretch(metric).fill_null(0) != 0)
    )
    return (
        values.with_columns(
            run=_within_stretch("minute").dt.total_minutes(), growth=_within_stretch(metric).abs()
        )
        .filter(pl.col("growth") >= LEAST_GROWTH * pl.col("run"))
        .group_by("platform")
        .agg(
            refresh_minutes=pl.col("run").median().cast(pl.Float64),
            changes=pl.len().cast(pl.Int64),
            newest_at=pl.col("minute").max(),
        )
        .filter(pl.col("changes") >= LEAST_CHANGES)
        .with_columns(metric=pl.lit(metric))
        .select(list(RESOLUTION))
    )


def _within_stretch(column: str) -> pl.Expr:
    """Return the difference from the row before; null where that is of another stretch."""
    before = pl.col("stretch") == pl.col("stretch").shift(1)
    return pl.when(before).then(pl.col(column).diff())
