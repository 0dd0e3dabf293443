"""Intervals of time, each ``broadcast``, ``started_at`` and ``ended_at``. Pure polars."""

from datetime import datetime

import polars as pl

from storage.schema import UTC

INTERVALS = pl.Schema({"broadcast": pl.String(), "started_at": UTC, "ended_at": UTC})
_SECOND = 1_000_000


def close_intervals(intervals: pl.DataFrame, until: datetime) -> pl.DataFrame:
    """Return :data:`INTERVALS` rows up to ``until``; what lasts ends there, and nothing is empty."""
    limit = pl.lit(until, dtype=UTC)
    return intervals.select(
        "broadcast", "started_at", ended_at=pl.min_horizontal(pl.col("ended_at"), limit)
    ).filter(pl.col("ended_at") > pl.col("started_at"))


def whole_minutes(intervals: pl.DataFrame) -> pl.DataFrame:
    """Widen intervals to the minutes that they touch: what is told in a minute is told of all of it."""
    up = pl.duration(microseconds=60 * _SECOND - 1)
    return intervals.with_columns(
        pl.col("started_at").dt.truncate("1m"), (pl.col("ended_at") + up).dt.truncate("1m")
    )


def unite(intervals: pl.DataFrame) -> pl.DataFrame:
    """Unite the intervals of each broadcast that touch or overlap, in order."""
    ordered = intervals.sort("broadcast", "started_at")
    reached = pl.col("ended_at").cum_max().shift(1).over("broadcast")
    apart = (pl.col("started_at") > reached).fill_null(value=True)
    return (
        ordered.with_columns(run=apart.cum_sum().over("broadcast"))
        .group_by("broadcast", "run", maintain_order=True)
        .agg(pl.col("started_at").first(), pl.col("ended_at").max())
        .select(list(INTERVALS))
    )


def common_intervals(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Return the intervals of each broadcast that are in ``left`` and in ``right``, both united."""
    return (
        left.join(right, on="broadcast", how="inner", suffix="_other")
        .select(
            "broadcast",
            started_at=pl.max_horizontal("started_at", "started_at_other"),
            ended_at=pl.min_horizontal("ended_at", "ended_at_other"),
        )
        .filter(pl.col("ended_at") > pl.col("started_at"))
    )


def total_seconds(intervals: pl.DataFrame) -> float:
    """Add up how long the intervals are, in seconds."""
    length = (pl.col("ended_at") - pl.col("started_at")).dt.total_microseconds()
    return intervals.select(length.sum()).item() / _SECOND


def seconds_by_key(intervals: pl.DataFrame) -> dict[str, float]:
    """Add up how long the intervals of each ``key`` are, in seconds."""
    length = (pl.col("ended_at") - pl.col("started_at")).dt.total_microseconds()
    sums = intervals.group_by("key").agg(length.sum())
    return {key: microseconds / _SECOND for key, microseconds in sums.iter_rows()}


def coverage(segments: pl.DataFrame, gaps: pl.DataFrame, until: datetime) -> float | None:
    """Return the share of the time on the air, by broadcast, that no gap took; ``None``: never on air."""
    on_air = unite(close_intervals(segments, until))
    if on_air.is_empty():
        return None
    unseen = common_intervals(on_air, unite(close_intervals(gaps, until)))
    return 1 - total_seconds(unseen) / total_seconds(on_air)


def coverage_by_key(
    segments: pl.DataFrame, gaps: pl.DataFrame, until: datetime, keys: pl.DataFrame
) -> dict[str, float]:
    """Return the :func:`coverage` of each key (``broadcast``, ``key``) that was ever on the air."""
    on_air = unite(close_intervals(segments, until))
    unseen = common_intervals(on_air, unite(close_intervals(gaps, until)))
    lost = seconds_by_key(unseen.join(keys, on="broadcast"))
    on_air_by_key = seconds_by_key(on_air.join(keys, on="broadcast"))
    return {key: 1 - lost.get(key, 0.0) / seconds for key, seconds in on_air_by_key.items()}
