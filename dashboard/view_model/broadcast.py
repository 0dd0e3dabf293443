"""One broadcast: its audience, how it compares, what it was part of, and the polls behind it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from dashboard.view_model.edition import BroadcastRow, EditionModel
from dashboard.view_model.generation_cache import Minutes
from dashboard.view_model.root import DashboardModel
from storage.analysis.audience import Audience, audience
from storage.analysis.dataset import Dataset, build_dataset
from storage.analysis.engagement import MOST_EARLIER, Usual, times_usual
from storage.model import Metric, Names, Status

_RATED = (Metric.LIKES, Metric.COMMENTS, Metric.SHARES)


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A stretch seen on the air; ``ended_at`` None while it lasts. ``airing`` may have several."""

    airing: str
    broadcast: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """The moment of the programme a broadcast carried. ``names`` only where the configuration has them."""

    title: str
    names: Names | None
    others: tuple[BroadcastRow, ...]  # the same moment on other accounts


@dataclass(frozen=True, kw_only=True)
class BroadcastModel:
    """Everything shown of one broadcast. Counts are the newest told; None: not told.

    ``readings``: a row per minute with an answer, newest first: ``minute``, ``views``,
    ``concurrent_viewers``, ``likes``, ``comments``, ``shares``, ``impressions``, ``snapshots``,
    and ``polls``, the numbers of the platform's polls answered in it (null: older than what is
    published of polls). ``failures``: its gaps, newest first.
    """

    shown: BroadcastRow
    edition: EditionModel
    url: str
    counts: Mapping[Metric, int]
    audience: Audience
    peak_at: datetime | None
    usual: Usual | None
    segments: tuple[Segment, ...]
    moment: Moment | None
    readings: pl.DataFrame
    failures: pl.DataFrame
    minutes: pl.DataFrame
    definition: str | None
    source: str | None
    match_reason: str | None
    discovered_at: datetime | None
    next_due_at: datetime | None
    interval_seconds: float | None

    def per_thousand(self, metric: Metric) -> float | None:
        """How many of ``metric`` by 1,000 views; None unless both were told."""
        views, count = self.counts.get(Metric.VIEWS), self.counts.get(metric)
        return None if not views or count is None else 1000 * count / views

    @property
    def rated(self) -> tuple[Metric, ...]:
        """What can be put by 1,000 views."""
        return tuple(metric for metric in _RATED if self.per_thousand(metric) is not None)


def find_broadcast(
    picture: DashboardModel, key: str | None
) -> tuple[EditionModel, BroadcastRow] | None:
    """The broadcast of that key with its edition; None: there is none, or it is of no edition."""
    for edition in picture.editions:
        for one in edition.broadcasts:
            if one.broadcast == key:
                return edition, one
    return None


def broadcast_model(
    picture: DashboardModel, edition: EditionModel, shown: BroadcastRow, read: Minutes
) -> BroadcastModel:
    """Build what is shown of one broadcast; ``read`` gives minutes."""
    tables = picture.tables
    row = tables.state.filter(pl.col("broadcast") == shown.broadcast).row(0, named=True)
    earlier = _earlier(tables.state, row)
    minutes = read([shown.broadcast, *earlier])
    mine = minutes.filter(pl.col("broadcast") == shown.broadcast)
    seen = build_dataset(
        state=tables.state,
        minutes=minutes,
        gaps=tables.gaps,
        corrections=tables.corrections,
        segments=tables.segments,
    ).of([shown.broadcast, *earlier])
    watched = audience(seen.of([shown.broadcast]), until=picture.built_at)
    usual = _usual(seen, shown, mine)
    return BroadcastModel(
        shown=shown,
        edition=edition,
        url=row["url"],
        counts={one: row[one.value] for one in Metric if row[one.value] is not None},
        audience=watched,
        peak_at=watched.peak.at if watched.peak else None,
        usual=usual,
        segments=_segments(tables.segments, shown.broadcast),
        moment=_moment(tables.sessions, edition, shown.broadcast),
        readings=readings(mine, tables.polls, row),
        failures=tables.gaps.filter(pl.col("broadcast") == shown.broadcast).sort(
            "started_at", descending=True
        ),
        minutes=mine,
        definition=row["definition"],
        source=row["source"],
        match_reason=row["match_reason"],
        discovered_at=row["discovered_at"],
        next_due_at=row["next_due_at"],
        interval_seconds=row["interval_seconds"],
    )


def readings(minutes: pl.DataFrame, polls: pl.DataFrame, row: Mapping[str, Any]) -> pl.DataFrame:
    """Put the polls answered in a minute beside what it told; ``row`` is the broadcast's state.

    Polls are published with their platform and source, not with each broadcast they asked for:
    where several were answered in one minute, all of them are named.
    """
    asked = polls.filter(
        (pl.col("platform") == row["platform"])
        & (pl.col("purpose") == "poll")
        & (pl.col("answered") > 0)
    )
    first, last = (pl.col(name).dt.truncate("1m") for name in ("started_at", "finished_at"))
    numbered = (
        asked.with_columns(minute=pl.datetime_ranges(first, last, "1m"))
        .explode("minute")
        .group_by("minute")
        .agg(polls=pl.col("poll_id").unique().sort())
    )
    counts = [metric.value for metric in Metric]
    return (
        minutes.select("minute", *counts, "snapshots")
        .join(numbered, on="minute", how="left")
        .sort("minute", descending=True)
    )


def _earlier(state: pl.DataFrame, row: Mapping[str, Any]) -> list[str]:
    """The account's broadcasts before this one: what is usual of it."""
    if row["started_at"] is None:
        return []
    same = (pl.col("account") == row["account"]) & (pl.col("started_at") < row["started_at"])
    upload = pl.col("status") == Status.UPLOAD.value
    return state.filter(same & ~upload).sort("started_at").tail(MOST_EARLIER)["broadcast"].to_list()


def _usual(seen: Dataset, shown: BroadcastRow, minutes: pl.DataFrame) -> Usual | None:
    """Compare at the age it has, and after its end at the age it then had."""
    told = minutes.filter(pl.col("views").is_not_null())["minute"].max()
    if shown.started_at is None or not isinstance(told, datetime):
        return None
    age: timedelta = min(told, shown.ended_at or told) - shown.started_at
    return times_usual(seen, shown.broadcast, age) if age > timedelta() else None


def _segments(segments: pl.DataFrame, broadcast: str) -> tuple[Segment, ...]:
    airings = segments.filter(pl.col("broadcast") == broadcast)["airing"].unique()
    rows = segments.filter(pl.col("airing").is_in(airings.to_list())).sort("started_at")
    return tuple(Segment(**one) for one in rows.iter_rows(named=True))


def _moment(sessions: pl.DataFrame, edition: EditionModel, broadcast: str) -> Moment | None:
    mine = sessions.filter(pl.col("broadcasts").list.contains(broadcast))
    if mine.is_empty():
        return None
    row = mine.row(0, named=True)
    known = {one.broadcast: one for one in edition.broadcasts}
    others: Sequence[str] = [key for key in row["broadcasts"] if key != broadcast]
    named = row["name_en"] is not None
    return Moment(
        title=row["title"],
        names=Names(ar=row["name_ar"], fr=row["name_fr"], en=row["name_en"]) if named else None,
        others=tuple(known[key] for key in others if key in known),
    )
