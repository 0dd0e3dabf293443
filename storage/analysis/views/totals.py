"""Totals of what an edition's broadcasts were last reported to have: overall and by platform.

A total across platforms is a *sum of platform-reported views*; each platform's own definition
stands beside its part. Nothing told stays ``None``: it is never a zero.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from storage.model import Status
from storage.schema import UTC

PLATFORM_TOTALS = pl.Schema(
    {
        "platform": pl.String(),
        "views": pl.Int64(),
        "oldest_views_at": UTC,
        "newest_views_at": UTC,
        "concurrent_viewers": pl.Int64(),
        "broadcasts": pl.Int64(),
        "live": pl.Int64(),
        "definitions": pl.List(pl.String()),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Total:
    """An edition's sum. ``as_of`` is when the newest part of ``views`` was told.

    ``views`` is ``None`` when no platform told any, ``concurrent_viewers`` when no broadcast that
    is live was last said to have a number of them.
    """

    views: int | None
    as_of: datetime | None
    broadcasts: int
    live: int
    concurrent_viewers: int | None


def edition_total(state: pl.DataFrame, edition: str) -> Total:
    """Sum the newest known counts of ``edition`` over published ``state``."""
    parts = platform_totals(state, edition)
    return Total(
        views=_sum(parts["views"]),
        as_of=_latest(parts["newest_views_at"]),
        broadcasts=_sum(parts["broadcasts"]) or 0,
        live=_sum(parts["live"]) or 0,
        concurrent_viewers=_sum(parts["concurrent_viewers"]),
    )


def platform_totals(state: pl.DataFrame, edition: str) -> pl.DataFrame:
    """Return :data:`PLATFORM_TOTALS` rows of ``edition``, most views first.

    ``oldest_views_at`` is when the stalest of the summed views was told.
    """
    live = pl.col("status") == str(Status.LIVE)
    watching = pl.col("concurrent_viewers").filter(live)
    told_at = pl.col("views_at").filter(pl.col("views").is_not_null())
    return (
        matched(state, edition)
        .group_by("platform")
        .agg(
            views=pl.when(pl.col("views").count() > 0).then(pl.col("views").sum()),
            oldest_views_at=told_at.min(),
            newest_views_at=told_at.max(),
            concurrent_viewers=pl.when(watching.count() > 0).then(watching.sum()),
            broadcasts=pl.len().cast(pl.Int64),
            live=live.sum().cast(pl.Int64),
            definitions=pl.col("definition").drop_nulls().unique().sort(),
        )
        .select(list(PLATFORM_TOTALS))
        .sort("views", "platform", descending=[True, False], nulls_last=True)
    )


def matched(state: pl.DataFrame, edition: str) -> pl.DataFrame:
    """Keep the broadcasts that count for ``edition``; an ordinary upload never does."""
    upload = pl.col("status") == str(Status.UPLOAD)
    return state.filter((pl.col("edition") == edition) & ~upload)


def _sum(parts: pl.Series) -> int | None:
    return int(parts.sum()) if parts.count() else None


def _latest(times: pl.Series) -> datetime | None:
    latest = times.max()
    return latest if isinstance(latest, datetime) else None
