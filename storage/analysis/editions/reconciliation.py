"""Reconciliation of what was measured with owners' figures: per broadcast, account, edition.

A reported count is compared with the last one measured of the same broadcast by the instant at which
the reported count ended, so both are of one moment as nearly as was polled; both times and both
definitions stand beside the difference, which is measured less reported. A reported count of some
days only is no count since the beginning, and is not compared. Sums are over the broadcasts of which
both are known, and say of how many only one is. Concurrent viewers are never summed.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.viewers.viewer_intervals import HOLDS, viewer_intervals
from storage.model import Metric, OwnerMetric
from storage.schema import RECONCILIATION

_SUMMED = [
    str(metric)
    for metric in (Metric.VIEWS, Metric.LIKES, Metric.COMMENTS, Metric.SHARES, Metric.IMPRESSIONS)
]
#: What is measured and reported under one name.
_OF_THE_AIR = [
    str(metric)
    for metric in (OwnerMetric.PEAK_CONCURRENT_VIEWERS, OwnerMetric.AVERAGE_CONCURRENT_VIEWERS)
]
COMPARED = [*_SUMMED, *_OF_THE_AIR]
_KEY = ["broadcast", "metric", "source"]


class Level(StrEnum):
    """Of what a row speaks."""

    BROADCAST = "broadcast"
    ACCOUNT = "account"  # of one edition, platform and source
    EDITION = "edition"  # over all platforms: sums of platform-reported views only


class Standing(StrEnum):
    """Whether two figures could be compared."""

    COMPARED = "compared"
    PARTIAL = "partial"  # the reported figure is of some days only
    NOT_MEASURED = "not_measured"  # nothing was, by then; or its snapshots are deleted


def instants(reported: pl.DataFrame, *, metric: OwnerMetric | None = None) -> pl.DataFrame:
    """Return (broadcast, instant): when the counts ended that are to be compared.

    With ``metric``, of that one only, and of each broadcast the last.
    """
    newest = _newest(reported)
    if metric is None:
        return newest.select("broadcast", "instant").unique(maintain_order=True)
    some = newest.filter(pl.col("metric") == str(metric))
    return some.group_by("broadcast", maintain_order=True).agg(pl.col("instant").max())


def average_viewers(dataset: Dataset) -> pl.DataFrame:
    """Return each broadcast's average minute audience, with the end of what it is of.

    Time-weighted over the time at which viewers were told, gaps left out: see
    :mod:`storage.analysis.viewers.viewer_intervals`.
    """
    newest = dataset.minutes["minute"].max()
    rows = HOLDS.to_frame()
    if isinstance(newest, datetime):
        rows = viewer_intervals(dataset, until=newest + timedelta(minutes=1))
    length = (pl.col("ended_at") - pl.col("started_at")).dt.total_microseconds()
    average = str(OwnerMetric.AVERAGE_CONCURRENT_VIEWERS)
    return rows.group_by("broadcast").agg(
        ((pl.col("viewers") * length).sum() / length.sum()).alias(average),
        pl.col("ended_at").max().alias(f"{average}_at"),
    )


def reconcile(reported: pl.DataFrame, state: pl.DataFrame, measured: pl.DataFrame) -> pl.DataFrame:
    """Return :data:`storage.schema.RECONCILIATION` rows: broadcasts, then accounts, then editions.

    ``reported`` and ``state`` are as published. ``measured`` has what was last measured of each
    broadcast by each of :func:`instants`: every compared metric with ``<metric>_at``, and ``definition``.
    """
    rows = _broadcasts(_newest(reported), state, _long(measured))
    accounts = _summed(rows, ["edition", "platform", "account", "source"], Level.ACCOUNT)
    newest = rows.sort("reported_at").unique(["broadcast", "metric"], keep="last")
    views = newest.filter(pl.col("metric") == str(Metric.VIEWS))
    editions = _summed(views, ["edition"], Level.EDITION)
    unreported = _only_measured(rows, state)
    levels = pl.concat(
        [rows, accounts, editions], how="diagonal_relaxed"
    ).join(unreported, on=["level", "edition", "platform", "account", "source", "metric"], how="left", nulls_equal=True, maintain_order="left")  # fmt: skip
    difference = pl.col("measured") - pl.col("reported")
    percent = pl.when(pl.col("reported") > 0).then(100 * difference / pl.col("reported"))
    return levels.with_columns(difference=difference, difference_percent=percent).select(
        pl.col(name).cast(dtype) for name, dtype in RECONCILIATION.items()
    )


def _newest(reported: pl.DataFrame) -> pl.DataFrame:
    """Keep of each broadcast, metric and source what was told last: whole counts before partial."""
    instant = pl.min_horizontal("observed_at", "period_ends_at")
    return (
        reported.filter(
            pl.col("broadcast").is_not_null()
            & pl.col("metric").is_in(COMPARED)
            & pl.col("value").is_not_null()
        )
        .with_columns(
            broadcast=pl.col("platform") + ":" + pl.col("broadcast"),
            instant=instant,
            days=(pl.col("period_ends_at") - pl.col("period_starts_at")).fill_null(
                pl.duration(days=365_000)
            ),
        )
        .sort("instant", "days", "import_id")
        .unique(_KEY, keep="last", maintain_order=True)
    )


def _long(measured: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(
        measured.select(
            "broadcast",
            "instant",
            metric=pl.lit(metric),
            measured=pl.col(metric).cast(pl.Float64),
            measured_at=pl.col(f"{metric}_at"),
            measured_definition=pl.col("definition"),
        )
        for metric in COMPARED
    ).filter(pl.col("measured").is_not_null())


def _broadcasts(
    reported: pl.DataFrame, state: pl.DataFrame, measured: pl.DataFrame
) -> pl.DataFrame:
    facts = state.select(
        "broadcast",
        begun_at=pl.min_horizontal("published_at", "started_at"),
        own_account="account",
        own_edition="edition",
        own_title="title",
    )
    begun = pl.coalesce("begun_at", "started_at", "published_at")
    is_gauge = pl.col("metric").is_in(_OF_THE_AIR)
    starts = pl.col("period_starts_at")
    partial = starts.is_not_null() & ~is_gauge & (starts > begun).fill_null(value=True)
    joined = reported.join(facts, on="broadcast", how="left", maintain_order="left").join(
        measured, on=["broadcast", "instant", "metric"], how="left", maintain_order="left"
    )
    standing = (
        pl.when(pl.col("measured").is_null())
        .then(pl.lit(str(Standing.NOT_MEASURED)))
        .when(partial)
        .then(pl.lit(str(Standing.PARTIAL)))
        .otherwise(pl.lit(str(Standing.COMPARED)))
    )
    compared = joined.with_columns(standing=standing).with_columns(
        pl.when(pl.col("standing") == str(Standing.COMPARED)).then(
            pl.col("measured", "measured_at", "measured_definition")
        )
    )
    return compared.select(
        pl.lit(str(Level.BROADCAST)).alias("level"),
        edition=pl.coalesce("own_edition", "edition"),
        platform="platform",
        account=pl.coalesce("own_account", "account"),
        broadcast="broadcast",
        title=pl.coalesce("own_title", "title"),
        metric="metric",
        source="source",
        standing="standing",
        reported="value",
        reported_in_all=pl.lit(None, pl.Float64),
        reported_at="instant",
        reported_definition="definition",
        measured="measured",
        measured_at="measured_at",
        measured_definition="measured_definition",
    ).sort("edition", "platform", "account", "broadcast", "source", "metric", nulls_last=True)


def _summed(rows: pl.DataFrame, by: list[str], level: Level) -> pl.DataFrame:
    """Sum over the broadcasts of which both figures are known; times are those of the oldest part."""
    both = pl.col("standing") == str(Standing.COMPARED)
    counters = rows.filter(pl.col("metric").is_in(_SUMMED))
    return (
        counters.group_by(*by, "metric", maintain_order=True)
        .agg(
            # The sum of nothing is not zero.
            pl.when(both.any()).then(pl.col("reported").filter(both).sum()),
            pl.when(both.any()).then(pl.col("measured").filter(both).sum()),
            pl.col("reported_at", "measured_at").filter(both).min(),
            _named("reported_definition", both),
            _named("measured_definition", both),
            reported_in_all=pl.col("reported").sum(),
            broadcasts=both.sum(),
            only_reported=(pl.col("standing") == str(Standing.NOT_MEASURED)).sum(),
            partial=(pl.col("standing") == str(Standing.PARTIAL)).sum(),
            standing=pl.when(both.any())
            .then(pl.lit(str(Standing.COMPARED)))
            .otherwise(pl.col("standing").first()),
        )
        .with_columns(level=pl.lit(str(level)))
    )


def _named(column: str, where: pl.Expr) -> pl.Expr:
    """Name every definition of a sum's parts."""
    return pl.col(column).filter(where).drop_nulls().unique().sort().str.join(", ")


