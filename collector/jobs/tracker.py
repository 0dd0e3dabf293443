"""One platform being tracked: what its discovery and its polls share."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from collector.contract.errors import AuthFailed, PlatformError, QuotaExceeded
from collector.contract.platform_protocol import AnyPlatform
from collector.jobs.source_health import SourceHealth
from collector.matching import Rule, rematch
from collector.observability.metrics import Metrics
from collector.quota.meter import QuotaMeter
from collector.quota.pacing import Pacing
from collector.recording.recorder import Recorder
from collector.scheduling.cadence import Cadence, due_at, interval_seconds
from collector.scheduling.due_queue import DueQueue, QueueEntry
from collector.transport.client import Transport
from storage.model import Account, Broadcast, Due, LookPlan, Pause, SourceState, Status, Tick

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Tracker:
    """A platform with its connection, due queue and health; not shared between platforms."""

    platform: AnyPlatform
    transport: Transport
    queue: DueQueue
    accounts: dict[str, Account]  # by key
    rules: Sequence[Rule]
    cadence: Cadence
    meter: QuotaMeter
    pacing: Pacing
    health: SourceHealth
    metrics: Metrics
    recorder: Recorder
    now: Callable[[], datetime]
    changed: bool = True  # something was recorded since the last publication

    def matched(self, broadcast: Broadcast) -> Broadcast:
        """Return the broadcast with the edition it belongs to, and why."""
        belongs = rematch(broadcast, self.rules)
        if broadcast.edition not in (None, belongs.edition):
            logger.warning(
                "%s %r is counted in %s and not in %s any more: %s",
                broadcast.key,
                broadcast.title,
                belongs.edition or "no edition",
                broadcast.edition,
                belongs.reason,
            )
        return replace(broadcast, edition=belongs.edition, match_reason=belongs.reason)

    def plan_unscheduled(self) -> None:
        """Poll at once what was never scheduled, but not what is too old to be polled at all."""
        now = self.now()
        for entry in list(self.queue.entries.values()):
            if entry.interval_seconds == 0 and self._interval(entry, now) is None:
                entry.next_due_at = None

    def reschedule(self, entry: QueueEntry, now: datetime) -> Due:
        """Plan the entry's next poll and put it back into the queue."""
        interval = self._interval(entry, now)
        if interval is None:
            entry.next_due_at, entry.interval_seconds = None, 0.0
        else:
            entry.next_due_at = due_at(now, interval, self.cadence)
            entry.interval_seconds = interval
        self.queue.put(entry)
        return Due(
            broadcast=entry.broadcast.key,
            next_due_at=entry.next_due_at,
            interval_seconds=entry.interval_seconds,
        )

    async def update_pacing(self) -> None:
        """Bring the pacing up to date when it is time to."""
        now = self.now()
        if not self.pacing.is_due(now):
            return
        wanted = (
            (entry.broadcast, self._wanted(entry, now))
            for entry in self.queue.entries.values()
            if entry.next_due_at is not None
        )
        polled = [(broadcast, seconds) for broadcast, seconds in wanted if seconds is not None]
        self.pacing.update(polled, await self.meter.spent_by_bucket(), now)

    def _interval(self, entry: QueueEntry, now: datetime) -> float | None:
        wanted = self._wanted(entry, now)
        if wanted is None or entry.broadcast.status is Status.GONE:
            return wanted
        finest = self.cadence.finest_seconds(entry.broadcast.status)
        return max(self.pacing.interval(entry.broadcast, wanted, now), finest)

    def _wanted(self, entry: QueueEntry, now: datetime) -> float | None:
        return interval_seconds(
            entry.broadcast,
            now,
            self.cadence,
            tracked_after_end_seconds=self.platform.tracked_after_end_seconds,
            absences=entry.absences,
        )

    async def record(self, tick: Tick) -> None:
        """Record a tick, to be published, without secrets that an answer echoed."""
        hide = self.transport.redact
        safe = replace(
            tick,
            polls=tuple(
                replace(poll, error=hide(poll.error)) if poll.error else poll for poll in tick.polls
            ),
            set_aside=tuple(
                replace(aside, reason=hide(aside.reason), body=hide(aside.body))
                for aside in tick.set_aside
            ),
        )
        await self.recorder.record(safe)
        self.metrics.count_tick(self.platform.name, safe)
        self.changed = True

    def state(self, bucket: str | None = None) -> SourceState:
        """Return how the platform fares, or ``bucket`` of it."""
        return self.health.state(
            self.now(),
            accounts=self.accounts,
            overdue_seconds=self._overdue_seconds(),
            bucket=bucket,
        )

    def look_plans(self, look_seconds: float) -> list[LookPlan]:
        """Return how the broadcasts of each account are looked for, every ``look_seconds``."""
        now = self.now()
        return [
            LookPlan(
                account=account,
                interval_seconds=look_seconds,
                pause=self.health.pause_of(key, now),
                tells_state=self.platform.tells_state,
            )
            for key, account in self.accounts.items()
        ]

    def report_lateness(self) -> None:
        """Log once when what is due is not polled, and have it published."""
        self.changed |= self.health.report_lateness(self.state(), self._overdue_seconds())

    def _overdue_seconds(self) -> float:
        due = self.queue.next_due_at()
        return (self.now() - due).total_seconds() if due else 0.0

    async def note_failure(
        self, error: PlatformError, *, account: str | None = None, token: str | None = None
    ) -> None:
        """Remember a failure; a pause that the platform asks for survives a restart.

        ``account`` is the one that was asked about, which the platform may not know. ``token`` names
        whose was refused: one account's must not stop the others.
        """
        resets_at = None
        # Our own count has said until when, and is kept in storage already: it closes no bucket,
        # whose reserve may still be used.
        by_our_count = isinstance(error, QuotaExceeded) and error.until is not None
        if isinstance(error, QuotaExceeded) and not by_our_count:
            resets_at = self.meter.close_bucket(error.bucket)
        error.detail = self.transport.redact(error.detail)  # an answer may have echoed a secret
        if isinstance(error, AuthFailed):
            account = token if token in self.accounts else None
        pause = self.health.failed(error, self.now(), resets_at, account=account)
        if pause and not by_our_count:
            await self.recorder.pause(pause)

    async def note_success(self, asked_at: datetime, token: str | None) -> None:
        """Remember an answer to a poll; a pause it ends is over after a restart too."""
        await self._resume(self.health.succeeded(asked_at, account=token))

    async def note_listed(self, asked_at: datetime, *, account: str, token: str | None) -> None:
        """Remember a list of an account's broadcasts, and whose token it was given for, if any."""
        await self._resume(self.health.listed(asked_at, account=account, token=token))

    async def _resume(self, ended: Iterable[Pause]) -> None:
        for pause in ended:
            await self.recorder.resume(pause.platform, pause.bucket)
