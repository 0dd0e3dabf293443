"""One broadcast: its audience, how it compares, what it was part of, and the polls behind it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from dashboard.view_model.build_edition import names_of
from dashboard.view_model.cache import Minutes
from dashboard.view_model.edition import BroadcastRow, EditionModel
from dashboard.view_model.root import DashboardModel
from storage.analysis.dataset import Dataset, build_dataset
from storage.analysis.editions.engagement import MOST_EARLIER, Usual, times_usual
from storage.analysis.first_sight import with_told_starts
from storage.analysis.frozen import frozen_since
from storage.analysis.viewers.audience import Audience, audience
from storage.analysis.viewers.viewer_intervals import DOUBTFUL
from storage.model import Metric, Names, Status

_RATED = (Metric.LIKES, Metric.COMMENTS, Metric.SHARES)


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A stretch on the air, as observed; ``ended_at`` None while it lasts."""

    broadcast: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """The moment of the programme that a broadcast carried."""

    title: str
    names: Names | None  # only where the configuration has them
    others: tuple[BroadcastRow, ...]  # the same moment on other accounts


@dataclass(frozen=True, kw_only=True)
class BroadcastModel:
    """Everything shown of one broadcast.

    ``readings``: a row per minute with an answer, newest first: ``minute``, every metric, ``snapshots``, ``doubt`` (why its number of viewers is doubtful, null: it is not)
    and ``polls``, the numbers of the platform's polls answered in it (null: older than what is
    published of polls).
    """

    shown: BroadcastRow
    edition: EditionModel
    url: str  # as the platform gave it: untrusted
    counts: Mapping[Metric, int]  # the newest reported; a metric that never was is absent
    frozen: Mapping[Metric, datetime]  # the counts that stand still since then while others move
    audience: Audience
    peak_at: datetime | None
    usual: Usual | None  # against the account's earlier broadcasts; None: too few of them
    segments: tuple[Segment, ...]  # of its airing, oldest first
    moment: Moment | None
    readings: pl.DataFrame
    failures: pl.DataFrame  # its gaps, newest first
    minutes: pl.DataFrame
    definition: str | None  # the key of the definition of its views
    source: str | None  # the endpoint that answered last
    match_reason: str | None  # why it belongs to its edition
    discovered_at: datetime | None
    next_due_at: datetime | None
    interval_seconds: float | None  # between two polls

    def per_thousand(self, metric: Metric) -> float | None:
        """Return how many of ``metric`` there are by 1,000 views; None unless both were reported."""
        views, count = self.counts.get(Metric.VIEWS), self.counts.get(metric)
        return None if not views or count is None else 1000 * count / views

    @property
    def rated(self) -> tuple[Metric, ...]:
        """What can be put by 1,000 views."""
        return tuple(metric for metric in _RATED if self.per_thousand(metric) is not None)


def find_broadcast(
    model: DashboardModel, key: str | None
) -> tuple[EditionModel, BroadcastRow] | None:
    """Return the broadcast of that key with its edition; None: unknown, or of no edition."""
    rows = ((edition, row) for edition in model.editions for row in edition.broadcasts)
    return next((pair for pair in rows if pair[1].broadcast == key), None)


