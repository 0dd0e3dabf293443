"""One platform being tracked: what its discovery and its polls share."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from collector.auth.fingerprint import fingerprint, texts_of
from collector.contract.errors import (
    AuthFailed,
    CredentialMissing,
    PlatformError,
    QuotaExceeded,
    RateLimited,
)
from collector.contract.platform_protocol import AnyPlatform
from collector.jobs.source_health import UNTIL_MENDED, SourceHealth
from collector.matching import Rule, rematch, seconds_to_opening
from collector.observability.metrics import Metrics
from collector.quota.meter import QuotaMeter
from collector.quota.pacing import Pacing
from collector.recording.recorder import Recorder
from collector.scheduling.cadence import DAY, Cadence, due_at, interval_seconds
from collector.scheduling.due_queue import DueQueue, QueueEntry
from collector.transport.client import Transport
from storage.model import (
    Account,
    Broadcast,
    Due,
    GapReason,
    LookPlan,
    Pause,
    SourceState,
    Status,
    Tick,
)

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
    mended: set[str] = field(default_factory=set[str])  # accounts to be looked at without waiting
    next_look_at: datetime | None = None  # for new broadcasts; None: nobody has planned one

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
            elif entry.next_due_at and entry.broadcast.status is Status.UPCOMING:
                # It may have been put off until an edition that is configured otherwise now.
                soonest = now + timedelta(seconds=self._interval(entry, now) or DAY)
                if soonest < entry.next_due_at:
                    entry.next_due_at = soonest
                    self.queue.put(entry)

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
            opens_in_seconds=seconds_to_opening(now, (rule.edition for rule in self.rules)),
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
        self,
        error: PlatformError,
        *,
        account: str,
        token: str | None = None,
        is_look: bool = False,
    ) -> None:
        """Remember a failure; a pause that the platform asks for survives a restart.

        ``account`` is the one that was asked about, or one of them; at a look for broadcasts the
        platform may not know it. ``token`` names whose was refused: one account's must not stop the others.
        """
        resets_at = None
        # Our own count has said until when, and is kept in storage already: it closes no bucket,
        # whose reserve may still be used.
        by_our_count = isinstance(error, QuotaExceeded) and error.until is not None
        if isinstance(error, QuotaExceeded) and not by_our_count:
            resets_at = self.meter.close_bucket(error.bucket)
        error.detail = self.transport.redact(error.detail)  # an answer may have echoed a secret
        if isinstance(error, RateLimited) and error.bucket:
            wait = timedelta(seconds=error.retry_after_seconds)
            self.meter.hold(error.bucket, self.now() + wait)
        whose: str | None = account
        refused = self.health.servers.get(account)
        if isinstance(error, AuthFailed):
            whose = refused = token if token in self.accounts else None
        elif isinstance(error, CredentialMissing):
            refused = account
        pause = self.health.failed(
            error,
            self.now(),
            resets_at,
            account=whose,
            may_be_absent=is_look,
            fingerprint=await self._fingerprint(refused, error.reason),
        )
        if pause and not by_our_count:
            await self.recorder.pause(pause)

    async def note_success(
        self, asked_at: datetime, token: str | None, accounts: Iterable[str]
    ) -> None:
        """Remember an answer to a poll; a pause it ends is over after a restart too."""
        await self._resume(self.health.succeeded(asked_at, account=token, accounts=accounts))

    async def note_listed(self, asked_at: datetime, *, account: str, token: str | None) -> None:
        """Remember a list of an account's broadcasts, and whose token it was given for, if any."""
        await self._resume(self.health.listed(asked_at, account=account, token=token))

    async def forget_mended(self) -> None:
        """End what was refused to another credential or handle than today's: it is asked at once."""
        for pause in list(self.health.pauses.values()):
            is_noted = pause.fingerprint is not None or pause.reason is GapReason.AUTH
            if is_noted and pause.fingerprint != await self._fingerprint(
                pause.bucket, pause.reason
            ):
                await self._forget(pause, "what was refused is not what is configured now")
        for account, lack in list(self.health.lacks.items()):
            if lack.fingerprint != await self._fingerprint(account, GapReason.NO_CREDENTIAL):
                del self.health.lacks[account]
                self.mended.add(account)

    async def forget_refusals(self) -> None:
        """End every pause that waits for a person, because one has asked for it."""
        for pause in list(self.health.pauses.values()):
            if pause.reason in UNTIL_MENDED:
                await self._forget(pause, "a person asked for it")

    async def _forget(self, pause: Pause, why: str) -> None:
        logger.info("%s is asked again at once: %s", pause.bucket or pause.platform, why)
        self.health.forget(pause)
        self.mended.update(self._concerned(pause.bucket))
        self.meter.reopen(pause.bucket)
        self.changed = True
        await self.recorder.resume(pause.platform, pause.bucket)

    def _concerned(self, bucket: str | None) -> list[str]:
        """Return the accounts that a pause is of: all, one, or those of a server; of a limit none."""
        servers = self.health.servers
        return sorted(key for key in self.accounts if bucket in (None, key, servers.get(key)))

    async def _fingerprint(self, bucket: str | None, reason: GapReason) -> str:
        """Return that of what is asked with now, and of whom where that may have been refused."""
        texts = texts_of(self.platform.settings)
        if reason in {*UNTIL_MENDED, GapReason.NO_CREDENTIAL}:
            texts += self._concerned(bucket)
            tokens = self.transport.tokens
            if tokens and bucket in self.accounts:
                texts += await asyncio.to_thread(tokens.texts_of, bucket)
        return fingerprint(texts)

    async def _resume(self, ended: Iterable[Pause]) -> None:
        for pause in ended:
            await self.recorder.resume(pause.platform, pause.bucket)
