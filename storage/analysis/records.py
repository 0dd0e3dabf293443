"""Puts together what analysis looks at: the published rows of some broadcasts, in order.

An edition, a platform, an account, a session and a single broadcast are all asked about in the same
way: choose the broadcasts, then ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from storage.analysis.totals import matched

_MINUTE = ["broadcast", "minute"]
#: What analysis asks of a minute: of millions of rows, the rest would be the most.
_COUNTS = ["snapshots", "views", "peak_concurrent_viewers", "concurrent_viewers"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """Published rows that belong together, each frame as :mod:`storage.schema` has it.

    ``minutes`` have only views, viewers and snapshots, sorted by broadcast and minute, one row each:
    see :func:`records`.
    """

    state: pl.DataFrame
    minutes: pl.DataFrame
    gaps: pl.DataFrame
    corrections: pl.DataFrame
    segments: pl.DataFrame

    def of(self, broadcasts: Sequence[str] | pl.Series) -> "Records":
        """Keep the rows of ``broadcasts``."""
        chosen = pl.DataFrame({"broadcast": broadcasts}, schema={"broadcast": pl.String}).unique()
        kept = {
            name: getattr(self, name).join(
                chosen, on="broadcast", how="semi", maintain_order="left"
            )
            for name in self.__slots__
        }
        return Records(**kept)

    def of_edition(self, edition: str) -> "Records":
        """Keep what counts for ``edition``: its broadcasts, ordinary uploads left out."""
        return self.of(matched(self.state, edition)["broadcast"])

    def of_platform(self, platform: str) -> "Records":
        """Keep the broadcasts of one platform."""
        return self.of(self.state.filter(pl.col("platform") == platform)["broadcast"])

    def of_account(self, account: str) -> "Records":
        """Keep the broadcasts of one account."""
        return self.of(self.state.filter(pl.col("account") == account)["broadcast"])


def records(
    *,
    state: pl.DataFrame,
    minutes: pl.DataFrame,
    gaps: pl.DataFrame,
    corrections: pl.DataFrame,
    segments: pl.DataFrame,
) -> Records:
    """Bring published frames into the order that analysis expects, whatever order they come in.

    Rows that stand twice count once. Of two rows of one broadcast and minute, the one that stands on
    more snapshots is kept, then the one of larger counts: so parts of a history may be laid together
    in any order. Gaps are unseen stretches: where one part has a gap, the whole has it.
    """
    return Records(
        state=state.sort("broadcast").unique("broadcast", keep="first", maintain_order=True),
        minutes=_in_order(minutes),
        gaps=gaps.unique().sort("broadcast", "started_at", "ended_at", nulls_last=True),
        corrections=corrections.unique().sort("observed_at", "broadcast", "metric"),
        segments=segments.unique().sort("broadcast", "started_at", "ended_at", nulls_last=True),
    )


def _in_order(minutes: pl.DataFrame) -> pl.DataFrame:
    kept = minutes.select(*_MINUTE, *_COUNTS)
    ordered = kept.sort(_MINUTE)
    twice = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in _MINUTE)
    if not ordered.select(twice.any()).item():
        return ordered
    down = [False, False, *(True for _ in _COUNTS)]
    fullest = kept.sort(*_MINUTE, *_COUNTS, descending=down, nulls_last=True)
    return fullest.unique(_MINUTE, keep="first", maintain_order=True)
