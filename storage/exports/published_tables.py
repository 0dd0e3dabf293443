"""Rows of an export in batches, from what is published: a collector may run meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO

import polars as pl
import pyarrow.parquet as pq

from storage.exports.request import ExportRequest
from storage.read_model.reader import NotPublished, Published
from storage.schema import BROADCAST_MINUTES, UTC

ROWS_A_BATCH = 50_000

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

#: Is called with how many of how many files or hours, or broadcasts of a summary, are done.
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
