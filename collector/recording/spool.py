"""Spool of what the disk refuses, recorded in order when there is room again.

It stands before the store and runs in the writer's thread alone. What is waiting here is not
acknowledged: only what the store has recorded is published.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from storage.errors import StoreDamaged, StoreUnwritable
from storage.model import Account, Broadcast, Due, GapReason, Miss, Pause, Poll, Tick
from storage.read_model.heartbeat import WriteFailure
from storage.store import Store

logger = logging.getLogger(__name__)

#: Snapshots, misses and polls: some hours of a large event.
MOST_ROWS = 10_000
COMPLAIN_EVERY = timedelta(minutes=1)


class Spool:
    """Writes for the store, in memory while the disk refuses them.

    While anything waits, nothing is tried but by :meth:`drain`: each try may open the file anew.
    ``refusal`` may be read from any thread.
    """

    def __init__(
        self, store: Store, *, now: Callable[[], datetime], most_rows: int = MOST_ROWS
    ) -> None:
        self.refusal: WriteFailure | None = None
        self.dropped_rows = 0  # since this process began
        self._store = store
        self._now = now
        self._most_rows = most_rows
        self._ticks: deque[Tick] = deque()
        self._units: dict[tuple[str, date], int] = {}
        self._latest: dict[object, Callable[[], None]] = {}  # of a key, only the last write counts
        self._lost: LostTicks | None = None
        self._lost_tick: Tick | None = (
            None  # what was lost, as it is to be recorded: tried till done
        )
        self._dropped_before = 0
        self._complained_at: datetime | None = None

    def record(self, tick: Tick) -> None:
        """Record ``tick`` after all that waits, now or when the disk allows."""
        self._ticks.append(tick)
        self._go_on()

    def spend(self, bucket: str, day: date, units: int) -> None:
        """Write units down; while they wait, the meter's own count keeps to the quota."""
        self._units[bucket, day] = self._units.get((bucket, day), 0) + units
        self._go_on()

    def spent(self, bucket: str, day: date) -> int:
        """Return the units of the period that begins on ``day``, with those that wait to be written."""
        try:
            stored = self._store.quota.spent(bucket, day)
        except (StoreUnwritable, StoreDamaged):
            stored = 0  # a day that began while the file cannot be opened: all of it waits here
        return stored + self._units.get((bucket, day), 0)

    def pause(self, pause: Pause) -> None:
        """Write ``pause`` down, now or when the disk allows."""
        self._write_latest((pause.platform, pause.bucket), partial(self._store.quota.pause, pause))

    def resume(self, platform: str, bucket: str | None) -> None:
        """Forget a pause, now or when the disk allows."""
        self._write_latest((platform, bucket), partial(self._store.quota.resume, platform, bucket))

    def save_accounts(self, accounts: Sequence[Account]) -> None:
        """Save accounts, now or when the disk allows."""
        for account in accounts:
            self._latest[account.key] = partial(self._store.event.save_accounts, [account])
        self._go_on()

    def waiting_rows(self) -> int:
        """Return how many snapshots, misses and polls wait."""
        return sum(_rows(tick) for tick in self._ticks)

    def drain(self) -> bool:
        """Record all that waits, oldest first; tell whether nothing is left.

        A file that turned out to be damaged is one that refuses: only a restart restores another.
        """
        try:
            self._write_all()
        except (StoreUnwritable, StoreDamaged) as error:
            self._refused(error)
            return False
        if self.refusal:
            logger.info("the disk takes what is recorded again; nothing waits any more")
            self.refusal = self._complained_at = None
        return True

    def complain(self, error: Exception) -> None:
        """Log that the disk refuses and what waits, at most once a minute."""
        now = self._now()
        if self._complained_at and timedelta(0) <= now - self._complained_at < COMPLAIN_EVERY:
            return
        self._complained_at = now
        waiting, most = self.waiting_rows(), self._most_rows
        dropped = self.refusal.dropped if self.refusal else 0
        words = "%s; %d of at most %d rows wait in memory, %d were dropped"
        logger.warning(words, error, waiting, most, dropped)

    def _write_latest(self, key: object, write: Callable[[], None]) -> None:
        self._latest[key] = write
        self._go_on()

    def _go_on(self) -> None:
        """Write at once, or queue up behind what waits already."""
        if self.refusal is None:
            self.drain()
        else:
            self._drop_oldest()

    def _write_all(self) -> None:
        for (bucket, day), units in list(self._units.items()):
            self._store.quota.spend(bucket, day, units)
            del self._units[bucket, day]
        for key, write in list(self._latest.items()):
            write()
            del self._latest[key]
        while self._lost_tick or self._lost:
            if self._lost_tick is None and self._lost:
                self._lost_tick, self._lost = self._lost.tick(self._now()), None
            if self._lost_tick:
                self._store.record(self._lost_tick)
                self._lost_tick = None
        while self._ticks:
            try:
                self._store.record(self._ticks[0])
            except (StoreUnwritable, StoreDamaged):
                raise
            except Exception:
                self._ticks.popleft()  # it can never be written, and must not stop the next
                raise
            self._ticks.popleft()

    def _refused(self, error: StoreUnwritable | StoreDamaged) -> None:
        if self.refusal is None:
            self._dropped_before = self.dropped_rows
            self.refusal = WriteFailure(since=self._now(), rows=0, dropped=0)
        self._drop_oldest()
        self.complain(error)

    def _drop_oldest(self) -> None:
        """Drop what is beyond the bound, and count anew what waits."""
        waiting = self.waiting_rows()
        while waiting > self._most_rows and len(self._ticks) > 1:
            oldest = self._ticks.popleft()
            waiting -= _rows(oldest)
            self.dropped_rows += _rows(oldest)
            self._lost = self._lost or LostTicks(poll_id=self._store.next_poll_id())
            self._lost.add(oldest)
        if self.refusal:
            lost = self.dropped_rows - self._dropped_before
            self.refusal = WriteFailure(since=self.refusal.since, rows=waiting, dropped=lost)


