"""The viewers of editions by hours since their openings: the curve of those that tell no views. Pure."""

from collections.abc import Sequence

import polars as pl

from dashboard.view_model.edition import EditionModel
from storage.schema import UTC

_STEP = "15m"


def tells_viewers_alone(edition: EditionModel) -> bool:
    """Tell whether viewers were told of it, and never views."""
    return edition.tells_viewers and not edition.view_platforms


def viewers_by_step(edition: EditionModel) -> pl.DataFrame:
    """Return ``minute`` and ``viewers``: the mean told in each quarter of an hour, added up over platforms."""
    rows = edition.curves.viewers.drop_nulls("concurrent_viewers")
    of_platform = rows.group_by("platform", pl.col("minute").dt.truncate(_STEP)).agg(
        pl.col("concurrent_viewers").mean()
    )
    summed = of_platform.group_by("minute").agg(pl.col("concurrent_viewers").sum())
    return summed.select("minute", viewers=pl.col("concurrent_viewers").round().cast(pl.Int64)).sort("minute")  # fmt: skip


def viewers_by_hour(editions: Sequence[EditionModel]) -> pl.DataFrame:
    """Return the mean of each hour since the opening: ``edition``, ``hour``, ``viewers``."""
    parts = [
        viewers_by_step(edition)
        .with_columns(
            edition=pl.lit(edition.key),
            hour=(pl.col("minute") - pl.lit(edition.starts_at, UTC)).dt.total_seconds() // 3600,
        )
        .group_by("edition", "hour", maintain_order=True)
        .agg(pl.col("viewers").mean().round().cast(pl.Int64))
        for edition in editions
    ]
    return pl.concat(parts)
