"""Views as of any instant: as reported then, or as known now.

*Then*: each broadcast counts with what was last told in a minute that had begun by the instant. *Now*:
platforms correct counters downwards later, and what they took away was never there; so a broadcast
counts with the least that was told from then on under the same definition. Both are sums of
platform-reported views, in plays; a broadcast of which nothing was told has ``None``, never 0. The
read model is to the minute, and so are these.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.intervals import coverage
from storage.model import Metric
from storage.schema import CORRECTIONS, UTC

#: A row per broadcast. ``live_views`` and ``replay_views`` add up to ``views``; both are null where
#: no count was told near enough to the end.
PARTS = pl.Schema(
    {
        "broadcast": pl.String(),
        "platform": pl.String(),
        "account": pl.String(),
        "views": pl.Int64(),
        "told_at": UTC,  # the minute in which they were last told, by the instant
        "definition": pl.String(),  # what a view was in that minute
        "live_views": pl.Int64(),
        "replay_views": pl.Int64(),
    }
)

#: Parts of one platform or account added up.
SUMS = pl.Schema(
    {
        "views": pl.Int64(),
        "live_views": pl.Int64(),  # null unless all that told views could be split
        "replay_views": pl.Int64(),
        "broadcasts": pl.Int64(),
        "told": pl.Int64(),  # how many of them told views
        "oldest_told_at": UTC,
        "newest_told_at": UTC,
        "definitions": pl.List(pl.String()),
    }
)

#: Views of the time on the air are those last told before its end, and within this time of it.
_NEAR_END_MINUTES = 10


class Knowledge(StrEnum):
    """Which of two answers is asked for."""

    AT_INSTANT = "then"
    NOW = "now"


@dataclass(frozen=True, kw_only=True, slots=True)
class TotalAt:
    """The sum as of ``at``. ``views`` is ``None`` where nothing was told by then.

    ``parts``: :data:`PARTS`. ``corrections``: falls of views (:data:`storage.schema.CORRECTIONS`)
    seen by the instant or, as known now, up to the end of the records. ``coverage``: share of the
    broadcasts' time on the air by then that was seen; ``None``: none was on the air.
    """

    at: datetime
    knowledge: Knowledge
    views: int | None
    parts: pl.DataFrame
    corrections: pl.DataFrame
    coverage: float | None

    @property
    def definitions(self) -> list[str]:
        """What "a view" was, in all parts that told some: more than one is not one measure."""
        counted = self.parts.filter(pl.col("views").is_not_null())
        return counted["definition"].drop_nulls().unique().sort().to_list()


def total_at(
    dataset: Dataset, at: datetime, *, knowledge: Knowledge, definition: pl.Expr
) -> TotalAt:
    """Add up the views of the broadcasts of ``dataset`` as of ``at``.

    ``definition`` names the one in force (:func:`storage.definitions.in_force`).
    """
    instant = pl.lit(at, dtype=UTC)
    by_part = [
        _told_views(part, instant, knowledge, definition)
        for part in (*dataset.in_parts(), replace(dataset, minutes=dataset.minutes.clear()))
    ]
    parts = _parts(dataset, *map(pl.concat, zip(*by_part, strict=True)))
    falls = dataset.corrections.filter(pl.col("metric") == str(Metric.VIEWS))
    if knowledge is Knowledge.AT_INSTANT:
        falls = falls.filter(pl.col("observed_at") <= instant)
    return TotalAt(
        at=at,
        knowledge=knowledge,
        views=int(parts["views"].sum()) if parts["views"].count() else None,
        parts=parts,
        corrections=falls.select(list(CORRECTIONS)),
        coverage=coverage(dataset.segments, dataset.gaps, at),
    )


def sums(parts: pl.DataFrame, by: str) -> pl.DataFrame:
    """Add up :data:`PARTS` by ``platform`` or ``account``: that column and :data:`SUMS`, most first."""
    counted = pl.col("views").is_not_null()
    split = pl.col("live_views").is_not_null()
    all_split = counted.any() & (split | ~counted).all()
    return (
        parts.group_by(by)
        .agg(
            views=pl.when(counted.any()).then(pl.col("views").sum()),
            live_views=pl.when(all_split).then(pl.col("live_views").sum()),
            replay_views=pl.when(all_split).then(pl.col("replay_views").sum()),
            broadcasts=pl.len().cast(pl.Int64),
            told=counted.sum().cast(pl.Int64),
            oldest_told_at=pl.col("told_at").min(),
            newest_told_at=pl.col("told_at").max(),
            definitions=pl.col("definition").drop_nulls().unique().sort(),
        )
        .select(by, *SUMS)
        .sort("views", by, descending=[True, False], nulls_last=True)
    )


def _views_minutes(dataset: Dataset, definition: pl.Expr) -> pl.DataFrame:
    """Return the minutes in which views were reported, with the definition then in force."""
    sources = dataset.state.select("broadcast", "platform", "source")
    return (
        dataset.minutes.filter(pl.col("views").is_not_null())
        .select("broadcast", "minute", "views")
        .join(sources, on="broadcast", how="left", maintain_order="left")
        .with_columns(observed_at=pl.col("minute"))
        .with_columns(definition)
        .select("broadcast", "minute", "views", "definition")
    )


def _told_views(
    dataset: Dataset, instant: pl.Expr, knowledge: Knowledge, definition: pl.Expr
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return each broadcast's newest views by then, and those of its time on the air."""
    minutes = _views_minutes(dataset, definition)
    by_then = minutes.filter(pl.col("minute") <= instant)
    counted = by_then if knowledge is Knowledge.AT_INSTANT else _corrected(minutes, instant)
    newest = counted.group_by("broadcast", maintain_order=True).agg(
        pl.col("views", "definition").last(), told_at=pl.col("minute").last()
    )
    return newest, _while_on_air(dataset, counted, instant)


