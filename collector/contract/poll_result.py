"""The result of one poll as it grows, item by item and answer by answer. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Generic, TypeVar

from collector.contract.errors import PlatformError, Unreadable
from collector.contract.exchange import Response
from collector.contract.readings import Readings, snapshot_of
from storage.model import Broadcast, Snapshot, Status

Item = TypeVar("Item")


def native_id_of(broadcast: Broadcast) -> str:
    """Return the id that the platform gives a broadcast."""
    return broadcast.native_id


class PollResult(Generic[Item]):
    """What the answers of one poll have said so far of ``broadcasts``.

    ``read`` returns the broadcast as its item describes it with its counts, ``None`` if it was
    called off; it raises ``ValueError`` where the item cannot be read. ``item_id_of`` is the id that
    a broadcast's item has, if it is not its native id. An item that was not asked for is passed over
    if ``check_other`` does not raise ``ValueError`` because it is of another kind than the list's,
    and set aside in any case where the poll is ``strict``. Where a list is of ``channels``, which are
    those of the broadcasts by key, so is an item whose ``channel_of`` is none of them.

    Absence counts only where the rest of the answer could be read. An unreadable item that names none
    of those asked for may be any of them: then nobody is missing, and nobody has ended but on other
    channels than the item's, if it tells that.
    """

    def __init__(
        self,
        broadcasts: Iterable[Broadcast],
        read: Callable[[Item, Broadcast, Response], tuple[Broadcast, Snapshot] | None],
        id_of: Callable[[Item], str | None],
        *,
        item_id_of: Callable[[Broadcast], str] = native_id_of,
        strict: bool = False,
        check_other: Callable[[Item], object] = lambda _: None,
        channels: Mapping[str, str] | None = None,
        channel_of: Callable[[Item], str | None] = lambda _: None,
    ) -> None:
        #: The broadcasts of which nothing was said yet, by the id that their item has.
        self.waiting = {item_id_of(broadcast): broadcast for broadcast in broadcasts}
        self.read, self.id_of = read, id_of
        self.strict, self.check_other = strict, check_other
        self.channels, self.channel_of = channels or {}, channel_of
        self.snapshots: list[Snapshot] = []
        self.changed: list[Broadcast] = []
        self.missing: list[str] = []
        self.unreadable: list[Unreadable] = []
        self.nameless: list[Item] = []  # those unreadable that may be of any broadcast
        self.failures: dict[str, PlatformError] = {}  # by the broadcast's key
        self._requested: Mapping[str, Broadcast] = dict(self.waiting)

    def take_items(self, response: Response, items: Iterable[Item]) -> None:
        """Read each item alone: one that cannot be read is set aside, the others are kept."""
        for item in items:
            item_id = self.id_of(item)
            try:
                self._take_item(response, item, item_id)
            except ValueError as error:
                requested = self._requested.get(item_id or "")
                self.nameless += () if requested else (item,)
                native_id = requested.native_id if requested else item_id
                self.set_aside(response, str(error), native_id, repr(item))

    def _take_item(self, response: Response, item: Item, item_id: str | None) -> None:
        if item_id is None:
            raise ValueError("item without id")
        broadcast = self.waiting.pop(item_id, None)
        if broadcast is not None:
            reading = self.read(item, broadcast, response)
            if reading is None:
                self.missing.append(broadcast.key)
            else:
                self.note(broadcast, *reading)
        elif item_id in self._requested:
            raise ValueError("item listed twice")
        elif self.strict:
            raise ValueError("item that was not asked for")
        else:
            self.check_other(item)
            if self.channels and self.channel_of(item) not in self.channels.values():
                raise ValueError("item of a channel that was not asked for")

    def note(self, before: Broadcast, facts: Broadcast, snapshot: Snapshot) -> None:
        """Add a broadcast with its counts."""
        self.snapshots.append(snapshot)
        if facts != before:
            self.changed.append(facts)

    def set_aside(
        self, response: Response, reason: str, native_id: str | None, body: str = ""
    ) -> None:
        """Add what could not be read; ``native_id`` is ``None`` where it may be about any broadcast."""
        detail = f"{response.source}: {reason}"
        self.unreadable.append(
            Unreadable(response.platform, detail, native_id=native_id, body=body)
        )

    def fail(self, item_id: str, error: PlatformError) -> None:
        """Add a broadcast whose own answer is an error, or cannot be read."""
        broadcast = self.waiting.pop(item_id, None)
        if broadcast and isinstance(error, Unreadable):
            native_id, body = broadcast.native_id, error.body
            self.unreadable.append(
                Unreadable(error.platform, error.detail, native_id=native_id, body=body)
            )
        elif broadcast:
            self.failures[broadcast.key] = error

    def fail_rest(self, error: PlatformError) -> None:
        """Add an error of all that is still waited for; raises it where nothing was read before."""
        if not self.snapshots and not self.missing:
            raise error
        for item_id in list(self.waiting):
            self.fail(item_id, error)

    def miss(self, item_id: str) -> None:
        """Add a broadcast that an answer says is gone, or called off."""
        if broadcast := self.waiting.pop(item_id, None):
            self.missing.append(broadcast.key)

    def end_absent(self, response: Response) -> None:
        """Note as ended what a list of all that is on the air does not show."""
        doubtful = set(map(self.channel_of, self.nameless))
        if not doubtful <= set(self.channels.values()):
            return
        for item_id, broadcast in list(self.waiting.items()):
            if self.channels.get(broadcast.key) not in doubtful:
                del self.waiting[item_id]
                ended = replace(broadcast, status=Status.ENDED)
                self.note(broadcast, ended, snapshot_of(ended, response))

    def readings(self, *, absent_is_gone: bool = False) -> Readings:
        """Return all that was said; raises the failure that is everybody's when there is nothing else.

        Broadcasts of which nothing was said are missing if ``absent_is_gone``, else unlisted. One
        whose item is unreadable is neither.
        """
        absent = [broadcast.key for broadcast in self.waiting.values()]
        is_certain = absent_is_gone and not self.nameless
        readings = Readings(
            snapshots=tuple(self.snapshots),
            broadcasts=tuple(self.changed),
            missing=(*self.missing, *(absent if is_certain else ())),
            unlisted=() if is_certain else tuple(absent),
            unreadable=tuple(self.unreadable),
            failures=self.failures,
        )
        if readings.failed and len({error.reason for error in self.failures.values()}) == 1:
            raise next(iter(self.failures.values()))
        return readings
