"""Single-flight caches shared by all viewers.

A chart with its table and its file costs a hundred times what it costs to hand it on, and at an
event hundreds look at the same one. What the pages beside the wall show is built once a generation.
"""

from collections.abc import Callable, Collection, Hashable, Sequence
from threading import Lock
from typing import Any, Protocol, TypeVar, cast

import polars as pl

from dashboard.view_model.root import DashboardModel
from storage.read_model.history_reader import WithHistory
from storage.read_model.reader import NotPublished, ReadModel
from storage.system.panics import LibraryPanicked, panics_as_errors

Built = TypeVar("Built")


class Minutes(Protocol):
    """Gives the minutes of some broadcasts, in no order, of all time or of some UTC days alone.

    They are as :data:`storage.schema.BROADCAST_MINUTES` has them; of what is not asked, nothing is read.
    """

    def __call__(
        self, broadcasts: Sequence[str], days: Collection[str] | None = None, /
    ) -> pl.LazyFrame:
        """Return them, to be read when they are collected."""
        ...


_MAX_ENTRIES = 60


class SingleFlightCache:
    """Keeps what was built last under each key. Used by the threads of all viewers."""

    def __init__(self) -> None:
        self._entries: dict[Hashable, tuple[Hashable, Any]] = {}
        self._locks: dict[Hashable, Lock] = {}
        self._changing = Lock()

    def get_or_build(
        self,
        key: Hashable,
        version: Hashable,
        build: Callable[[], Built],
        *,
        or_earlier: bool = False,
    ) -> Built:
        """Return what ``build`` made of this ``version`` of ``key``; another version is built anew.

        Only one viewer builds it at a time. The others wait, or with ``or_earlier`` take what is
        there of the version before. What ``build`` raises reaches the one who built, and the next
        one tries again.
        """
        entry = self._entries.get(key)
        if entry is not None and entry[0] == version:
            return cast("Built", entry[1])
        lock = self._lock_of(key)
        if not lock.acquire(blocking=entry is None or not or_earlier):
            return cast("Built", entry[1] if entry else None)
        try:
            entry = self._entries.get(key)
            if entry is None or entry[0] != version:
                entry = version, self._build(key, build)
                self._store(key, entry)
        finally:
            lock.release()
        return cast("Built", entry[1])

    def newest(self, key: Hashable) -> Any:
        """Return what was built last under ``key``, of whichever version; None where nothing was."""
        entry = self._entries.get(key)
        return entry[1] if entry else None

    def _lock_of(self, key: Hashable) -> Lock:
        with self._changing:
            return self._locks.setdefault(key, Lock())

    def _build(self, key: Hashable, build: Callable[[], Built]) -> Built:
        """Return what ``build`` makes; of a key that fails before it has an entry, nothing stays."""
        try:
            with panics_as_errors():
                return build()
        except BaseException:
            with self._changing:
                if key not in self._entries:
                    self._locks.pop(key, None)
            raise

    def _store(self, key: Hashable, entry: tuple[Hashable, Any]) -> None:
        with self._changing:
            self._entries.pop(key, None)
            while len(self._entries) >= _MAX_ENTRIES:
                oldest = next(iter(self._entries))
                del self._entries[oldest]
                self._locks.pop(oldest, None)
            self._entries[key] = entry


class GenerationCache:
    """Keeps what was built of each generation, for pages that somebody opens.

    Whoever opens one first after a publication builds it; who comes meanwhile reads what was built
    of the generation before, which is still true.
    """

    def __init__(self, reader: ReadModel) -> None:
        self._reader = reader
        self._cache = SingleFlightCache()

    def get_or_build(
        self, key: Hashable, model: DashboardModel, build: Callable[[Minutes], Built]
    ) -> Built | None:
        """Return what ``build`` makes of the model's generation; ``key`` names it and its choices.

        That of an earlier generation while another viewer builds, and where the minutes can no
        longer be read; None where there is none.
        """
        try:
            return self._cache.get_or_build(
                key, model.origin.generation, lambda: build(self._minutes), or_earlier=True
            )
        except (NotPublished, OSError, pl.exceptions.PolarsError, LibraryPanicked):
            return self._cache.newest(key)

    def _minutes(
        self, broadcasts: Sequence[str], days: Collection[str] | None = None, /
    ) -> pl.LazyFrame:
        return self._reader.open_as(WithHistory).scan_minutes(broadcasts, None, days)
