"""Looks for an account's broadcasts that failed, as gaps of the account. Pure."""

import polars as pl

#: Columns of what :func:`look_gaps` returns; ``ended_at`` is null while it lasts.
COLUMNS = ("account", "platform", "reason", "started_at", "ended_at", "missed_polls")


def look_gaps(polls: pl.DataFrame, looks: pl.DataFrame) -> pl.DataFrame:
    """Return a row per stretch in which every look for an account's broadcasts failed, newest first.

    It begins at the answer before, or where none is known at the first failure, and ends at the next
    answer; of an account that ``looks`` does not follow any more, at its last failure.
    """
    failed = pl.col("outcome") != "ok"
    runs = (
        polls.filter(pl.col("purpose") == "discovery")
        .sort("source", "started_at", "poll_id")
        .with_columns(run=failed.rle_id().over("source"), is_failed=failed)
        .group_by("source", "run", maintain_order=True)
        .agg(
            pl.col("platform", "is_failed", "started_at").first(),
            pl.col("outcome", "finished_at").last(),
            answered_at=pl.col("finished_at").first(),
            missed_polls=pl.len().cast(pl.Int64),
        )
        .with_columns(
            before=pl.col("finished_at").shift(1).over("source"),
            after=pl.col("answered_at").shift(-1).over("source"),
        )
    )
    is_followed = pl.col("source").is_in(looks["account"].implode())
    ended_at = pl.coalesce("after", pl.when(~is_followed).then("finished_at"))
    return (
        runs.filter("is_failed")
        .select(
            "platform",
            "missed_polls",
            account="source",
            reason="outcome",
            started_at=pl.coalesce("before", "started_at"),
            ended_at=ended_at,
        )
        .select(COLUMNS)
        .sort("started_at", descending=True)
    )
