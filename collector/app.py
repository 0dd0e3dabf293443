"""The composition root: the only place where the collector's objects are wired."""

import asyncio
import contextlib
import logging
import os
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
from collector.edits import Edits
from collector.errors import AuthFailed
from collector.ledger import Ledger
from collector.matching import is_on
from collector.metrics import Metrics, served
from collector.notify import notify
from collector.pacing import Pacing
from collector.polling import mark_clock_step, poll_due
from collector.quota import resets_at
from collector.retention import PURGE_SECONDS, purged_before
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


@dataclass(kw_only=True)
class Collector:
    """The whole collector, ready to run; its jobs may also be called one by one."""

    wiring: Wiring
    store: Store
    publisher: Publisher
    writer: Writer
    metrics: Metrics
    now: Callable[[], datetime]
    _published: bool = False

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.wiring.config

    @property
    def trackers(self) -> Sequence[Tracker]:
        """The platforms that are followed."""
        return self.wiring.trackers

    @property
    def discoverers(self) -> Sequence[Discoverer]:
        """One for each tracker."""
        return self.wiring.discoverers

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
        self.metrics.published(allowances, self.publisher.newest("state"))
        self._published = True

    async def beat(self) -> None:
        """Say that the collector is alive, and what it is late with."""
        for tracker in self.trackers:
            tracker.look_at_lateness()
        await self.writer(self.publisher.heartbeat)
        notify("WATCHDOG=1", os.environ)

    async def purge(self) -> None:
        """Delete what may not be kept any longer, and publish what that leaves."""
        for platform, days in self.config.storage.retention_days.items():
            at = self.now()
            before = purged_before(days, at)
            gone = await self.writer(self.store.purge, platform, before=before, at=at)
            if gone:
                logger.info(
                    "%s: %d raw snapshots from before %s deleted, as storage.retention_days says",
                    platform,
                    gone,
                    before.isoformat(timespec="minutes"),
                )
                for tracker in self.trackers:
                    tracker.changed = True

    async def clock_stepped(self, seconds: float) -> None:
        """Mark in everything that is polled that times around now are unsure."""
        del seconds  # the log has it
        for tracker in self.trackers:
            await mark_clock_step(tracker)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then finish what runs and publish it.

        A configuration that was edited meanwhile takes over between two ticks, as a whole.
        """
        edits, edited = Edits(self.config), asyncio.Event()
        while not stop.is_set():
            edited.clear()
            schedule = self._schedule(edits, edited)
            schedule.start()
            notify("READY=1", os.environ)
            await _first(stop, edited)
            if stop.is_set():
                logger.info("stopping: finishing what runs")
                notify("STOPPING=1", os.environ)
            await schedule.drain()
            if edited.is_set() and not stop.is_set() and not await self.rewire(edits.config):
                edits = Edits(self.config)
        await self.publish()

    async def rewire(self, config: Config) -> bool:
        """Let ``config`` take over, and tell whether it did; otherwise the one in force stays, whole.

        To be called while no job runs.
        """
        try:
            wiring = await _wired(
                config, store=self.store, writer=self.writer, metrics=self.metrics, now=self.now
            )
        except Exception:
            logger.exception("%s cannot take over; the one before it stays", config.path)
            return False
        before, self.wiring = self.wiring, wiring
        wiring.go_on_from(before)
        await before.connections.aclose()
        logger.info("%s was edited and is in force", config.path)
        return True

    def _schedule(self, edits: Edits, edited: asyncio.Event) -> Schedule:
        async def look() -> None:
            if await asyncio.to_thread(edits.look):
                edited.set()

        schedule, cadence = Schedule(self.clock_stepped), self.config.cadence
        for tracker, discoverer in zip(self.trackers, self.discoverers, strict=True):
            name = tracker.platform.name
            poll = partial(self._poll_and_show, tracker)
            discover = partial(self._discover_and_poll, tracker, discoverer)
            schedule.every(cadence.tick_seconds, f"poll {name}", poll, at_once=True)
            schedule.every(cadence.tick_seconds, f"discover {name}", discover, at_once=True)
        schedule.every(self.config.storage.publish_seconds, "publish", self.publish, at_once=False)
        schedule.every(PURGE_SECONDS, "retention", self.purge, at_once=True)
        often = min(cadence.tick_seconds, HEARTBEAT_SECONDS)
        schedule.every(often, "heartbeat", self.beat, at_once=True)
        schedule.every(often, "configuration", look, at_once=False)
        return schedule

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
        clock = asyncio.get_running_loop().time
        begun = clock()
        try:
            return await poll_due(tracker, deadline_seconds=_deadline_seconds(self.config))
        finally:
            self.metrics.took(tracker.platform.name, clock() - begun)


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
        metrics = Metrics(now)
        wiring = await _wired(config, store=store, writer=writer, metrics=metrics, now=now)
        ready = Collector(
            wiring=wiring,
            store=store,
            publisher=Publisher(
                store, config.storage.read_model, now=now, version=version("livetally")
            ),
            writer=writer,
            metrics=metrics,
            now=now,
        )
        try:
            yield ready
        finally:
            await ready.wiring.connections.aclose()


async def run_until_stopped(config: Config, *, now: Callable[[], datetime]) -> None:
    """Run the collector until SIGTERM or Ctrl-C."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        # Windows' loop has no signal handlers: there Ctrl-C arrives as KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(one, stop.set)
    async with collector(config, now=now) as ready:
        with served(ready.metrics, config.metrics):
            await ready.run(stop)


