"""What every viewer looks at: one immutable picture of everything published, built once a refresh.

Pure: frames and a moment in, frozen values out. Knows neither files nor Streamlit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from dashboard.view_model.edition import EditionModel, EditionTables, build_edition
from dashboard.view_model.sources import Source, sources
from storage.model import Names, Programme, Status
from storage.read_model.reader import Loss, WriteFailure


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Which publication a picture was built from, and whether its numbers are of this world."""

    generation: int
    published_at: datetime
    version: str
    simulated: bool
    programme: Programme
    heartbeat_at: datetime | None
    loss: Loss | None = None  # what was lost with a damaged database
    refusal: WriteFailure | None = None  # what waits for a disk that refuses it


@dataclass(frozen=True, kw_only=True, slots=True)
class DashboardModel:
    """Everything the pages show. ``editions`` newest first; ``current`` is one of them or None."""

    built_at: datetime
    origin: Origin
    editions: tuple[EditionModel, ...]
    current: str | None
    sources: tuple[Source, ...]
    gaps: pl.DataFrame  # newest first, open ones before, with the broadcasts' titles
    corrections: pl.DataFrame  # newest first, with titles
    polls: pl.DataFrame
    tables: EditionTables  # what it was built of
    unmatched_live: int  # on air, and of no edition

    def edition(self, key: str | None) -> EditionModel | None:
        """The edition asked for, or the current one when there is no such."""
        known: Mapping[str, EditionModel] = {one.key: one for one in self.editions}
        return known.get(key or "") or known.get(self.current or "")


def build_model(
    tables: EditionTables, origin: Origin, now: datetime, before: DashboardModel | None
) -> DashboardModel:
    """Build the picture; what has not changed since ``before`` is taken from it."""
    known = {one.key: one for one in before.editions} if before else {}
    rows = tables.editions.sort("starts_at", descending=True).to_dicts()
    editions = tuple(build_edition(row, tables, now, known.get(row["edition"])) for row in rows)
    titles = tables.state.select("broadcast", "title", "account")
    lasting = pl.col("ended_at").is_null()
    live = tables.state.filter(pl.col("status") == Status.LIVE.value)
    return DashboardModel(
        built_at=now,
        origin=origin,
        editions=editions,
        current=_current(editions, now),
        sources=sources(tables.health, tables.state, tables.polls, tables.resolution, now),
        gaps=tables.gaps.join(titles, on="broadcast", how="left")
        .with_columns(lasting=lasting)
        .sort("lasting", "started_at", descending=True),
        corrections=tables.corrections.join(titles, on="broadcast", how="left").sort(
            "observed_at", descending=True
        ),
        polls=tables.polls,
        tables=tables,
        unmatched_live=live.filter(pl.col("edition").is_null()).height,
    )


def _current(editions: tuple[EditionModel, ...], now: datetime) -> str | None:
    """What is on air, else what takes place now, else the newest with broadcasts, else any."""
    ranked = (
        [one for one in editions if one.on_air],
        [one for one in editions if one.starts_at <= now < one.ends_at],
        [one for one in editions if one.broadcasts],
        list(editions),
    )
    return next((group[0].key for group in ranked if group), None)


def names(row: Mapping[str, Any], prefix: str) -> Names:
    """Three columns of one name as a value."""
    return Names(ar=row[f"{prefix}_ar"], fr=row[f"{prefix}_fr"], en=row[f"{prefix}_en"])
