"""What each bucket and limit of a platform has used, as it is published."""

import asyncio
from dataclasses import replace
from datetime import datetime

from collector.contract.errors import AuthFailed
from collector.jobs.tracker import Tracker
from collector.quota.period import resets_at
from storage.model import QuotaUsage


async def quota_usage_of(tracker: Tracker) -> list[QuotaUsage]:
    """Return what each bucket and limit of the platform has used; one bare row for one without."""
    now, watch = tracker.now(), tracker.watch
    bare = QuotaUsage(
        platform=tracker.platform.name,
        bucket=None,
        used=None,
        limit=None,
        resets_at=None,
        next_poll_at=tracker.roster.next_due_at(),
        pause=watch.shown(tracker.accounts, now),
        token_expires_at=await _first_end(tracker),
        state=tracker.state(),
    )
    counted = [
        replace(
            bare,
            bucket=bucket.name,
            used=await tracker.ledger.spent(bucket),
            limit=bucket.units,
            resets_at=resets_at(now, bucket),
            pause=bare.pause or watch.paused(now, bucket.name),
            given_up=tuple(
                priority.name.lower() for priority in tracker.pacing.slowed(bucket.name)
            ),
            state=tracker.state(bucket.name),
        )
        for bucket in tracker.platform.buckets
    ]
    told = [
        replace(
            bare,
            bucket=limit.name,
            used=limit.used,
            limit=limit.limit,
            resets_at=limit.resets_at,
            pause=bare.pause or watch.paused(now, limit.name),
            state=tracker.state(limit.name),
        )
        for limit in tracker.ledger.limits.values()
        if now < limit.resets_at  # then it is full again, and nothing is known of it
    ]
    return counted + told or [bare]


async def _first_end(tracker: Tracker) -> datetime | None:
    """Return when the first login of the platform ends; a damaged one has ended."""
    tokens = tracker.transport.tokens
    if tokens is None:
        return None
    try:
        return await asyncio.to_thread(tokens.first_expiry, list(tracker.accounts))
    except AuthFailed:
        return tracker.now()
