"""Meta Business Suite, *Results* export: one figure of a page or an account by day, a file each.

The file is UTF-16 with a line ``sep=,``, then what it counts alone in a line (*Views*), and columns
``Date`` and ``Primary``. It names no account, and under *Views* not even the platform: both have to
be said. Views and reach are read; *Viewers*, interactions, follows and clicks are no figures
of ours.

The shape, and *Views*, *Viewers*, *Content interactions*, *Facebook follows*, *Facebook visits* and
*Instagram follows*, are documented by programs that read real exports; *Facebook reach* and *Instagram
reach* follow the same pattern. In French and Arabic all titles are inferred, and so is that *Primary*
is not translated.
"""

from dataclasses import replace

from storage.imports.formats.layout import Counted, FilePeriod, Layout, LayoutColumn, Part
from storage.imports.parse.csv_table import CsvTable
from storage.model import Metric, OwnerMetric

_PRIMARY = "Primary"


def named(table: CsvTable) -> CsvTable:
    """Give the column that Meta calls Primary the file's title, which says what it counts."""
    if not table.title:
        return table
    columns = (_counted(table.title) if one == _PRIMARY else one for one in table.columns)
    return replace(table, columns=tuple(columns))


def _counted(title: str) -> str:
    return f"{_PRIMARY}: {title}"


def _column(*, en: str, fr: str, ar: str) -> LayoutColumn:
    return LayoutColumn(en=(_counted(en),), fr=(_counted(fr),), ar=(_counted(ar),))


def _layout(platform: str, title: str, reach: LayoutColumn) -> Layout:
    counts: dict[Counted, LayoutColumn] = {
        Metric.VIEWS: _column(en="Views", fr="Vues", ar="المشاهدات"),
        OwnerMetric.REACH: reach,
    }
    return Layout(
        name=f"{platform}-days",
        title=f"Meta Business Suite: {title} by day",
        platform=platform,
        source="business_suite",
        parts={Part.DAY: LayoutColumn(en=("Date",), fr=("Date",), ar=("التاريخ", "Date"))},
        counts=counts,
        needs=(Part.DAY,),
        span=FilePeriod.DAY,
    )


FACEBOOK = _layout(
    "facebook",
    "Facebook page",
    _column(en="Facebook reach", fr="Couverture Facebook", ar="الوصول على فيسبوك"),
)
INSTAGRAM = _layout(
    "instagram",
    "Instagram account",
    _column(en="Instagram reach", fr="Couverture Instagram", ar="الوصول على إنستغرام"),
)