def broadcast_model(
    model: DashboardModel, edition: EditionModel, row: BroadcastRow, read: Minutes
) -> BroadcastModel:
    """Build what is shown of one broadcast; ``read`` gives minutes."""
    tables, key = model.tables, row.broadcast
    state = tables.state.filter(pl.col("broadcast") == key).row(0, named=True)
    earlier = _earlier(tables.state, state)
    minutes = read([key, *earlier]).collect().sort("minute", "broadcast")
    mine = minutes.filter(pl.col("broadcast") == key)
    dataset = build_dataset(
        state=tables.state,
        minutes=minutes,
        gaps=tables.gaps,
        corrections=tables.corrections,
        segments=tables.segments,
    ).of_broadcasts([key, *earlier])
    mine_alone = with_told_starts(dataset.of_broadcasts([key]), edition.starts_at)
    watched = audience(mine_alone, until=model.built_at)
    return BroadcastModel(
        shown=row,
        edition=edition,
        url=state["url"],
        counts={
            metric: state[metric.value] for metric in Metric if state[metric.value] is not None
        },
        frozen=frozen_since(mine),
        audience=watched,
        peak_at=watched.peak.at if watched.peak else None,
        usual=_usual(dataset, row, mine),
        segments=_segments(tables.segments, key),
        moment=_moment(tables.sessions, edition, key),
        readings=readings(mine, tables.polls, state).join(
            _doubts(watched), on="minute", how="left", maintain_order="left"
        ),
        failures=tables.gaps.filter(pl.col("broadcast") == key).sort("started_at", descending=True),
        minutes=mine,
        definition=state["definition"],
        source=state["source"],
        match_reason=state["match_reason"],
        discovered_at=state["discovered_at"],
        next_due_at=state["next_due_at"],
        interval_seconds=state["interval_seconds"],
    )


def readings(minutes: pl.DataFrame, polls: pl.DataFrame, state: Mapping[str, Any]) -> pl.DataFrame:
    """Put the polls answered in a minute beside its counts; ``state`` is the broadcast's row of it.

    Polls are published with their platform and source, not with each broadcast they asked for:
    where several were answered in one minute, all of them are named.
    """
    answered = polls.filter(
        (pl.col("platform") == state["platform"])
        & (pl.col("purpose") == "poll")
        & (pl.col("answered") > 0)
    )
    first, last = (pl.col(name).dt.truncate("1m") for name in ("started_at", "finished_at"))
    numbered = (
        answered.with_columns(minute=pl.datetime_ranges(first, last, "1m"))
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


def _doubts(watched: Audience) -> pl.DataFrame:
    readings = DOUBTFUL.to_frame() if watched.doubtful is None else watched.doubtful.readings
    return readings.select(minute="started_at", doubt="reason")


def _earlier(state: pl.DataFrame, row: Mapping[str, Any]) -> list[str]:
    """Return the account's broadcasts before this one: what is usual of it."""
    if row["started_at"] is None:
        return []
    same = (pl.col("account") == row["account"]) & (pl.col("started_at") < row["started_at"])
    upload = pl.col("status") == Status.UPLOAD.value
    return state.filter(same & ~upload).sort("started_at").tail(MOST_EARLIER)["broadcast"].to_list()


def _usual(dataset: Dataset, row: BroadcastRow, minutes: pl.DataFrame) -> Usual | None:
    """Compare at the age it has, and after its end at the age it then had."""
    newest = minutes.filter(pl.col("views").is_not_null())["minute"].max()
    if row.started_at is None or not isinstance(newest, datetime):
        return None
    age: timedelta = min(newest, row.ended_at or newest) - row.started_at
    return times_usual(dataset, row.broadcast, age) if age > timedelta() else None


def _segments(segments: pl.DataFrame, broadcast: str) -> tuple[Segment, ...]:
    airings = segments.filter(pl.col("broadcast") == broadcast)["airing"].unique()
    rows = segments.filter(pl.col("airing").is_in(airings.to_list())).sort("started_at")
    columns = rows.select("broadcast", "started_at", "ended_at")
    return tuple(Segment(**row) for row in columns.iter_rows(named=True))


def _moment(sessions: pl.DataFrame, edition: EditionModel, broadcast: str) -> Moment | None:
    mine = sessions.filter(pl.col("broadcasts").list.contains(broadcast))
    if mine.is_empty():
        return None
    row = mine.row(0, named=True)
    rows = {other.broadcast: other for other in edition.broadcasts}
    return Moment(
        title=row["title"],
        names=names_of(row) if row["name_en"] is not None else None,
        others=tuple(rows[key] for key in row["broadcasts"] if key in rows and key != broadcast),
    )