def _corrected(minutes: pl.DataFrame, instant: pl.Expr) -> pl.DataFrame:
    """Lower each count to the least told later under its definition, and keep what was by then."""
    least = pl.col("views").reverse().cum_min().reverse().over("broadcast", "definition")
    return minutes.with_columns(views=least).filter(pl.col("minute") <= instant)


def _parts(dataset: Dataset, newest: pl.DataFrame, on_air_views: pl.DataFrame) -> pl.DataFrame:
    return (
        dataset.state.select("broadcast", "platform", "account")
        .join(newest, on="broadcast", how="left", maintain_order="left")
        .join(on_air_views, on="broadcast", how="left", maintain_order="left")
        .with_columns(
            # A correction may take more away than the replay had: it is then the live views' too.
            live_views=pl.when(pl.col("live_views").is_not_null()).then(
                pl.min_horizontal("views", "live_views")
            )
        )
        .with_columns(replay_views=pl.col("views") - pl.col("live_views"))
        .select(list(PARTS))
    )


def _while_on_air(dataset: Dataset, counted: pl.DataFrame, instant: pl.Expr) -> pl.DataFrame:
    """Return each broadcast's ``live_views``: all while it is on the air, then what was told at its end."""
    lasting = pl.lit(None, dtype=UTC)
    ends = dataset.segments.group_by("broadcast").agg(
        end=pl.when(pl.col("ended_at").is_null().any()).then(lasting).otherwise(
            pl.col("ended_at").max().dt.truncate("1m")  # minutes are whole
        )
    )  # fmt: skip
    near = pl.duration(minutes=_NEAR_END_MINUTES)
    over = (pl.col("end") <= instant).fill_null(value=False)
    minutes = counted.join(ends, on="broadcast", how="inner", maintain_order="left")
    return (
        minutes.filter(~over | (pl.col("minute") <= pl.col("end")))
        .group_by("broadcast")
        .agg(
            pl.col("views").last(),
            enough=(~over | (pl.col("minute") >= pl.col("end") - near)).last(),
        )
        .select("broadcast", live_views=pl.when("enough").then("views"))
    )
