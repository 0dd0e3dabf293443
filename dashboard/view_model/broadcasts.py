"""The broadcasts of an edition as a table: what each had, and how its audience ran. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import polars as pl

from dashboard.view_model.edition import BroadcastRow, EditionModel, EditionTables
from storage.model import Status
from storage.schema import UTC
from storage.text_search import normalised

_STEPS = 28
_OVER = {Status.ENDED, Status.GONE}


class Order(StrEnum):
    """By what broadcasts are sorted; the largest or newest first."""

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
    """How a broadcast ran, in even steps from its start to its end, or to now.

    ``of_viewers``: who watched, else the views gained in each step. None: nothing was told.
    """

    values: tuple[float | None, ...]
    of_viewers: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedBroadcasts:
    """One row. ``peak`` is the largest number of viewers seen; ``url`` is the platform's own text."""

    shown: BroadcastRow
    url: str
    peak: int | None
    peak_at: datetime | None
    spark: Spark | None


def listing(
    tables: EditionTables, edition: EditionModel, minutes: pl.DataFrame
) -> tuple[ListedBroadcasts, ...]:
    """List all broadcasts of ``edition``; ``minutes`` are theirs."""
    told = {row["broadcast"]: row for row in tables.state.iter_rows(named=True)}
    ran = sparks(edition.broadcasts, minutes)
    return tuple(
        ListedBroadcasts(
            shown=one,
            url=told[one.broadcast]["url"],
            peak=told[one.broadcast]["peak_concurrent_viewers"],
            peak_at=told[one.broadcast]["peak_at"],
            spark=ran.get(one.broadcast),
        )
        for one in edition.broadcasts
        if one.broadcast in told
    )


def chosen(
    listed: Iterable[ListedBroadcasts],
    *,
    order: Order = Order.VIEWS,
    platforms: Sequence[str] = (),
    phase: BroadcastPhase = BroadcastPhase.ALL,
    wanted: str = "",
) -> list[ListedBroadcasts]:
    """Keep what is asked for, in order. ``wanted`` is looked for in titles and accounts.

    Spellings count as one, as they do where broadcasts are matched with editions.
    """
    needle = normalised(wanted)
    kept = [
        one
        for one in listed
        if (not platforms or one.shown.platform in platforms)
        and _is_in(one.shown.status, phase)
        and needle in normalised(f"{one.shown.title} {one.shown.account}")
    ]
    return sorted(kept, key=lambda one: _rank(one, order), reverse=True)


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


def _rank(one: ListedBroadcasts, order: Order) -> tuple[float, float]:
    shown = one.shown
    begun = shown.started_at or shown.scheduled_at
    age = begun.timestamp() if begun else 0.0
    live = shown.status is Status.LIVE
    counts: Mapping[Order, int | None] = {
        Order.VIEWS: shown.views,
        Order.VIEWERS: shown.concurrent_viewers if live else None,
        Order.PEAK: one.peak,
    }
    count = counts.get(order)
    return (age, 0.0) if order is Order.NEWEST else (-1.0 if count is None else count, age)


def sparks(broadcasts: Sequence[BroadcastRow], minutes: pl.DataFrame) -> dict[str, Spark]:
    """Give how each of ``broadcasts`` ran, of those of which anything was told while it did."""
    spans = pl.DataFrame(
        [(one.broadcast, one.started_at, one.ended_at or one.observed_at) for one in broadcasts],
        schema={"broadcast": pl.String, "begin": UTC, "end": UTC},
        orient="row",
    ).filter(pl.col("end") > pl.col("begin"))
    whole = (pl.col("end") - pl.col("begin")).dt.total_microseconds()
    into = (pl.col("minute") - pl.col("begin")).dt.total_microseconds()
    steps = (
        minutes.join(spans, on="broadcast", how="inner")
        .filter(pl.col("minute").is_between("begin", "end"))
        .with_columns(step=(into * _STEPS // whole).clip(0, _STEPS - 1))
        .sort("broadcast", "minute")
        .group_by("broadcast", "step", maintain_order=True)
        .agg(
            viewers=pl.col("concurrent_viewers").mean(),
            views=pl.col("views").drop_nulls().last(),
        )
        .with_columns(
            gained=pl.when(pl.col("step").diff().over("broadcast") == 1).then(
                pl.col("views").diff().over("broadcast")
            )
        )
    )
    found: dict[str, Spark] = {}
    for (key, *_), rows in steps.group_by("broadcast"):
        of_viewers = rows["viewers"].count() > 0
        told = dict(rows.select("step", "viewers" if of_viewers else "gained").iter_rows())
        if any(value is not None for value in told.values()):
            values = tuple(told.get(step) for step in range(_STEPS))
            found[str(key)] = Spark(values=values, of_viewers=of_viewers)
    return found