def _only_measured(rows: pl.DataFrame, state: pl.DataFrame) -> pl.DataFrame:
    """Count the broadcasts that were measured and that the reported figures do not name."""
    per_account = rows.filter(pl.col("metric").is_in(_SUMMED)).unique(
        ["edition", "platform", "account", "source", "metric"]
    )
    counted = state.filter(pl.col("edition").is_not_null())
    pieces = [
        counted.filter(pl.col(metric).is_not_null()).select(
            "edition", "platform", "account", "broadcast", metric=pl.lit(metric)
        )
        for metric in _SUMMED
    ]
    measured = pl.concat(pieces)
    named = rows.select(_KEY)
    by_account = per_account.select("edition", "platform", "account", "source", "metric").join(
        measured, on=["edition", "platform", "account", "metric"], how="inner"
    )
    accounts = (
        by_account.join(named, on=_KEY, how="anti")
        .group_by("edition", "platform", "account", "source", "metric")
        .agg(only_measured=pl.len())
        .with_columns(level=pl.lit(str(Level.ACCOUNT)))
    )
    editions = (
        measured.filter(pl.col("metric") == str(Metric.VIEWS))
        .join(named, on=["broadcast", "metric"], how="anti")
        .group_by("edition", "metric")
        .agg(only_measured=pl.len())
        .with_columns(
            pl.lit(None, pl.String).alias(name) for name in ("platform", "account", "source")
        )
        .with_columns(level=pl.lit(str(Level.EDITION)))
    )
    return pl.concat([accounts, editions], how="diagonal")
