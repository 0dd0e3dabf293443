"""Time on the air before a broadcast was first seen, where the platform told when it began. Pure polars."""

from dataclasses import replace
from datetime import datetime

import polars as pl

from storage.analysis.dataset import Dataset
from storage.model import GapReason
from storage.schema import GAPS, UTC

#: What is first seen within a minute of its start was seen from its start.
_AT_ONCE = pl.duration(minutes=1)


def from_told_start(
    state: pl.DataFrame, segments: pl.DataFrame, gaps: pl.DataFrame, opened_at: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return ``segments`` and ``gaps`` with the time on the air before the first sight: all of it a gap.

    It begins at the told start, or at the opening of the edition for what always runs.
    """
    late = (
        segments.group_by("broadcast")
        .agg(first=pl.col("started_at").min())
        .join(state.select("broadcast", "platform", "edition", begun="started_at"), on="broadcast")
        .filter(pl.col("begun").is_not_null())
        .with_columns(begun=pl.max_horizontal("begun", pl.lit(opened_at, dtype=UTC)))
        .filter(pl.col("begun") + _AT_ONCE < pl.col("first"))
    )
    is_first = (pl.col("started_at") == pl.col("first")).fill_null(value=False)
    longer = (
        segments.join(late.select("broadcast", "first", "begun"), on="broadcast", how="left", maintain_order="left")
        .with_columns(started_at=pl.when(is_first).then("begun").otherwise("started_at"))
        .select(segments.columns)
    )  # fmt: skip
    unseen = late.select(
        "broadcast",
        "platform",
        "edition",
        reason=pl.lit(str(GapReason.NOT_FOUND_YET)),
        started_at="begun",
        ended_at="first",
        missed_polls=pl.lit(0, dtype=pl.Int64),
    )
    return longer, pl.concat([gaps, unseen.select(list(GAPS))], how="diagonal")


def with_told_starts(dataset: Dataset, opened_at: datetime) -> Dataset:
    """Return the rows of an edition's broadcasts with their time on the air from the told start on."""
    segments, gaps = from_told_start(dataset.state, dataset.segments, dataset.gaps, opened_at)
    by = ["broadcast", "started_at", "ended_at"]
    return replace(dataset, segments=segments, gaps=gaps.sort(by, nulls_last=True))
