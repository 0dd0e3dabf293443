"""The composition root: opens what outlives a configuration, and schedules the collector's jobs."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version

from collector.config.load import Config
from collector.config.reload import ConfigWatcher
from collector.jobs.backup import LOOK_SECONDS, back_up_when_due
from collector.jobs.discovery import Discoverer
from collector.jobs.polling import mark_clock_step, poll_due
from collector.jobs.publication import CHECK_SECONDS, Publication
from collector.jobs.resumption import take_request
from collector.jobs.retention import PURGE_SECONDS, purge
from collector.jobs.tracker import Tracker
from collector.matching import is_on
from collector.observability.metrics import Metrics, serve_metrics
from collector.observability.systemd import notify_systemd
from collector.recording.recorder import Recorder
from collector.recording.writer import Writer
from collector.scheduling.scheduler import Scheduler
from collector.wiring import Wiring, deadline_seconds, wire_platforms
from storage.chain.keys import SigningKey, key_path
from storage.errors import StoreDamaged, StoreUnwritable
from storage.model import Broadcast
from storage.read_model.publisher import Publisher
from storage.recovery import open_sound
from storage.store import Store
from storage.system.processes import stop_signals

logger = logging.getLogger(__name__)

#: How often at most what was recorded hangs on the log alone; a checkpoint costs a tenth of a second.
CHECKPOINT_SECONDS = 900
#: How long what runs, and then the last publication, may take when the process is to stop; the latter
#: at least the second of these.
STOP_SECONDS, FINISH_SECONDS = 1.8, 0.5
#: How often the collector says that it is alive, whatever it polls.
HEARTBEAT_SECONDS = 5


@dataclass(kw_only=True)
class Collector:
    """The whole collector, ready to run; its jobs may also be called one by one."""

    wiring: Wiring
    store: Store
    recorder: Recorder
    publication: Publication
    writer: Writer
    metrics: Metrics
    now: Callable[[], datetime]
    wire: Callable[[Config], Awaitable[Wiring]]

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
        discovered = await asyncio.gather(
            *(discoverer.discover_all() for discoverer in self.discoverers)
        )
        return [broadcast for broadcasts in discovered for broadcast in broadcasts]

    async def poll(self) -> int:
        """Poll what is due on every platform; return how many polls were made."""
        return sum(await asyncio.gather(*map(self._poll, self.trackers)))

    async def publish(self) -> None:
        """Publish what was recorded since the last time."""
        await self.publication.publish(
            self.trackers, self.config.annotations, look_seconds=self._look_seconds()
        )

    async def beat(self) -> None:
        """Say that the collector is alive."""
        await self.publication.beat(self.trackers)

    async def resume(self) -> None:
        """Ask again at once what a person says is mended."""
        platforms = await asyncio.to_thread(take_request, self.config.storage.database)
        for tracker in self.trackers:
            if tracker.platform.name in platforms:
                await tracker.forget_refusals()

    async def back_up(self) -> None:
        """Make a backup when one is due."""
        on_air = any(tracker.queue.is_on_air() for tracker in self.trackers)
        await back_up_when_due(self.store, self.config.storage, on_air=on_air, now=self.now)

    async def checkpoint(self) -> None:
        """Bring the database's log into its file; a disk that refuses is asked again later."""
        if self.recorder.refusal is None:
            try:
                await self.writer(self.store.checkpoint)
            except (StoreUnwritable, StoreDamaged) as error:
                self.recorder.complain(error)

    async def purge(self) -> None:
        """Delete what may not be kept any longer, and have published what that leaves."""
        days = self.config.storage.retention_days
        if await purge(self.store, self.writer, days, now=self.now):
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
        watcher, edited = ConfigWatcher(self.config), asyncio.Event()
        clock = asyncio.get_running_loop().time
        until = clock() + STOP_SECONDS
        while not stop.is_set():
            edited.clear()
            schedule = self._schedule(watcher, edited)
            schedule.start()
            notify_systemd("READY=1", os.environ)
            await _wait_for_first(stop, edited)
            until = clock() + STOP_SECONDS
            if stop.is_set():
                logger.info("stopping: finishing what runs")
                notify_systemd("STOPPING=1", os.environ)
            await schedule.drain(stop)
            if edited.is_set() and not stop.is_set() and not await self.rewire(watcher.config):
                watcher = ConfigWatcher(self.config)
        left = max(FINISH_SECONDS, until - clock())
        await self.publication.finish(self.publish(), seconds=left)
        if left := self.recorder.waiting_rows():
            logger.error("the disk refused to the end: %d rows that waited are lost", left)

    async def rewire(self, config: Config) -> bool:
        """Let ``config`` take over, and tell whether it did; otherwise the one in force stays, whole.

        To be called while no job runs.
        """
        try:
            wiring = await self.wire(config)
        except Exception:
            logger.exception("%s cannot take over; the one before it stays", config.path)
            return False
        before, self.wiring = self.wiring, wiring
        wiring.continue_from(before)
        self.publication.is_current = False
        await before.connections.aclose()
        logger.info("%s was edited and is in force", config.path)
        return True

    def _schedule(self, watcher: ConfigWatcher, edited: asyncio.Event) -> Scheduler:
        async def look() -> None:
            # What waits for the disk is not known to the store yet, from which all begins anew.
            if self.recorder.refusal is None and await asyncio.to_thread(watcher.look):
                edited.set()

        schedule, cadence = Scheduler(self.clock_stepped), self.config.cadence
        for tracker, discoverer in zip(self.trackers, self.discoverers, strict=True):
            name = tracker.platform.name
            poll = partial(self._poll_and_show, tracker, schedule)
            discover = partial(self._discover_and_poll, tracker, discoverer, schedule)
            schedule.every(cadence.tick_seconds, f"poll {name}", poll, at_once=True)
            schedule.every(cadence.tick_seconds, f"discover {name}", discover, at_once=True)
        often = self.config.storage.publish_seconds
        schedule.every(often, "publish", self.publish, at_once=False, drained=False)
        check = self.publication.check_files  # at the start the publisher did
        schedule.every(CHECK_SECONDS, "published files", check, at_once=False, drained=False)
        schedule.every(PURGE_SECONDS, "retention", self.purge, at_once=True)
        schedule.every(CHECKPOINT_SECONDS, "checkpoint", self.checkpoint, at_once=True)
        look_seconds = min(self.config.storage.backup_seconds, LOOK_SECONDS)
        schedule.every(look_seconds, "backup", self.back_up, at_once=False)
        often = min(cadence.tick_seconds, HEARTBEAT_SECONDS)
        schedule.every(often, "heartbeat", self.beat, at_once=True)
        schedule.every(often, "configuration", look, at_once=False)
        schedule.every(often, "resumption", self.resume, at_once=True)
        return schedule

    async def _poll_and_show(self, tracker: Tracker, schedule: Scheduler) -> None:
        """Poll what is due on one platform; what has never been published is so at once, beside it."""
        if await self._poll(tracker) and not self.publication.is_current:
            schedule.soon("publish")

    async def _discover_and_poll(
        self, tracker: Tracker, discoverer: Discoverer, schedule: Scheduler
    ) -> None:
        """Discover when it is time to; new broadcasts are polled immediately."""
        if await discoverer.discover_due(self._look_seconds()):
            await self._poll_and_show(tracker, schedule)

    def _look_seconds(self) -> float:
        """Return how often broadcasts are looked for at this time."""
        on, cadence = is_on(self.now(), self.config.editions), self.config.cadence
        return cadence.discovery_seconds if on else cadence.idle_discovery_seconds

    async def _poll(self, tracker: Tracker) -> int:
        return await poll_due(tracker, deadline_seconds=deadline_seconds(self.config))


