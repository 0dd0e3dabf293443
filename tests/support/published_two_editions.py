"""The rehearsal's edition with another one a year before it, which had less: a picture of both."""

from datetime import datetime, timedelta

import polars as pl

from dashboard.view_model.edition import EditionTables
from dashboard.view_model.refresher import Refresher
from dashboard.view_model.root import DashboardModel, build_model

YEAR = timedelta(days=364)
_REPORTED = {
    "reported_views": 29_000_000,
    "reported_views_wording": "more than 29 million views",
    "reported_views_sources": ["press.example/1", "<b>press</b>.example/2"],
    "reported_visitors": 2_400_000,
    "reported_visitors_wording": None,
    "reported_visitors_sources": ["press.example/1"],
}


def both(producer: Refresher, now: datetime, *, share: float = 0.5) -> DashboardModel:
    """The picture of the producer's edition and of one like it a year before, with ``share`` of its views."""
    picture = producer.current.model
    assert picture is not None
    tables = picture.tables
    minutes = dict(tables.minutes)
    minutes["before"] = _earlier(minutes["el-jadida"]).with_columns(
        (pl.col("views_delta") * share).cast(pl.Int64)
    )
    editions = _earlier(tables.editions.filter(pl.col("edition") == "el-jadida"))
    named = editions.with_columns(
        *(pl.lit(f"Before {lang}").alias(f"name_{lang}") for lang in ("ar", "fr", "en")),
        *(
            pl.lit(value, dtype=editions.schema[key]).alias(key)
            for key, value in _REPORTED.items()
            if not isinstance(value, list)
        ),
        *(
            pl.Series(key, [value], dtype=editions.schema[key])
            for key, value in _REPORTED.items()
            if isinstance(value, list)
        ),
    )
    grown = EditionTables(
        editions=pl.concat([tables.editions, named.select(tables.editions.columns)]),
        accounts=tables.accounts,
        state=_with_earlier(tables.state),
        gaps=_with_earlier(tables.gaps),
        corrections=_with_earlier(tables.corrections),
        polls=tables.polls,
        health=tables.health,
        segments=_with_earlier(tables.segments),
        sessions=tables.sessions,
        minutes=minutes,
        refresh_rates=tables.refresh_rates,
    )
    return build_model(grown, picture.origin, now, None)


def _with_earlier(frame: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([frame, _earlier(frame)])


def _earlier(frame: pl.DataFrame) -> pl.DataFrame:
    times = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
    moved = frame.with_columns(pl.col(times) - YEAR)
    if "edition" in frame.columns:
        moved = moved.with_columns(edition=pl.lit("before"))
    if "broadcast" in frame.columns:
        moved = moved.with_columns(broadcast=pl.col("broadcast") + "-before")
    return moved.select(frame.columns)
