"""Makes once what many viewers look at: who asks first makes it, the others are handed it on.

A chart with its table and its file costs a hundred times what it costs to hand it on, and at an
event hundreds look at the same one.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

Made = TypeVar("Made")
_KEPT = 60


class SingleFlightCache:
    """Keeps what was made last under each key. Used by the threads of all viewers."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Hashable, Any]] = {}
        self._locks: dict[Hashable, Lock] = {}
        self._keeping = Lock()

    def of(
        self,
        key: Hashable,
        version: Hashable,
        make: Callable[[], Made],
        *,
        or_earlier: bool = False,
    ) -> Made:
        """Give what ``make`` made of this ``version`` of ``key``; what is of another is made anew.

        Only one viewer makes it at a time. The others wait, or with ``or_earlier`` take what is
        there of the version before. What ``make`` raises reaches the one who made, and the next one
        tries again.
        """
        found = self._kept.get(key)
        if found is not None and found[0] == version:
            return cast("Made", found[1])
        lock = self._lock_of(key)
        if not lock.acquire(blocking=found is None or not or_earlier):
            return cast("Made", found[1] if found else None)
        try:
            found = self._kept.get(key)
            if found is None or found[0] != version:
                found = version, self._made(key, make)
                self._keep(key, found)
        finally:
            lock.release()
        return cast("Made", found[1])

    def newest(self, key: Hashable) -> Any:
        """Give what was made last under ``key``, of whichever version; None where nothing was."""
        found = self._kept.get(key)
        return found[1] if found else None

    def _lock_of(self, key: Hashable) -> Lock:
        with self._keeping:
            return self._locks.setdefault(key, Lock())

    def _made(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What ``make`` makes; of a key that fails before anything was kept of it, nothing stays."""
        try:
            return make()
        except BaseException:
            with self._keeping:
                if key not in self._kept:
                    self._locks.pop(key, None)
            raise

    def _keep(self, key: Hashable, made: tuple[Hashable, Any]) -> None:
        with self._keeping:
            self._kept.pop(key, None)
            while len(self._kept) >= _KEPT:
                oldest = next(iter(self._kept))
                del self._kept[oldest]
                self._locks.pop(oldest, None)
            self._kept[key] = made
