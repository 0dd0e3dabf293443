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


def refresh_rate(broadcast_minutes: pl.DataFrame) -> pl.DataFrame:
    """Return :data:`RESOLUTION` rows from :data:`storage.schema.BROADCAST_MINUTES` rows.

    A run of equal values ends with the minute of the next change. Runs that a gap interrupts and
    those of slow stretches are left out; so is a metric with too few changes to tell.
    """
    parts = [_of_metric(broadcast_minutes, metric) for metric in _METRICS]
    return pl.concat(parts).sort("platform", "metric")


def _of_metric(minutes: pl.DataFrame, metric: str) -> pl.DataFrame:
    each = ["broadcast", "stretch"]
    values = (
        minutes.filter(pl.col(metric).is_not_null())
        .sort("broadcast", "minute")
        .with_columns(step=pl.col("minute").diff().over("broadcast").dt.total_minutes())
        .with_columns(
            # A stretch was seen without a gap; within it a run has one value.
            stretch=(pl.col("step").fill_null(0) > LONGEST_STEP_MINUTES).cum_sum().over("broadcast")
        )
        .with_columns(changed=(pl.col(metric).diff().over(each) != 0).fill_null(value=False))
    )
    return (
        values.filter("changed")
        .with_columns(
            run=pl.col("minute").diff().over(each).dt.total_minutes(),
            growth=pl.col(metric).diff().over(each).abs(),
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
