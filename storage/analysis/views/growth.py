"""Growth of an edition's views: the running sum, and how fast it moved.

A fall of the sum is a platform's correction and is kept. Between two observed minutes nothing is
known, so nothing is drawn into it: a rate over several minutes is their mean, and says so. A platform
that has told no views yet has no sum: its growth is null, and the sum of all is of the others.
"""

import polars as pl

from storage.schema import UTC

CUMULATIVE = pl.Schema({"minute": UTC, "platform": pl.String(), "views": pl.Int64()})

PER_MINUTE = pl.Schema(
    {
        "minute": UTC,
        "platform": pl.String(),
        "views_delta": pl.Int64(),  # signed growth since the row before
        "minutes": pl.Int64(),  # how many minutes it took; null for the first row
        "views_per_minute": pl.Float64(),  # null for the first row: its growth has no beginning
        "spread": pl.Boolean(),  # true when the rate is a mean over more than one minute
    }
)


def cumulative(edition_minutes: pl.DataFrame) -> pl.DataFrame:
    """Return :data:`CUMULATIVE` rows: the sum of last known views at each observed minute.

    A row per platform, and rows of null platform for the sum of all, oldest first. A minute in which
    no platform was seen that had told views by then has none.
    """
    return (
        _with_total(edition_minutes)
        .with_columns(views=pl.col("views_delta").cum_sum().over("platform"))
        .select(list(CUMULATIVE))
    )


def per_minute(edition_minutes: pl.DataFrame) -> pl.DataFrame:
    """Return :data:`PER_MINUTE` rows, per platform and (null platform) for the sum of all.

    A platform's first growth is all it had when first seen, not how fast it grew: no rate.
    """
    elapsed = pl.col("minute").diff().over("platform").dt.total_minutes()
    return (
        _with_total(edition_minutes)
        .with_columns(minutes=elapsed)
        .with_columns(
            views_per_minute=pl.col("views_delta") / pl.col("minutes"),
            spread=(pl.col("minutes") > 1).fill_null(value=False),
        )
        .select(list(PER_MINUTE))
    )


def _with_total(edition_minutes: pl.DataFrame) -> pl.DataFrame:
    columns = ["minute", "platform", "views_delta"]
    counted = edition_minutes.filter(pl.col("views_delta").is_not_null())
    parts = counted.group_by("minute", "platform").agg(pl.col("views_delta").sum())
    total = (
        counted.group_by("minute")
        .agg(pl.col("views_delta").sum())
        .with_columns(platform=pl.lit(None, dtype=pl.String))
    )
    both = pl.concat([parts.select(columns), total.select(columns)])
    return both.sort("minute", "platform", nulls_last=True)
