"""Small factories: what a test does not say is ordinary."""

from datetime import UTC, datetime
from typing import Any

from storage.model import (
    Account,
    Broadcast,
    Edition,
    GapReason,
    Miss,
    Names,
    Programme,
    Snapshot,
    Status,
    Tick,
)

NOON = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)


def names(en: str = "Name") -> Names:
    return Names(ar=f"ar {en}", fr=f"fr {en}", en=en)


def edition(**facts: Any) -> Edition:
    return Edition(
        **{
            "key": "test-2026",
            "names": names("Test 2026"),
            "city": names("Test"),
            "starts_at": datetime(2026, 5, 16, 23, tzinfo=UTC),
            "ends_at": datetime(2026, 5, 21, 23, tzinfo=UTC),
            "target_views": 20_000_000,
            "reported_views": None,
            "reported_visitors": None,
            **facts,
        }
    )


def account(**facts: Any) -> Account:
    return Account(
        **{
            "key": "youtube:@dgsn",
            "platform": "youtube",
            "handle": "@dgsn",
            "name": "DGSN",
            "native_id": "UC0000000000000000000000",
            "resolved_at": NOON,
            **facts,
        }
    )


def broadcast(native_id: str = "VIDEO0000001", **facts: Any) -> Broadcast:
    platform = facts.get("platform", "youtube")
    return Broadcast(
        **{
            "key": f"{platform}:{native_id}",
            "platform": platform,
            "account": f"{platform}:@dgsn",
            "native_id": native_id,
            "title": f"Broadcast {native_id}",
            "url": f"https://www.youtube.com/watch?v={native_id}",
            "status": Status.LIVE,
            "published_at": None,
            "scheduled_at": None,
            "started_at": None,
            "ended_at": None,
            "discovered_at": NOON,
            "edition": "test-2026",
            **facts,
        }
    )


def snapshot(broadcast_key: str, observed_at: datetime, **counts: Any) -> Snapshot:
    return Snapshot(
        **{
            "broadcast": broadcast_key,
            "observed_at": observed_at,
            "status": Status.LIVE,
            "source": "videos",
            **counts,
        }
    )


def programme() -> Programme:
    return Programme(key="test", names=names("Programme"), time_zone="Africa/Casablanca")


def seen(at: datetime, poll_id: int = 1, **views: int | None) -> Tick:
    """Return a tick in which broadcasts had these views at ``at``."""
    counted = [snapshot(f"youtube:{name}", at, views=count) for name, count in views.items()]
    return Tick(at=at, snapshots=tuple((poll_id, one) for one in counted))


def missed(at: datetime, reason: GapReason, *broadcasts: str) -> Tick:
    """Return a tick in which these broadcasts were asked for in vain."""
    misses = (
        Miss(broadcast=f"youtube:{name}", at=at, reason=reason, poll_id=1) for name in broadcasts
    )
    return Tick(at=at, misses=tuple(misses))
