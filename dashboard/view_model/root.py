"""The model every viewer looks at: everything published, immutable, built once a refresh.

Pure: frames and a moment in, frozen values out. Knows neither files nor Streamlit.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.view_model.build_edition import build_edition
from dashboard.view_model.edition import EditionModel, EditionTables
from dashboard.view_model.sources import Source, sources
from storage.analysis.look_gaps import look_gaps
from storage.analysis.sight import AccountSight, account_sights
from storage.chain.links import Head
from storage.model import Programme, Status
from storage.read_model.history_reader import MEASURED
from storage.read_model.reader import Loss, WriteFailure


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Which publication a model was built from, and whether its numbers are simulated."""

    generation: int
    published_at: datetime
    version: str
    simulated: bool
    programme: Programme
    loss: Loss | None = None  # what was lost with a damaged database
    refusal: WriteFailure | None = None  # what waits for a disk that refuses to store it
    heads: tuple[Head, ...] = ()  # of the chain, of the last UTC days, the newest last


@dataclass(frozen=True, kw_only=True, slots=True)
class DashboardModel:
    """Everything the pages show."""

    built_at: datetime
    origin: Origin
    editions: tuple[EditionModel, ...]  # newest first
    current: str | None  # the key of the edition to show first; None: there is none
    sources: tuple[Source, ...]
    sights: tuple[AccountSight, ...]  # of every account that is followed
    look_gaps: pl.DataFrame  # of the last 24 hours, as :mod:`storage.analysis.look_gaps` has them
    gaps: pl.DataFrame  # newest first, open ones before, with the broadcasts' titles
    corrections: pl.DataFrame  # newest first, with titles
    polls: pl.DataFrame  # as published
    tables: EditionTables  # what it was built of
    unmatched_live: int  # on air, and of no edition

    def edition(self, key: str | None) -> EditionModel | None:
        """Return the edition of that key, or the current one when there is no such."""
        editions = {edition.key: edition for edition in self.editions}
        return editions.get(key or "") or editions.get(self.current or "")


def build_model(
    tables: EditionTables, origin: Origin, now: datetime, before: DashboardModel | None
) -> DashboardModel:
    """Build the model; what has not changed since ``before`` is taken from it."""
    earlier = {edition.key: edition for edition in before.editions} if before else {}
    rows = tables.editions.sort("starts_at", descending=True).to_dicts()
    sights = account_sights(tables.looks, tables.state, tables.gaps, now)
    editions = tuple(
        build_edition(row, tables, sights, now, earlier.get(row["edition"])) for row in rows
    )
    measured = tables.state.filter(MEASURED)
    titles = measured.select("broadcast", "title", "account")
    lasting = pl.col("ended_at").is_null()
    live = measured.filter(pl.col("status") == Status.LIVE.value)
    return DashboardModel(
        built_at=now,
        origin=origin,
        editions=editions,
        current=_current(editions, now),
        sources=sources(tables, measured, now),
        sights=sights,
        look_gaps=look_gaps(tables.polls, tables.looks),
        gaps=tables.gaps.filter(MEASURED)
        .join(titles, on="broadcast", how="left")
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
    """Return what is on air, else what takes place now, else the newest with broadcasts, else any."""
    ranked = (
        [edition for edition in editions if edition.on_air],
        [edition for edition in editions if edition.starts_at <= now < edition.ends_at],
        [edition for edition in editions if edition.broadcasts],
        list(editions),
    )
    return next((group[0].key for group in ranked if group), None)
