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


# The expressions are built once: building them costs more than running them on a tick's rows.
_FIRST = pl.col("first")
_MARKS = [
    (pl.col("broadcast") != pl.col("broadcast").shift(1)).fill_null(value=True).alias("first"),
    (pl.col("broadcast") != pl.col("broadcast").shift(-1)).fill_null(value=True).alias("last"),
    pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"),
]
_TELLERS = [
    *(
        pl.coalesce(counter, pl.when(_FIRST).then(f"before_{known_name(counter)}")).alias(
            f"told_{counter}"
        )
        for counter in COUNTERS
    ),
    *(
        pl.when(pl.col(counter).is_not_null() | _FIRST)
        .then("row")
        .forward_fill()
        .alias(f"teller_{counter}")
        for counter in COUNTERS
    ),
    pl.when(pl.col("views").is_not_null())
    .then("observed_at")
    .otherwise("before_views_at")
    .alias("told_views_at"),
    pl.when(_FIRST)
    .then("before_observed_at")
    .otherwise(pl.col("observed_at").shift(1))
    .alias("previous_at"),
]
_FOLLOWED = [
    *(
        pl.col(f"told_{counter}").gather(f"teller_{counter}").alias(f"follow_{counter}")
        for counter in COUNTERS
    ),
    pl.col("told_views_at").gather("teller_views").alias("follow_views_at"),
]
_PREVIOUS = [
    pl.when(_FIRST)
    .then(f"before_{known_name(counter)}")
    .otherwise(pl.col(f"follow_{counter}").shift(1))
    .alias(f"previous_{counter}")
    for counter in COUNTERS
]
_FELL = {counter: pl.col(counter) < pl.col(f"previous_{counter}") for counter in COUNTERS}
_ANY_FELL = pl.any_horizontal(*_FELL.values()).any().alias("fell")
_MINUTE = 60_000_000
_GROWTH = [
    (pl.col("observed_at").to_physical() // _MINUTE * _MINUTE).alias("minute"),
    pl.col("edition"),
    pl.col("platform"),
    (pl.col("views") - pl.col("previous_views").fill_null(0)).alias("views_delta"),
]
_NO_CORRECTIONS = pl.DataFrame(schema=frames.CORRECTION)
_BY_MINUTE = ["minute", "edition", "platform"]
_PEAK = "concurrent_viewers"
_HIGHER = pl.col(_PEAK) > pl.col("before_peak_concurrent_viewers").fill_null(-1)
_ENDS = [
    pl.col("observed_at"),
    pl.col("follow_views").alias("views"),
    pl.col("follow_views_at").alias("views_at"),
    pl.col("concurrent_viewers", "likes", "comments", "shares"),
    *(pl.col(f"follow_{name}").alias(f"known_{name}") for name in ("likes", "comments", "shares")),
    pl.col("before_peak_concurrent_viewers").alias("peak_concurrent_viewers"),
    pl.col("before_peak_at").alias("peak_at"),
    pl.col("source", "definition"),
]


def without_before(rows: pl.DataFrame) -> pl.DataFrame:
    """Prepare whole histories: nothing was known before their first row."""
    return rows.with_columns(
        pl.lit(None, dtype=frames.COUNT_STATE[name]).alias(f"before_{name}") for name in BEFORE
    )


def trace(rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``first``, ``last``, ``follow_*``, ``previous_*`` and ``previous_at`` to every row.

    ``previous_x`` is the last told value before the row, ``follow_x`` the last told up to it. A
    forward fill would leak from one broadcast into the next, so each row looks up the row that
    told its value: its own, an earlier one of the broadcast, or the first with what was before.
    """
    marked = rows.with_columns(_MARKS)
    return marked.with_columns(_TELLERS).with_columns(_FOLLOWED).with_columns(_PREVIOUS)


def deltas(traced: pl.DataFrame) -> pl.DataFrame:
    """Sum the signed growth of views: :data:`frames.DELTA` rows, one a minute, edition, platform."""
    growth = traced.select(_GROWTH)
    by_minute = growth.group_by(_BY_MINUTE).agg(pl.col("views_delta").sum())
    # A sum of nothing told is zero, and zero growth needs no row.
    moved = by_minute.filter(pl.col("views_delta") != 0)
    return moved.with_columns(pl.col("minute").cast(frames.UTC_TIME))


def corrections(traced: pl.DataFrame) -> pl.DataFrame:
    """List every counter that fell: :data:`frames.CORRECTION` rows."""
    if not traced.select(_ANY_FELL).item():
        return _NO_CORRECTIONS
    return pl.concat(
        traced.filter(fell).select(
            "poll_id",
            "broadcast",
            pl.lit(counter).alias("metric"),
            "observed_at",
            pl.col(f"previous_{counter}").alias("before"),
            pl.col(counter).alias("after"),
        )
        for counter, fell in _FELL.items()
    )


def newest(traced: pl.DataFrame, *, carried: tuple[str, ...] = ()) -> pl.DataFrame:
    """Give the state after the last row of each broadcast: broadcast and COUNT_STATE columns.

    ``carried`` columns of that row come along.
    """
    ends = traced.filter("last").select("broadcast", *_ENDS, *carried)
    higher = traced.filter(_HIGHER)
    if higher.is_empty():
        return ends
    # A peak is told by the earliest of the highest.
    peaks = (
        higher.sort(_PEAK, "observed_at", descending=[True, False])
        .unique("broadcast", keep="first", maintain_order=True)
        .select("broadcast", peak_concurrent_viewers=_PEAK, peak_at="observed_at")
    )
    return ends.update(peaks, on="broadcast")
