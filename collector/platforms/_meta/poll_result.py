"""What a poll of Meta's interfaces has seen so far, item by item and answer by answer. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from collector.contract.errors import PlatformError, Unreadable
from collector.contract.exchange import Response
from collector.contract.json_fields import fields_of
from collector.contract.readings import Readings
from collector.platforms._meta.graph import id_of, sift_without_tokens
from storage.model import Broadcast, Snapshot

#: Reads one item: the broadcast as it describes it with its counts, ``None`` if it was called off.
Read = Callable[[dict[str, Any], Broadcast, Response], tuple[Broadcast, Snapshot] | None]


@dataclass(kw_only=True, slots=True)
class PollResult:
    """``waiting`` are the broadcasts of which nothing was said yet, by native id.

    ``mark`` is what the native ids have before the item's own.
    """

    waiting: dict[str, Broadcast]
    read: Read
    mark: str = ""
    snapshots: list[Snapshot] = field(default_factory=list[Snapshot])
    changed: list[Broadcast] = field(default_factory=list[Broadcast])
    missing: list[str] = field(default_factory=list[str])
    unlisted: list[str] = field(default_factory=list[str])
    unreadable: list[Unreadable] = field(default_factory=list[Unreadable])
    failures: list[PlatformError] = field(default_factory=list[PlatformError])

    def take(self, response: Response, items: Iterable[Any]) -> None:
        """Read those items that were asked for, each alone; one without id may be any of them."""

        def parse(item: Any) -> None:
            broadcast = self.waiting.pop(self._native_id(item) or "", None)
            if broadcast is None:
                raise ValueError("item without id, or one that stands twice")
            told = self.read(fields_of(item), broadcast, response)
            if told is None:
                self.missing.append(broadcast.key)
            else:
                self.note(broadcast, *told)

        asked_for = {None, *self.waiting}
        listed = [item for item in items if self._native_id(item) in asked_for]
        self.unreadable += sift_without_tokens(response, listed, parse, self._native_id)[1]

    def note(self, before: Broadcast, facts: Broadcast, snapshot: Snapshot) -> None:
        """Take in a broadcast with its counts."""
        self.snapshots.append(snapshot)
        if facts != before:
            self.changed.append(facts)

    def fail(self, broadcast: Broadcast, error: PlatformError) -> None:
        """Set one aside of which the answer is an error."""
        self.failures.append(error)
        aside = Unreadable(error.platform, error.detail, native_id=broadcast.native_id)
        self.unreadable.append(aside)

    def readings(self) -> Readings:
        """Return all that was seen; raises the first failure when there is nothing else."""
        if self.failures and not self.snapshots and not self.missing:
            raise self.failures[0]
        return Readings(
            snapshots=tuple(self.snapshots),
            broadcasts=tuple(self.changed),
            missing=tuple(self.missing),
            unlisted=tuple(self.unlisted),
            unreadable=tuple(self.unreadable),
        )

    def _native_id(self, item: Any) -> str | None:
        native_id = id_of(item)
        return None if native_id is None else f"{self.mark}{native_id}"
