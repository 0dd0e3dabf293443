"""The state of each source for the Health page: last success, allowance, errors, next poll."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.view_model.freshness import Freshness, LastObservation, last_observation, of_platform
from dashboard.view_model.platforms import ordered
from storage.model import SourceState, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceBucket:
    """One daily allowance. ``used`` and ``limit`` in the platform's own units."""

    name: str | None
    used: int | None
    limit: int | None
    resets_at: datetime | None
    given_up: tuple[str, ...]  # what is polled less often than wanted, the first given up first


@dataclass(frozen=True, kw_only=True, slots=True)
class Renewal:
    """How often the platform itself renews a metric, measured; 1 minute: not slower than seen."""

    metric: str
    minutes: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One platform as the collector sees it."""

    platform: str
    state: SourceState | None  # as the collector said; None: published without one
    freshness: Freshness
    seen_at: datetime | None  # of the stalest broadcast on air
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_error: str | None
    failing: bool
    next_poll_at: datetime | None
    tracked: int
    live: int
    untold: int  # followed, without it being known whether they are on air
    open_gaps: int
    paused_reason: str | None
    paused_until: datetime | None
    buckets: tuple[SourceBucket, ...]
    login_ends_at: datetime | None  # the first of its accounts'; None: none, or never
    polls: int  # of the last 24 hours
    failed_polls: int
    renewals: tuple[Renewal, ...]  # of the metrics of which enough was seen to tell


def sources(
    health: pl.DataFrame,
    state: pl.DataFrame,
    polls: pl.DataFrame,
    resolution: pl.DataFrame,
    now: datetime,
) -> tuple[Source, ...]:
    """One source per platform that is tracked or has an allowance."""
    platforms = ordered([*health["platform"].to_list(), *state["platform"].to_list()])
    return tuple(
        _source(
            platform,
            health=health.filter(pl.col("platform") == platform),
            state=state.filter(pl.col("platform") == platform),
            polls=polls.filter(pl.col("platform") == platform),
            resolution=resolution.filter(pl.col("platform") == platform),
            now=now,
        )
        for platform in platforms
    )


def failing(health: pl.DataFrame) -> bool:
    """Whether the platform's polls are paused or its newest attempt failed."""
    for row in health.iter_rows(named=True):
        if row["paused_reason"] is not None:
            return True
        if row["last_outcome"] not in {None, "ok"}:
            return True
    return False


def last_seen(state: pl.DataFrame) -> list[LastObservation]:
    """What freshness needs of each broadcast."""
    return [
        LastObservation(status=Status(status), observed_at=observed_at, interval_seconds=interval)
        for status, observed_at, interval in state.select(
            "status", "observed_at", "interval_seconds"
        ).iter_rows()
    ]


def _source(
    platform: str,
    *,
    health: pl.DataFrame,
    state: pl.DataFrame,
    polls: pl.DataFrame,
    resolution: pl.DataFrame,
    now: datetime,
) -> Source:
    rows = health.to_dicts()
    bad = failing(health)
    last = max(rows, key=lambda row: row["last_failure_at"] or now.replace(year=1970), default=None)
    paused = next((row for row in rows if row["paused_reason"] is not None), None)
    upcoming = [row["next_poll_at"] for row in rows if row["next_poll_at"] is not None]
    return Source(
        platform=platform,
        state=_worst(row["state"] for row in rows),
        freshness=of_platform(last_seen(state), now, failing=bad),
        seen_at=last_observation(last_seen(state)),
        last_success_at=_newest(health, "last_success_at"),
        last_failure_at=_newest(health, "last_failure_at"),
        last_error=last["last_error"] if last else None,
        failing=bad,
        next_poll_at=min(upcoming, default=None),
        tracked=max((row["tracked"] or 0 for row in rows), default=state.height),
        live=max((row["live"] or 0 for row in rows), default=0),
        untold=state.filter(
            (pl.col("status") == Status.UNKNOWN.value) & pl.col("interval_seconds").is_not_null()
        ).height,
        open_gaps=max((row["open_gaps"] or 0 for row in rows), default=0),
        paused_reason=paused["paused_reason"] if paused else None,
        paused_until=paused["paused_until"] if paused else None,
        buckets=tuple(
            SourceBucket(
                name=r["bucket"],
                used=r["used"],
                limit=r["limit"],
                resets_at=r["resets_at"],
                given_up=tuple(r["given_up"] or ()),
            )
            for r in rows
            if r["limit"] is not None
        ),
        login_ends_at=_earliest(health, "token_expires_at"),
        polls=polls.height,
        failed_polls=polls.filter(pl.col("outcome") != "ok").height,
        renewals=tuple(
            Renewal(metric=metric, minutes=minutes)
            for metric, minutes in resolution.select("metric", "refresh_minutes").iter_rows()
        ),
    )


def _worst(states: Iterable[str | None]) -> SourceState | None:
    """The worst of the platform's buckets; the states stand in that order."""
    told = {SourceState(one) for one in states if one is not None}
    return next((one for one in reversed(SourceState) if one in told), None)


def _newest(health: pl.DataFrame, column: str) -> datetime | None:
    newest = health[column].max()
    return newest if isinstance(newest, datetime) else None


def _earliest(health: pl.DataFrame, column: str) -> datetime | None:
    earliest = health[column].min()
    return earliest if isinstance(earliest, datetime) else None
