"""The publication job, and the heartbeat: what readers see of the collector.

Each has a thread of its own. A publication takes as long as it takes, while polls are asked and
recorded; a heartbeat waits for neither.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field

from collector.jobs.quota_usage import quota_usage_of
from collector.jobs.tracker import Tracker
from collector.observability.metrics import Metrics
from collector.observability.systemd import notify_systemd
from collector.recording.own_thread import OwnThread
from collector.recording.recorder import Recorder
from storage.database.read_view import ViewEnded
from storage.errors import StoreDamaged, StoreUnwritable
from storage.model import Annotation
from storage.read_model.publisher import Publisher

logger = logging.getLogger(__name__)

#: How often published files are compared with their sums.
CHECK_SECONDS = 3_600


@dataclass(kw_only=True)
class Publication:
    """Publishes what trackers have recorded. ``is_current``: this configuration is, or is about to be."""

    publisher: Publisher
    recorder: Recorder
    metrics: Metrics
    is_current: bool = False
    _press: OwnThread = field(default_factory=lambda: OwnThread("publisher"))
    _pulse: OwnThread = field(default_factory=lambda: OwnThread("heartbeat"))

    async def publish(
        self,
        trackers: Sequence[Tracker],
        annotations: Sequence[Annotation],
        *,
        look_seconds: float,
    ) -> None:
        """Publish what was recorded since the last time; a disk that refuses is asked again.

        ``look_seconds`` lie between two looks for an account's broadcasts.
        The first time, and after an edited configuration, there is the programme to show at least.
        """
        await self.recorder.drain()
        if self.is_current and not any(tracker.changed for tracker in trackers):
            return
        usages = [usage for tracker in trackers for usage in await quota_usage_of(tracker)]
        plans = [plan for tracker in trackers for plan in tracker.look_plans(look_seconds)]
        was_current, self.is_current = self.is_current, True
        for tracker in trackers:
            tracker.changed = False
        try:
            await self._press(self.publisher.publish, usages, annotations, plans)
        except BaseException as error:
            self.is_current &= was_current
            for tracker in trackers:
                tracker.changed = True
            if isinstance(error, StoreUnwritable | StoreDamaged | OSError):
                self.recorder.complain(error)
            elif not isinstance(error, ViewEnded):
                raise
            return
        self.metrics.show_generation(usages, self.publisher.newest("state"))

    async def finish(self, publishing: Awaitable[None], *, seconds: float) -> None:
        """Let what is being published, and then ``publishing``, end; break it off after ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                await publishing
                await self._press(int)  # after all before it
        except TimeoutError:
            self.publisher.stop()
            logger.info("what was recorded last is published after the next start")

    def close(self) -> None:
        """End both threads, and what is being published before its next file."""
        self.publisher.stop()
        self._press.close()
        self._pulse.close()

    async def check_files(self) -> None:
        """Compare what is published with its sums; what differs is written anew at once."""
        if await self._press(self.publisher.check_files):
            self.is_current = False

    async def beat(self, trackers: Sequence[Tracker]) -> None:
        """Say that the collector is alive, what it is late with and what its disk refuses."""
        for tracker in trackers:
            tracker.report_lateness()
        refusal = self.recorder.refusal
        self.metrics.show_spool(refusal, self.recorder.dropped_rows)
        try:
            await self._pulse(self.publisher.heartbeat, refusal)
        except OSError as error:
            self.recorder.complain(error)
        notify_systemd("WATCHDOG=1", os.environ)
