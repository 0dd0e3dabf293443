"""Imported history: series that another program measured, composed into rows like one's own. Pure.

The plain table brings them in among owners' figures. A series is what one source told of one
broadcast, account or platform: viewers over time always, other counts where they are told hourly or
oftener. :mod:`storage.read_model.history_reader` says for which editions they stand in.
"""

from collections.abc import Collection
from datetime import timedelta

import polars as pl

from storage.definitions import in_force, load
from storage.model import (
    COUNTERS,
    COUNTS,
    IMPORTED,
    LATE_INTERVALS,
    GapReason,
    HistoryStanding,
    Metric,
    Status,
)
from storage.read_model import tables as compose
from storage.schema import TABLES

#: ``history``, and the tables of measurements that it has too.
NAMES = tuple(name for name in TABLES if name.startswith("history"))

_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
_VIEWERS = str(Metric.CONCURRENT_VIEWERS)
#: So many values make a counter's series; fewer may be what an owner wrote down now and then.
_LEAST_ROWS = 3
_SERIES = ["edition", "platform", "account", "native_id", "metric", "source"]
_ORDER = ["broadcast", "at"]


def tables(
    imports: pl.DataFrame, reported: pl.DataFrame, editions: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return the tables called :data:`NAMES`.

    ``imports`` are the files, ``reported`` their figures, ``editions`` those of the programme: all as
    published.
    """
    values = _values(imports, reported, editions)
    history = _history(values, imports, editions)
    counted = history.filter(standing=str(HistoryStanding.COUNTED))
    counted_values = values.join(
        counted.select(*_SERIES, "import_id", "broadcast"),
        on=[*_SERIES, "import_id"],
        nulls_equal=True,
    ).sort(_ORDER)
    minutes = _minutes(counted_values)
    spans = _spans(counted_values, editions)
    composed = {
        "history": history,
        "history_state": _state(counted_values, minutes, spans),
        "history_minutes": minutes,
        "history_edition_minutes": compose.edition_minutes(minutes, _deltas(minutes)),
        "history_gaps": _gaps(counted_values, spans),
        "history_segments": spans.with_columns(airing="broadcast"),
    }
    return {
        name: rows.select(pl.col(column).cast(kind) for column, kind in TABLES[name].items())
        for name, rows in composed.items()
    }


def list_history(
    imports: pl.DataFrame, reported: pl.DataFrame, editions: pl.DataFrame
) -> pl.DataFrame:
    """Return :data:`storage.schema.HISTORY` rows; what was measured is not looked at."""
    history = _history(_values(imports, reported, editions), imports, editions)
    return history.select(list(TABLES["history"]))


def mark_measured(history: pl.DataFrame, measured: Collection[str]) -> pl.DataFrame:
    """Let no history count of the editions of which anything was ``measured``."""
    counted = pl.col("standing") == str(HistoryStanding.COUNTED)
    stands_beside = counted & pl.col("edition").is_in(list(measured))
    beside = pl.lit(str(HistoryStanding.MEASURED))
    return history.with_columns(
        pl.when(stands_beside).then(beside).otherwise("standing").alias("standing")
    )


def _values(imports: pl.DataFrame, reported: pl.DataFrame, editions: pl.DataFrame) -> pl.DataFrame:
    """Return the figures of ``reported`` that belong to a series, each with ``at``, ``until``, ``resolution``.

    ``at`` is the minute that a value is of, and ``until`` where its own time ends. A count of a period is told in its last minute, and
    added to those before it; a number of viewers of a period holds from its beginning. What names
    no edition is of that in whose days it lies. ``resolution`` is the period, else the usual step: a
    minute at least, and an hour at most.
    """
    is_gauge = pl.col("metric") == _VIEWERS
    length = pl.col("period_ends_at") - pl.col("period_starts_at")
    of_period = pl.when(is_gauge).then("period_starts_at").otherwise(pl.col("period_ends_at") - _MINUTE)  # fmt: skip
    days = editions.sort("starts_at").select("ends_at", dated="edition", at="starts_at")
    dated = (
        reported.join(imports.filter(format="long"), on="import_id", how="semi")
        .filter(pl.col("metric").is_in([*COUNTERS, _VIEWERS]))
        .rename({"broadcast": "native_id"})
        .with_columns(at=pl.coalesce(of_period, "observed_at").dt.truncate("1m"), length=length)
        .sort("at")
        .join_asof(days, on="at", check_sortedness=False)
        .with_columns(
            pl.coalesce("edition", pl.when(pl.col("at") < pl.col("ends_at")).then("dated"))
        )
    )
    step = pl.col("at").diff()
    usual = pl.coalesce(
        pl.col("length").median(), step.filter(step > timedelta()).median(), pl.lit(_MINUTE)
    ).over(_SERIES)
    longest = pl.when(pl.col("length").is_null()).then(pl.lit(_HOUR))
    return (
        dated.with_columns(
            usual=usual,
            resolution=pl.min_horizontal(pl.max_horizontal(usual, pl.lit(_MINUTE)), longest),
            count=pl.len().over(_SERIES),
            value=pl.when(is_gauge | pl.col("length").is_null())
            .then("value")
            .otherwise(pl.col("value").cum_sum().over(_SERIES)),
        )
        .filter(is_gauge | (pl.col("usual") <= _HOUR) & (pl.col("count") >= _LEAST_ROWS))
        .drop("count", "dated", "ends_at", "usual")
        .with_columns(
            until=pl.col("at")
            + pl.when(is_gauge | pl.col("length").is_null()).then("resolution").otherwise(_MINUTE)
        )
    )


def _history(values: pl.DataFrame, imports: pl.DataFrame, editions: pl.DataFrame) -> pl.DataFrame:
    """Name each series of each file, and of several on one platform the one that counts."""
    level = (
        pl.when(pl.col("native_id").is_not_null())
        .then(0)
        .when(pl.col("account").is_not_null())
        .then(1)
        .otherwise(2)
    )
    whose = pl.coalesce("native_id", "account", "platform")
    key = pl.concat_str(pl.lit(IMPORTED), pl.col("edition").fill_null(""), pl.lit(":"), "platform", pl.lit(":"), whose)  # fmt: skip
    choice = ["edition", "platform", "metric"]
    listed = (
        values.group_by(*_SERIES, "import_id", maintain_order=True)
        .agg(
            pl.col("resolution").first(),
            starts_at=pl.col("at").min(),
            ends_at=pl.col("until").max(),
            rows=pl.len(),
        )
        .with_columns(level=level, broadcast=key)
    )
    best = (
        listed.group_by(*choice, "source", "level")
        .agg(pl.col("resolution").median(), pl.col("rows").sum(), pl.col("import_id").min())
        .sort("resolution", "level", "rows", "import_id", descending=[False, False, True, False])
        .unique(choice, keep="first", maintain_order=True)
        .select(*choice, "source", "level", best=pl.lit(value=True))
    )
    known = pl.col("edition").is_in(editions["edition"].to_list()).fill_null(value=False)
    return (
        listed.join(best, on=[*choice, "source", "level"], how="left", nulls_equal=True)
        .join(
            imports.select("import_id", "name", "sha256", "imported_at"), on="import_id", how="left"
        )
        .with_columns(
            resolution_seconds=pl.col("resolution").dt.total_seconds(),
            standing=pl.when(~known)
            .then(pl.lit(str(HistoryStanding.NO_EDITION)))
            .when(pl.col("best"))
            .then(pl.lit(str(HistoryStanding.COUNTED)))
            .otherwise(pl.lit(str(HistoryStanding.SAME_AGAIN))),
        )
        .sort(*_SERIES, "import_id", nulls_last=True)
    )


def _minutes(counted_values: pl.DataFrame) -> pl.DataFrame:
    """Return the minutes in which anything was told; a number of viewers stands in all that it holds for."""

    def last(metric: str) -> pl.Expr:
        mine = pl.col("value").filter(pl.col("metric") == metric)
        return mine.drop_nulls().last().round().cast(pl.Int64).alias(metric)

    of_viewers = pl.col("metric") == _VIEWERS
    rows = (
        counted_values.group_by(
            "broadcast", "platform", "edition", minute="at", maintain_order=True
        )
        .agg(
            *map(last, COUNTS),
            peak_concurrent_viewers=pl.col("value").filter(of_viewers).max().round().cast(pl.Int64),
            snapshots=pl.col("observed_at").n_unique().cast(pl.Int64),
            holds_until=(pl.col("at") + _holds()).filter(of_viewers).max(),
        )
        .sort("broadcast", "minute")
    )
    untold = pl.col("holds_until").is_null()  # another count was told in this minute
    within = pl.col("minute") < pl.col("holds_until").forward_fill().over("broadcast")
    # Told, and not how many: that row holds nothing, and so do those after it.
    held = pl.when(untold).then(None).otherwise(pl.col(_VIEWERS).fill_null(-1))
    carried = held.forward_fill().over("broadcast")
    return rows.with_columns(
        pl.when(untold & within & (carried >= 0)).then(carried).otherwise(_VIEWERS).alias(_VIEWERS)
    ).select(list(TABLES["broadcast_minutes"]))


def _holds() -> pl.Expr:
    """How long a value may hold: one of a period, or told hourly, for itself; others as polls do."""
    own = pl.col("length").is_not_null() | (pl.col("resolution") >= _HOUR)
    return pl.when(own).then("resolution").otherwise(LATE_INTERVALS * pl.col("resolution"))


def _deltas(minutes: pl.DataFrame) -> pl.DataFrame:
    """Return the growth by minute, edition and platform; a broadcast's first count is all growth."""
    views = pl.col("views")
    return (
        minutes.filter(views.is_not_null())
        .with_columns(views_delta=views.diff().over("broadcast").fill_null(views))
        .group_by("minute", "edition", "platform")
        .agg(pl.col("views_delta").sum())
    )


def _spans(counted_values: pl.DataFrame, editions: pl.DataFrame) -> pl.DataFrame:
    """Return from when to when each broadcast was on the air: to its last value's end.

    It began with its first value, or at a start that is told and lies within the edition.
    """
    opened = editions.select("edition", "starts_at")
    first, begun = pl.col("at").min(), pl.col("started_at").min()
    return (
        counted_values.group_by("broadcast", "edition", maintain_order=True)
        .agg(first=first, begun=begun, ended_at=pl.col("until").max())
        .join(opened, on="edition", how="left")
        .with_columns(
            started_at=pl.when(pl.col("begun").is_between("starts_at", "first"))
            .then("begun")
            .otherwise("first")
        )
    )


def _gaps(counted_values: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Return the stretches that no value holds for."""
    rows = counted_values.group_by(
        "broadcast", "platform", "edition", "at", maintain_order=True
    ).agg(pl.col("resolution").max(), holds=_holds().max())
    following = pl.col("at").shift(-1).over("broadcast")
    within = rows.with_columns(
        started_at=pl.col("at") + pl.col("resolution"), ended_at=following
    ).filter(following - pl.col("at") > pl.col("holds"))
    where = rows.select("broadcast", "platform", "edition").unique(maintain_order=True)
    before = spans.select("broadcast", "started_at", ended_at="first").join(where, on="broadcast")
    columns = ["broadcast", "platform", "edition", "started_at", "ended_at"]
    return (
        pl.concat([within.select(columns), before.select(columns)])
        .filter(pl.col("started_at") < pl.col("ended_at"))
        .with_columns(reason=pl.lit(str(GapReason.NOT_IMPORTED)), missed_polls=pl.lit(0, pl.Int64))
        .sort("started_at", "broadcast")
    )


def _state(
    counted_values: pl.DataFrame, minutes: pl.DataFrame, spans: pl.DataFrame
) -> pl.DataFrame:
    facts = counted_values.group_by("broadcast", maintain_order=True).agg(
        pl.col("platform", "edition", "source").last(),
        pl.coalesce("account", "platform").last(),
        pl.coalesce("native_id", "account", "platform").last().alias("native_id"),
        pl.coalesce("title", "native_id", "account", "platform").last().alias("title"),
        pl.col("published_at").min(),
        pl.col("observed_at").max(),
    )
    ordered = minutes.sort("broadcast", "minute")
    peak = pl.col("peak_concurrent_viewers")
    counts = ordered.group_by("broadcast", maintain_order=True).agg(
        # Nobody watches what is over: its viewers are its peak, and its minutes.
        *(pl.col(count).drop_nulls().last() for count in COUNTS if count != _VIEWERS),
        peak.max(),
        views_at=pl.col("minute").filter(pl.col("views").is_not_null()).last(),
        peak_at=pl.col("minute").filter(peak == peak.max()).first(),
    )
    joined = facts.join(counts, on="broadcast").join(
        spans.select("broadcast", "started_at", "ended_at"), on="broadcast"
    )
    untold = [name for name in TABLES["state"] if name not in joined.columns]
    return (
        joined.with_columns(pl.lit(None).alias(name) for name in untold)
        .with_columns(
            in_force(load()),
            discovered_at="started_at",
            status=pl.lit(str(Status.ENDED)),
            url=pl.lit(""),
            description=pl.lit(""),
            match_reason=pl.lit(IMPORTED.rstrip(":")),
        )
        .sort("broadcast")
    )
