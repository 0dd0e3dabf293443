"""Where things stand, from what is published alone: what `livetally status` prints."""

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from storage.analysis.views.totals import edition_total
from storage.model import NEEDS_A_PERSON
from storage.read_model.reader import DEAD_AFTER_SECONDS, ReadModel
from storage.tables.json_values import iso, json_value


def status_of(folder: Path, *, now: datetime) -> dict[str, Any]:
    """Return the collector's pulse, every source and every edition, ready for JSON.

    Times are ISO 8601 in UTC; ages are seconds before ``now``; ``None`` means never or not told.

    Raises:
        NotPublished: the folder holds no read model yet.
    """
    model = ReadModel(folder)
    published = model.open()
    heartbeat = model.heartbeat()
    heartbeat_at = heartbeat.at if heartbeat else None
    refusal = heartbeat.refusal if heartbeat else None
    state = published.state()
    totals = {key: edition_total(state, key) for key in published.editions()["edition"]}
    silent = _age(heartbeat_at, now)
    health = published.health()
    waiting = health.filter(pl.col("state").is_in(list(NEEDS_A_PERSON)))["platform"].unique()
    return {
        "simulated": published.manifest.simulated,
        "published_at": iso(published.manifest.published_at),
        "collector_seen_at": iso(heartbeat_at),
        "collector_seen_seconds_ago": silent,
        "collector_is_dead": silent is None or silent > DEAD_AFTER_SECONDS,
        "needs_a_person": sorted(waiting),
        "refusal": refusal.fields() if refusal else None,
        "loss": published.manifest.loss.fields() if published.manifest.loss else None,
        "sources": [
            {
                **{key: json_value(value) for key, value in row.items()},
                "last_success_seconds_ago": _age(row["last_success_at"], now),
            }
            for row in health.iter_rows(named=True)
        ],
        "editions": [
            {
                "edition": edition,
                "views": total.views,
                "as_of": iso(total.as_of),
                "broadcasts": total.broadcasts,
                "live": total.live,
                "concurrent_viewers": total.concurrent_viewers,
            }
            for edition, total in totals.items()
        ],
    }


def _age(at: datetime | None, now: datetime) -> float | None:
    return round((now - at).total_seconds(), 1) if at else None
