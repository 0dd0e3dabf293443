"""What the pages beside the wall are made of, built once per generation for all viewers.

Nothing is built for a page that nobody opens. Whoever opens one first after a publication builds
it; who comes meanwhile reads what was built of the generation before, which is still true.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeAlias, TypeVar

import polars as pl

from dashboard.view_model.cache import SingleFlightCache
from dashboard.view_model.root import DashboardModel
from storage.read_model.reader import NotPublished, ReadModel

Built = TypeVar("Built")

#: The minutes of some broadcasts, as :data:`storage.schema.BROADCAST_MINUTES` has them.
Minutes: TypeAlias = Callable[[Sequence[str]], pl.DataFrame]


class GenerationCache:
    """Keeps what was built of each generation. Used by the threads of all viewers."""

    def __init__(self, reads: ReadModel) -> None:
        self._reads = reads
        self._once = SingleFlightCache()

    def of(
        self,
        key: Hashable,
        picture: DashboardModel,
        build: Callable[[DashboardModel, Minutes], Built],
    ) -> Built | None:
        """Give what ``build`` makes of the picture's generation; ``key`` names it and its choices.

        That of an earlier generation while another viewer builds, and where the minutes can no
        longer be read; None where there is none.
        """
        generation = picture.origin.generation
        try:
            return self._once.of(
                key, generation, lambda: build(picture, self._minutes), or_earlier=True
            )
        except (NotPublished, OSError, pl.exceptions.PolarsError):
            return self._once.newest(key)

    def _minutes(self, broadcasts: Sequence[str]) -> pl.DataFrame:
        return self._reads.open().broadcast_minutes(broadcasts, None)
