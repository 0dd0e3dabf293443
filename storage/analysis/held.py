"""Says between which instants a told number of viewers is taken to hold, and sums them.

A value told in a minute holds from that minute's beginning until the broadcast's next row, whatever
that says, and at most three of the broadcast's median intervals; it ends where a gap begins or the
broadcast leaves the air, and never before its own minute is over. A row that does not say how many
watch holds nothing. Nothing is interpolated. Pure polars.
"""

from datetime import datetime

import polars as pl

from storage.analysis.records import Records
from storage.analysis.times import closed, united
from storage.gaps import LATE_INTERVALS
from storage.schema import UTC

HOLDS = pl.Schema(
    {
        "broadcast": pl.String(),
        "started_at": UTC,
        "ended_at": UTC,
        "viewers": pl.Int64(),  # last told in the minute
        "largest": pl.Int64(),  # largest told in the minute
    }
)

STEPS = pl.Schema(
    {
        "started_at": UTC,
        "ended_at": UTC,
        "viewers": pl.Int64(),  # sum over the broadcasts that hold a value
        "largest": pl.Int64(),  # the same at the instant when one of them told its largest
        "broadcasts": pl.Int64(),  # how many hold one
    }
)

_MINUTE = pl.duration(minutes=1)
#: More than the minutes since 1970.
_PLACES = 1 << 32


def holds(seen: Records, *, until: datetime) -> pl.DataFrame:
    """Give :data:`HOLDS` rows of all broadcasts of ``seen``, those of one broadcast never overlapping.

    ``until`` is where the newest values end at the latest.
    """
    limit = pl.lit(until, dtype=UTC)
    rows = (
        seen.minutes.select("broadcast", "minute", "concurrent_viewers", "peak_concurrent_viewers")
        .filter(pl.col("minute") < limit)
        .with_columns(place=pl.col("broadcast").rle_id().cast(pl.Int64))
        .with_columns(
            following=pl.when(pl.col("place") == pl.col("place").shift(-1)).then(
                pl.col("minute").shift(-1)
            )
        )
        .filter(pl.col("concurrent_viewers").is_not_null())
        .with_row_index("row")
    )
    step = pl.col("following") - pl.col("minute")
    paces = rows.group_by("place").agg(pace=step.median().fill_null(_MINUTE))
    own = pl.col("minute") + _MINUTE
    return (
        rows.join(paces, on="place", how="left", maintain_order="left")
        .join(_stops(rows, seen, until), on="row", how="left", maintain_order="left")
        .select(
            "broadcast",
            started_at="minute",
            ended_at=pl.min_horizontal(
                "following",
                pl.col("minute") + LATE_INTERVALS * pl.col("pace"),
                pl.when(pl.col("stop").is_not_null()).then(pl.max_horizontal(own, "stop")),
                limit,
            ),
            viewers="concurrent_viewers",
            largest=pl.max_horizontal("concurrent_viewers", "peak_concurrent_viewers"),
        )
    )


def _stops(rows: pl.DataFrame, seen: Records, until: datetime) -> pl.DataFrame:
    """Give each ``row`` that holds no longer than to a ``stop``: few, so they are looked up in the many.

    A gap, or the end of being on the air, stops the last row before it; and each row within a gap.
    """
    gaps = united(closed(seen.gaps, until))
    ends = seen.segments.filter(pl.col("ended_at").is_not_null())
    beginnings = pl.concat(
        [
            gaps.select("broadcast", stop="started_at"),
            ends.select("broadcast", stop="ended_at"),
        ]
    )
    places = rows.group_by("broadcast").agg(pl.col("place").first())
    keys = rows.select(_key(pl.col("minute")))["key"]
    stopped = _keyed(beginnings, places, pl.col("stop").dt.truncate("1m"))
    before = stopped.with_columns(
        row=keys.search_sorted(stopped["key"], side="right").cast(pl.Int64) - 1
    ).filter(pl.col("row") >= 0)
    same = before.join(rows.select(pl.col("row").cast(pl.Int64), at="place"), on="row")
    within = _keyed(gaps, places, _next_minute(pl.col("started_at")))
    past = _keyed(gaps, places, _next_minute(pl.col("ended_at")))
    inside = within.select(
        row=pl.int_ranges(
            keys.search_sorted(within["key"]).cast(pl.Int64),
            keys.search_sorted(past["key"]).cast(pl.Int64),
        ),
        stop="started_at",
    ).explode("row", empty_as_null=False)
    both = [same.filter(pl.col("at") == pl.col("place")), inside]
    return (
        pl.concat([some.select(pl.col("row").cast(pl.UInt32), "stop") for some in both])
        .group_by("row")
        .agg(pl.col("stop").min())
    )


def _keyed(stretches: pl.DataFrame, places: pl.DataFrame, minute: pl.Expr) -> pl.DataFrame:
    placed = stretches.join(places, on="broadcast", how="inner", maintain_order="left")
    return placed.with_columns(_key(minute))


def _key(minute: pl.Expr) -> pl.Expr:
    """Number a broadcast's minute so that rows are in the order of their numbers."""
    return (pl.col("place") * _PLACES + minute.dt.epoch("s") // 60).alias("key")


def _next_minute(time: pl.Expr) -> pl.Expr:
    return (time + pl.duration(microseconds=60_000_000 - 1)).dt.truncate("1m")


def summed(held: pl.DataFrame) -> pl.DataFrame:
    """Give :data:`STEPS` rows: the sum over broadcasts between any two instants at which one changes.

    Stretches in which no broadcast holds a value are left out: they were not seen.
    """
    joins = held.select(at="started_at", more="viewers", one=pl.lit(1, dtype=pl.Int64))
    leaves = held.select(at="ended_at", more=-pl.col("viewers"), one=pl.lit(-1, dtype=pl.Int64))
    above = held.group_by(at="started_at").agg(above=(pl.col("largest") - pl.col("viewers")).max())
    return (
        pl.concat([joins, leaves])
        .group_by("at")
        .agg(pl.col("more").sum(), pl.col("one").sum())
        .sort("at")
        .join(above, on="at", how="left", maintain_order="left")
        .select(
            started_at="at",
            ended_at=pl.col("at").shift(-1),
            viewers=pl.col("more").cum_sum(),
            largest=pl.col("more").cum_sum() + pl.col("above").fill_null(0),
            broadcasts=pl.col("one").cum_sum(),
        )
        .filter(pl.col("broadcasts") > 0)
    )