def _rows(tick: Tick) -> int:
    return len(tick.snapshots) + len(tick.misses) + len(tick.polls)


@dataclass(kw_only=True)
class LostTicks:
    """Ticks that were dropped, added up, with the facts that later ticks build on."""

    poll_id: int
    snapshots: int = 0
    misses: int = 0
    polls: list[Poll] = field(default_factory=list[Poll])
    unseen: dict[str, datetime] = field(default_factory=dict[str, datetime])
    facts: dict[str, Broadcast] = field(default_factory=dict[str, Broadcast])
    dues: dict[str, Due] = field(default_factory=dict[str, Due])

    def add(self, tick: Tick) -> None:
        """Count ``tick`` in; of each broadcast the earliest time is what nobody saw."""
        self.snapshots += len(tick.snapshots)
        self.misses += len(tick.misses)
        self.polls += tick.polls
        for _, snapshot in tick.snapshots:
            self.unseen.setdefault(snapshot.broadcast, snapshot.observed_at)
        for miss in tick.misses:
            self.unseen.setdefault(miss.broadcast, miss.at)
        self.facts |= {broadcast.key: broadcast for broadcast in tick.broadcasts}
        self.dues |= {due.broadcast: due for due in tick.dues}

    def tick(self, at: datetime) -> Tick:
        """Return what was lost: a gap of each broadcast, and a poll record of each platform."""
        misses = (
            Miss(broadcast=key, at=seen_at, reason=GapReason.NOT_KEPT, poll_id=self.poll_id)
            for key, seen_at in self.unseen.items()
        )
        platforms = dict.fromkeys(poll.platform for poll in self.polls)
        return Tick(
            at=at,
            broadcasts=tuple(self.facts.values()),
            misses=tuple(misses),
            dues=tuple(self.dues.values()),
            polls=tuple(self._poll(platform) for platform in platforms),
        )

    def _poll(self, platform: str) -> Poll:
        polls = [poll for poll in self.polls if poll.platform == platform]
        return Poll(
            poll_id=self.poll_id,
            platform=platform,
            purpose="poll",
            source="spool",
            started_at=min(poll.started_at for poll in polls),
            finished_at=max(poll.finished_at for poll in polls),
            asked=sum(poll.asked for poll in polls),
            answered=0,
            requests=sum(poll.requests for poll in polls),
            outcome=GapReason.NOT_KEPT,
            error=f"{self.snapshots} snapshots and {self.misses} misses of {len(self.polls)} polls"
            " were dropped: the disk refused for too long",
        )
