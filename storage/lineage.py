"""Follows the counts of broadcasts through their snapshots: growth, falls and what is last known.

Pure: rows in, rows out. Rows are sorted by broadcast and ``observed_at`` and carry, in ``before_*``
columns, what was known before the first of them (null: nothing was).
"""

import polars as pl

from storage import frames
from storage.frames import COUNTERS

#: What must be known before the first row of a broadcast, besides its observed_at.
BEFORE = (
    "observed_at", "views", "views_at", "known_likes", "known_comments", "known_shares",
    "peak_concurrent_viewers", "peak_at",
)  # fmt: skip


def known_name(counter: str) -> str:
    """Name the state column that holds a counter's last told value."""
    return "views" if counter == "views" else f"known_{counter}"


def without_before(rows: pl.DataFrame) -> pl.DataFrame:
    """Prepare whole histories: nothing was known before their first row."""
    return rows.with_columns(
        pl.lit(None, dtype=frames.COUNT_STATE[name]).alias(f"before_{name}") for name in BEFORE
    )


def trace(rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``first``, ``last``, ``known_*``, ``previous_*`` and ``previous_at`` to every row.

    ``previous_x`` is the last told value before the row, ``known_x`` the last told up to it. A
    forward fill would leak from one broadcast into the next, so each row looks up the row that
    told its value: its own, an earlier one of the broadcast, or the first with what was before.
    """
    broadcast = pl.col("broadcast")
    marked = rows.with_columns(
        first=(broadcast != broadcast.shift(1)).fill_null(value=True),
        last=(broadcast != broadcast.shift(-1)).fill_null(value=True),
        row=pl.int_range(pl.len(), dtype=pl.UInt32),
    )
    first = pl.col("first")
    filled = marked.with_columns(
        *(
            pl.coalesce(counter, pl.when(first).then(f"before_{known_name(counter)}")).alias(
                f"told_{counter}"
            )
            for counter in COUNTERS
        ),
        *(
            pl.when(pl.col(counter).is_not_null() | first)
            .then("row")
            .forward_fill()
            .alias(f"teller_{counter}")
            for counter in COUNTERS
        ),
        told_views_at=pl.when(pl.col("views").is_not_null())
        .then("observed_at")
        .otherwise("before_views_at"),
        previous_at=pl.when(first)
        .then("before_observed_at")
        .otherwise(pl.col("observed_at").shift(1)),
    )
    followed = filled.with_columns(
        *(
            pl.col(f"told_{counter}").gather(f"teller_{counter}").alias(f"follow_{counter}")
            for counter in COUNTERS
        ),
        follow_views_at=pl.col("told_views_at").gather("teller_views"),
    )
    return followed.with_columns(
        pl.when(first)
        .then(f"before_{known_name(counter)}")
        .otherwise(pl.col(f"follow_{counter}").shift(1))
        .alias(f"previous_{counter}")
        for counter in COUNTERS
    )


def deltas(traced: pl.DataFrame) -> pl.DataFrame:
    """Sum the signed growth of views: :data:`frames.DELTA` rows, one a minute, edition, platform."""
    return (
        traced.lazy()
        .filter(pl.col("views").is_not_null())
        .group_by(pl.col("observed_at").dt.truncate("1m").alias("minute"), "edition", "platform")
        .agg((pl.col("views") - pl.col("previous_views").fill_null(0)).sum().alias("views_delta"))
        .filter(pl.col("views_delta") != 0)
        .collect()
    )


def corrections(traced: pl.DataFrame) -> pl.DataFrame:
    """List every counter that fell: :data:`frames.CORRECTION` rows."""
    fell = traced.filter(
        pl.any_horizontal(pl.col(counter) < pl.col(f"previous_{counter}") for counter in COUNTERS)
    )
    if fell.is_empty():
        return pl.DataFrame(schema=frames.CORRECTION)
    return pl.concat(
        fell.filter(pl.col(counter) < pl.col(f"previous_{counter}")).select(
            "poll_id",
            "broadcast",
            pl.lit(counter).alias("metric"),
            "observed_at",
            pl.col(f"previous_{counter}").alias("before"),
            pl.col(counter).alias("after"),
        )
        for counter in COUNTERS
    )


def newest(traced: pl.DataFrame) -> pl.DataFrame:
    """Give the state after the last row of each broadcast: broadcast and COUNT_STATE columns."""
    ends = traced.filter("last").select(
        "broadcast",
        "observed_at",
        pl.col("follow_views").alias("views"),
        pl.col("follow_views_at").alias("views_at"),
        "concurrent_viewers",
        "likes",
        "comments",
        "shares",
        pl.col("follow_likes").alias("known_likes"),
        pl.col("follow_comments").alias("known_comments"),
        pl.col("follow_shares").alias("known_shares"),
        "before_peak_concurrent_viewers",
        "before_peak_at",
        "source",
        "definition",
    )
    higher = (
        traced.filter(
            pl.col("concurrent_viewers") > pl.col("before_peak_concurrent_viewers").fill_null(-1)
        )
        .sort("concurrent_viewers", "observed_at", descending=[True, False])
        .unique("broadcast", keep="first", maintain_order=True)
        .select("broadcast", higher="concurrent_viewers", higher_at="observed_at")
    )
    return (
        _beside(ends, higher)
        .with_columns(
            peak_concurrent_viewers=pl.coalesce("higher", "before_peak_concurrent_viewers"),
            peak_at=pl.coalesce("higher_at", "before_peak_at"),
        )
        .select("broadcast", *frames.COUNT_STATE)
    )


def _beside(ends: pl.DataFrame, higher: pl.DataFrame) -> pl.DataFrame:
    if higher.is_empty():
        return ends.with_columns(
            higher=pl.lit(None, dtype=pl.Int64),
            higher_at=pl.lit(None, dtype=frames.UTC_TIME),
        )
    return ends.join(higher, on="broadcast", how="left", maintain_order="left")
