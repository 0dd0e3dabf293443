"""The composition root: the only place where the collector's objects are wired."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib.metadata import version

from collector.cadence import Cadence
from collector.config import Config
from collector.connect import connect
from collector.contract import Platform
from collector.discovery import Discoverer
from collector.errors import AuthFailed
from collector.ledger import Ledger
from collector.matching import is_on
from collector.pacing import Pacing
from collector.polling import mark_clock_step, poll_due
from collector.quota import resets_at
from collector.roster import Roster
from collector.schedule import Schedule
from collector.tracker import Tracker
from collector.watch import Watch
from collector.writer import Writer
from storage.definitions import load as load_definitions
from storage.definitions import refresh_seconds
from storage.model import Account, Allowance, Broadcast, Metric, Tick
from storage.publish import Publisher
from storage.store import Store

logger = logging.getLogger(__name__)

#: The share of a tick that a poll may take, so that the next tick finds a free way, and the most.
POLL_SHARE_OF_TICK = 0.8
LONGEST_POLL_SECONDS = 10.0
#: How often the collector says that it is alive, whatever it polls.
HEARTBEAT_SECONDS = 5


@dataclass(kw_only=True)
class Collector:
    """The whole collector, ready to run; its jobs may also be called one by one."""

    config: Config
    trackers: Sequence[Tracker]
    discoverers: Sequence[Discoverer]
    store: Store
    publisher: Publisher
    writer: Writer
    now: Callable[[], datetime]
    _published: bool = False

    async def discover(self) -> list[Broadcast]:
        """Look for new broadcasts on every account."""
        found = await asyncio.gather(*(one.discover_all() for one in self.discoverers))
        return [broadcast for some in found for broadcast in some]

    async def poll(self) -> int:
        """Poll what is due on every platform; return how many polls were made."""
        made = await asyncio.gather(*(self._poll(tracker) for tracker in self.trackers))
        return sum(made)

    async def publish(self) -> None:
        """Publish what was recorded since the last time."""
        if not any(tracker.changed for tracker in self.trackers):
            return
        allowances = [one for tracker in self.trackers for one in await _allowances(tracker)]
        for tracker in self.trackers:
            tracker.changed = False
        await self.writer(self.publisher.publish, allowances)
        self._published = True

    async def beat(self) -> None:
        """Say that the collector is alive."""
        await self.writer(self.publisher.heartbeat)

    async def clock_stepped(self, seconds: float) -> None:
        """Mark in everything that is polled that times around now are unsure."""
        del seconds  # the log has it
        for tracker in self.trackers:
            await mark_clock_step(tracker)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then finish what runs and publish it."""
        schedule, cadence = Schedule(self.clock_stepped), self.config.cadence
        for tracker, discoverer in zip(self.trackers, self.discoverers, strict=True):
            name = tracker.platform.name
            poll = partial(self._poll_and_show, tracker)
            discover = partial(self._discover_and_poll, tracker, discoverer)
            schedule.every(cadence.tick_seconds, f"poll {name}", poll, at_once=True)
            schedule.every(cadence.tick_seconds, f"discover {name}", discover, at_once=True)
        schedule.every(self.config.storage.publish_seconds, "publish", self.publish, at_once=False)
        schedule.every(
            min(cadence.tick_seconds, HEARTBEAT_SECONDS), "heartbeat", self.beat, at_once=True
        )
        schedule.start()
        await stop.wait()
        logger.info("stopping: finishing what runs")
        await schedule.drain()
        await self.publish()

    async def _poll_and_show(self, tracker: Tracker) -> None:
        """Poll what is due on one platform; what has never been published is so at once."""
        if await self._poll(tracker) and not self._published:
            await self.publish()

    async def _discover_and_poll(self, tracker: Tracker, discoverer: Discoverer) -> None:
        """Discover when it is time to; what is found is polled in the same breath."""
        on = is_on(self.now(), self.config.editions)
        cadence = self.config.cadence
        every = cadence.discovery_seconds if on else cadence.idle_discovery_seconds
        if discoverer.is_due(every) and await discoverer.discover_all():
            await self._poll_and_show(tracker)

    async def _poll(self, tracker: Tracker) -> int:
        return await poll_due(tracker, deadline_seconds=_deadline_seconds(self.config))


