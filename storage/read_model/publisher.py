"""Publishes the read model: derived Parquet for readers, a new generation each time.

The database stays the only truth; whatever is here can be rebuilt from it. The cost follows the
stretches that changed since the last generation: in quiet operation, the hour now open.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from storage.analysis.sessions import SessionGroups, group_sessions
from storage.chain.keys import SigningKey, signed_head
from storage.database.questions import Questions
from storage.database.read_view import ReadView
from storage.model import Annotation, LookPlan, QuotaUsage
from storage.read_model import import_tables, partitions
from storage.read_model import tables as compose
from storage.read_model.files import GenerationFiles
from storage.read_model.heartbeat import Heartbeat, WriteFailure
from storage.read_model.manifest import DAILY, KeptSnapshots, Manifest, identify
from storage.recovery import newest_loss
from storage.recovery.behind import set_published_aside
from storage.schema import TABLES
from storage.store import Store, StoreView, chain, frames
from storage.store.imports import imported_figures, imported_files

logger = logging.getLogger(__name__)

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
#: The heads of so many days are published.
_HEAD_DAYS = 7


class Publisher:
    """Publishes one store to one folder, one publication at a time; ticks are recorded beside it.

    Heartbeats may be written from another thread meanwhile.
    """

    def __init__(
        self,
        store: Store,
        folder: Path,
        *,
        now: Callable[[], datetime],
        version: str,
        key: SigningKey | None = None,
    ) -> None:
        """Make the folder if need be and look at what is published there; ``key`` signs heads.

        What the store does not hold is put aside first: see :mod:`storage.recovery.behind`.

        Raises:
            StoreUnwritable: there is no room for that.
            OSError: the folder cannot be written.
        """
        if published := identify(folder):
            set_published_aside(store, folder, published, at=now())
        self._store = store
        self._key = key
        self._now = now
        self._version = version
        self._generations = GenerationFiles(folder)
        newest = self._generations.newest()
        # Of another id, all that is published is stale.
        self._last = newest if newest and newest.store_id == store.store_id else None
        self._damaged: set[str] = set()
        self.check_files()
        self._written: dict[str, pl.DataFrame] = {}
        self._outcomes = pl.DataFrame(schema=compose.OUTCOMES)
        self._looked = pl.DataFrame(schema=compose.LOOKED)
        self._outcomes_tick = -1
        self._since: datetime | None = None  # the first heartbeat
        self._view: ReadView | None = None  # of the newest publication
        self._group: SessionGroups | None = None
        self._group_inputs: tuple[object, ...] = ()

    def publish(
        self,
        allowances: Sequence[QuotaUsage],
        annotations: Sequence[Annotation] | None = None,
        plans: Sequence[LookPlan] | None = None,
    ) -> int:
        """Publish what the store now holds as a new generation; return its number.

        ``annotations`` None: those of the last generation go on; the store does not keep them.
        ``plans``: who is followed; None: every account that is stored.

        Raises:
            ValueError: the store was never told of a programme.
            OSError: the folder cannot be written; the last generation stays.
            ViewEnded: it was stopped; the last generation stays.
        """
        # What an earlier release published has no sums yet: all of it is written anew.
        since_tick = self._last.tick if self._last and self._last.sums else -1
        self.check_files(in_full=False)
        return self._publish(
            allowances, since_tick=since_tick, annotations=annotations, plans=plans
        )

    def republish_all(
        self,
        allowances: Sequence[QuotaUsage] = (),
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> int:
        """Publish with every file written anew; ``progress`` is told stretches done and of."""
        return self._publish(allowances, since_tick=-1, progress=progress)

    def stop(self) -> None:
        """Have the publication that runs end before its next file; may be called from any thread."""
        if self._view:
            self._view.stop()

    def check_files(self, *, in_full: bool = True) -> bool:
        """Compare what is published with its sums, and tell whether anything differs.

        The next publication writes that anew from the database. Not ``in_full``: only what was
        written over since it was looked at last is read.
        """
        if self._last is None or not self._last.sums:
            return False
        for file, what in self._generations.differences(self._last, in_full=in_full).items():
            if file not in self._damaged:
                path = self._generations.folder / file
                logger.error("%s is damaged and is written anew from the database: %s", path, what)
            self._damaged.add(file)
        return bool(self._damaged)

    def newest(self, table: str) -> pl.DataFrame:
        """Return ``table`` as this publisher published it last; empty before it did."""
        return self._written.get(table, pl.DataFrame(schema=TABLES[table]))

    def heartbeat(self, refusal: WriteFailure | None = None) -> None:
        """Say that the collector runs and what its disk refuses; cheap, for every tick.

        Raises:
            OSError: the folder refuses even this.
        """
        at = self._now()
        self._since = self._since or at
        self._generations.heartbeat(Heartbeat(at=at, since=self._since, refusal=refusal))

    def _publish(
        self,
        allowances: Sequence[QuotaUsage],
        *,
        since_tick: int,
        annotations: Sequence[Annotation] | None = None,
        plans: Sequence[LookPlan] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> int:
        number = self._generations.next_number()
        at = self._now()
        days: dict[str, dict[str, str]] = {table: {} for table in DAILY}
        if since_tick >= 0 and self._last:
            days = {table: dict(self._last.days[table]) for table in DAILY}
        with self._store.view() as view:
            self._view = view.file
            programme = view.event.programme
            if programme is None:
                raise ValueError("nothing to publish: no programme was saved")
            tables = self._tables(view, allowances, plans, at)
            heads = chain.day_heads(view.file, days=_HEAD_DAYS)
            snapshots = _kept_snapshots(view.file, at)
            damaged = (
                partitions.bounds(name)[0]
                for files in days.values()
                for name, file in files.items()
                if file in self._damaged
            )
            stale = partitions.stale_partitions(
                [*view.file.ask("touched_hours", tick=since_tick)["hour"], *damaged],
                [name for files in days.values() for name in files],
                today=at.date(),
            )
            for done, name in enumerate(stale, start=1):
                composed = _minutes_of(view.file, name, view.memory.state)
                for table, rows in zip(DAILY, composed, strict=True):
                    file = f"{name}.{number:08d}"
                    view.file.go_on()
                    fresh = (
                        {name: self._generations.write(table, file, rows)} if rows.height else {}
                    )
                    days[table] = _without(days[table], name) | fresh
                if progress:
                    progress(done, len(stale))
            table_files: dict[str, str] = {}
            for name, rows in tables.items():
                view.file.go_on()
                table_files[name] = self._file(name, rows, number)
            every = [
                *table_files.values(),
                *(file for names in days.values() for file in names.values()),
            ]
            manifest = Manifest(
                generation=number,
                published_at=at,
                version=self._version,
                simulated=self._store.simulated,
                programme=programme,
                store_id=view.store_id,
                tick=view.memory.tick,
                loss=newest_loss(self._store.path),
                tables=table_files,
                days=days,
                sums=self._generations.sums(every),
                annotations=_annotations(annotations, self._last),
                heads=tuple(signed_head(head, self._key) for head in heads),
                snapshots=snapshots,
            )
            view.file.go_on()
            self._generations.swap(manifest)
        self._last = manifest
        self._damaged.clear()
        self._written = tables
        return number

    def _tables(
        self,
        view: StoreView,
        allowances: Sequence[QuotaUsage],
        plans: Sequence[LookPlan] | None,
        at: datetime,
    ) -> dict[str, pl.DataFrame]:
        database, memory = view.file, view.memory
        more = database.ask("outcomes", tick=self._outcomes_tick)
        self._outcomes = compose.newer_outcomes(self._outcomes, more)
        looked = database.ask("looks", tick=self._outcomes_tick)
        self._looked = compose.newer_outcomes(self._looked, looked)
        self._outcomes_tick = memory.tick
        accounts = view.event.account_frame()
        state = compose.state(frames.facts(list(memory.facts.values())), memory.state)
        tables = {
            "editions": view.event.editions,
            "accounts": accounts,
            "state": state,
            "gaps": compose.gaps(database.ask("closed_gaps"), memory.state),
            "corrections": compose.corrections(database.ask("corrections"), memory.state),
            "polls": database.ask("recent_polls", since=at - _DAY),
            "health": compose.health(allowances, self._outcomes, state),
            "looks": compose.looks(plans, self._looked, accounts),
            "segments": self._grouped(view).segments,
            "sessions": self._grouped(view).sessions,
        }
        derived = {name: tables[name] for name in ("state", "gaps", "corrections", "segments")}
        tables |= self._imported_tables(database, tables["editions"], **derived)
        return {name: rows.cast(TABLES[name]) for name, rows in tables.items()}

    def _imported_tables(
        self, database: Questions, editions: pl.DataFrame, **derived: pl.DataFrame
    ) -> dict[str, pl.DataFrame]:
        """Return the tables of what was brought in, compared anew only where they may differ.

        What is measured now is later than the instants that are compared, so what else may change
        is which account and edition a broadcast counts for.
        """
        imports = imported_files(database)
        known = self._written.get("imports")
        if known is not None and known.equals(imports):
            counted = ("broadcast", "account", "edition")
            before, now = self._written["state"].select(counted), derived["state"].select(counted)
            same = before.equals(now) and self._written["editions"].equals(editions)
            if imports.is_empty() or same:
                return {name: self._written[name] for name in import_tables.NAMES}
        figures = imported_figures(database)
        return import_tables.tables(database, imports, figures, editions, **derived)

    def _grouped(self, view: StoreView) -> SessionGroups:
        """Group broadcasts into airings and sessions, anew only when what it follows from changed."""
        memory, event = view.memory, view.event
        inputs = (memory.facts, memory.segments, event.planned, event.editions)
        if self._group is None or any(
            value is not previous
            for value, previous in zip(inputs, self._group_inputs, strict=True)
        ):
            self._group = group_sessions(
                memory.facts.values(),
                memory.segments,
                event.planned,
                event_names=event.event_names(),
            )
            self._group_inputs = inputs
        return self._group

    def _file(self, table: str, rows: pl.DataFrame, number: int) -> str:
        """Write ``rows``, unless they are those of the last generation: then share its file."""
        written = self._written.get(table)
        file = self._last.tables.get(table) if self._last else None
        if file and file not in self._damaged and written is not None and written.equals(rows):
            return file
        return self._generations.write(table, f"{number:08d}", rows)


def _annotations(
    programme: Sequence[Annotation] | None, last: Manifest | None
) -> tuple[Annotation, ...]:
    return tuple(programme) if programme is not None else last.annotations if last else ()


def _kept_snapshots(database: Questions, at: datetime) -> KeptSnapshots:
    counts = database.ask("snapshot_counts", since=at - _WEEK).row(0, named=True)
    since = _WEEK  # where there are older ones too
    if counts["newer"] == counts["snapshots"]:
        since = at - counts["first_at"] if counts["newer"] else timedelta(0)
    days = since / _DAY
    return KeptSnapshots(
        total=counts["snapshots"], a_day=counts["newer"] / days if days >= 1 else None
    )


def _without(files: dict[str, str], name: str) -> dict[str, str]:
    """Leave out the file of a stretch; a day's are those of its hours too."""
    return {
        partition: file
        for partition, file in files.items()
        if name not in (partition, partitions.day_of(partition))
    }


def _minutes_of(
    database: Questions, name: str, known: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    since, until = partitions.bounds(name)
    minutes = compose.broadcast_minutes(
        database.ask("broadcast_minutes", since=since, until=until), known
    )
    return minutes, compose.edition_minutes(
        minutes, database.ask("edition_deltas", since=since, until=until)
    )
