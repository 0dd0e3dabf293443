"""The published rows of some broadcasts, in order: what analysis looks at.

An edition, a platform, an account, a session and a single broadcast are all asked about in the same
way: choose the broadcasts, then ask.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import polars as pl

_MINUTE = ["broadcast", "minute"]
#: What analysis asks of a minute: of millions of rows, the rest would be the most.
_COUNTS = ["snapshots", "views", "peak_concurrent_viewers", "concurrent_viewers"]
_ROWS_A_PART = 250_000
#: A key of a broadcast and minute is the broadcast's place times this, more than the minutes since 1970.
_MINUTES = 1 << 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """Published rows that belong together, each frame as :mod:`storage.schema` has it.

    ``minutes`` have only views, viewers and snapshots, sorted by broadcast and minute, one row each:
    see :func:`build_dataset`.
    """

    state: pl.DataFrame
    minutes: pl.DataFrame
    gaps: pl.DataFrame
    corrections: pl.DataFrame
    segments: pl.DataFrame

    def of_broadcasts(self, broadcasts: Sequence[str] | pl.Series) -> "Dataset":
        """Keep the rows of ``broadcasts``."""
        chosen = pl.DataFrame({"broadcast": broadcasts}, schema={"broadcast": pl.String}).unique()
        return Dataset(**{name: _among(getattr(self, name), chosen) for name in self.__slots__})

    def by_broadcast(self) -> Iterator[tuple[str, "Dataset"]]:
        """Cut the rows once, into those of each broadcast, by name."""
        parts = {
            name: getattr(self, name).partition_by("broadcast", as_dict=True)
            for name in self.__slots__
            if name != "minutes"
        }
        empty = {name: getattr(self, name).clear() for name in self.__slots__}
        # Of millions of minutes nothing is copied: those of one broadcast lie together.
        runs = self.minutes.select(pl.col("broadcast").rle()).unnest("broadcast")
        places = runs.select("value", pl.col("len").cum_sum() - pl.col("len"), count="len")
        slices = {name: (start, count) for name, start, count in places.iter_rows()}
        for name in self.state["broadcast"]:
            cut = {part: rows.get((name,), empty[part]) for part, rows in parts.items()}
            yield name, Dataset(minutes=self.minutes.slice(*slices.get(name, (0, 0))), **cut)

    def in_parts(self) -> Iterator["Dataset"]:
        """Cut the minutes into those of whole broadcasts, about :data:`_ROWS_A_PART` rows each.

        What is worked out of one part after the other takes little memory, however many minutes there are.
        """
        names = pl.col("broadcast")
        begins = self.minutes.select((names != names.shift(1)).fill_null(value=True).arg_true())
        since, end = 0, self.minutes.height
        for cut in (*begins.to_series().to_list()[1:], end):
            if cut - since >= _ROWS_A_PART or (cut == end and cut > since):
                minutes = self.minutes.slice(since, cut - since)
                mine = minutes.select(names.filter((names != names.shift(1)).fill_null(value=True)))
                few = {name: _among(getattr(self, name), mine) for name in ("gaps", "segments")}
                yield replace(self, minutes=minutes, **few)
                since = cut

    def of_platform(self, platform: str) -> "Dataset":
        """Keep the broadcasts of one platform."""
        return self.of_broadcasts(self.state.filter(pl.col("platform") == platform)["broadcast"])

    def of_account(self, account: str) -> "Dataset":
        """Keep the broadcasts of one account."""
        return self.of_broadcasts(self.state.filter(pl.col("account") == account)["broadcast"])


def build_dataset(
    *,
    state: pl.DataFrame,
    minutes: pl.DataFrame | pl.LazyFrame,
    gaps: pl.DataFrame,
    corrections: pl.DataFrame,
    segments: pl.DataFrame,
) -> Dataset:
    """Bring published frames into the order that analysis expects, whatever order they come in.

    Of lazy ``minutes`` only what is needed is read. Rows that stand twice count once. Of two rows of one
    broadcast and minute, the one that stands on more snapshots is kept, then the one of larger counts: so
    parts of a history may be laid together in any order. Gaps are unseen stretches: where one part has a gap, the whole has it.
    """
    return Dataset(
        state=state.sort("broadcast").unique("broadcast", keep="first", maintain_order=True),
        minutes=_in_order(minutes),
        gaps=gaps.unique().sort("broadcast", "started_at", "ended_at", nulls_last=True),
        corrections=corrections.unique().sort("observed_at", "broadcast", "metric"),
        segments=segments.unique().sort("broadcast", "started_at", "ended_at", nulls_last=True),
    )


def _among(rows: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows of the ``chosen`` broadcasts; where these are all, nothing is copied."""
    names = pl.col("broadcast")
    # Rows of one broadcast lie together, or are few.
    named = rows.select(names.filter((names != names.shift(1)).fill_null(value=True)))
    if named.join(chosen, on="broadcast", how="anti").is_empty():
        return rows
    return rows.join(chosen, on="broadcast", how="semi", maintain_order="left")


def _in_order(minutes: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    rows = minutes.lazy().select(*_MINUTE, *_COUNTS).collect()
    if _is_ordered(rows):
        return rows
    ordered = _by_key(rows)
    if _is_ordered(ordered):
        return ordered
    rows = ordered
    down = [False, False, *(True for _ in _COUNTS)]
    fullest = rows.sort(*_MINUTE, *_COUNTS, descending=down, nulls_last=True)
    return fullest.unique(_MINUTE, keep="first", maintain_order=True)


def _by_key(rows: pl.DataFrame) -> pl.DataFrame:
    """Sort by broadcast and whole minute: by one number, and a column after the other, to take little memory."""
    names = pl.Enum(rows["broadcast"].unique().sort())
    place = pl.col("broadcast").cast(names).to_physical().cast(pl.Int64)
    minute = pl.col("minute").to_physical() // 60_000_000
    order = rows.select((place * _MINUTES + minute).arg_sort()).to_series()
    return pl.DataFrame([column.gather(order) for column in rows])


def _is_ordered(rows: pl.DataFrame) -> bool:
    """Tell whether every row comes after the one before, and none stands twice."""
    name, minute = (pl.col(column) for column in _MINUTE)
    other = (name != name.shift(1)).fill_null(value=True)
    row = rows.select(
        later=(other | (minute > minute.shift(1))).all(), names=name.filter(other).implode()
    ).row(0, named=True)
    names: list[str] = row["names"]
    return row["later"] and all(before < after for before, after in pairwise(names))
