"""Wiring of what follows from one configuration: connections, trackers and their past."""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from collector.config.load import Config
from collector.contract.errors import PlatformError
from collector.contract.platform_protocol import AnyPlatform
from collector.jobs.discovery import Discoverer
from collector.jobs.source_health import SourceHealth
from collector.jobs.tracker import Tracker
from collector.observability.metrics import Metrics
from collector.quota.meter import QuotaMeter
from collector.quota.pacing import Pacing
from collector.recording.recorder import Recorder
from collector.recording.writer import Writer
from collector.scheduling.cadence import cadence_of
from collector.scheduling.due_queue import DueQueue
from collector.transport.connect import connect
from storage.model import Account, Broadcast, GapReason, Miss, Status, Tick, Tracked
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

    def continue_from(self, before: "Wiring") -> None:
        """Remember what was paid for and what platforms said of their limits: an edit costs nothing."""
        known = {
            tracker.platform.name: (tracker, discoverer)
            for tracker, discoverer in zip(before.trackers, before.discoverers, strict=True)
        }
        for tracker, discoverer in zip(self.trackers, self.discoverers, strict=True):
            if tracker.platform.name in known:
                tracker_before, discoverer_before = known[tracker.platform.name]
                tracker.meter.observe(tracker_before.meter.limits.values())
                discoverer.paid |= discoverer_before.paid


async def wire_platforms(
    config: Config,
    *,
    store: Store,
    recorder: Recorder,
    writer: Writer,
    metrics: Metrics,
    now: Callable[[], datetime],
) -> Wiring:
    """Save what is configured and build what follows it; what is known comes from the store.

    Raises:
        StoreUnwritable: the disk refuses it.
    """
    async with AsyncExitStack() as stack:
        accounts = _with_ids(config.accounts, await writer(store.event.accounts))
        pauses, tracked = await writer(store.quota.pauses), await writer(store.tracked)
        trackers: list[Tracker] = []
        for platform in config.platforms.values():
            by_key = {
                account.key: account for account in accounts if account.platform == platform.name
            }
            if not by_key:
                continue
            meter = QuotaMeter(
                platform.buckets,
                [pause for pause in pauses if pause.platform == platform.name],
                recorder=recorder,
                now=now,
            )
            transport = await stack.enter_async_context(
                connect(
                    platform,
                    config,
                    budget=meter,
                    deadline_seconds=deadline_seconds(config),
                    now=now,
                )
            )
            tracker = Tracker(
                platform=platform,
                transport=transport,
                queue=DueQueue(
                    [entry for entry in tracked if entry.broadcast.account in by_key], now()
                ),
                accounts=by_key,
                rules=config.rules,
                cadence=cadence_of(platform, config),
                meter=meter,
                pacing=Pacing(platform, by_key),
                health=SourceHealth(platform.name, pauses, _servers(platform, by_key.values())),
                metrics=metrics,
                recorder=recorder,
                now=now,
            )
            tracker.plan_unscheduled()
            await tracker.forget_mended()
            tracker.health.report_pauses(now())
            trackers.append(tracker)
        await writer(store.event.save_accounts, accounts)
        await writer(store.event.save_programme, config.programme, config.editions)
        followed = {account.key for account in accounts}
        if left := _leave_unfollowed(tracked, followed, now()):
            await writer(store.record, left)
        await _rematch(trackers, store, writer, now())
        return Wiring(
            config=config,
            trackers=trackers,
            discoverers=[Discoverer(tracker) for tracker in trackers],
            connections=stack.pop_all(),
        )


def _servers(platform: AnyPlatform, accounts: Iterable[Account]) -> dict[str, str]:
    """Return the server of each account, where the platform is no single service."""
    servers: dict[str, str] = {}
    for account in accounts:
        # A handle that names no server is refused for itself, when it is asked.
        with suppress(PlatformError):
            if server := platform.server_of(account):
                servers[account.key] = server
    return servers


def _leave_unfollowed(
    tracked: Iterable[Tracked], followed: Collection[str], now: datetime
) -> Tick | None:
    """Return what is to be recorded of broadcasts whose account left the configuration, if any is new.

    Nobody asks for them any more: a gap opens, which the first answer closes if the account comes
    back, and nothing is said to be on the air.
    """
    left = [
        entry.broadcast
        for entry in tracked
        if entry.broadcast.account not in followed
        and (
            entry.broadcast.status in (Status.LIVE, Status.UPCOMING)
            or (entry.broadcast.status is Status.UNKNOWN and not entry.missed_polls)
        )
    ]
    if not left:
        return None
    accounts = ", ".join(sorted({broadcast.account for broadcast in left}))
    logger.warning(
        "%d broadcasts are not polled any more: not in the configuration: %s", len(left), accounts
    )
    return Tick(
        at=now,
        misses=tuple(
            Miss(broadcast=each.key, at=now, reason=GapReason.NOT_FOLLOWED, poll_id=0)
            for each in left
        ),
        broadcasts=tuple(replace(each, status=Status.UNKNOWN) for each in left),
    )


def deadline_seconds(config: Config) -> float:
    """Return how long a poll may take, in seconds."""
    return min(POLL_SHARE_OF_TICK * config.cadence.tick_seconds, LONGEST_POLL_SECONDS)


def _with_ids(configured: Iterable[Account], stored: Iterable[Account]) -> list[Account]:
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
        for entry in tracker.queue.entries.values():
            matched = tracker.matched(entry.broadcast)
            moved += matched.edition != entry.broadcast.edition
            if matched != entry.broadcast:
                entry.broadcast = matched
                changed.append(matched)
    if moved:
        logger.info("%d broadcasts match another edition than before", moved)
    if changed:
        await writer(store.record, Tick(at=now, broadcasts=tuple(changed)))
