"""The one way in which jobs write: the spool before the store, in the writer's thread."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from collector.recording.spool import Spool
from collector.recording.writer import Writer
from storage.model import Account, Pause, Tick
from storage.read_model.heartbeat import WriteFailure
from storage.store import Store


class Recorder:
    """Records for all jobs; what the disk refuses waits in the spool and is recorded later.

    Only what stands in the store is acknowledged. See :class:`Spool` for each of the methods.
    """

    def __init__(self, store: Store, writer: Writer, *, now: Callable[[], datetime]) -> None:
        self._store = store
        self._spool = Spool(store, now=now)
        self._writer = writer

    @property
    def refusal(self) -> WriteFailure | None:
        """What the disk refuses at the moment, ``None`` while it takes everything."""
        return self._spool.refusal

    @property
    def dropped_rows(self) -> int:
        """How many rows were given up since this process began."""
        return self._spool.dropped_rows

    def waiting_rows(self) -> int:
        """Return how many snapshots, misses and polls wait."""
        return self._spool.waiting_rows()

    def complain(self, error: Exception) -> None:
        """Log that the disk refuses and what waits, at most once a minute."""
        self._spool.complain(error)

    async def record(self, tick: Tick) -> None:
        """Record ``tick`` after all that waits."""
        await self._writer(self._spool.record, tick)

    def next_poll_id(self) -> int:
        """Return an id that no poll has had; waits for nothing that is written."""
        return self._store.next_poll_id()

    async def spend(self, bucket: str, day: date, units: int) -> None:
        """Write units down."""
        await self._writer(self._spool.spend, bucket, day, units)

    async def spent(self, bucket: str, day: date) -> int:
        """Return the units spent in the period that begins on ``day``."""
        return await self._writer(self._spool.spent, bucket, day)

    async def pause(self, pause: Pause) -> None:
        """Write a pause down."""
        await self._writer(self._spool.pause, pause)

    async def resume(self, platform: str, bucket: str | None) -> None:
        """Forget a pause."""
        await self._writer(self._spool.resume, platform, bucket)

    async def save_accounts(self, accounts: Sequence[Account]) -> None:
        """Save accounts."""
        await self._writer(self._spool.save_accounts, accounts)

    async def drain(self) -> bool:
        """Record all that waits, and tell whether nothing is left."""
        return await self._writer(self._spool.drain)
