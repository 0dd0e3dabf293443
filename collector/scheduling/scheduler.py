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
#: How long what runs may take to end when a configuration takes over.
DRAIN_SECONDS = 20.0
#: The same when the process is to stop.
HURRY_SECONDS = 1.0

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
        self._runs: dict[str, Callable[[], Awaitable[None]]] = {}
        self._busy: set[str] = set()
        self._running: set[asyncio.Future[None]] = set()
        self._detached: set[asyncio.Future[None]] = set()
        self._watchdog: asyncio.Task[None] | None = None

    def every(
        self,
        seconds: int,
        name: str,
        job: Callable[[], Awaitable[None]],
        *,
        at_once: bool,
        drained: bool = True,
    ) -> None:
        """Run ``job`` every ``seconds``, at multiples of it since 1970; ``at_once``: now as well.

        One that is not ``drained`` is not waited for in the end: what it began goes on by itself.
        """

        async def run() -> None:
            if name in self._busy:
                return  # the run at the start may still be on when the first turn comes
            self._busy.add(name)
            await self._heed_clock()
            # The scheduler cancels what runs when it is shut down; a task of our own is drained.
            task = asyncio.ensure_future(job())
            tasks = self._running if drained else self._detached
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                if not task.cancelled():
                    raise
            finally:
                self._busy.discard(name)

        self._runs[name] = run
        self._scheduler.add_job(run, _Grid(seconds), id=name, name=name)
        if at_once:
            # A job of its own: a first run out of step would keep all later ones out of it.
            self._scheduler.add_job(run, id=f"{name} at once", name=f"{name} at once")

    def start(self) -> None:
        """Start the jobs and the watchdog of the clock."""
        self._scheduler.start()
        self._watchdog = asyncio.create_task(self._watch_clock())

    def soon(self, name: str) -> None:
        """Run a job now, beside its turns; nothing where it runs already."""
        run_id = f"{name} soon"
        self._scheduler.add_job(self._runs[name], id=run_id, name=run_id, replace_existing=True)

    async def drain(self, hurry: asyncio.Event) -> None:
        """Start nothing more, wait for what runs, and break off what has not ended in time.

        That is 20 s, and 1 s once there is a ``hurry``.
        """
        if self._watchdog:
            self._watchdog.cancel()
        self._scheduler.pause()
        for task in self._detached:
            task.cancel()
        if running := set(self._running):
            ends = asyncio.ensure_future(asyncio.wait(running, timeout=DRAIN_SECONDS))
            hurries = asyncio.ensure_future(hurry.wait())
            await asyncio.wait({ends, hurries}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({ends}, timeout=HURRY_SECONDS)
            for task in (ends, hurries, *running):
                task.cancel()
            await asyncio.wait(running, timeout=HURRY_SECONDS)
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