async def _first(*events: asyncio.Event) -> None:
    """Wait for one of the events."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()


async def _wired(
    config: Config,
    *,
    store: Store,
    writer: Writer,
    metrics: Metrics,
    now: Callable[[], datetime],
) -> Wiring:
    """Save what is configured and build what follows it; what is known comes from the store."""
    async with AsyncExitStack() as stack:
        accounts = _accounts(config.accounts, await writer(store.accounts))
        trackers = [
            await _tracker(
                platform,
                accounts,
                config=config,
                store=store,
                writer=writer,
                metrics=metrics,
                now=now,
                stack=stack,
            )
            for platform in config.platforms.values()
            if any(account.platform == platform.name for account in accounts)
        ]
        await writer(store.save_accounts, accounts)
        await writer(store.save_programme, config.programme, config.editions)
        await _rematch(trackers, store, writer, now())
        return Wiring(
            config=config,
            trackers=trackers,
            discoverers=[Discoverer(tracker) for tracker in trackers],
            connections=stack.pop_all(),
        )


async def _tracker(
    platform: Platform,
    accounts: Sequence[Account],
    *,
    config: Config,
    store: Store,
    writer: Writer,
    metrics: Metrics,
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
    mine = {one.key: one for one in accounts if one.platform == platform.name}
    tracked = [
        one for one in await writer(store.tracked) if one.broadcast.platform == platform.name
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
        roster=Roster(followed, now()),
        accounts=mine,
        rules=config.rules,
        cadence=cadence_of(platform, config),
        ledger=ledger,
        pacing=Pacing(platform, mine, ledger),
        watch=Watch(platform.name, pauses),
        metrics=metrics,
        store=store,
        writer=writer,
        now=now,
    )
    tracker.plan_unscheduled()
    return tracker


def _deadline_seconds(config: Config) -> float:
    return min(POLL_SHARE_OF_TICK * config.cadence.tick_seconds, LONGEST_POLL_SECONDS)


def cadence_of(platform: Platform, config: Config) -> Cadence:
    """Return the cadence of one platform: no finer than the counts it gives can show."""
    definitions = load_definitions()
    renewed = {
        metric: refresh_seconds(definitions, platform.name, metric) or 0.0
        for metric in (Metric.VIEWS, Metric.CONCURRENT_VIEWERS)
        if metric in platform.metrics
    }
    return Cadence(
        live_seconds=config.cadence.live_seconds,
        grid_seconds=config.cadence.grid_seconds,
        # One whose renewal is not known may be new at any time, however slow the others are.
        refresh_live_seconds=0.0 if config.simulated else min(renewed.values(), default=0.0),
        refresh_seconds=0.0 if config.simulated else renewed.get(Metric.VIEWS, 0.0),
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
            given_up=tuple(rank.name.lower() for rank in tracker.pacing.given_up(bucket.name)),
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
        return await asyncio.to_thread(tokens.first_end, list(tracker.accounts))
    except AuthFailed:
        return tracker.now()
