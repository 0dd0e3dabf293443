"""Hours watched in the place of views: the growth of an edition of which no platform tells views.

A number of viewers that holds for an interval makes so many hours watched. They are laid in the columns
of views, in hours, so that one forecast serves both. Pure polars.
"""

from dataclasses import replace
from datetime import datetime

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.viewers.viewer_intervals import viewer_intervals
from storage.model import IMPORTED
from storage.schema import UTC

_HOUR = 3_600_000_000


def only_viewers(dataset: Dataset) -> bool:
    """Tell whether viewers were told of the broadcasts, and never views."""
    viewers, views = dataset.minutes["concurrent_viewers"], dataset.state["views"]
    return viewers.count() > 0 and views.count() == 0


def hours_as_views(
    dataset: Dataset, until: datetime, *, final: bool = False
) -> tuple[Dataset, pl.DataFrame]:
    """Return the dataset with hours watched for views, and their growth by minute and platform.

    Each interval's hours stand in its last minute. A platform whose broadcasts have all ended by ``until``
    grows by nothing more, and is known to have. Imported history tells no end but by its own: that
    counts where ``until`` is the edition's, and so ``final``.
    """
    length = (pl.col("ended_at") - pl.col("started_at")).dt.total_microseconds()
    watched = (
        viewer_intervals(dataset, until=until)
        .select(
            "broadcast",
            minute=(pl.col("ended_at") - pl.duration(microseconds=1)).dt.truncate("1m"),
            grown=pl.col("viewers") * length / _HOUR,
        )
        .join(dataset.state.select("broadcast", "platform"), on="broadcast")
        .sort("broadcast", "minute")
    )
    limit = pl.lit(until, dtype=UTC)
    ended = (pl.col("ended_at") <= limit).fill_null(value=False)
    imported = pl.col("broadcast").str.starts_with(IMPORTED)
    quiet = (
        dataset.state.group_by("platform")
        .agg(over=(ended & (pl.lit(final) | ~imported)).all())
        .filter("over")
        .select(
            "platform", minute=(limit - pl.duration(minutes=1)).dt.truncate("1m"), grown=pl.lit(0.0)
        )
    )
    growth = (
        pl.concat([watched.select("platform", "minute", "grown"), quiet])
        .group_by("minute", "platform")
        .agg(views_delta=pl.col("grown").sum())
    )
    sums = watched.select("broadcast", "minute", views=pl.col("grown").cum_sum().over("broadcast"))
    return replace(dataset, minutes=sums), growth.sort("minute", "platform")
