"""The broadcasts of an edition as a table: what each had, and how its audience ran. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import polars as pl

from dashboard.view_model.cache import Minutes
from dashboard.view_model.edition import BroadcastRow, EditionModel, EditionTables
from storage.model import Status
from storage.schema import UTC
from storage.text_search import normalised

_STEPS = 28
_OVER = {Status.ENDED, Status.GONE}


class Order(StrEnum):
    """What broadcasts are sorted by; the largest or newest first."""

    VIEWS = "views"
    VIEWERS = "viewers"
    PEAK = "peak"
    NEWEST = "newest"


class BroadcastPhase(StrEnum):
    """Which broadcasts are listed, by their state."""

    ALL = "all"
    LIVE = "live"
    OVER = "over"
    UPCOMING = "upcoming"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spark:
    """How a broadcast ran, in even steps from its start to its end, or to now; None: no report.

    ``of_viewers``: the values are viewers, else the views gained in each step.
    """

    values: tuple[float | None, ...]
    of_viewers: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedBroadcast:
    """One row of the table."""

    shown: BroadcastRow
    url: str  # as the platform gave it: untrusted
    peak: int | None  # the most viewers observed
    peak_at: datetime | None
    spark: Spark | None = None


def list_broadcasts(tables: EditionTables, edition: EditionModel) -> tuple[ListedBroadcast, ...]:
    """List all broadcasts of ``edition``, without their sparks."""
    columns = tables.state.select("broadcast", "url", "peak_concurrent_viewers", "peak_at")
    states = {state["broadcast"]: state for state in columns.iter_rows(named=True)}
    return tuple(
        ListedBroadcast(
            shown=row,
            url=states[row.broadcast]["url"],
            peak=states[row.broadcast]["peak_concurrent_viewers"],
            peak_at=states[row.broadcast]["peak_at"],
        )
        for row in edition.broadcasts
        if row.broadcast in states
    )


def select_broadcasts(
    broadcasts: Iterable[ListedBroadcast],
    *,
    order: Order = Order.VIEWS,
    platforms: Sequence[str] = (),
    phase: BroadcastPhase = BroadcastPhase.ALL,
    wanted: str = "",
) -> list[ListedBroadcast]:
    """Return what is chosen, in order. ``wanted`` is looked for in titles and accounts.

    Spellings count as one, as they do where broadcasts are matched with editions.
    """
    needle = normalised(wanted)
    selection = [
        listed
        for listed in broadcasts
        if (not platforms or listed.shown.platform in platforms)
        and _is_in(listed.shown.status, phase)
        and needle in normalised(f"{listed.shown.title} {listed.shown.account}")
    ]
    return sorted(selection, key=lambda listed: _rank(listed, order), reverse=True)


def _is_in(status: Status, phase: BroadcastPhase) -> bool:
    match phase:
        case BroadcastPhase.ALL:
            return True
        case BroadcastPhase.LIVE:
            return status is Status.LIVE
        case BroadcastPhase.OVER:
            return status in _OVER
        case BroadcastPhase.UPCOMING:
            return status is Status.UPCOMING


def _rank(listed: ListedBroadcast, order: Order) -> tuple[float, float]:
    row = listed.shown
    begun = row.started_at or row.scheduled_at
    age = begun.timestamp() if begun else 0.0
    counts: Mapping[Order, int | None] = {
        Order.VIEWS: row.views,
        Order.VIEWERS: row.concurrent_viewers if row.status is Status.LIVE else None,
        Order.PEAK: listed.peak,
    }
    count = counts.get(order)
    return (age, 0.0) if order is Order.NEWEST else (-1.0 if count is None else count, age)


def read_sparks(broadcasts: Sequence[BroadcastRow], read: Minutes) -> dict[str, Spark]:
    """Return the sparks of ``broadcasts`` from their minutes, and from those of the days they ran in alone."""
    days = {
        str(row.started_at.date() + timedelta(days=day))
        for row in broadcasts
        if row.started_at and (end := row.ended_at or row.observed_at)
        for day in range((end.date() - row.started_at.date()).days + 1)
    }
    return build_sparks(broadcasts, read([row.broadcast for row in broadcasts], days))


def build_sparks(broadcasts: Sequence[BroadcastRow], minutes: pl.LazyFrame) -> dict[str, Spark]:
    """Return how each of ``broadcasts`` ran, of those with any report while it did."""
    spans = pl.DataFrame(
        [(row.broadcast, row.started_at, row.ended_at or row.observed_at) for row in broadcasts],
        schema={"broadcast": pl.String, "begin": UTC, "end": UTC},
        orient="row",
    ).filter(pl.col("end") > pl.col("begin"))
    length = (pl.col("end") - pl.col("begin")).dt.total_microseconds()
    into = (pl.col("minute") - pl.col("begin")).dt.total_microseconds()
    steps = (
        minutes.join(spans.lazy(), on="broadcast", how="inner")
        .filter(pl.col("minute").is_between("begin", "end"))
        .with_columns(step=(into * _STEPS // length).clip(0, _STEPS - 1))
        .group_by("broadcast", "step")
        .agg(
            viewers=pl.col("concurrent_viewers").mean(),
            views=pl.col("views").max_by(pl.when(pl.col("views").is_not_null()).then("minute")),
        )
        .collect(engine="streaming")
        .sort("broadcast", "step")
        .with_columns(
            gained=pl.when(pl.col("step").diff().over("broadcast") == 1).then(
                pl.col("views").diff().over("broadcast")
            )
        )
    )
    sparks: dict[str, Spark] = {}
    for (key, *_), rows in steps.group_by("broadcast"):
        of_viewers = rows["viewers"].count() > 0
        values = dict(rows.select("step", "viewers" if of_viewers else "gained").iter_rows())
        if any(value is not None for value in values.values()):
            sparks[str(key)] = Spark(
                values=tuple(values.get(step) for step in range(_STEPS)), of_viewers=of_viewers
            )
    return sparks
