"""Editions of which each broadcast tells what a test says, made with the real store and publisher."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.model import Status
from storage.read_model.publisher import Publisher
from tests.support.builders import broadcast, edition, names, programme
from tests.support.ticks import at, opened, seen, tick, told

HOUR = 60  # minutes
YEAR = 364 * 24 * HOUR


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A broadcast: what was told of it, by minutes after the opening; the last answer says it ended.

    In a minute that only one of ``views`` and ``viewers`` names, the other was not told.
    """

    key: str
    edition: str = "e2026"
    views: Mapping[int, int] = field(default_factory=dict)
    viewers: Mapping[int, int] = field(default_factory=dict)
    ends: int | None = None  # the minute of the answer that says so; None: it goes on
    facts: Mapping[str, Any] = field(default_factory=dict)


def publish_event(
    folder: Path,
    followed: Sequence[Followed],
    *,
    openings: Mapping[str, int] | None = None,
    hours: Mapping[str, int] | None = None,
    target: int | None = 2_000,
    published: int,
) -> Path:
    """Publish editions of 120 hours (or ``hours``), as of minute ``published`` after noon.

    ``openings``: by edition, in minutes after noon; e2025 opens a year before e2026.
    """
    openings = openings or {"e2025": -YEAR, "e2026": 0}
    lengths = dict.fromkeys(openings, 120) | dict(hours or {})
    store = opened(folder.parent / f"{folder.name}.duckdb", at=at(min(openings.values()) - HOUR))
    try:
        store.event.save_programme(
            programme(),
            [
                edition(
                    key=key,
                    names=names(key),
                    starts_at=at(opening),
                    ends_at=at(opening + lengths[key] * HOUR),
                    target_views=target,
                )
                for key, opening in openings.items()
            ],
        )
        for one in followed:
            _record(store, one, openings[one.edition])
        Publisher(store, folder, now=lambda: at(published), version="test").publish([])
    finally:
        store.close()
    return folder


def _record(store: Any, one: Followed, opening: int) -> None:
    platform, _, name = one.key.partition(":")
    facts = {"platform": platform, "edition": one.edition, "discovered_at": at(opening)}
    store.record(told(broadcast(name, **{**facts, **one.facts})))
    minutes = set(one.views) | set(one.viewers)
    if one.ends is not None:
        minutes.add(one.ends)
    for minute in sorted(minutes):
        status = Status.LIVE if one.ends is None or minute < one.ends else Status.ENDED
        row = seen(
            one.key,
            opening + minute,
            one.views.get(minute),
            concurrent_viewers=one.viewers.get(minute),
            status=status,
        )
        store.record(tick(row))
