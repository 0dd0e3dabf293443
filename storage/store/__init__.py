"""The one writer: records ticks in the DuckDB file and holds in memory where every broadcast stands.

Memory follows the file and never leads it: it changes only after a commit. Methods may be called
from any thread; one at a time is let in.
"""

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock, RLock
from typing import Self
from uuid import uuid4

import duckdb
import polars as pl

from storage.chain.links import Head
from storage.database import backup
from storage.database.backup import Backup, Interruption, Progress
from storage.database.connection import Database, translate_errors
from storage.database.lock import WriterLock
from storage.database.read_view import INSIST_SECONDS, ReadView
from storage.errors import StoreDamaged, StoreLocked, StoreUnfit, StoreUnwritable
from storage.model import Tick, Tracked
from storage.store import chain, frames, recount, retention, state
from storage.store.chain import Chain, TickFacts
from storage.store.event import EventTables
from storage.store.imports import ImportTables
from storage.store.quota import QuotaTable
from storage.store.state import StoreState
from storage.store.tick import prepare_tick, write_tick
from storage.system.panics import panics_as_errors

__all__ = ["Store", "StoreDamaged", "StoreLocked", "StoreUnfit", "StoreUnwritable", "StoreView"]


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreView:
    """File, memory and event as of one tick; all of it stays as it is."""

    file: ReadView
    memory: StoreState
    event: EventTables
    store_id: str


