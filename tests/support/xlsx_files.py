"""Writes the smallest workbook that a spreadsheet would open, to read it again."""

import io
import zipfile
from collections.abc import Collection, Sequence
from xml.sax.saxutils import escape

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_STYLES = (
    f'<styleSheet {_MAIN}><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>'
)


def workbook(
    rows: Sequence[Sequence[object]],
    *,
    dates: Collection[int] = (),
    sheet: str | None = None,
    properties: str = "",
) -> bytes:
    """Give a workbook with one sheet; numbers in columns ``dates`` are days since 1899-12-30."""
    texts = [cell for row in rows for cell in row if isinstance(cell, str)]
    shared = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    body = "".join(
        f'<row r="{number}">{"".join(_cells(row, number, texts, dates))}</row>'
        for number, row in enumerate(rows, start=1)
    )
    parts = {
        "xl/workbook.xml": f"<workbook {_MAIN}>{properties}</workbook>",
        "xl/sharedStrings.xml": f"<sst {_MAIN}>{shared}</sst>",
        "xl/styles.xml": _STYLES,
        "xl/worksheets/sheet1.xml": sheet
        or f"<worksheet {_MAIN}><sheetData>{body}</sheetData></worksheet>",
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return stream.getvalue()


def _cells(row, number, texts, dates):
    for column, cell in enumerate(row):
        at = f'r="{chr(ord("A") + column)}{number}"'
        if isinstance(cell, str):
            yield f'<c {at} t="s"><v>{texts.index(cell)}</v></c>'
        elif cell is not None:
            style = ' s="1"' if column in dates else ""
            yield f"<c {at}{style}><v>{cell}</v></c>"
