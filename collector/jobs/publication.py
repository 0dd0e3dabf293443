"""The publication job, and the heartbeat: what readers see of the collector."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from collector.jobs.quota_usage import quota_usage_of
from collector.jobs.tracker import Tracker
from collector.observability.metrics import Metrics
from collector.observability.systemd import notify_systemd
from collector.recording.recorder import Recorder
from collector.recording.writer import Writer
from storage.errors import StoreDamaged, StoreUnwritable
from storage.model import Annotation
from storage.read_model.publisher import Publisher

#: How often published files are compared with their sums.
CHECK_SECONDS = 3_600


@dataclass(kw_only=True)
class Publication:
    """Publishes what trackers have recorded. ``is_current``: this configuration was published."""

    publisher: Publisher
    recorder: Recorder
    writer: Writer
    metrics: Metrics
    is_current: bool = False

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
        for tracker in trackers:
            tracker.changed = False
        try:
            await self.writer(self.publisher.publish, usages, annotations, plans)
        except (StoreUnwritable, StoreDamaged, OSError) as error:
            self.recorder.complain(error)
            for tracker in trackers:
                tracker.changed = True
            return
        self.metrics.show_generation(usages, self.publisher.newest("state"))
        self.is_current = True

    async def check_files(self) -> None:
        """Compare what is published with its sums; what differs is written anew at once."""
        if await self.writer(self.publisher.check_files):
            self.is_current = False

    async def beat(self, trackers: Sequence[Tracker]) -> None:
        """Say that the collector is alive, what it is late with and what its disk refuses."""
        for tracker in trackers:
            tracker.report_lateness()
        refusal = self.recorder.refusal
        self.metrics.show_spool(refusal, self.recorder.dropped_rows)
        try:
            await self.writer(self.publisher.heartbeat, refusal)
        except OSError as error:
            self.recorder.complain(error)
        notify_systemd("WATCHDOG=1", os.environ)
