"""One platform being tracked: everything its two jobs share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from collector.cadence import Cadence, due_at, interval_seconds
from collector.contract import Platform
from collector.errors import PlatformError, QuotaExceeded
from collector.ledger import Ledger
from collector.matching import Rule, match
from collector.metrics import Metrics
from collector.pacing import Pacing
from collector.roster import Entry, Roster
from collector.transport import Transport
from collector.watch import Watch
from collector.writer import Writer
from storage.model import Account, Broadcast, Due, SourceState, Tick
from storage.store import Store


@dataclass(kw_only=True)
class Tracker:
    """A platform with its connection, roster and condition; not shared between platforms."""

    platform: Platform
    transport: Transport
    roster: Roster
    accounts: dict[str, Account]
    rules: Sequence[Rule]
    cadence: Cadence
    ledger: Ledger
    pacing: Pacing
    watch: Watch
    metrics: Metrics
    store: Store
    writer: Writer
    now: Callable[[], datetime]
    changed: bool = True  # something was recorded since the last publication

    def matched(self, broadcast: Broadcast) -> Broadcast:
        """Return the broadcast with the edition it belongs to, and why."""
        found = match(broadcast, self.rules)
        return replace(broadcast, edition=found.edition, match_reason=found.reason)

    def plan_unscheduled(self) -> None:
        """Poll at once what was never scheduled, but not what is too old to be polled at all."""
        now = self.now()
        for entry in list(self.roster.entries.values()):
            if entry.interval_seconds == 0 and self._interval(entry.broadcast, now) is None:
                entry.next_due_at = None

    def reschedule(self, entry: Entry, now: datetime, *, backoff: int) -> Due:
        """Plan the entry's next poll and put it back into the roster."""
        interval = self._interval(entry.broadcast, now)
        if interval is None:
            entry.next_due_at, entry.interval_seconds = None, 0.0
        else:
            entry.next_due_at = due_at(now, interval * backoff, self.cadence)
            entry.interval_seconds = interval
        self.roster.put(entry)
        return Due(
            broadcast=entry.broadcast.key,
            next_due_at=entry.next_due_at,
            interval_seconds=entry.interval_seconds,
        )

    async def look_at_budget(self) -> None:
        """Bring the pacing up to date when it is time to."""
        now = self.now()
        if not self.pacing.is_due(now):
            return
        wanted = (
            (entry.broadcast, self._wanted(entry.broadcast, now))
            for entry in self.roster.entries.values()
            if entry.next_due_at is not None
        )
        polled = [(one, seconds) for one, seconds in wanted if seconds is not None]
        await self.pacing.look(polled, now)

    def _interval(self, broadcast: Broadcast, now: datetime) -> float | None:
        wanted = self._wanted(broadcast, now)
        if wanted is None:
            return None
        finest = self.cadence.finest_seconds(broadcast.status)
        return max(self.pacing.interval(broadcast, wanted, now), finest)

    def _wanted(self, broadcast: Broadcast, now: datetime) -> float | None:
        return interval_seconds(
            broadcast,
            now,
            self.cadence,
            tracked_after_end_seconds=self.platform.tracked_after_end_seconds,
        )

    async def record(self, tick: Tick) -> None:
        """Write down what a tick saw, to be published."""
        await self.writer(self.store.record, tick)
        self.metrics.recorded(self.platform.name, tick)
        self.changed = True

    def state(self, bucket: str | None = None) -> SourceState:
        """Return how the platform fares, or ``bucket`` of it."""
        return self.watch.state(
            self.now(),
            accounts=self.accounts,
            overdue_seconds=self._overdue_seconds(),
            bucket=bucket,
        )

    def look_at_lateness(self) -> None:
        """Tell once when what is due is not asked for, and have it published."""
        self.changed |= self.watch.noted(self.state(), self._overdue_seconds())

    def _overdue_seconds(self) -> float:
        due = self.roster.next_due_at()
        return (self.now() - due).total_seconds() if due else 0.0

    async def note_failure(self, error: PlatformError, *, account: str | None = None) -> None:
        """Remember a failure; a pause that the platform asks for survives a restart."""
        resets_at = None
        # Our own count has said until when, and is kept in storage already: it closes no bucket,
        # whose reserve may still be used.
        by_our_count = isinstance(error, QuotaExceeded) and error.until is not None
        if isinstance(error, QuotaExceeded) and not by_our_count:
            resets_at = self.ledger.close_bucket(error.bucket)
        pause = self.watch.failed(error, self.now(), resets_at, account=account)
        if pause and not by_our_count:
            await self.writer(self.store.pause, pause)

    async def note_success(self, *, account: str | None = None) -> None:
        """Remember an answer; a pause it ends is over after a restart too."""
        for pause in self.watch.succeeded(self.now(), account=account):
            await self.writer(self.store.resume, pause.platform, pause.bucket)
