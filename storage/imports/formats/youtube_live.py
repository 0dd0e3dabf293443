"""Reading of YouTube Studio's live viewership, viewers by position; see youtube_live.toml.

``liveViewership_….csv`` names no video, so ``--broadcast`` has to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import fmean
from types import MappingProxyType

from storage.imports.errors import BrokenFile, MissingOption
from storage.imports.formats.layout import Counted, FoundLayout, Part
from storage.imports.parse.csv_table import CsvTable
from storage.imports.read_rows import ImportedFigure, ImportOptions, RowsReading, read_rows
from storage.model import Metric, OwnerMetric
from storage.tables.long_form import InvalidRow

#: What is made of all rows, and how.
_OVER_ROWS: Mapping[OwnerMetric, tuple[str, Callable[[Sequence[float]], float]]] = MappingProxyType(
    {
        OwnerMetric.PEAK_CONCURRENT_VIEWERS: ("peak", max),
        OwnerMetric.AVERAGE_CONCURRENT_VIEWERS: ("average", fmean),
    }
)


def read_live(table: CsvTable, columns: FoundLayout, options: ImportOptions) -> RowsReading:
    """Compute the peak and the average of the rows, which stand at equal distances.

    Each is of the column that tells it, else of the viewers at a position; a mean is never a peak.

    Raises:
        MissingOption: nobody said of which broadcast it is.
        BrokenFile: the positions are not at equal distances, so an average would be wrong.
    """
    if options.broadcast is None:
        raise MissingOption(
            "a live viewership export does not name its video",
            remedy="add --broadcast and the video's id, eleven characters of its address",
        )
    reading = read_rows(table, columns, options)
    step = _step(table, columns.parts[Part.POSITION])
    counts: dict[Counted, float] = {}
    notes: list[str] = []
    for metric, (what, of_all) in _OVER_ROWS.items():
        column_metric = next(
            (each for each in (metric, Metric.CONCURRENT_VIEWERS) if each in columns.counts), None
        )
        if column_metric is None:
            continue
        viewers = [
            figure.counts[column_metric]
            for figure in reading.figures
            if column_metric in figure.counts
        ]
        if viewers:
            counts[metric] = of_all(viewers)
            column = table.columns[columns.counts[column_metric]]
            notes.append(f"the {what} is of column {column}: {len(viewers)} rows, {step:g} s apart")
    if not counts:
        empty = InvalidRow(line=1, reason="no number of viewers in any row")
        return replace(reading, figures=(), refused=(*reading.refused, empty))
    figure = ImportedFigure(
        line=reading.figures[-1].line,
        platform=columns.layout.platform,
        source=columns.layout.source,
        broadcast=options.broadcast,
        counts=counts,
    )
    return replace(reading, figures=(figure,), notes=(*reading.notes, *notes))


def _step(table: CsvTable, place: int) -> float:
    """Return how many seconds lie between two rows."""
    remedy = "take the file as it was downloaded"
    positions: list[float] = []
    for row in table.rows:
        try:
            positions.append(float(row.cells[place]))
        except ValueError:
            problem = f"invalid position '{row.cells[place]}': expected a number of seconds"
            raise BrokenFile(problem, line=row.line, remedy=remedy) from None
    steps = [after - before for before, after in pairwise(positions)]
    # The last row may stand nearer: it is where the transmission ends.
    odd = next((at for at, step in enumerate(steps[:-1]) if step != steps[0]), None)
    if odd is not None:
        line = table.rows[odd + 1].line
        raise BrokenFile("positions are not at equal distances", line=line, remedy=remedy)
    return steps[0] if steps else 0.0
