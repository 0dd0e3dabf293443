"""Queue of the broadcasts a platform is polled for, by when each is due; in memory.

It is derived from storage at start and never saved itself.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from storage.model import Broadcast, Status, Tracked

#: A broadcast this far through its interval may ride along on a call with free places.
RIPE = 0.25


@dataclass(slots=True)
class QueueEntry:
    """A tracked broadcast; ``next_due_at`` is ``None`` when it is not polled any more."""

    broadcast: Broadcast
    next_due_at: datetime | None
    interval_seconds: float
    absences: int = 0  # answers in a row from which it was silently missing
    end_seen_at: datetime | None = None  # when an answer first stated its end, not yet believed

    def ripeness(self, now: datetime) -> float:
        """Return how far through its interval it is; 1 when due."""
        if self.next_due_at is None:
            return 0.0
        return 1 - (self.next_due_at - now).total_seconds() / max(self.interval_seconds, 1.0)


class DueQueue:
    """Entries by key with a heap of due times; superseded heap entries are skipped."""

    def __init__(self, tracked: Iterable[Tracked], now: datetime) -> None:
        self.entries: dict[str, QueueEntry] = {}
        self._heap: list[tuple[datetime, str]] = []
        for stored in tracked:
            broadcast = replace(stored.broadcast, observed_at=stored.observed_at)
            never_scheduled = stored.interval_seconds is None
            self.put(
                QueueEntry(
                    broadcast=broadcast,
                    next_due_at=now if never_scheduled else stored.next_due_at,
                    interval_seconds=stored.interval_seconds or 0.0,
                    # So that a restart goes on with the polls of what is gone.
                    absences=stored.missed_polls if broadcast.status is Status.GONE else 0,
                )
            )

    def add(self, broadcast: Broadcast, now: datetime) -> None:
        """Add a new broadcast, due at once."""
        self.put(QueueEntry(broadcast=broadcast, next_due_at=now, interval_seconds=0.0))

    def put(self, entry: QueueEntry) -> None:
        """Add an entry, or its new due time."""
        self.entries[entry.broadcast.key] = entry
        if entry.next_due_at is not None:
            heapq.heappush(self._heap, (entry.next_due_at, entry.broadcast.key))

    def is_on_air(self) -> bool:
        """Tell whether anything was live at its last poll, and is still polled."""
        return any(
            entry.broadcast.status is Status.LIVE and entry.next_due_at is not None
            for entry in self.entries.values()
        )

    def next_due_at(self) -> datetime | None:
        """Return the earliest due time; ``None`` when nothing is polled any more."""
        self._drop_superseded()
        return self._heap[0][0] if self._heap else None

    def take_due(self, now: datetime) -> list[QueueEntry]:
        """Remove from the heap and return what is due, the longest overdue first."""
        due: list[QueueEntry] = []
        self._drop_superseded()
        while self._heap and self._heap[0][0] <= now:
            _, key = heapq.heappop(self._heap)
            due.append(self.entries[key])
            self._drop_superseded()
        return list({entry.broadcast.key: entry for entry in due}.values())

    def ripest(self, now: datetime) -> list[QueueEntry]:
        """Return what is not due but far enough through its interval, the ripest first."""
        waiting = [
            (entry.ripeness(now), entry)
            for entry in self.entries.values()
            if entry.next_due_at is not None and entry.next_due_at > now
        ]
        ripe = [pair for pair in waiting if pair[0] >= RIPE]
        ripe.sort(key=lambda pair: pair[0], reverse=True)
        return [entry for _, entry in ripe]

    def of_account(self, account: str) -> list[Broadcast]:
        """Return the broadcasts of an account."""
        return [
            entry.broadcast for entry in self.entries.values() if entry.broadcast.account == account
        ]

    def _drop_superseded(self) -> None:
        while self._heap:
            due_at, key = self._heap[0]
            if self.entries[key].next_due_at == due_at:
                return
            heapq.heappop(self._heap)
