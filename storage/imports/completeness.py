"""What is missing in a table, by its sums and by what stands below it. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence

from storage.imports.formats.layout import Counted, Layout
from storage.imports.parse.csv_table import CsvTable, Row
from storage.model import Kind, Metric, OwnerMetric
from storage.text_search import words

#: What the rows of a table do not add up to.
_NO_SUMS = frozenset(
    {
        *(metric for metric in Metric if metric.kind is Kind.GAUGE),
        OwnerMetric.PEAK_CONCURRENT_VIEWERS,
        OwnerMetric.AVERAGE_CONCURRENT_VIEWERS,
        OwnerMetric.REACH,
    }
)
#: Counts that are large enough to say by their share how much is missing.
_WEIGHED = (Metric.VIEWS, Metric.IMPRESSIONS)
#: The share of a sum that may well be of what was deleted since.
_DELETED = 0.1
_REMEDY = "export fewer days or fewer videos at a time"


def completeness_notes(
    table: CsvTable, layout: Layout, rows: Mapping[Counted, float], total: Mapping[Counted, float]
) -> Iterator[str]:
    """Say what the table lacks: ``rows`` are the sums of its rows, ``total`` what its Total row says.

    A platform's sum counts what was deleted too, so a little more than the rows is no sign of a cut.
    """
    cuts = _cuts(table, layout)
    for row in (*cuts, *(row for row in table.below if row not in cuts)):
        meaning = (
            f"the table is cut there; {_REMEDY}" if row in cuts else "about the table, not read"
        )
        yield f"line {row.line}, '{row.text}': {meaning}"
    lacks = {
        metric: count - rows.get(metric, 0)
        for metric, count in total.items()
        if metric not in _NO_SUMS and count - rows.get(metric, 0) >= 1
    }
    full = layout.cut_at is not None and len(table.rows) >= layout.cut_at
    if full and not cuts and (lacks or not total):
        yield f"the table has {len(table.rows):,} rows, where such tables are cut; {_REMEDY}"
    weighed = {metric: lacks.get(metric, 0) for metric in _WEIGHED if metric in total} or lacks
    much = any(count > _DELETED * abs(total[metric]) for metric, count in weighed.items())
    for metric, count in lacks.items():
        if much or full or cuts:
            yield (
                f"the Total row says {total[metric]:,.0f} {metric}, its rows {rows.get(metric, 0):,.0f}:"
                " the export does not hold everything"
            )
        else:
            yield (
                f"the Total row counts {count:,.0f} {metric} more than the rows, perhaps of what was deleted"
            )


def _cuts(table: CsvTable, layout: Layout) -> Sequence[Row]:
    """Return the lines by which a table that may be cut says so, in whatever language: with a number."""
    if layout.cut_at is None:
        return ()
    lengths = {str(layout.cut_at), str(len(table.rows))}
    above = [row for row in table.above if lengths & {*words(row.text)}]
    return above + ([row for row in table.below if re.search(r"\d", row.text)] or [*table.below])
