"""Follows the counts of broadcasts through their snapshots: growth, falls and what is last known.

Pure: rows in, rows out. Rows are sorted by broadcast and ``observed_at`` and carry in ``before_*``
columns what was known before them (null: nothing was); :func:`carry` sees to that for the second
row of a broadcast and those after it. Everything else then looks at one row at a time.
"""

import polars as pl

from storage.model import COUNTERS, COUNTS, Status
from storage.store import frames
from storage.store.frames import known_name

#: What must be known before a row, to tell what it adds.
BEFORE = (
    "observed_at",
    "views_at",
    *map(known_name, COUNTERS),
    "peak_concurrent_viewers",
    "peak_at",
)


def without_before(rows: pl.DataFrame) -> pl.DataFrame:
    """Prepare whole histories: nothing was known before their first row."""
    return rows.with_columns(
        pl.lit(None, dtype=frames.COUNT_STATE[name]).alias(f"before_{name}") for name in BEFORE
    )


def _earlier(newest: pl.Expr, known: str) -> pl.Expr:
    """Return the last of ``newest`` in earlier rows of the broadcast, else what was ``known`` before all."""
    return pl.coalesce(newest.forward_fill().shift(1).over("broadcast"), f"before_{known}").alias(
        f"before_{known}"
    )


# The expressions are built once: building them costs more than running them on a tick's rows. For
# the same reason they run one after the other (`_seq`): handing them to other threads costs more.
_VIEWERS = pl.when(pl.col("status").is_in([Status.LIVE, Status.UNKNOWN])).then("concurrent_viewers")
_PEAK = pl.max_horizontal(_VIEWERS, "before_peak_concurrent_viewers")
#: A peak was told by the earliest of the highest.
_HIGHER = pl.col("before_peak_concurrent_viewers").fill_null(-1) < _VIEWERS
_CARRY = [
    _earlier(pl.col("observed_at"), "observed_at"),
    *(_earlier(pl.col(counter), known_name(counter)) for counter in COUNTERS),
    _earlier(pl.when(pl.col("views").is_not_null()).then("observed_at"), "views_at"),
    _earlier(_PEAK.cum_max(), "peak_concurrent_viewers"),
]
_CARRY_PEAK_AT = _earlier(pl.when(_HIGHER).then("observed_at"), "peak_at")
_LAST = (pl.col("broadcast") != pl.col("broadcast").shift(-1)).fill_null(value=True)

_NO_CORRECTIONS = pl.DataFrame(schema=frames.CORRECTION)

_MINUTE = 60_000_000
_SUM = pl.col("views_delta").sum()
_AS_TIME = pl.col("minute").cast(frames.UTC_TIME)
_GROWTH = [
    (pl.col("observed_at").to_physical() // _MINUTE * _MINUTE).alias("minute"),
    pl.col("edition"),
    pl.col("platform"),
    (pl.col("views") - pl.col("before_views").fill_null(0)).alias("views_delta"),
]

_NEWEST = [
    pl.col("broadcast", "observed_at"),
    pl.coalesce("views", "before_views").alias("views"),
    pl.when(pl.col("views").is_not_null())
    .then("observed_at")
    .otherwise("before_views_at")
    .alias("views_at"),
    pl.col(COUNTS[1:]),
    *(
        pl.coalesce(counter, f"before_{known_name(counter)}").alias(known_name(counter))
        for counter in COUNTERS[1:]
    ),
    _PEAK.alias("peak_concurrent_viewers"),
    pl.when(_HIGHER).then("observed_at").otherwise("before_peak_at").alias("peak_at"),
    pl.col("source", "definition"),
]


def carry(rows: pl.DataFrame) -> pl.DataFrame:
    """Make ``before_*`` of each row say what was known when it came, earlier rows included.

    It comes in saying what was known before the first row of the broadcast.
    """
    if rows["broadcast"].n_unique() == rows.height:
        return rows
    # The time of the peak is told by the peaks that the first step makes known.
    return rows.with_columns(_CARRY).with_columns(_CARRY_PEAK_AT)


def deltas(carried: pl.DataFrame) -> pl.DataFrame:
    """Sum the signed growth of views: :data:`frames.DELTA` rows, one a minute, edition, platform."""
    growth = carried.select_seq(_GROWTH)
    by_minute = growth.group_by(frames.BY_MINUTE).agg(_SUM)
    # A sum of nothing told is zero, and zero growth needs no row.
    moved = by_minute["views_delta"] != 0
    return (by_minute if moved.all() else by_minute.filter(moved)).with_columns_seq(_AS_TIME)


def corrections(carried: pl.DataFrame) -> pl.DataFrame:
    """List every counter that fell: :data:`frames.CORRECTION` rows."""
    fell = {
        counter: carried[counter] < carried[f"before_{known_name(counter)}"] for counter in COUNTERS
    }
    if not any(falls.any() for falls in fell.values()):
        return _NO_CORRECTIONS
    return pl.concat(
        carried.filter(falls).select(
            "poll_id",
            "broadcast",
            pl.lit(counter).alias("metric"),
            "observed_at",
            pl.col(f"before_{known_name(counter)}").alias("before"),
            pl.col(counter).alias("after"),
        )
        for counter, falls in fell.items()
    )


def newest(carried: pl.DataFrame, *, along: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return what is known after the last row of each broadcast: broadcast, COUNT_STATE columns.

    Columns ``along`` of that row come with them.
    """
    if carried["broadcast"].n_unique() != carried.height:
        carried = carried.filter(_LAST)
    return carried.select_seq(*_NEWEST, *along)