@asynccontextmanager
async def collector(config: Config, *, now: Callable[[], datetime]) -> AsyncGenerator[Collector]:
    """Open the store and the connections, and resume where the last run stopped."""
    writer = Writer()
    async with AsyncExitStack() as stack:
        stack.callback(writer.close)
        store = await writer(
            Store.open, config.storage.database, now=now, simulated=config.simulated
        )
        stack.push_async_callback(writer, store.close)
        accounts = _accounts(config.accounts, await writer(store.accounts))
        await writer(store.save_accounts, accounts)
        await writer(store.save_programme, config.programme, config.editions)
        publisher = Publisher(
            store, config.storage.read_model, now=now, version=version("livetally")
        )
        trackers = [
            await _tracker(
                platform, accounts, config=config, store=store, writer=writer, now=now, stack=stack
            )
            for platform in config.platforms.values()
            if any(account.platform == platform.name for account in accounts)
        ]
        await _rematch(trackers, store, writer, now())
        yield Collector(
            config=config,
            trackers=trackers,
            discoverers=[Discoverer(tracker) for tracker in trackers],
            store=store,
            publisher=publisher,
            writer=writer,
            now=now,
        )


async def run_until_stopped(config: Config, *, now: Callable[[], datetime]) -> None:
    """Run the collector until SIGTERM or Ctrl-C."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        # Windows' loop has no signal handlers: there Ctrl-C arrives as KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(one, stop.set)
    async with collector(config, now=now) as ready:
        await ready.run(stop)


async def _tracker(
    platform: Platform,
    accounts: Sequence[Account],
    *,
    config: Config,
    store: Store,
    writer: Writer,
    now: Callable[[], datetime],
    stack: AsyncExitStack,
) -> Tracker:
    pauses = [one for one in await writer(store.pauses) if one.platform == platform.name]
    ledger = Ledger(platform.buckets, pauses, store=store, writer=writer, now=now)
    transport = await stack.enter_async_context(
        connect(
            platform,
            config,
            budget=ledger,
            deadline_seconds=_deadline_seconds(config),
            now=now,
        )
    )
    tracked = [
        one for one in await writer(store.tracked) if one.broadcast.platform == platform.name
    ]
    mine = {one.key: one for one in accounts if one.platform == platform.name}
    tracker = Tracker(
        platform=platform,
        transport=transport,
        roster=Roster(tracked, now()),
        accounts=mine,
        rules=config.rules,
        cadence=_cadence(platform, config),
        ledger=ledger,
        pacing=Pacing(platform, mine, ledger),
        watch=Watch(platform.name, pauses),
        store=store,
        writer=writer,
        now=now,
    )
    tracker.plan_unscheduled()
    return tracker


def _deadline_seconds(config: Config) -> float:
    return min(POLL_SHARE_OF_TICK * config.cadence.tick_seconds, LONGEST_POLL_SECONDS)


def _cadence(platform: Platform, config: Config) -> Cadence:
    """Return the cadence of one platform: no finer than the counts it gives can show."""
    definitions = load_definitions()
    views, viewers = (
        refresh_seconds(definitions, platform.name, metric)
        for metric in (Metric.VIEWS, Metric.CONCURRENT_VIEWERS)
    )
    known = [seconds for seconds in (views, viewers) if seconds is not None]
    return Cadence(
        live_seconds=config.cadence.live_seconds,
        grid_seconds=config.cadence.grid_seconds,
        refresh_live_seconds=0.0 if config.simulated else min(known, default=0.0),
        refresh_seconds=0.0 if config.simulated else views or 0.0,
    )


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


async def _allowances(tracker: Tracker) -> list[Allowance]:
    """Return what each bucket and limit of the platform has used; one bare row for one without."""
    now, watch = tracker.now(), tracker.watch
    bare = Allowance(
        platform=tracker.platform.name,
        bucket=None,
        used=None,
        limit=None,
        resets_at=None,
        next_poll_at=tracker.roster.next_due_at(),
        pause=watch.shown(tracker.accounts, now),
        token_expires_at=await _first_end(tracker),
    )
    counted = [
        replace(
            bare,
            bucket=bucket.name,
            used=await tracker.ledger.spent(bucket),
            limit=bucket.units,
            resets_at=resets_at(now, bucket),
            pause=bare.pause or watch.paused(now, bucket.name),
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
        return await asyncio.to_thread(tokens.first_end, list(tracker.accounts))
    except AuthFailed:
        return tracker.now()
