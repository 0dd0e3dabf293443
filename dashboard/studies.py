"""What the pages beside the wall are made of, built once per generation for all viewers.

Nothing is built for a page that nobody opens. Whoever opens one first after a publication builds
it; who comes meanwhile reads what was built of the generation before, which is still true.
"""

from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any, TypeAlias, TypeVar, cast

import polars as pl

from dashboard.picture import Picture
from storage.read import NotPublished, ReadModel

Built = TypeVar("Built")

#: The minutes of some broadcasts, as :data:`storage.schema.BROADCAST_MINUTES` has them.
Minutes: TypeAlias = Callable[[Sequence[str]], pl.DataFrame]
_KEPT = 60


class Studies:
    """Keeps what was built of each generation. Used by the threads of all viewers."""

    def __init__(self, reads: ReadModel) -> None:
        self._reads = reads
        self._kept: dict[Hashable, tuple[int, Any]] = {}
        self._locks: dict[Hashable, Lock] = {}

    def of(
        self, key: Hashable, picture: Picture, build: Callable[[Picture, Minutes], Built]
    ) -> Built | None:
        """Give what ``build`` makes of the picture's generation; ``key`` names it and its choices.

        That of an earlier generation while another viewer builds, and where the minutes can no
        longer be read; None where there is none.
        """
        generation = picture.origin.generation
        before = self._kept.get(key)
        if before is not None and before[0] == generation:
            return cast("Built", before[1])
        lock = self._locks.setdefault(key, Lock())
        if not lock.acquire(blocking=before is None):
            return cast("Built", before[1]) if before else None
        try:
            before = self._kept.get(key)
            if before is None or before[0] != generation:
                before = generation, build(picture, self._minutes)
                self._keep(key, before)
        except (NotPublished, OSError, pl.exceptions.PolarsError):
            if before is None:
                return None
        finally:
            lock.release()
        return cast("Built", before[1])

    def _minutes(self, broadcasts: Sequence[str]) -> pl.DataFrame:
        return self._reads.open().broadcast_minutes(broadcasts, None)

    def _keep(self, key: Hashable, built: tuple[int, Any]) -> None:
        self._kept.pop(key, None)
        while len(self._kept) >= _KEPT:
            oldest = next(iter(self._kept))
            self._kept.pop(oldest, None)
            self._locks.pop(oldest, None)
        self._kept[key] = built
