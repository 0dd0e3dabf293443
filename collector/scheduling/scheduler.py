"""Scheduler of periodic jobs: the only module that imports apscheduler.

State lives in storage, so there is no persistent job store: what is due is derived at each tick.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, cast

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

logger = logging.getLogger(__name__)

#: A wall clock that departs from the monotonic one by more than this has been set.
CLOCK_STEP_SECONDS = 2.0
DRAIN_SECONDS = 20.0

# Two lines a run at INFO would be most of the log.
logging.getLogger("apscheduler").setLevel(logging.WARNING)


class Scheduler:
    """Periodic jobs, aligned to the wall clock, that never overlap with themselves.

    ``stepped`` is awaited with the seconds by which the wall clock was set.
    """

    def __init__(self, stepped: Callable[[float], Awaitable[None]] | None = None) -> None:
        self._stepped = stepped
        self._drift = time.time() - time.monotonic()
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            # The default grace of 1 s dropped 20 % of the runs in a burst.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_listener(_log_event, EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES)
        self._busy: set[str] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._watchdog: asyncio.Task[None] | None = None

    def every(
        self, seconds: int, name: str, job: Callable[[], Awaitable[None]], *, at_once: bool
    ) -> None:
        """Run ``job`` every ``seconds``, at multiples of it since 1970; ``at_once``: now as well."""

        async def run() -> None:
            if name in self._busy:
                return  # the run at the start may still be on when the first turn comes
            self._busy.add(name)
            await self._heed_clock()
            # The scheduler cancels what runs when it is shut down; a task of our own is drained.
            task = asyncio.ensure_future(job())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            try:
                await asyncio.shield(task)
            finally:
                self._busy.discard(name)

        self._scheduler.add_job(run, _Grid(seconds), id=name, name=name)
        if at_once:
            # A job of its own: a first run out of step would keep all later ones out of it.
            self._scheduler.add_job(run, id=f"{name} at once", name=f"{name} at once")

    def start(self) -> None:
        """Start the jobs and the watchdog of the clock."""
        self._scheduler.start()
        self._watchdog = asyncio.create_task(self._watch_clock())

    async def drain(self) -> None:
        """Start nothing more and wait at most 20 s for what runs."""
        if self._watchdog:
            self._watchdog.cancel()
        self._scheduler.pause()
        if self._running:
            await asyncio.wait(self._running, timeout=DRAIN_SECONDS)
        self._scheduler.shutdown(wait=False)

    async def _watch_clock(self) -> None:
        while True:
            await asyncio.sleep(1)
            await self._heed_clock()

    async def _heed_clock(self) -> None:
        """Re-arm every job after the wall clock was set: alone, one set back would wait it out."""
        drift = time.time() - time.monotonic()
        seconds, self._drift = drift - self._drift, drift
        if abs(seconds) <= CLOCK_STEP_SECONDS:
            return
        logger.warning("the clock was set by %+.0f s, or the machine slept", seconds)
        now = datetime.fromtimestamp(time.time(), UTC)
        for job in cast("list[Any]", self._scheduler.get_jobs()):
            job.modify(next_run_time=job.trigger.get_next_fire_time(None, now))
        if self._stepped:
            await self._stepped(seconds)


class _Grid(BaseTrigger):
    """The multiples of some seconds since 1970. Those that were missed are not made up for.

    APScheduler's own trigger names every one of them first: half a million after a month's step.
    """

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def get_next_fire_time(  # pyright: ignore[reportIncompatibleMethodOverride] - typed as None there
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime:
        """Return the first multiple after ``now``."""
        del previous_fire_time
        passed = now.timestamp() // self._seconds
        return datetime.fromtimestamp((passed + 1) * self._seconds, UTC)


def _log_event(event: JobExecutionEvent) -> None:
    name = str(cast("Any", event).job_id)
    if event.code == EVENT_JOB_MAX_INSTANCES:
        logger.warning("%s had not finished when its next turn came", name)
    else:
        logger.error("%s failed", name, exc_info=cast("Any", event).exception)
