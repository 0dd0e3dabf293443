"""Usage of each bucket and limit of a platform, as it is published."""

import asyncio
from dataclasses import replace
from datetime import datetime

from collector.contract.errors import AuthFailed, DiskFailed
from collector.jobs.tracker import Tracker
from collector.quota.period import resets_at
from storage.model import QuotaUsage


async def quota_usage_of(tracker: Tracker) -> list[QuotaUsage]:
    """Return what each bucket and limit of the platform has used; one bare row for one without."""
    now, health = tracker.now(), tracker.health
    pause, alone = health.pause_to_show(tracker.accounts, now)
    bare = QuotaUsage(
        platform=tracker.platform.name,
        bucket=None,
        used=None,
        limit=None,
        resets_at=None,
        next_poll_at=tracker.queue.next_due_at(),
        next_look_at=tracker.next_look_at,
        pause=pause,
        paused_accounts=alone,
        token_expires_at=await _first_expiry(tracker),
        state=tracker.state(),
    )
    buckets = [
        replace(
            bare,
            bucket=bucket.name,
            used=await tracker.meter.spent(bucket),
            limit=bucket.units,
            resets_at=resets_at(now, bucket),
            pause=bare.pause or health.paused(now, bucket.name),
            given_up=tuple(
                priority.name.lower() for priority in tracker.pacing.slowed(bucket.name)
            ),
            state=tracker.state(bucket.name),
        )
        for bucket in tracker.platform.buckets
    ]
    limits = [
        replace(
            bare,
            bucket=limit.name,
            used=limit.used,
            limit=limit.limit,
            resets_at=limit.resets_at,
            pause=bare.pause or health.paused(now, limit.name),
            state=tracker.state(limit.name),
        )
        for limit in tracker.meter.limits.values()
        if now < limit.resets_at  # then it is full again, and nothing is known of it
    ]
    return buckets + limits or [bare]


async def _first_expiry(tracker: Tracker) -> datetime | None:
    """Return when the first login of the platform ends; a damaged one has ended.

    None where it is not known: no login ever ends, or a token cannot be read just now.
    """
    tokens = tracker.transport.tokens
    if tokens is None:
        return None
    try:
        return await asyncio.to_thread(tokens.first_expiry, list(tracker.accounts))
    except AuthFailed:
        return tracker.now()
    except DiskFailed:
        return None
