"""What is drawn, once for all viewers to whom it looks alike.

A chart with its table and its file costs a hundred times what it costs to hand it on. At an event
hundreds look at the same one: it is drawn by who asks first, and the others wait for it.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

Made = TypeVar("Made")
_KEPT = 60


class Drawn:
    """Keeps what was drawn last under each key. Used by the threads of all viewers."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Hashable, Any]] = {}
        self._locks: dict[Hashable, Lock] = {}
        self._keeping = Lock()

    def of(self, key: Hashable, version: Hashable, draw: Callable[[], Made]) -> Made:
        """Give what ``draw`` made of this ``version`` of ``key``; what is of another is drawn anew.

        Only one viewer draws at a time; what ``draw`` raises reaches the one who drew, and the next
        one tries again.
        """
        found = self._kept.get(key)
        if found is None or found[0] != version:
            with self._lock_of(key):
                found = self._kept.get(key)
                if found is None or found[0] != version:
                    found = version, self._made(key, draw)
                    self._keep(key, found)
        return cast("Made", found[1])

    def _lock_of(self, key: Hashable) -> Lock:
        with self._keeping:
            return self._locks.setdefault(key, Lock())

    def _made(self, key: Hashable, draw: Callable[[], Made]) -> Made:
        """What ``draw`` makes; of a key that fails before anything was kept of it, nothing stays."""
        try:
            return draw()
        except BaseException:
            with self._keeping:
                if key not in self._kept:
                    self._locks.pop(key, None)
            raise

    def _keep(self, key: Hashable, drawn: tuple[Hashable, Any]) -> None:
        with self._keeping:
            self._kept.pop(key, None)
            while len(self._kept) >= _KEPT:
                oldest = next(iter(self._kept))
                del self._kept[oldest]
                self._locks.pop(oldest, None)
            self._kept[key] = drawn
