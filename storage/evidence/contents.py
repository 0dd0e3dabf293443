"""Contents of a bundle: the tables behind a claim, and what is computed from them anew. Pure."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import polars as pl

from storage import schema
from storage.analysis.dataset import Dataset, build_dataset
from storage.model import COUNTERS, COUNTS, Status
from storage.snapshot_reader import OBSERVED
from storage.store.frames import MISS

TABLES: dict[str, pl.Schema] = {
    "state": schema.STATE,
    "snapshots": OBSERVED,
    "minutes": schema.BROADCAST_MINUTES,
    "polls": schema.POLLS,
    "misses": MISS,
    "gaps": schema.GAPS,
    "corrections": schema.CORRECTIONS,
    "segments": schema.SEGMENTS,
}

_FALL = list(schema.CORRECTIONS)


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceTables:
    """The rows of one edition's broadcasts, each frame as :data:`TABLES` says."""

    state: pl.DataFrame
    snapshots: pl.DataFrame
    minutes: pl.DataFrame
    polls: pl.DataFrame
    misses: pl.DataFrame
    gaps: pl.DataFrame
    corrections: pl.DataFrame
    segments: pl.DataFrame

    def named(self) -> dict[str, pl.DataFrame]:
        """Return the frames by their names."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceFacts:
    """What a claim is about, beside the rows.

    ``as_of`` is the instant it speaks of; ``known_at`` is where the records end: what platforms took
    back until then is known. ``edition`` is the row of :data:`storage.schema.EDITIONS`, as JSON.
    """

    programme: dict[str, str]
    time_zone: str
    edition: dict[str, Any]
    simulated: bool
    as_of: datetime
    known_at: datetime


def minutes_of(snapshots: pl.DataFrame, state: pl.DataFrame) -> pl.DataFrame:
    """Compute published minutes from snapshots: what was last reported in each, viewers on the air alone."""
    last_counts = [pl.col(name).drop_nulls().last() for name in COUNTS]
    on_air = pl.col("status").is_in([Status.LIVE, Status.UNKNOWN])
    return (
        snapshots.sort("broadcast", "observed_at", "poll_id")
        .with_columns(
            pl.when(on_air).then("concurrent_viewers"),
            minute=pl.col("observed_at").dt.truncate("1m"),
        )
        .group_by("broadcast", "minute", maintain_order=True)
        .agg(
            *last_counts,
            peak_concurrent_viewers=pl.col("concurrent_viewers").max(),
            snapshots=pl.len().cast(pl.Int64),
        )
        .join(
            state.select("broadcast", "platform", "edition"),
            on="broadcast",
            how="left",
            maintain_order="left",
        )
        .select(list(schema.BROADCAST_MINUTES))
        .sort("broadcast", "minute")
    )


def corrections_of(snapshots: pl.DataFrame, state: pl.DataFrame) -> pl.DataFrame:
    """Compute every fall of a counter from snapshots: each value against the one before."""
    return (
        snapshots.sort("broadcast", "observed_at", "poll_id")
        .unpivot(
            on=list(COUNTERS),
            index=["broadcast", "observed_at", "poll_id"],
            variable_name="metric",
            value_name="after",
        )
        .filter(pl.col("after").is_not_null())
        .with_columns(before=pl.col("after").shift(1).over("broadcast", "metric"))
        .filter(pl.col("after") < pl.col("before"))
        .join(state.select("broadcast", "platform", "edition"), on="broadcast", how="left")
        .select(_FALL)
        .sort(_FALL)
    )


def records_of(tables: EvidenceTables) -> Dataset:
    """Return what analysis looks at, the minutes and falls computed from the snapshots."""
    return build_dataset(
        state=tables.state,
        minutes=minutes_of(tables.snapshots, tables.state),
        gaps=tables.gaps,
        corrections=corrections_of(tables.snapshots, tables.state),
        segments=tables.segments,
    )
