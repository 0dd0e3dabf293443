"""Accounts of which each was asked as a test says, published with the real store and publisher."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from storage.model import (
    Account,
    Broadcast,
    Due,
    GapReason,
    LookPlan,
    Miss,
    Pause,
    Poll,
    Status,
    Tick,
)
from storage.read_model.publisher import Publisher
from storage.store import Store
from tests.support.builders import account, broadcast, edition, names, programme, snapshot
from tests.support.ticks import poll

MINUTE = timedelta(minutes=1)
LOOK_SECONDS = 600.0
EDITION = "week-2026"
PLATFORMS = ("peertube", "icecast")


class Asked(StrEnum):
    """What became of asking one account."""

    ANSWERED = "answered"  # nothing on air; what it had is over
    LIVE = "live"
    STOPPED = "stopped"  # its list answers; the last two polls of what is on air failed
    FAILED = "failed"  # never answered
    FAILS_SINCE = "fails since"  # answered once, before the edition's end, and fails
    PAUSED = "paused"  # answered, and is not asked any more
    NEVER = "never"  # nobody asked
    STATELESS = "stateless"  # answers counts, and no state


#: The edition of 5 days relative to now: when it starts and ends.
WHEN = {
    "before": (timedelta(days=2), timedelta(days=7)),
    "during": (-timedelta(days=2), timedelta(days=3)),
    "after": (-timedelta(days=10), -timedelta(days=5)),
}


def publish_accounts(folder: Path, asked: Sequence[Asked], when: str, now: datetime) -> Path:
    """Publish an edition whose accounts were asked so, as of ``now``."""
    starts, ends = WHEN[when]
    store = Store.open(
        folder.parent / f"{folder.name}.duckdb",
        now=lambda: now - 11 * 24 * 60 * MINUTE,
        simulated=False,
    )
    try:
        one = edition(
            key=EDITION, names=names("Week 2026"), starts_at=now + starts, ends_at=now + ends
        )
        store.event.save_programme(programme(), [replace(one, target_views=2000)])
        accounts = [
            account(
                key=f"{platform}:one", platform=platform, handle="one", name=f"Official {platform}"
            )
            for platform, _ in zip(PLATFORMS, asked, strict=False)
        ]
        store.event.save_accounts(accounts)
        for each, kind in zip(accounts, asked, strict=True):
            for tick in _ticks(each, kind, now, min(now + ends, now), store.next_poll_id):
                store.record(tick)
        publisher = Publisher(store, folder, now=lambda: now, version="test")
        plans = [_plan(each, kind, now) for each, kind in zip(accounts, asked, strict=True)]
        publisher.publish([], None, plans)
        publisher.heartbeat()
    finally:
        store.close()
    return folder


def _plan(one: Account, kind: Asked, now: datetime) -> LookPlan:
    pause = Pause(
        platform=one.platform,
        bucket=None,
        reason=GapReason.AUTH,
        until=now + 60 * MINUTE,
        detail="refused",
        at=now - MINUTE,
    )
    return LookPlan(
        account=one,
        interval_seconds=LOOK_SECONDS,
        pause=pause if kind is Asked.PAUSED else None,
        tells_state=kind is not Asked.STATELESS,
    )


def _ticks(
    one: Account, kind: Asked, now: datetime, end: datetime, next_id: Callable[[], int]
) -> list[Tick]:
    failing = {Asked.FAILED: ["dns"], Asked.FAILS_SINCE: ["ok", "unreachable"], Asked.NEVER: []}
    outcomes = failing.get(kind, ["ok"])
    looks = [
        _look(
            one, next_id(), end - 60 * MINUTE if len(outcomes) > nth + 1 else now - MINUTE, outcome
        )
        for nth, outcome in enumerate(outcomes)
    ]
    ticks = [Tick(at=now, polls=(look,)) for look in looks]
    if kind in {Asked.FAILED, Asked.NEVER}:
        return ticks
    status = {
        Asked.LIVE: Status.LIVE,
        Asked.STOPPED: Status.LIVE,
        Asked.STATELESS: Status.UNKNOWN,
    }.get(kind, Status.ENDED)
    facts = broadcast(
        "A",
        platform=one.platform,
        account=one.key,
        status=status,
        edition=EDITION,
        discovered_at=end - 61 * MINUTE,
        ended_at=end - 50 * MINUTE if status is Status.ENDED else None,
    )
    return [*ticks, _observed(facts, kind, now)]


def _observed(facts: Broadcast, kind: Asked, now: datetime) -> Tick:
    seen = now - (2 * MINUTE if kind is Asked.STOPPED else MINUTE)
    if kind is Asked.FAILS_SINCE:
        seen = facts.discovered_at
    live = facts.status is Status.LIVE
    told = snapshot(
        facts.key,
        seen,
        status=facts.status,
        views=345,
        concurrent_viewers=8 if live else None,
    )
    misses = [
        Miss(poll_id=1, broadcast=facts.key, at=now - seconds * timedelta(seconds=1), reason=reason)
        for seconds, reason in ((70, GapReason.UNREACHABLE), (10, GapReason.DNS))
        if kind is Asked.STOPPED
    ]
    due = Due(broadcast=facts.key, next_due_at=now + MINUTE, interval_seconds=60.0)
    return Tick(
        at=now, broadcasts=(facts,), snapshots=((1, told),), misses=tuple(misses), dues=(due,)
    )


def _look(one: Account, poll_id: int, at: datetime, outcome: str) -> Poll:
    return replace(
        poll(poll_id, 0),
        platform=one.platform,
        purpose="discovery",
        source=one.key,
        started_at=at,
        finished_at=at,
        answered=int(outcome == "ok"),
        outcome=outcome,
        error=None if outcome == "ok" else "no answer",
    )
