"""Contents of a bundle: the tables behind a claim, and what is computed from them anew. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import polars as pl

from storage import schema
from storage.analysis.dataset import Dataset, build_dataset
from storage.model import COUNTERS, COUNTS, GapReason, Status
from storage.snapshot_reader import OBSERVED
from storage.store.counters import carry, newest, without_before
from storage.store.frames import MISS
from storage.store.segments import trace_segments

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

#: What a row of each table is known by, in the order of its rows.
KEYS: dict[str, tuple[str, ...]] = {
    "state": ("broadcast",),
    "snapshots": ("broadcast", "observed_at"),
    "minutes": ("broadcast", "minute"),
    "polls": ("poll_id", "platform"),
    "misses": ("broadcast", "missed_at", "poll_id"),
    "gaps": ("broadcast", "started_at", "ended_at", "reason"),
    "corrections": ("broadcast", "metric", "observed_at", "poll_id"),
    "segments": ("broadcast", "started_at"),
}

#: Gaps of these reasons are seen at their end, and no poll was missed in them.
WITHOUT_POLLS = (str(GapReason.COLLECTOR_DOWN), str(GapReason.LATE))

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


def assemble(
    *,
    state: pl.DataFrame,
    snapshots: pl.DataFrame,
    polls: pl.DataFrame,
    misses: pl.DataFrame,
    gaps: pl.DataFrame,
    airings: pl.DataFrame,
    known_at: datetime,
) -> EvidenceTables:
    """Put the tables of a bundle together: what can be computed is, so that all is of ``known_at``.

    ``state``, ``gaps`` and ``airings`` may be published later than that. A poll that was missed but opened no gap,
    because its broadcast had been seen since, is left out.
    """
    later = pl.col("ended_at") > known_at
    begun = gaps.filter(~(later.fill_null(value=False) & pl.col("reason").is_in(WITHOUT_POLLS)))
    gaps = begun.with_columns(ended_at=pl.when(~later).then("ended_at"))
    misses = _in_gaps(misses, gaps).select(list(MISS)).unique()
    gaps = _with(gaps, gap_columns(gaps, misses, state), KEYS["gaps"])
    gaps = gaps.filter(pl.col("reason").is_in(WITHOUT_POLLS) | (pl.col("missed_polls") > 0))
    segments = trace_segments(snapshots).join(
        airings.select("broadcast", "started_at", "airing"),
        on=["broadcast", "started_at"],
        how="left",
    )
    polled = pl.concat([snapshots["poll_id"], misses["poll_id"]]).unique()
    tables = {
        "state": _with(state, state_columns(state, snapshots, gaps), KEYS["state"]),
        "snapshots": snapshots,
        "minutes": minutes_of(snapshots, state),
        "polls": polls.filter(pl.col("poll_id").is_in(polled.implode())),
        "misses": misses,
        "gaps": gaps,
        "corrections": corrections_of(snapshots, state),
        "segments": segments.with_columns(airing=pl.coalesce("airing", "broadcast")),
    }
    return EvidenceTables(**{name: in_order(name, rows) for name, rows in tables.items()})


def in_order(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return a table's rows in the one order that they have in a bundle."""
    return rows.select(list(TABLES[name])).sort(*KEYS[name], nulls_last=True)


def computed_columns(tables: EvidenceTables, edition: str) -> dict[str, pl.DataFrame]:
    """Compute of each table what can be, with the columns that its rows are known by."""
    state = state_columns(tables.state, tables.snapshots, tables.gaps)
    return {
        "state": state.with_columns(edition=pl.lit(edition, pl.String)),
        "minutes": minutes_of(tables.snapshots, tables.state),
        "gaps": gap_columns(tables.gaps, tables.misses, tables.state),
        "corrections": corrections_of(tables.snapshots, tables.state),
        "segments": trace_segments(tables.snapshots),
    }


def state_columns(state: pl.DataFrame, snapshots: pl.DataFrame, gaps: pl.DataFrame) -> pl.DataFrame:
    """Compute the newest counts of each broadcast of ``state``, and the gap that lasts."""
    history = snapshots.sort("broadcast", "observed_at", maintain_order=True)
    lasting = gaps.filter(pl.col("ended_at").is_null()).unique("broadcast", keep="last")
    named = pl.col("broadcast").str.splitn(":", 2).struct
    return (
        state.select(
            "broadcast",
            named.field("field_0").alias("platform"),
            named.field("field_1").alias("native_id"),
        )
        .join(newest(carry(without_before(history))), on="broadcast", how="left")
        .join(
            lasting.select("broadcast", gap_started_at="started_at", gap_reason="reason"),
            on="broadcast",
            how="left",
        )
    )


def gap_columns(gaps: pl.DataFrame, misses: pl.DataFrame, state: pl.DataFrame) -> pl.DataFrame:
    """Compute of each gap whose it is, and how many polls were missed in it."""
    key = list(KEYS["gaps"])
    counted = _in_gaps(misses, gaps).group_by(key).agg(missed_polls=pl.len().cast(pl.Int64))
    return (
        gaps.select(key)
        .join(state.select("broadcast", "platform", "edition"), on="broadcast", how="left")
        .join(counted, on=key, how="left", nulls_equal=True)
        .with_columns(pl.col("missed_polls").fill_null(0))
    )


def _in_gaps(misses: pl.DataFrame, gaps: pl.DataFrame) -> pl.DataFrame:
    """Join each missed poll with the gap of its reason that it lies in, the first where two touch."""
    lasts = pl.col("ended_at").is_null() | (pl.col("missed_at") <= pl.col("ended_at"))
    return (
        misses.join(gaps.select(KEYS["gaps"]), on=["broadcast", "reason"], how="inner")
        .filter((pl.col("started_at") <= pl.col("missed_at")) & lasts)
        .sort("started_at", "ended_at", nulls_last=True)
        .unique(KEYS["misses"], keep="first", maintain_order=True)
    )


def _with(rows: pl.DataFrame, computed: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Put computed columns in the place of those of the same rows."""
    others = rows.drop(
        name for name in computed.columns if name not in key and name in rows.columns
    )
    return others.join(computed, on=key, how="left", nulls_equal=True).select(rows.columns)


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