@asynccontextmanager
async def collector(
    config: Config, *, now: Callable[[], datetime], force_new: bool = False
) -> AsyncGenerator[Collector]:
    """Open the store and the connections, and resume where the last run stopped.

    A damaged database is put aside and the newest verified backup restored; without one,
    ``force_new`` begins a new database.
    """
    writer = Writer()
    async with AsyncExitStack() as stack:
        stack.callback(writer.close)
        store = await writer(
            open_sound,
            config.storage.database,
            now=now,
            simulated=config.simulated,
            backup_folder=config.storage.backups,
            force_new=force_new,
        )
        stack.push_async_callback(writer, store.close)
        metrics, recorder = Metrics(now), Recorder(store, writer, now=now)
        publisher = Publisher(
            store,
            config.storage.read_model,
            now=now,
            version=version("livetally"),
            key=SigningKey.load(key_path(config.storage.tokens)),
        )
        wire = partial(
            wire_platforms, store=store, recorder=recorder, writer=writer, metrics=metrics, now=now
        )
        publication = Publication(publisher=publisher, recorder=recorder, metrics=metrics)
        stack.callback(publication.close)
        ready = Collector(
            wiring=await wire(config),
            store=store,
            recorder=recorder,
            publication=publication,
            writer=writer,
            metrics=metrics,
            now=now,
            wire=wire,
        )
        try:
            yield ready
        finally:
            await ready.wiring.connections.aclose()


async def run_until_stopped(
    config: Config, *, now: Callable[[], datetime], force_new: bool = False
) -> None:
    """Run the collector until SIGTERM, Ctrl-C or the end of its terminal."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in stop_signals():
        # Windows' loop has no signal handlers: there Ctrl-C arrives as KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with collector(config, now=now, force_new=force_new) as ready:
        with serve_metrics(ready.metrics, config.metrics):
            await ready.run(stop)


async def _wait_for_first(*events: asyncio.Event) -> None:
    """Wait for one of the events."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