class Store:
    """An open database. Use :meth:`open`, and :meth:`close` when done."""

    def __init__(
        self,
        *,
        lock: WriterLock,
        database: Database,
        now: Callable[[], datetime],
        simulated: bool | None,
    ) -> None:
        """Read what earlier runs wrote; the arguments are :meth:`open`'s work."""
        self.path = database.path
        self._lock = lock
        self._turn = RLock()
        self._copying = Lock()
        self._interruption: Interruption | None = None  # of the backup that is being made
        self._aside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fold")
        self._database = database
        self._stale = False
        self.store_id, self.simulated, self.identified_at = _identify(
            database, simulated=simulated, at=now()
        )
        self.event = EventTables(database, self._in_turn)
        self.quota = QuotaTable(database, self._in_turn)
        self.imports = ImportTables(database, self._in_turn)
        self._now = now
        self._memory = state.load_state(database, opened_at=now())
        self._chain = Chain(database, last_tick=self._memory.tick, at=now())
        self._doubt: tuple[int, Tick] | None = None
        self._views: set[ReadView] = set()
        self._numbering = Lock()
        self._poll_id = self._memory.poll_id

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        now: Callable[[], datetime],
        simulated: bool,
        backups: Path | None = None,
    ) -> Self:
        """Lock and open ``path``, creating and migrating it if need be.

        An older file is first copied to ``backups``, unless that is ``None``.

        Raises:
            StoreLocked: another process writes it.
            StoreUnwritable: its folder cannot be written.
            StoreDamaged: it cannot be read.
            StoreUnfit: it is newer than this version, or holds simulated numbers where real ones
                are wanted or the other way round.
        """
        return cls.open_locked(WriterLock(path), path, now, simulated=simulated, backups=backups)

    @classmethod
    def reopen(
        cls, path: Path, *, now: Callable[[], datetime], backups: Path | None = None
    ) -> Self:
        """Open a database whatever it holds, simulated or real; see :meth:`open`."""
        return cls.open_locked(WriterLock(path), path, now, simulated=None, backups=backups)

    @classmethod
    def open_locked(
        cls,
        lock: WriterLock,
        path: Path,
        now: Callable[[], datetime],
        *,
        simulated: bool | None,
        backups: Path | None,
    ) -> Self:
        """Open ``path``, whose ``lock`` is held and is freed if that fails; see :meth:`open`."""

        def back_up(database: Database) -> None:
            if backups:
                cursor = database.cursor()
                try:
                    backup.make_backup(cursor, backups, at=now())
                finally:
                    cursor.close()

        try:
            database = Database(path, now=now, before_migrating=back_up)
            try:
                return cls(lock=lock, database=database, now=now, simulated=simulated)
            except duckdb.Error as error:
                database.close()
                raise translate_errors(path, error) from error
            except BaseException:
                database.close()
                raise
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Keep the state, close the file, free the lock; safe to call twice."""
        while not self._copying.acquire(timeout=INSIST_SECONDS):
            if self._interruption:
                self._interruption.ask()
        try:
            with self._turn:
                self._end_views()
                if not self._stale:
                    self._write_links()
                self._chain.close()
                self._aside.shutdown()
                self._database.close()
                self._lock.release()
        finally:
            self._copying.release()

    def record(self, tick: Tick) -> None:
        """Write everything one tick saw in one transaction; it is kept when this returns.

        Snapshots of equal broadcast and ``observed_at`` are recorded once. They may come in any
        order, several a broadcast, and late.

        Raises:
            ValueError: a snapshot, miss or due of a broadcast that no tick has told of.
            StoreUnwritable: the disk refuses. The same tick is to be recorded again later, by this
                store: it opens the file anew when it has to, and keeps what it holds already once.
        """
        with self._in_turn():
            if self._was_kept(tick):
                return
            prepared = prepare_tick(self._memory, tick)
            try:
                with self._database.transaction():
                    after, facts = write_tick(
                        self._database, self._memory, prepared, aside=self._aside
                    )
            except StoreUnwritable as error:
                # DuckDB may have written it down before the checkpoint failed that ended the
                # connection: only the file knows, and it may not let itself be opened now.
                if self._database.lost():
                    self._doubt = (self._memory.tick + 1, tick)
                    self._reload()
                    # What was not synced may be read back and yet never reach the disk.
                    if self._doubt and "sync" not in error.detail:
                        self._doubt = None
                        return
                raise
            self._stale = True  # until memory has followed
            self._memory = after.result()
            self._stale = False
            if facts:
                self._chain.add(facts)
                if self._chain.is_behind:
                    self._write_links()

    def tracked(self) -> list[Tracked]:
        """Return every broadcast ever told of, with where its polling stands."""
        with self._in_turn():
            return state.tracked(self._memory)

    def next_poll_id(self) -> int:
        """Return a number no poll has had, larger than all before; waits for nobody's turn."""
        with self._numbering:
            self._poll_id = max(self._poll_id, self._memory.poll_id) + 1
            return self._poll_id

    def rebuild_rollups(self) -> None:
        """Count deltas, corrections and states anew from raw snapshots, in one transaction."""
        with self._in_turn():
            with self._database.transaction():
                after = recount.rebuild(self._database, self._memory)
            self._memory = after
            self._chain.add(TickFacts(tick=after.tick, at=self._now(), tables={}))

    def purge(self, platform: str, *, before: datetime, at: datetime) -> int:
        """Delete the platform's raw snapshots from before an instant; give how many went.

        Totals, peaks and segments stay; see :mod:`storage.store.retention`. Backups keep what they hold.
        """
        with self._in_turn():
            with self._database.transaction():
                after, facts = retention.purge(
                    self._database, self._memory, platform, before=before, at=at
                )
            self._memory = after
            if facts is None:
                return 0
            self._chain.add(facts)
            return int(facts.tables["purge"]["snapshots"].sum())

    def verify(self, published: Iterable[tuple[str, Head]] = ()) -> list[str]:
        """Compare everything derived with a recount from raw, and walk the chain.

        ``published`` are heads of it that stand elsewhere, each with where. Findings are in words;
        there are none when all is sound.
        """
        with self._in_turn():
            self._chain.write()
            return [
                *recount.findings(self._database, self._memory),
                *chain.findings(self._database, published),
            ]

    def head(self) -> Head:
        """Return the head of the chain: the hash of the newest tick and of all before."""
        with self._in_turn():
            self._chain.write()
            return self._chain.head

    def tick(self) -> int:
        """Return the number of the newest transaction that recorded something; 0 before the first."""
        with self._in_turn():
            return self._memory.tick

    def newest_poll(self) -> datetime | None:
        """Return when the newest poll ended; ``None`` before the first."""
        with self._in_turn():
            return self._database.rows("SELECT max(finished_at) AS at FROM poll").item()

    def back_up(
        self, folder: Path, *, copies: int = backup.BACKUPS_KEPT, progress: Progress | None = None
    ) -> Backup:
        """Make a verified copy; ticks go on meanwhile. See :func:`storage.database.backup.make_backup`.

        Raises:
            StoreUnwritable: the folder refuses, or the store was closed meanwhile.
            StoreDamaged: the file cannot be read in full.
        """
        with self._copying:
            self._interruption = Interruption()
            with self._in_turn():
                self._chain.write()
                self._database.checkpoint()
                cursor = self._database.cursor()
            try:
                verified = backup.make_backup(
                    cursor,
                    folder,
                    at=self._now(),
                    copies=copies,
                    progress=progress,
                    interruption=self._interruption,
                )
            except duckdb.InterruptException as error:
                raise StoreUnwritable(folder, "the store was closed meanwhile") from error
            finally:
                cursor.close()
                self._interruption = None
            self.checkpoint()
            return verified

    def checkpoint(self) -> None:
        """Bring the log into the file, so that little ever hangs on the log.

        Raises:
            StoreUnwritable: the disk refuses.
        """
        with self._in_turn():
            self._chain.write()
            self._database.checkpoint()

    def scan(self) -> None:
        """Read every block of the file.

        Raises:
            StoreDamaged: one of them is damaged.
        """
        with self._in_turn():
            self._database.scan()

    def renew_identity(self) -> None:
        """Take a new id: what was published of this file's future holds no longer."""
        with self._in_turn():
            self.store_id, self.identified_at = uuid4().hex, self._now()
            with self._database.transaction():
                self._database.execute(
                    "UPDATE about SET store_id = $id, created_at = $at",
                    {"id": self.store_id, "at": self.identified_at},
                )

    @contextmanager
    def _in_turn(self) -> Generator[None, None, None]:
        """Let one in at a time; after an error that ended the connection, open the file anew."""
        with self._turn:
            if self._stale:
                self._reload()
            try:
                with panics_as_errors():
                    yield
            except Exception as error:
                self._stale = self._stale or self._database.lost()
                ours = (
                    translate_errors(self.path, error) if isinstance(error, duckdb.Error) else error
                )
                if ours is not error:
                    raise ours from error
                raise

    def _was_kept(self, tick: Tick) -> bool:
        """Tell whether ``tick`` was in doubt, and was found in the file after all.

        Only a checkpoint makes sure that the disk has it.
        """
        if self._doubt is None or self._doubt[1] != tick:
            return False
        self._database.checkpoint()
        self._doubt = None
        return True

    def _reload(self) -> None:
        """Open the file anew and read all that memory holds from it again."""
        self._stale = True
        known = self._memory
        self._end_views()  # as long as one is open, so is the file that failed
        self._database.reopen()
        self.event.load()
        self.quota.load()
        self._memory = state.load_state(self._database, opened_at=known.opened_at)
        if self._doubt and self._memory.tick < self._doubt[0]:
            self._doubt = None
        self._chain.close()
        self._chain = Chain(self._database, last_tick=self._memory.tick, at=self._now())
        self._stale = False

    def _write_links(self) -> None:
        """Write the links of the ticks that wait; where the disk refuses they are written later."""
        try:
            self._chain.write()
        except (StoreUnwritable, StoreDamaged):
            self._stale = self._database.lost()

    def _end_views(self) -> None:
        while self._views:
            self._views.pop().end()

    @contextmanager
    def reading(self) -> Generator[tuple[Database, StoreState], None, None]:
        """Let one read file and memory while nothing is written."""
        with self._in_turn():
            self._write_links()
            yield self._database, self._memory

    @contextmanager
    def view(self) -> Generator[StoreView, None, None]:
        """Let the publisher read what is there now, in its own thread, while ticks are recorded.

        What is asked of it raises :class:`~storage.database.read_view.ViewEnded` once the store is
        closed or has to open its file anew.
        """
        with self._in_turn():
            self._write_links()
            file = ReadView(self.path, self._database.cursor())
            self._views.add(file)
            view = StoreView(
                file=file, memory=self._memory, event=copy(self.event), store_id=self.store_id
            )
        try:
            yield view
        finally:
            self._views.discard(file)
            file.end()


def _identify(
    database: Database, *, simulated: bool | None, at: datetime
) -> tuple[str, bool, datetime]:
    """Return the store's id, whether its numbers are simulated, and since when it has this id.

    ``simulated`` ``None`` takes what it finds.
    """
    rows = database.rows("SELECT store_id, simulated, created_at FROM about")
    for store_id, was_simulated, identified_at in rows.iter_rows():
        if simulated not in (None, was_simulated):
            kind = "simulated" if was_simulated else "real"
            raise StoreUnfit(
                database.path, f"it holds {kind} numbers, and the two are never mixed in one file"
            )
        return str(store_id), bool(was_simulated), identified_at
    store_id = uuid4().hex
    row = {"store_id": [store_id], "simulated": [bool(simulated)], "created_at": [at]}
    with database.transaction():
        database.append("about", pl.DataFrame(row).cast({"created_at": frames.UTC_TIME}))
    database.checkpoint()  # whose log is lost is known then
    return store_id, bool(simulated), at
