"""Viewer counts as intervals, each valid until the next count, and their sum.

A value told in a minute holds from that minute's beginning until the broadcast's next row, whatever
that says, and at most three of the broadcast's median intervals; it ends where a gap begins or the
broadcast leaves the air, and never before its own minute is over. A row that does not say how many
watch holds nothing, and neither does one outside the minutes of its broadcast's time on the air, or
of a broadcast that never was. Nothing is interpolated. Pure polars.

Gaps begin and end with an answer, at some second of the minute whose row holds it. The answer before
a gap is the last one that is seen, the one that ends it the first: both are cut down to their minute.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.intervals import close_intervals, unite, whole_minutes
from storage.analysis.viewers.doubtful import MARKS, doubtful_readings
from storage.model import LATE_INTERVALS, Status
from storage.schema import UTC

HOLDS = pl.Schema(
    {
        "broadcast": pl.String(),
        "started_at": UTC,
        "ended_at": UTC,
        "viewers": pl.Int64(),  # last told in the minute
        "largest": pl.Int64(),  # largest told in the minute
    }
)

STEPS = pl.Schema(
    {
        "started_at": UTC,
        "ended_at": UTC,
        "viewers": pl.Int64(),  # sum over the broadcasts that hold a value
        "largest": pl.Int64(),  # the same at the instant when one of them told its largest
        "broadcasts": pl.Int64(),  # how many hold one
    }
)

#: Held values that are doubtful, and why.
DOUBTFUL = pl.Schema({**HOLDS, **MARKS})

_MINUTE = pl.duration(minutes=1)
#: More than the minutes since 1970.
_PLACES = 1 << 32
_SECOND = 1_000_000
_MICROSECONDS = 60_000_000
_ENDS = ("started_at", "ended_at")
#: Of these a broadcast is not on the air, nor perhaps.
_OFF_AIR = [str(status) for status in Status if status not in (Status.LIVE, Status.UNKNOWN)]


def viewer_intervals(dataset: Dataset, *, until: datetime) -> pl.DataFrame:
    """Return :data:`HOLDS` rows of all broadcasts of ``dataset``, those of one broadcast never overlapping.

    ``until`` is where the newest values end at the latest.
    """
    limit = pl.lit(until, dtype=UTC)
    counted = (
        dataset.minutes.select(
            "broadcast", "minute", "concurrent_viewers", "peak_concurrent_viewers"
        )
        .filter(pl.col("minute") < limit)
        .with_columns(place=pl.col("broadcast").rle_id().cast(pl.Int64))
        .with_columns(
            _key(pl.col("minute")),
            pl.when(pl.col("place") == pl.col("place").shift(-1))
            .then(pl.struct(following="minute", next="concurrent_viewers").shift(-1))
            .struct.unnest(),
        )
        .filter(pl.col("concurrent_viewers").is_not_null())
    )
    rows = _on_air(counted, dataset, until).with_row_index("row")
    step = pl.col("following") - pl.col("minute")
    paces = rows.group_by("place").agg(pace=step.median().fill_null(_MINUTE))
    own = pl.col("minute") + _MINUTE
    return (
        rows.join(paces, on="place", how="left", maintain_order="left")
        .join(_stops(rows, dataset, until), on="row", how="left", maintain_order="left")
        .select(
            "broadcast",
            started_at="minute",
            ended_at=pl.min_horizontal(
                "following",
                pl.col("minute") + LATE_INTERVALS * pl.col("pace"),
                pl.when(pl.col("stop").is_not_null()).then(pl.max_horizontal(own, "stop")),
                limit,
            ),
            viewers="concurrent_viewers",
            largest=pl.max_horizontal("concurrent_viewers", "peak_concurrent_viewers"),
        )
    )


def _on_air(counted: pl.DataFrame, dataset: Dataset, until: datetime) -> pl.DataFrame:
    """Keep the rows in minutes of their broadcast's time on the air.

    Of a broadcast without any that time is not known, unless its state says that it is not on the air.
    The answer that says that it ended stands in the minute of the end: where viewers are told after it
    too, they are what that minute tells.
    """
    off_air = dataset.state.filter(pl.col("status").is_in(_OFF_AIR))
    unknown = counted.select(pl.col("broadcast").unique()).join(off_air, on="broadcast", how="anti")
    ever = unknown.join(dataset.segments, on="broadcast", how="anti").select(
        "broadcast", started_at=pl.lit(0).cast(UTC), ended_at=pl.lit(until, dtype=UTC)
    )
    on_air = unite(close_intervals(whole_minutes(dataset.segments), until))
    begun = _keyed(pl.concat([on_air, ever]), counted, pl.col("started_at")).sort("key")
    starts, ends = (_keyed(dataset.segments, counted, _to_minute(end)) for end in _ENDS)
    over = ends.join(starts, on="key", how="anti")
    within = begun.select("key", "ended_at", since="place")
    return (
        counted.join_asof(within, on="key")
        .filter(pl.col("place") == pl.col("since"), pl.col("minute") < pl.col("ended_at"))
        .filter(pl.col("next").is_null() | ~pl.col("key").is_in(over["key"].implode()))
        .drop("ended_at", "since")
    )


def _stops(rows: pl.DataFrame, dataset: Dataset, until: datetime) -> pl.DataFrame:
    """Return each ``row`` that holds no longer than to a ``stop``: few, so they are looked up in the many.

    A gap, or the end of being on the air, stops the last row before it; and each row within a gap.
    """
    gaps = unite(close_intervals(dataset.gaps.with_columns(_to_minute(*_ENDS)), until))
    ends = dataset.segments.filter(pl.col("ended_at").is_not_null())
    beginnings = pl.concat(
        [
            gaps.select("broadcast", stop="started_at"),
            ends.select("broadcast", stop="ended_at"),
        ]
    )
    keys = rows["key"]
    stopped = _keyed(beginnings, rows, _to_minute("stop"))
    before = stopped.with_columns(
        row=keys.search_sorted(stopped["key"], side="right").cast(pl.Int64) - 1
    ).filter(pl.col("row") >= 0)
    same = before.join(rows.select(pl.col("row").cast(pl.Int64), at="place"), on="row")
    begun, over = (_keyed(gaps, rows, pl.col(end)) for end in _ENDS)
    inside = begun.select(
        row=pl.int_ranges(
            keys.search_sorted(begun["key"], side="right").cast(pl.Int64),
            keys.search_sorted(over["key"]).cast(pl.Int64),
        ),
        stop="started_at",
    ).explode("row", empty_as_null=False)
    both = [same.filter(pl.col("at") == pl.col("place")), inside]
    return (
        pl.concat([some.select(pl.col("row").cast(pl.UInt32), "stop") for some in both])
        .group_by("row")
        .agg(pl.col("stop").min())
    )


def _keyed(intervals: pl.DataFrame, rows: pl.DataFrame, minute: pl.Expr) -> pl.DataFrame:
    """Give each interval the place of its broadcast in ``rows``, and the key of its ``minute``."""
    place = pl.col("place")
    places = rows.filter((place != place.shift(1)).fill_null(value=True)).select("broadcast", place)
    numbered = intervals.join(places, on="broadcast", how="inner", maintain_order="left")
    return numbered.with_columns(_key(minute))


def _key(minute: pl.Expr) -> pl.Expr:
    """Return a number of a broadcast's minute; rows are in the order of their numbers."""
    return (pl.col("place") * _PLACES + minute.cast(pl.Int64) // _MICROSECONDS).alias("key")


def _to_minute(*columns: str) -> pl.Expr:
    return pl.col(columns).dt.truncate("1m")


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewerSum:
    """All that is held, added up.

    ``steps``: :data:`STEPS`. ``held_seconds``: how long values are held, by broadcast together, of
    those whose time on the air is known.
    ``pace``: the usual interval of the broadcast told least often; ``None``: none told twice.
    ``doubtful``: those of the values that are, see :mod:`storage.analysis.viewers.doubtful`.
    """

    steps: pl.DataFrame
    held_seconds: float
    pace: timedelta | None
    doubtful: pl.DataFrame


def sum_viewers(dataset: Dataset, *, until: datetime) -> ViewerSum:
    """Add up what the broadcasts of ``dataset`` hold, up to ``until``.

    It goes some broadcasts after the others, so that millions of minutes take little memory.
    """
    adding = AddingViewers()
    for part in dataset.in_parts():
        adding.add(hold_part(part, until=until))
    return adding.sums()[""]


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldPart:
    """Some whole broadcasts: the values they hold, and which of these are doubtful."""

    dataset: Dataset
    held: pl.DataFrame
    doubtful: pl.DataFrame


def hold_part(part: Dataset, *, until: datetime) -> HeldPart:
    """Hold the values of one of the parts of a dataset."""
    held = viewer_intervals(part, until=until)
    return HeldPart(dataset=part, held=held, doubtful=doubtful_readings(held))


class AddingViewers:
    """Sums that grow part by part: one for each key of the broadcasts, or of all.

    ``keys``: ``broadcast`` and ``key``; ``None``: all broadcasts are of the key "".
    """

    def __init__(self, keys: pl.DataFrame | None = None) -> None:
        self.keys = keys
        self._events = [_NOTHING]
        self._lengths: list[pl.DataFrame] = []
        self._doubtful = [pl.DataFrame(schema={**DOUBTFUL, "key": pl.String})]

    def add(self, part: HeldPart) -> None:
        """Add what the broadcasts of a part hold."""
        held = self.keyed(part.held)
        self._events.append(_events(held))
        self._doubtful.append(self.keyed(part.doubtful))
        name = pl.col("broadcast")
        known = part.dataset.segments["broadcast"].implode()
        length = (pl.col("ended_at") - pl.col("started_at")).dt.total_microseconds()
        lengths = held.group_by("key", name.rle_id().alias("place")).agg(
            name.first(),
            pace=pl.col("started_at").diff().median(),
            length=length.sum(),
        )
        self._lengths.append(
            lengths.select(
                "key", "pace", length=pl.when(name.is_in(known)).then("length").otherwise(0)
            ).cast(_LENGTHS)
        )

    def sums(self) -> dict[str, ViewerSum]:
        """Return the sum of each key, also of those that hold nothing."""
        keys = pl.Series([""]) if self.keys is None else self.keys["key"].unique().sort()
        silent = pl.DataFrame({"key": keys}).select("key", pace=None, length=0).cast(_LENGTHS)
        lengths = (
            pl.concat([silent, *self._lengths])
            .group_by("key", maintain_order=True)
            .agg(pl.col("pace").max(), pl.col("length").sum())
        )
        steps = _steps(pl.concat(self._events)).partition_by("key", as_dict=True, include_key=False)
        doubtful = pl.concat(self._doubtful).partition_by("key", as_dict=True, include_key=False)
        return {
            key: ViewerSum(
                steps=steps.get((key,), STEPS.to_frame()),
                held_seconds=length / _SECOND,
                pace=pace,
                doubtful=doubtful.get((key,), DOUBTFUL.to_frame()),
            )
            for key, pace, length in lengths.iter_rows()
        }

    def keyed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Give rows of broadcasts the key of each."""
        if self.keys is None:
            return rows.with_columns(key=pl.lit(""))
        return rows.join(self.keys, on="broadcast", how="inner", maintain_order="left")


#: What changes at an instant: viewers and broadcasts that come or go, and how far above one told.
_NOTHING = pl.DataFrame(
    schema={"key": pl.String, "at": UTC, "more": pl.Int64, "count": pl.Int64, "above": pl.Int64}
)
#: How often a broadcast told, and for how many microseconds on the air.
_LENGTHS = pl.Schema({"key": pl.String(), "pace": pl.Duration("us"), "length": pl.Int64()})


def _events(held: pl.DataFrame) -> pl.DataFrame:
    count = pl.len().cast(pl.Int64)
    joins = held.group_by("key", at="started_at").agg(
        more=pl.col("viewers").sum(),
        count=count,
        above=(pl.col("largest") - pl.col("viewers")).max(),
    )
    leaves = held.group_by("key", at="ended_at").agg(
        more=-pl.col("viewers").sum(), count=-count, above=pl.lit(None, dtype=pl.Int64)
    )
    return pl.concat([joins, leaves]).cast(_NOTHING.schema)


def _steps(events: pl.DataFrame) -> pl.DataFrame:
    """Return :data:`STEPS` rows by ``key``: the sum over broadcasts between any two instants at which one changes.

    Stretches in which no broadcast holds a value are left out: they were not seen.
    """
    return (
        events.group_by("key", "at")
        .agg(pl.col("more").sum(), pl.col("count").sum(), pl.col("above").max())
        .sort("key", "at")
        .select(
            "key",
            started_at="at",
            ended_at=pl.col("at").shift(-1),
            viewers=pl.col("more").cum_sum(),
            largest=pl.col("more").cum_sum() + pl.col("above").fill_null(0),
            broadcasts=pl.col("count").cum_sum(),
        )
        .filter(pl.col("broadcasts") > 0)
    )
