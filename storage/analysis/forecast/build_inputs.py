"""Forecast inputs from published rows: the edition's sum by hours, and its broadcasts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.forecast.inputs import Airings, CumulativeCurve, PastEdition, Values
from storage.analysis.intervals import close_intervals
from storage.schema import UTC

HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_ABOUT = timedelta(hours=6)
_LARGE_PART = 0.1
_MICROSECONDS = 3_600_000_000


@dataclass(frozen=True, kw_only=True)
class CountedEdition:
    """An edition's growth since ``since``: its opening, or when it was first seen an hour later or more.

    ``before``: views that were there when they were first seen, and are no growth. ``as_of``: the
    newest minute in which a platform that tells views was seen; ``oldest_part``: that of the platform
    not seen for longest, of those that have a tenth of the views.
    """

    since: datetime
    as_of: datetime
    oldest_part: datetime
    before: int
    curve: CumulativeCurve


def counted_edition(
    edition_minutes: pl.DataFrame, opened_at: datetime, until: datetime
) -> CountedEdition | None:
    """Add up an edition's growth by the hour, as of ``until``; ``None`` where no views were told.

    Of a platform that was first seen an hour after the beginning or later, the first sum is of hours
    that nobody saw: it counts as there before.
    """
    rows = edition_minutes.filter(
        pl.col("minute") < pl.lit(until, dtype=UTC), pl.col("views_delta").is_not_null()
    )
    first = rows["minute"].min()
    if not isinstance(first, datetime):
        return None
    since = opened_at if first < opened_at + HOUR else first
    begun = pl.lit(since, dtype=UTC)
    arrived = pl.col("minute").min().over("platform")
    late = (arrived >= begun + pl.duration(hours=1)) & (pl.col("minute") == arrived)
    before = (pl.col("minute") < begun) | late | ((begun > opened_at) & (pl.col("minute") == first))
    marked = rows.with_columns(before=before)
    there = marked.filter("before")["views_delta"].sum()
    hours = (
        rows.filter(pl.col("minute") >= begun)
        .group_by(hour=(pl.col("minute") - begun).dt.total_microseconds() // _MICROSECONDS)
        .agg(minute=pl.col("minute").max())
        .join(
            marked.filter(~pl.col("before"))
            .group_by(hour=(pl.col("minute") - begun).dt.total_microseconds() // _MICROSECONDS)
            .agg(pl.col("views_delta").sum()),
            on="hour",
            how="left",
        )
        .sort("hour")
    )
    if hours.is_empty():
        return None
    elapsed = (hours["minute"] + _MINUTE - since).dt.total_microseconds() / _MICROSECONDS
    return CountedEdition(
        since=since,
        as_of=hours["minute"][-1],
        oldest_part=_oldest_part(rows),
        before=int(there),
        curve=CumulativeCurve(
            hours=elapsed.to_numpy(),
            views=hours["views_delta"].fill_null(0).cum_sum().cast(pl.Float64).to_numpy(),
        ),
    )


def _oldest_part(rows: pl.DataFrame) -> datetime:
    parts = rows.group_by("platform").agg(pl.col("minute").max(), pl.col("views_delta").sum())
    large = pl.col("views_delta") >= _LARGE_PART * pl.col("views_delta").sum()
    newest = rows["minute"].to_list()[-1]
    return min(parts.filter(large)["minute"].to_list(), default=newest)


def past_editions(
    row: Mapping[str, Any], edition_minutes: pl.DataFrame, later_by: timedelta
) -> PastEdition | None:
    """Return an earlier edition from ``later_by`` after its opening on.

    ``None`` if it was not seen from about then to its end. ``row`` is of
    :data:`storage.schema.EDITIONS`.
    """
    opened_at: datetime = row["starts_at"]
    counted = counted_edition(edition_minutes, opened_at, row["ends_at"])
    if counted is None:
        return None
    length, skipped = (row["ends_at"] - opened_at) / HOUR, later_by / HOUR
    hours = counted.curve.hours + (counted.since - opened_at) / HOUR - skipped
    late = counted.since - opened_at > later_by + _ABOUT
    if late or hours[-1] < length - skipped - 1:
        return None
    views = counted.curve.views - float(np.interp(0.0, hours, counted.curve.views, left=0.0))
    later = hours > 0
    return PastEdition(
        curve=CumulativeCurve(hours=hours[later], views=views[later]), end=length - skipped
    )


def count_airings(
    dataset: Dataset, since: datetime, until: datetime, minutes: pl.LazyFrame | None = None
) -> Airings | None:
    """Lay the broadcasts that were seen on the air out by hours; ``None`` where none was, or no hour passed.

    ``minutes``: theirs in whatever order, where these are too many to lie in ``dataset``.
    """
    length = int((until - since) / HOUR)
    aired = close_intervals(dataset.segments, until).filter(
        pl.col("ended_at") > pl.lit(since, dtype=UTC)
    )
    names = aired["broadcast"].unique().sort()
    if length < 1 or names.is_empty():
        return None
    rows = {name: place for place, name in enumerate(names)}
    ended = np.full(len(rows), np.nan)
    airtime = np.zeros((len(rows), length))
    for name, start, end in aired.iter_rows():
        first, last = (start - since) / HOUR, (end - since) / HOUR
        slots = np.arange(max(0, int(first)), min(length, int(np.ceil(last))))
        airtime[rows[name], slots] += np.clip(np.minimum(slots + 1, last) - np.maximum(slots, first), 0, 1)  # fmt: skip
        ended[rows[name]] = np.fmax(ended[rows[name]], last)
    lasting = dataset.segments.filter(pl.col("ended_at").is_null())["broadcast"]
    ended[[rows[name] for name in lasting if name in rows]] = np.nan
    return Airings(
        views=_views(dataset.minutes.lazy() if minutes is None else minutes, rows, since, length),
        airtime=np.minimum(airtime, 1),
        ended=ended,
    )


def _views(minutes: pl.LazyFrame, rows: Mapping[str, int], since: datetime, length: int) -> Values:
    """Return each broadcast's last views by the end of each hour; 0 before any were told."""
    begun = pl.lit(since, dtype=UTC)
    last_views = (
        minutes.filter(
            pl.col("views").is_not_null(),
            pl.col("minute") < begun + pl.duration(hours=length),
            pl.col("broadcast").is_in(list(rows)),
        )
        .select(
            "broadcast",
            "minute",
            "views",
            hour=((pl.col("minute") - begun).dt.total_hours()).clip(lower_bound=0),
        )
        .group_by("broadcast", "hour")
        .agg(pl.col("views").max_by("minute"))
        .collect(engine="streaming")
    )
    places = last_views["broadcast"].replace_strict(rows, return_dtype=pl.Int64).to_numpy()
    by_hour = np.full((len(rows), length), np.nan)
    by_hour[places, last_views["hour"].to_numpy()] = last_views["views"].to_numpy()
    known = np.where(np.isnan(by_hour), 0, np.arange(length))
    newest = np.maximum.accumulate(known, axis=1)
    return np.nan_to_num(by_hour[np.arange(len(rows))[:, None], newest])
