"""Wires what follows from one configuration: connections, trackers and what is known of them."""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from collector.config.load import Config
from collector.contract.platform_protocol import AnyPlatform
from collector.jobs.discovery import Discoverer
from collector.jobs.source_health import SourceHealth
from collector.jobs.tracker import Tracker
from collector.observability.metrics import Metrics
from collector.quota.meter import QuotaMeter
from collector.quota.pacing import Pacing
from collector.recording.spool import Spool
from collector.recording.writer import Writer
from collector.scheduling.cadence import cadence_of
from collector.scheduling.due_queue import DueQueue
from collector.transport.connect import connect
from storage.model import Account, Broadcast, Tick
from storage.store import Store

logger = logging.getLogger(__name__)

#: The share of a tick that a poll may take, so that the next tick finds a free way, and the most.
POLL_SHARE_OF_TICK = 0.8
LONGEST_POLL_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """What follows from one configuration, with the connections it needs; replaced as a whole."""

    config: Config
    trackers: Sequence[Tracker]
    discoverers: Sequence[Discoverer]
    connections: AsyncExitStack

    def go_on_from(self, before: "Wiring") -> None:
        """Remember what was paid for and what platforms said of their limits: an edit costs nothing."""
        known = {
            tracker.platform.name: (tracker, discoverer)
            for tracker, discoverer in zip(before.trackers, before.discoverers, strict=True)
        }
        for tracker, discoverer in zip(self.trackers, self.discoverers, strict=True):
            if tracker.platform.name in known:
                earlier, found = known[tracker.platform.name]
                tracker.ledger.observe(earlier.ledger.limits.values())
                discoverer.paid_at |= found.paid_at


async def wire_platforms(
    config: Config,
    *,
    spool: Spool,
    writer: Writer,
    metrics: Metrics,
    now: Callable[[], datetime],
) -> Wiring:
    """Save what is configured and build what follows it; what is known comes from the store.

    Raises:
        StoreUnwritable: the disk refuses it.
    """
    store = spool.store
    async with AsyncExitStack() as stack:
        accounts = _accounts(config.accounts, await writer(store.event.accounts))
        trackers = [
            await _tracker(
                platform,
                accounts,
                config=config,
                spool=spool,
                writer=writer,
                metrics=metrics,
                now=now,
                stack=stack,
            )
            for platform in config.platforms.values()
            if any(account.platform == platform.name for account in accounts)
        ]
        await writer(store.event.save_accounts, accounts)
        await writer(store.event.save_programme, config.programme, config.editions)
        await _rematch(trackers, store, writer, now())
        return Wiring(
            config=config,
            trackers=trackers,
            discoverers=[Discoverer(tracker) for tracker in trackers],
            connections=stack.pop_all(),
        )


async def _tracker(
    platform: AnyPlatform,
    accounts: Sequence[Account],
    *,
    config: Config,
    spool: Spool,
    writer: Writer,
    metrics: Metrics,
    now: Callable[[], datetime],
    stack: AsyncExitStack,
) -> Tracker:
    pauses = [
        one for one in await writer(spool.store.quota.pauses) if one.platform == platform.name
    ]
    ledger = QuotaMeter(platform.buckets, pauses, store=spool, writer=writer, now=now)
    transport = await stack.enter_async_context(
        connect(
            platform,
            config,
            budget=ledger,
            deadline_seconds=deadline_seconds(config),
            now=now,
        )
    )
    mine = {one.key: one for one in accounts if one.platform == platform.name}
    tracked = [
        one for one in await writer(spool.store.tracked) if one.broadcast.platform == platform.name
    ]
    followed = [one for one in tracked if one.broadcast.account in mine]
    if len(followed) < len(tracked):
        logger.warning(
            "%s: %d broadcasts are not polled: their accounts are not configured any more",
            platform.name,
            len(tracked) - len(followed),
        )
    tracker = Tracker(
        platform=platform,
        transport=transport,
        roster=DueQueue(followed, now()),
        accounts=mine,
        rules=config.rules,
        cadence=cadence_of(platform, config),
        ledger=ledger,
        pacing=Pacing(platform, mine),
        watch=SourceHealth(platform.name, pauses),
        metrics=metrics,
        store=spool,
        writer=writer,
        now=now,
    )
    tracker.plan_unscheduled()
    return tracker


def deadline_seconds(config: Config) -> float:
    """Return how long a poll may take, in seconds."""
    return min(POLL_SHARE_OF_TICK * config.cadence.tick_seconds, LONGEST_POLL_SECONDS)


def _accounts(configured: Iterable[Account], stored: Iterable[Account]) -> list[Account]:
    """Return the configured accounts with the ids that were resolved before."""
    known = {account.key: account for account in stored}
    return [
        replace(
            account,
            native_id=known[account.key].native_id,
            resolved_at=known[account.key].resolved_at,
        )
        if account.key in known
        else account
        for account in configured
    ]


async def _rematch(
    trackers: Sequence[Tracker], store: Store, writer: Writer, now: datetime
) -> None:
    """Match what is known to the editions as they are configured today."""
    changed: list[Broadcast] = []
    moved = 0
    for tracker in trackers:
        for entry in tracker.roster.entries.values():
            matched = tracker.matched(entry.broadcast)
            moved += matched.edition != entry.broadcast.edition
            if matched != entry.broadcast:
                entry.broadcast = matched
                changed.append(matched)
    if moved:
        logger.info("%d broadcasts match another edition than before", moved)
    if changed:
        await writer(store.record, Tick(at=now, broadcasts=tuple(changed)))
