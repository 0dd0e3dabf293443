"""Follows which stretches each broadcast was seen on the air: pure, rows in, rows out.

A segment lasts from the first answer that says live to the first that says otherwise, so a drop
between two answers is not seen, and a gap in what we saw does not end it. An answer without a state
says neither.
"""

import polars as pl

from storage.model import Status
from storage.store import frames

SEGMENT = pl.Schema(
    {"broadcast": pl.String(), "started_at": frames.UTC_TIME, "ended_at": frames.UTC_TIME}
)

_ANSWER = ["broadcast", "observed_at", "status"]
_LIVE = pl.col("status") == str(Status.LIVE)
_STATUS_KNOWN = pl.col("status") != str(Status.UNKNOWN)


def trace_segments(answers: pl.DataFrame) -> pl.DataFrame:
    """Return the :data:`SEGMENT` rows of broadcasts from all their answers, in any order.

    Of two answers at the same instant the first given counts, as it does for the counts.
    """
    known = answers.filter(_STATUS_KNOWN).select("broadcast", "observed_at", _LIVE.alias("live"))
    known = known.unique(["broadcast", "observed_at"], keep="first").sort(
        "broadcast", "observed_at"
    )
    was_live = pl.col("live").shift(1).over("broadcast").fill_null(value=False)
    turns = known.filter(pl.col("live") != was_live).with_columns(
        pl.col("observed_at").shift(-1).over("broadcast").alias("ended_at")
    )
    return turns.filter("live").select(
        "broadcast", pl.col("observed_at").alias("started_at"), "ended_at"
    )


def on_air(broadcasts: pl.Series, known: pl.DataFrame) -> pl.Series:
    """Tell of each broadcast whether the newest of its ``known`` segments goes on."""
    return broadcasts.is_in(known.filter(pl.col("ended_at").is_null())["broadcast"].implode())


def update_segments(
    known: pl.DataFrame,
    fresh: pl.DataFrame,
    was_live: pl.Series,
    late: pl.DataFrame,
    history: pl.DataFrame,
) -> tuple[pl.DataFrame, list[str]]:
    """Return the segments after a tick, and the broadcasts whose segments it changed.

    ``fresh`` answers are newer than all known of their broadcasts, which ``was_live`` says to be
    :func:`on_air` or not; of those with ``late`` ones, ``history`` holds every answer kept.
    """
    status = fresh["status"]
    turns = (status != str(Status.UNKNOWN)) & ((status == str(Status.LIVE)) != was_live)
    if late.is_empty() and not turns.any():
        return known, []
    turning = fresh.filter(turns)
    parts = [history.select(_ANSWER), late.select(_ANSWER)]
    if turning.height:
        of_turning = pl.col("broadcast").is_in(turning["broadcast"].unique().implode())
        parts += [_as_answers(known.filter(of_turning)), fresh.filter(of_turning).select(_ANSWER)]
    answers = pl.concat(parts)
    changed = answers["broadcast"].unique().sort()
    others = known.filter(~pl.col("broadcast").is_in(changed.implode()))
    return pl.concat([others, trace_segments(answers)]), changed.to_list()


def _as_answers(segments: pl.DataFrame) -> pl.DataFrame:
    """Return the answers at which segments turned."""
    turns = {"started_at": Status.LIVE, "ended_at": Status.ENDED}
    return pl.concat(
        segments.filter(pl.col(at).is_not_null()).select(
            "broadcast", pl.col(at).alias("observed_at"), pl.lit(str(status)).alias("status")
        )
        for at, status in turns.items()
    )
