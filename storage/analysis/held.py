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


def holds(seen: Records, *, until: datetime) -> pl.DataFrame:
    """Give :data:`HOLDS` rows of all broadcasts of ``seen``, those of one broadcast never overlapping.

    ``until`` is where the newest values end at the latest.
    """
    limit = pl.lit(until, dtype=UTC)
    rows = (
        seen.minutes.select("broadcast", "minute", "concurrent_viewers", "peak_concurrent_viewers")
        .filter(pl.col("minute") < limit)
        .with_columns(
            following=pl.when(pl.col("broadcast") == pl.col("broadcast").shift(-1)).then(
                pl.col("minute").shift(-1)
            )
        )
        .filter(pl.col("concurrent_viewers").is_not_null())
    )
    step = pl.col("following") - pl.col("minute")
    paces = rows.group_by("broadcast").agg(pace=step.median().fill_null(_MINUTE))
    own = pl.col("minute") + _MINUTE
    return (
        _with_stops(rows, seen, until)
        .join(paces, on="broadcast", how="left", maintain_order="left")
        .with_columns(
            longest=pl.col("minute") + LATE_INTERVALS * pl.col("pace"),
            stop=pl.max_horizontal(own, pl.when("unseen").then(own).otherwise(pl.col("stop"))),
        )
        .select(
            "broadcast",
            started_at="minute",
            ended_at=pl.min_horizontal("following", "longest", "stop", limit),
            viewers="concurrent_viewers",
            largest=pl.max_horizontal("concurrent_viewers", "peak_concurrent_viewers"),
        )
    )


def _with_stops(rows: pl.DataFrame, seen: Records, until: datetime) -> pl.DataFrame:
    """Add to each row the next ``stop``, and whether it lies in a stretch that was ``unseen``."""
    gaps = united(closed(seen.gaps, until))
    ends = seen.segments.filter(pl.col("ended_at").is_not_null())
    stops = pl.concat(
        [
            gaps.select("broadcast", stop="started_at"),
            ends.select("broadcast", stop="ended_at"),
        ]
    ).sort("stop")
    in_time = rows.sort("minute")
    beside = in_time.join_asof(
        stops,
        left_on="minute",
        right_on="stop",
        by="broadcast",
        strategy="forward",
        coalesce=False,
        check_sortedness=False,
    ).join_asof(
        gaps.sort("started_at").select("broadcast", "started_at", gap_ended_at="ended_at"),
        left_on="minute",
        right_on="started_at",
        by="broadcast",
        strategy="backward",
        check_sortedness=False,
    )
    unseen = (pl.col("gap_ended_at") > pl.col("minute")).fill_null(value=False)
    return beside.with_columns(unseen=unseen).sort("broadcast", "minute")


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
