"""An edition's curve by hours since its opening, so that it can be put beside another. Pure polars."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from storage.analysis.first_sight import from_told_start
from storage.analysis.intervals import close_intervals, common_intervals, unite
from storage.analysis.views.totals import matched
from storage.schema import UTC

#: A row per platform and hour since the opening in which something was seen or on the air.
HOURS = pl.Schema(
    {
        "hour": pl.Int64(),  # 0 is the hour that begins with the opening
        "platform": pl.String(),
        "views": pl.Int64(),  # signed growth told in this hour; null before any were told
        "airtime": pl.Float64(),  # broadcast-hours on the air
        "unseen": pl.Float64(),  # broadcast-hours of gaps on the air that touch this hour, whole
        "seen": pl.Boolean(),  # its growth is that of this hour, as nearly as it was polled
    }
)

#: An hour in which gaps weigh more than this share of the airtime was not seen: their growth is told
#: after them, wherever it was made.
MOST_UNSEEN = 0.1
#: How long after its end an edition is looked at.
AFTER_END = timedelta(days=3)
_HOUR = 3_600_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class EditionCurve:
    """An edition by hours since ``opened_at``. ``hours``: :data:`HOURS` rows, in order.

    ``elapsed``: whole hours from the opening to when it is looked at last (:func:`looked_at_until`). ``followed``: the ``last``
    hour in which a broadcast of each ``platform`` was still asked for. ``definitions``: what a view
    was on each platform in those hours, by the source that each broadcast was last read from; more
    than one where there are several sources. ``changed``: the platforms where one source's definition
    changed meanwhile.
    """

    edition: str
    opened_at: datetime
    elapsed: int
    hours: pl.DataFrame
    followed: pl.DataFrame
    definitions: dict[str, tuple[str, ...]]
    changed: frozenset[str]


def looked_at_until(ends_at: datetime, now: datetime) -> datetime:
    """Return until when an edition is looked at: ``now``, or some days after its end.

    Its broadcasts are still asked for rarely then, and what they gain is of another time.
    """
    return min(now, ends_at + AFTER_END)


def edition_curve(
    edition: str,
    *,
    opened_at: datetime,
    ends_at: datetime,
    until: datetime,
    edition_minutes: pl.DataFrame,
    state: pl.DataFrame,
    segments: pl.DataFrame,
    gaps: pl.DataFrame,
    definition: pl.Expr,
) -> EditionCurve:
    """Lay out the published rows of ``edition``, from ``opened_at`` to ``ends_at``, up to ``until``.

    Views are all that were told by then; airtime ends where the edition is no longer looked at.
    ``definition`` names the one in force (:func:`storage.definitions.in_force`).
    """
    mine = matched(state, edition)
    where = mine.select("broadcast", "platform")
    looked_until = looked_at_until(ends_at, until)
    segments, gaps = from_told_start(mine, segments, gaps, opened_at)
    on_air = unite(close_intervals(segments, looked_until).join(where, on="broadcast", how="semi"))
    unseen = common_intervals(
        on_air, unite(close_intervals(gaps, until).join(where, on="broadcast", how="semi"))
    )
    hour = _hour_of(pl.col("minute"), opened_at)
    counted = edition_minutes.filter(
        pl.col("edition") == edition,
        pl.col("minute") < pl.lit(until, dtype=UTC),
        pl.col("views_delta").is_not_null(),
    )
    elapsed = max(0, int((looked_until - opened_at).total_seconds() // 3600))
    followed = _followed(mine, opened_at, elapsed)
    growth = counted.group_by("platform", hour=hour).agg(views=pl.col("views_delta").sum())
    by = ["hour", "platform"]
    hours = (
        growth.join(_by_hour(on_air, where, opened_at, "airtime"), on=by, how="full", coalesce=True)
        .join(_by_hour(unseen, where, opened_at, "unseen"), on=by, how="left")
        .join(_first_told(counted, opened_at), on="platform", how="left")
        .join(followed, on="platform", how="left")
        .with_columns(
            pl.col("airtime", "unseen").fill_null(0.0),
            views=pl.when(pl.col("hour") >= pl.col("first")).then(pl.col("views").fill_null(0)),
        )
        .with_columns(
            seen=(pl.col("unseen") <= MOST_UNSEEN * pl.col("airtime"))
            & pl.col("hour").is_between("own", "last").fill_null(value=False)
        )
        .select(list(HOURS))
        .sort(by)
    )  # fmt: skip
    named = _definitions(hours.filter(pl.col("hour") <= elapsed), mine, opened_at, definition)
    by_platform = named.group_by("platform").agg(pl.col("definition").unique().sort())
    return EditionCurve(
        edition=edition,
        opened_at=opened_at,
        elapsed=elapsed,
        hours=hours,
        followed=followed,
        definitions={platform: tuple(keys) for platform, keys in by_platform.iter_rows()},
        changed=frozenset(
            named.filter(pl.len().over("platform", "source") > 1)["platform"].to_list()
        ),
    )


def _hour_of(time: pl.Expr, opened_at: datetime) -> pl.Expr:
    return (time - pl.lit(opened_at, dtype=UTC)).dt.total_microseconds() // _HOUR


def _by_hour(
    intervals: pl.DataFrame, where: pl.DataFrame, opened_at: datetime, name: str
) -> pl.DataFrame:
    """Add up intervals by platform and hour: their part in the hour, or gaps whole where they touch."""
    first = _hour_of(pl.col("started_at"), opened_at)
    last = _hour_of(pl.col("ended_at") - pl.duration(microseconds=1), opened_at)
    begin = pl.lit(opened_at, dtype=UTC) + pl.duration(hours=pl.col("hour"))
    inside = pl.min_horizontal("ended_at", begin + pl.duration(hours=1)) - pl.max_horizontal(
        "started_at", begin
    )
    full = pl.col("ended_at") - pl.col("started_at")
    length = (full if name == "unseen" else inside).dt.total_microseconds() / _HOUR
    return (
        intervals.join(where, on="broadcast", how="inner")
        .with_columns(hour=pl.int_ranges(first, last + 1))
        .explode("hour")
        .group_by("hour", "platform")
        .agg(length.sum().alias(name))
    )


def _first_told(counted: pl.DataFrame, opened_at: datetime) -> pl.DataFrame:
    """Return the hour in which each platform told views ``first``, and the first with growth of its ``own``.

    The first count told brings all that was there before it. Within an hour of the opening that is the
    opening's; later, it is of hours that nobody saw, and the next hour is the first, unless the count
    was 0: then nothing was there.
    """
    first = _hour_of(pl.col("minute"), opened_at).first()
    brought = pl.col("views_delta").first() != 0
    own = pl.when((first > 0) & brought).then(first + 1).otherwise(first)
    return counted.sort("minute").group_by("platform").agg(first=first, own=own)


def _followed(mine: pl.DataFrame, opened_at: datetime, elapsed: int) -> pl.DataFrame:
    """Return the ``last`` hour in which a broadcast of each platform was still asked for."""
    until = pl.coalesce("next_due_at", "observed_at")
    last = _hour_of(until.max(), opened_at).fill_null(elapsed)
    return mine.group_by("platform").agg(last=last)


def _definitions(
    hours: pl.DataFrame, mine: pl.DataFrame, opened_at: datetime, definition: pl.Expr
) -> pl.DataFrame:
    """Return each ``definition`` that was in force, by platform and source, while views were told."""
    sources = mine.filter(pl.col("views").is_not_null()).select("platform", "source").unique()
    observed_at = pl.lit(opened_at, dtype=UTC) + pl.duration(hours=pl.col("hour"))
    known = hours.filter(pl.col("views").is_not_null())
    first = pl.col("hour") == pl.col("hour").min().over("platform")
    return (
        known.filter((pl.col("views") != 0) | first)
        .join(sources, on="platform", how="inner")
        .with_columns(observed_at=observed_at)
        .with_columns(definition)
        .filter(pl.col("definition").is_not_null())
        .select("platform", "source", "definition")
        .unique()
    )
