"""The state of each source for the Health page: last success, quota, errors, next poll."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.view_model.edition import EditionTables
from dashboard.view_model.platforms import ordered
from storage.analysis.freshness import (
    Freshness,
    last_observation,
    observations,
    platform_freshness,
)
from storage.model import SourceState, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceBucket:
    """One quota of a day. ``used`` and ``limit`` in the platform's own units."""

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
    seen_at: datetime | None  # when the stalest broadcast on air was observed
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_error: str | None
    failing: bool  # its polls are paused, or the newest attempt failed
    next_poll_at: datetime | None
    next_look_at: datetime | None  # for new broadcasts
    tracked: int  # broadcasts that are followed
    live: int
    status_unknown: int  # followed, without it being known whether they are on air
    open_gaps: int
    paused_reason: str | None
    paused_until: datetime | None
    paused_accounts: tuple[str, ...]  # those that alone are paused; none: the platform is
    buckets: tuple[SourceBucket, ...]
    login_ends_at: datetime | None  # the first of its accounts'; None: none, or never
    polls: int  # of the last 24 hours
    failed_polls: int
    renewals: tuple[Renewal, ...]  # of the metrics with observations enough to measure it


def sources(tables: EditionTables, state: pl.DataFrame, now: datetime) -> tuple[Source, ...]:
    """Return one source per platform that is tracked or has a quota; ``state``: what was measured."""
    platforms = ordered([*tables.health["platform"].to_list(), *state["platform"].to_list()])
    return tuple(
        _source(
            platform,
            health=tables.health.filter(pl.col("platform") == platform),
            state=state.filter(pl.col("platform") == platform),
            polls=tables.polls.filter(pl.col("platform") == platform),
            refresh_rates=tables.refresh_rates.filter(pl.col("platform") == platform),
            gaps=tables.gaps,
            now=now,
        )
        for platform in platforms
    )


def failing(health: pl.DataFrame) -> bool:
    """Return whether the platform's polls are paused or its newest attempt failed."""
    return any(
        (row["paused_reason"] is not None and not row["paused_accounts"])
        or row["last_outcome"] not in {None, "ok"}
        for row in health.iter_rows(named=True)
    )


def _source(
    platform: str,
    *,
    health: pl.DataFrame,
    state: pl.DataFrame,
    polls: pl.DataFrame,
    refresh_rates: pl.DataFrame,
    gaps: pl.DataFrame,
    now: datetime,
) -> Source:
    last_observations = observations(state, gaps)
    rows = health.to_dicts()
    last = max(rows, key=lambda row: row["last_failure_at"] or now.replace(year=1970), default=None)
    paused = next((row for row in rows if row["paused_reason"] is not None), None)
    return Source(
        platform=platform,
        state=_worst(row["state"] for row in rows),
        freshness=platform_freshness(last_observations, now, failing=failing(health)),
        seen_at=last_observation(last_observations),
        last_success_at=_moment(health["last_success_at"].max()),
        last_failure_at=_moment(health["last_failure_at"].max()),
        last_error=last["last_error"] if last else None,
        failing=failing(health),
        next_poll_at=_moment(health["next_poll_at"].min()),
        next_look_at=_moment(health["next_look_at"].min()),
        tracked=max((row["tracked"] or 0 for row in rows), default=state.height),
        live=max((row["live"] or 0 for row in rows), default=0),
        status_unknown=state.filter(
            (pl.col("status") == Status.UNKNOWN.value) & pl.col("interval_seconds").is_not_null()
        ).height,
        open_gaps=max((row["open_gaps"] or 0 for row in rows), default=0),
        paused_reason=paused["paused_reason"] if paused else None,
        paused_until=paused["paused_until"] if paused else None,
        paused_accounts=tuple((paused["paused_accounts"] if paused else None) or ()),
        buckets=tuple(
            SourceBucket(
                name=row["bucket"],
                used=row["used"],
                limit=row["limit"],
                resets_at=row["resets_at"],
                given_up=tuple(row["given_up"] or ()),
            )
            for row in rows
            if row["limit"] is not None
        ),
        login_ends_at=_moment(health["token_expires_at"].min()),
        polls=polls.height,
        failed_polls=polls.filter(pl.col("outcome") != "ok").height,
        renewals=tuple(
            Renewal(metric=metric, minutes=minutes)
            for metric, minutes in refresh_rates.select("metric", "refresh_minutes").iter_rows()
        ),
    )


def _worst(states: Iterable[str | None]) -> SourceState | None:
    """Return the worst state of the platform's buckets; the enumeration goes from best to worst."""
    present = {SourceState(state) for state in states if state is not None}
    return next((state for state in reversed(SourceState) if state in present), None)


def _moment(value: object) -> datetime | None:
    """Return what polars found in a column of times; it types an aggregate as any literal."""
    return value if isinstance(value, datetime) else None
