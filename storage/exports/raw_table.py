"""What was observed as the plain long-form table: one row a count, in batches."""

import io
from collections.abc import Iterator

import polars as pl

from storage.definitions import load
from storage.exports.published_tables import ROWS_A_BATCH, ExportTable, Progress, rows_between
from storage.exports.request import ExportRequest
from storage.model import COUNTS
from storage.read_model.reader import Published
from storage.schema import UTC
from storage.snapshot_reader import ALWAYS, SnapshotReader
from storage.tables.long_form import COLUMNS
from storage.tables.long_form_csv import write_csv


def raw_figures(
    raw: SnapshotReader, state: pl.DataFrame, request: ExportRequest, progress: Progress
) -> ExportTable:
    """Return the snapshots of the broadcasts of ``state``, an hour after the other.

    A count that was not told has a row without a value where its platform offers it: it was request.
    """
    return ExportTable(name="raw", columns=COLUMNS, batches=_figures(raw, state, request, progress))


def csv_bytes(raw: SnapshotReader, state: pl.DataFrame, request: ExportRequest) -> int:
    """Return about how large the table is as CSV: by what the first of its snapshots take."""
    first = next(_figures(raw, state, request, lambda _done, _total: None), None)
    if first is None:
        return 0
    written = io.BytesIO()
    write_csv([first], written)
    between = (request.since or ALWAYS[0], request.until or ALWAYS[1])
    snapshots = raw.count(state["broadcast"].to_list(), *between)
    return written.tell() * snapshots // first.n_unique(["broadcast", "observed_at"])


def reported_figures(published: Published, request: ExportRequest) -> ExportTable:
    """Return the figures of owners that were imported of an edition and its platforms, as they stand."""
    rows = published.reported().filter(pl.col("edition") == request.edition)
    if request.platforms:
        rows = rows.filter(pl.col("platform").is_in(request.platforms))
    wanted_rows = rows.filter(rows_between("observed_at", request)).select(list(COLUMNS))
    return ExportTable(
        name="reported", columns=COLUMNS, batches=iter([wanted_rows.sort(list(COLUMNS))])
    )


def _figures(
    raw: SnapshotReader, state: pl.DataFrame, request: ExportRequest, progress: Progress
) -> Iterator[pl.DataFrame]:
    names = state["broadcast"].to_list()
    facts = state.select(
        "edition", "platform", "account", "title", "published_at", "started_at", "broadcast",
        "native_id",
    )  # fmt: skip
    offered = _offered()
    hours = raw.hours(names, request.since or ALWAYS[0], request.until or ALWAYS[1])
    for done, (since, until) in enumerate(hours, start=1):
        rows = raw.snapshots(names, since, until)
        for batch in rows.iter_slices(ROWS_A_BATCH // len(COUNTS)):
            yield (
                _long(batch, offered)
                .join(facts, on="broadcast", how="left", maintain_order="left")
                .with_columns(broadcast="native_id")
                .select(list(COLUMNS))
                .cast(COLUMNS)
            )
        progress(done, len(hours))


def _long(rows: pl.DataFrame, offered: pl.DataFrame) -> pl.DataFrame:
    never = pl.lit(None, dtype=UTC)
    unknown = pl.col("definition").is_null()
    return (
        rows.with_row_index("row")
        .unpivot(
            on=list(COUNTS),
            index=["row", "broadcast", "observed_at", "source", "definition"],
            variable_name="metric",
        )
        .join(offered, on=["definition", "metric"], how="left", maintain_order="left")
        .filter(pl.col("value").is_not_null() | pl.col("offered") | unknown)
        .sort("row", "metric")
        .with_columns(
            value=pl.col("value").cast(pl.Float64),
            source=pl.concat_str(pl.lit("livetally:"), "source"),
            period_starts_at=never,
            period_ends_at=never,
        )
    )


def _offered() -> pl.DataFrame:
    """Return which counts each definition speaks of."""
    rows = [
        (definition.key, str(meaning.metric), True)
        for definition in load()
        for meaning in definition.meanings
    ]
    schema = {"definition": pl.String, "metric": pl.String, "offered": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")
