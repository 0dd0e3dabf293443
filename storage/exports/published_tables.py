"""Rows of an export in batches, from what is published: a collector may run meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any, BinaryIO

import polars as pl
import pyarrow.parquet as pq

from storage.analysis.dataset import Dataset
from storage.analysis.intervals import coverage
from storage.analysis.viewers.audience import audience
from storage.analysis.views.views_at import SUMS, Knowledge, TotalAt, sums, total_at
from storage.exports.request import ExportRequest
from storage.read_model.reader import NotPublished, Published
from storage.schema import BROADCAST_MINUTES, UTC

ROWS_A_BATCH = 50_000
#: A row of a summary takes long to make: what is written by now can be seen.
ROWS_OF_SUMMARY = 1_000
_NO_SUMS = {**dict.fromkeys(SUMS), "corrections": 0}

MINUTES = pl.Schema(
    {
        "minute": UTC,
        "edition": pl.String,
        "platform": pl.String,
        "account": pl.String,
        "broadcast": pl.String,
        "title": pl.String,
        **{name: BROADCAST_MINUTES[name] for name in list(BROADCAST_MINUTES)[4:]},  # the counts
    }
)

SUMMARY = pl.Schema(
    {
        "level": pl.String,
        "platform": pl.String,
        "account": pl.String,
        "broadcast": pl.String,
        "title": pl.String,
        "broadcasts": pl.Int64,
        "views": pl.Int64,
        "views_as_known_now": pl.Int64,
        "live_views": pl.Int64,
        "replay_views": pl.Int64,
        "oldest_told_at": UTC,
        "newest_told_at": UTC,
        "definitions": pl.String,
        "corrections": pl.Int64,
        "peak_viewers": pl.Int64,
        "peak_at": UTC,
        "peak_hardly_above": pl.Int64,
        "average_viewers": pl.Float64,
        "average_viewers_at_least": pl.Float64,
        "hours_watched": pl.Float64,
        "airtime_hours": pl.Float64,
        "seen_hours": pl.Float64,
        "viewers_coverage": pl.Float64,
        "doubtful_minutes": pl.Float64,
        "peak_viewers_without": pl.Int64,
        "average_viewers_without": pl.Float64,
        "hours_watched_without": pl.Float64,
        "coverage": pl.Float64,
    }
)

#: Is called with how many of how many files, or rows of a summary, are done.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportTable:
    """What is written: ``columns`` and, once, ``batches`` of rows of them."""

    name: str
    columns: pl.Schema
    batches: Iterator[pl.DataFrame]


def minutes(
    published: Published, state: pl.DataFrame, request: ExportRequest, progress: Progress
) -> ExportTable:
    """Return the minutes of the broadcasts of ``state``, a file after the other.

    Within a file (a day, an hour of the open one) rows are by broadcast, oldest first.
    """
    return ExportTable(
        name="minutes", columns=MINUTES, batches=_minutes(published, state, request, progress)
    )


def _minutes(
    published: Published, state: pl.DataFrame, request: ExportRequest, progress: Progress
) -> Iterator[pl.DataFrame]:
    facts = state.select("broadcast", "edition", "account", "title")
    paths = published.minute_files(since=request.since, until=request.until)
    with ExitStack() as opened:
        # All at once: a file of today may be replaced and deleted before its turn comes.
        try:
            streams = [opened.enter_context(path.open("rb")) for path in paths]
        except OSError as error:
            raise NotPublished(f"generation {published.manifest.generation} is gone") from error
        for done, stream in enumerate(streams, start=1):
            for rows in _batches(stream):
                joined = (
                    rows.filter(rows_between("minute", request))
                    .drop("edition")
                    .join(facts, on="broadcast", how="inner", maintain_order="left")
                )
                if joined.height:
                    yield joined.select(list(MINUTES))
            progress(done, len(streams))


def _batches(stream: BinaryIO) -> Iterator[pl.DataFrame]:
    """Read a file bit by bit; its reader, and what that keeps of it, goes with the last."""
    file = pq.ParquetFile(stream)
    for rows in file.iter_batches(batch_size=ROWS_A_BATCH):  # pyright: ignore[reportUnknownVariableType] - pyarrow is partly typed
        yield pl.DataFrame(rows).cast(BROADCAST_MINUTES)  # pyright: ignore[reportUnknownArgumentType] - pyarrow is partly typed


def rows_between(column: str, request: ExportRequest) -> pl.Expr:
    """Return whether a row lies in the requested time."""
    is_wanted = pl.lit(value=True)
    if request.since is not None:
        is_wanted &= pl.col(column) >= request.since
    if request.until is not None:
        is_wanted &= pl.col(column) < request.until
    return is_wanted


def summary(
    dataset: Dataset,
    until: datetime,
    *,
    looked_until: datetime,
    definition: pl.Expr,
    progress: Progress,
) -> ExportTable:
    """Return the edition, its platforms, accounts and broadcasts as of ``until``.

    Audience and coverage are up to ``looked_until``, some days after the edition's end at most.
    """
    totals = [
        total_at(dataset, until, knowledge=knowledge, definition=definition)
        for knowledge in Knowledge
    ]
    rows = _summary(dataset, totals, looked_until, progress)
    return ExportTable(name="summary", columns=SUMMARY, batches=rows)


def _summary(
    dataset: Dataset, totals: Sequence[TotalAt], until: datetime, progress: Progress
) -> Iterator[pl.DataFrame]:
    state = dataset.state.sort("platform", "account", "broadcast")
    platforms = state["platform"].unique(maintain_order=True)
    accounts = state.select("platform", "account").unique(maintain_order=True)
    facts = state.select("platform", "account", "broadcast", "title")
    named = [
        {"level": "edition"},
        *({"level": "platform", "platform": platform} for platform in platforms),
        *({"level": "account", **account} for account in accounts.iter_rows(named=True)),
        *({"level": "broadcast", **broadcast} for broadcast in facts.iter_rows(named=True)),
    ]
    parts = chain(
        [dataset],
        map(dataset.of_platform, platforms),
        map(dataset.of_account, accounts["account"]),
        (part for _, part in replace(dataset, state=state).by_broadcast()),
    )
    sums_of = {
        level: [_sums_by(level, total) for total in totals]
        for level in ("edition", "platform", "account", "broadcast")
    }
    rows: list[dict[str, Any]] = []
    for done, (names, part) in enumerate(zip(named, parts, strict=True), start=1):
        level = names["level"]
        of_part = [by_name.get(names.get(level), _NO_SUMS) for by_name in sums_of[level]]
        rows.append({**names, **_figures(part, until, *of_part)})
        progress(done, len(named))
        if len(rows) == ROWS_OF_SUMMARY or done == len(named):
            yield pl.DataFrame(rows, schema=SUMMARY)
            rows.clear()


def _sums_by(level: str, total: TotalAt) -> dict[str | None, dict[str, Any]]:
    """Return the sums of the parts of a level, with how often their views fell; the edition's is None's."""
    falls = total.corrections.group_by("broadcast").agg(corrections=pl.len())
    parts = total.parts.join(falls, on="broadcast", how="left").with_columns(
        edition=pl.lit(None, pl.String)
    )
    fallen = parts.group_by(level).agg(pl.col("corrections").sum())
    rows = sums(parts, level).join(fallen, on=level, how="left", nulls_equal=True)
    return {row[level]: row for row in rows.iter_rows(named=True)}


def _figures(
    part: Dataset,
    until: datetime,
    views: dict[str, Any],
    views_now: dict[str, Any],
) -> dict[str, Any]:
    watched = audience(part, until=until)
    peak, doubtful = watched.peak, watched.doubtful
    without = doubtful.without if doubtful else None
    names = ("broadcasts", "views", "live_views", "replay_views", "oldest_told_at")
    return {
        **{name: views[name] for name in (*names, "newest_told_at")},
        "views_as_known_now": views_now["views"],
        "definitions": "; ".join(views["definitions"] or ()) or None,
        "corrections": views["corrections"],
        "peak_viewers": peak.viewers if peak else None,
        "peak_at": peak.at if peak else None,
        "peak_hardly_above": peak.hardly_above if peak else None,
        "average_viewers": watched.average,
        "average_viewers_at_least": watched.average_at_least,
        "hours_watched": watched.hours_watched,
        "airtime_hours": watched.airtime_hours,
        "seen_hours": watched.seen_hours,
        "viewers_coverage": watched.coverage,
        "doubtful_minutes": doubtful.minutes if doubtful else 0.0,
        "peak_viewers_without": without.peak.viewers if without and without.peak else None,
        "average_viewers_without": without.average if without else None,
        "hours_watched_without": without.hours_watched if without else None,
        "coverage": coverage(part.segments, part.gaps, until),
    }
