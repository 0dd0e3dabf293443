"""Where things stand, from what is published alone: what `livetally status` prints."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from storage.analysis.freshness import Freshness, broadcast_freshness, observations
from storage.analysis.sight import (
    AccountSight,
    EditionFacts,
    account_sights,
    edition_phase,
    nothing_answers,
    sights_of_edition,
    unrenewed,
)
from storage.analysis.views.totals import edition_total, matched
from storage.model import NEEDS_A_PERSON, Status
from storage.read_model.heartbeat import Heartbeat
from storage.read_model.reader import (
    DEAD_AFTER_SECONDS,
    NotPublished,
    NotYetPublished,
    OtherVersion,
    Published,
    ReadModel,
)
from storage.reports.size import size_of
from storage.tables.json_values import iso, json_value


def status_of(
    folder: Path, *, now: datetime, database: Path | None = None, backups: Path | None = None
) -> dict[str, Any]:
    """Return the collector's pulse, every source and every edition, ready for JSON.

    Times are ISO 8601 in UTC; ages are seconds before ``now``; ``None`` means never or not told.

    ``live`` and ``concurrent_viewers`` of an edition are of what is seen on the air; what was when
    it was last seen is in ``live_when_last_seen``.
    ``size`` is that of :func:`~storage.reports.size.size_of`, where ``database`` and ``backups`` are named.

    Raises:
        NotPublished: the folder holds no read model yet.
    """
    model = ReadModel(folder)
    heartbeat = model.heartbeat()
    published = _open(model, heartbeat, now)
    heartbeat_at = heartbeat.at if heartbeat else None
    refusal = heartbeat.refusal if heartbeat else None
    state = published.state()
    editions, gaps = published.editions(), published.gaps()
    silent = _age(heartbeat_at, now)
    health = published.health()
    is_dead = silent is None or silent > DEAD_AFTER_SECONDS
    sights = account_sights(published.looks(), state, gaps, now)
    if is_dead:
        sights = tuple(map(unrenewed, sights))
    waiting = health.filter(pl.col("state").is_in(list(NEEDS_A_PERSON)))["platform"].unique()
    return {
        "simulated": published.manifest.simulated,
        "published_at": iso(published.manifest.published_at),
        "collector_seen_at": iso(heartbeat_at),
        "collector_seen_seconds_ago": silent,
        "collector_is_dead": is_dead,
        "needs_a_person": sorted(waiting),
        "nothing_answers": nothing_answers(sights),
        "accounts": [
            {
                "account": sight.account,
                "platform": sight.platform,
                "sight": str(sight.sight),
                "seen_at": iso(sight.seen_at),
                "reason": sight.reason,
            }
            for sight in sights
        ],
        "refusal": refusal.fields() if refusal else None,
        "loss": published.manifest.loss.fields() if published.manifest.loss else None,
        "size": size_of(published.manifest, database, backups) if database and backups else None,
        "sources": [
            {
                **{key: json_value(value) for key, value in row.items()},
                "last_success_seconds_ago": _age(row["last_success_at"], now),
            }
            for row in health.iter_rows(named=True)
        ],
        "editions": [
            _edition(
                row,
                state,
                gaps,
                sights_of_edition(sights, editions, state, row["edition"], now),
                now=now,
                is_dead=is_dead,
            )
            for row in editions.iter_rows(named=True)
        ],
    }


def _open(model: ReadModel, heartbeat: Heartbeat | None, now: datetime) -> Published:
    try:
        return model.open()
    except OtherVersion:
        raise
    except NotPublished as error:
        age = _age(heartbeat.at, now) if heartbeat else None
        if heartbeat is None or age is None or age > DEAD_AFTER_SECONDS:
            raise
        runs = _age(heartbeat.since or heartbeat.at, now) or 0.0
        raise NotYetPublished(
            f"the collector runs since {runs:.0f} s and has published nothing yet"
        ) from error


def _edition(
    row: Mapping[str, Any],
    state: pl.DataFrame,
    gaps: pl.DataFrame,
    sights: Sequence[AccountSight],
    *,
    now: datetime,
    is_dead: bool,
) -> dict[str, Any]:
    total, mine = edition_total(state, row["edition"]), matched(state, row["edition"])
    freshness = [broadcast_freshness(each, now) for each in observations(mine, gaps)]
    fresh = [each is Freshness.FRESH and not is_dead for each in freshness]
    live = mine["status"] == str(Status.LIVE)
    on_air = mine.filter(live & pl.Series(fresh, dtype=pl.Boolean))
    has_viewers = mine["peak_concurrent_viewers"].count() > 0
    facts = EditionFacts(
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        on_air=[Freshness.FRESH] * on_air.height + [Freshness.LATE] * (total.live - on_air.height),
        untold=mine.filter(
            (pl.col("status") == str(Status.UNKNOWN)) & (pl.col("interval_seconds") > 0)
        ).height,
        is_counted=total.views is not None or has_viewers,
        sights=sights,
    )
    watching = on_air["concurrent_viewers"]
    return {
        "edition": row["edition"],
        "state": str(edition_phase(facts, now)),
        "views": total.views,
        "as_of": iso(total.as_of),
        "broadcasts": total.broadcasts,
        "live": on_air.height,
        "live_when_last_seen": total.live - on_air.height,
        "concurrent_viewers": int(watching.sum()) if watching.count() else None,
    }


def _age(at: datetime | None, now: datetime) -> float | None:
    return round((now - at).total_seconds(), 1) if at else None
