"""Reading of YouTube Studio's live viewership, viewers by position; see youtube_live.toml.

``liveViewership_….csv`` names no video, so ``--broadcast`` has to.
"""

from dataclasses import replace
from itertools import pairwise

from storage.imports.errors import BrokenFile, MissingOption
from storage.imports.formats.layout import Counted, FoundLayout, Part
from storage.imports.parse.csv_table import CsvTable
from storage.imports.read_rows import ImportedFigure, ImportOptions, RowsReading, read_rows
from storage.model import Metric, OwnerMetric
from storage.tables.long_form import InvalidRow


def read_live(table: CsvTable, columns: FoundLayout, options: ImportOptions) -> RowsReading:
    """Compute the peak and the average of the rows, which stand at equal distances.

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
    viewers = [
        figure.counts[Metric.CONCURRENT_VIEWERS]
        for figure in reading.figures
        if Metric.CONCURRENT_VIEWERS in figure.counts
    ]
    if not viewers:
        empty = InvalidRow(line=1, reason="no number of viewers in any row")
        return replace(reading, figures=(), refused=(*reading.refused, empty))
    counts: dict[Counted, float] = {
        OwnerMetric.PEAK_CONCURRENT_VIEWERS: max(viewers),
        OwnerMetric.AVERAGE_CONCURRENT_VIEWERS: sum(viewers) / len(viewers),
    }
    step = _step(table, columns.parts[Part.POSITION])
    note = f"peak and average are of {len(viewers)} rows, {step:g} s apart"
    figure = ImportedFigure(
        line=reading.figures[-1].line,
        platform=columns.layout.platform,
        source=columns.layout.source,
        broadcast=options.broadcast,
        counts=counts,
    )
    return replace(reading, figures=(figure,), notes=(*reading.notes, note))


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
