"""Reading of YouTube's bulk reports: rows of one video and day added up; see youtube_reporting.toml."""

from collections import defaultdict
from dataclasses import replace

from storage.imports.formats.layout import Counted, FoundLayout, Part
from storage.imports.parse.csv_table import CsvTable
from storage.imports.read_rows import ImportedFigure, ImportOptions, RowsReading, read_rows
from storage.model import Metric, OwnerMetric


def read_bulk(table: CsvTable, columns: FoundLayout, options: ImportOptions) -> RowsReading:
    """Read a bulk file: rows of one video and day are added up, live views counted apart too."""
    reading = read_rows(table, columns, options)
    how = columns.parts.get(Part.HOW)
    live = None
    if how is not None:
        live = {row.line for row in table.rows if row.cells[how].strip() == "live"}
    by_day: dict[tuple[object, ...], list[ImportedFigure]] = defaultdict(list)
    for figure in reading.figures:
        by_day[figure.broadcast, figure.period].append(figure)
    return replace(reading, figures=tuple(_sum(rows, live) for rows in by_day.values()))


def _sum(rows: list[ImportedFigure], live: set[int] | None) -> ImportedFigure:
    counts: dict[Counted, float] = defaultdict(float)
    for row in rows:
        for metric, count in row.counts.items():
            counts[metric] += count
    if live is not None:
        while_live = [row.counts.get(Metric.VIEWS, 0) for row in rows if row.line in live]
        counts[OwnerMetric.VIEWS_WHILE_LIVE] = sum(while_live)
    return replace(rows[-1], counts=dict(counts))
