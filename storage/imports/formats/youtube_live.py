"""YouTube Studio, a live stream's own *Viewership* export: viewers by position in the transmission.

``liveViewership_….csv`` names no video, so ``--broadcast`` has to. Peak and average are made of its
rows. Columns in English (Live stream position (seconds), Concurrent viewers or Live concurrent
viewers) are documented by programs that read real exports; French and Arabic are inferred.

https://support.google.com/youtube/answer/2853833
"""

from dataclasses import replace
from itertools import pairwise

from storage.imports import read_rows
from storage.imports.errors import BrokenFile, MissingOption
from storage.imports.formats.layout import (
    Counted,
    FilePeriod,
    FoundLayout,
    Layout,
    LayoutColumn,
    Part,
)
from storage.imports.parse.csv_table import CsvTable
from storage.imports.read_rows import ImportedFigure, ImportOptions, RowsReading
from storage.model import Metric, OwnerMetric
from storage.tables.long_form import InvalidRow

LIVE = Layout(
    name="youtube-live",
    title="YouTube Studio: live viewership",
    platform="youtube",
    source="studio",
    parts={
        Part.POSITION: LayoutColumn(
            en=("Live stream position (seconds)",),
            fr=("Position dans la diffusion en direct (secondes)", "Position du direct (secondes)"),
            ar=("موضع البث المباشر (بالثواني)", "الموضع في البث المباشر (بالثواني)"),
        )
    },
    counts={
        Metric.CONCURRENT_VIEWERS: LayoutColumn(
            en=("Concurrent viewers", "Live concurrent viewers", "Average concurrent viewers"),
            fr=("Spectateurs simultanés", "Spectateurs simultanés en direct"),
            ar=("المشاهدون المتزامنون", "عدد المشاهدين المتزامنين"),
            whole=False,
        )
    },
    needs=(Part.POSITION,),
    span=FilePeriod.LIFETIME,
    zone="America/Los_Angeles",
)


def read_live(table: CsvTable, found: FoundLayout, given: ImportOptions) -> RowsReading:
    """Make the peak and the average of the rows, which stand at equal distances.

    Raises:
        Unsaid: nobody said of which broadcast it is.
        Broken: the positions are not at equal distances, so an average would be wrong.
    """
    if given.broadcast is None:
        raise MissingOption(
            "a live viewership export does not name its video",
            remedy="add --broadcast and the video's id, eleven characters of its address",
        )
    whole = read_rows.read_rows(table, found, given)
    viewers = [
        one.counts[Metric.CONCURRENT_VIEWERS]
        for one in whole.told
        if Metric.CONCURRENT_VIEWERS in one.counts
    ]
    if not viewers:
        empty = InvalidRow(line=1, reason="no number of viewers in any row")
        return replace(whole, told=(), refused=(*whole.refused, empty))
    counts: dict[Counted, float] = {
        OwnerMetric.PEAK_CONCURRENT_VIEWERS: max(viewers),
        OwnerMetric.AVERAGE_CONCURRENT_VIEWERS: sum(viewers) / len(viewers),
    }
    step = _step(table, found.parts[Part.POSITION])
    note = f"peak and average are of {len(viewers)} rows, {step:g} s apart"
    told = ImportedFigure(
        line=whole.told[-1].line,
        platform=LIVE.platform,
        source=LIVE.source,
        broadcast=given.broadcast,
        owner=None,
        handle=None,
        title=None,
        link=None,
        published=None,
        period=None,
        counts=counts,
    )
    return replace(whole, told=(told,), notes=(*whole.notes, note))


def _step(table: CsvTable, place: int) -> float:
    remedy = "take the file as it was downloaded"
    positions: list[float] = []
    for row in table.rows:
        try:
            positions.append(float(row.cells[place]))
        except ValueError:
            problem = f"position {row.cells[place]!r} is no number of seconds"
            raise BrokenFile(problem, line=row.line, remedy=remedy) from None
    steps = [after - before for before, after in pairwise(positions)]
    # The last row may stand nearer: it is where the transmission ends.
    odd = next((at for at, step in enumerate(steps[:-1]) if step != steps[0]), None)
    if odd is not None:
        line = table.rows[odd + 1].line
        raise BrokenFile("positions are not at equal distances", line=line, remedy=remedy)
    return steps[0] if steps else 0.0
