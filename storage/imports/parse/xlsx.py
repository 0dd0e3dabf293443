"""The sheets of an XLSX file as text, with nothing computed.

A workbook is an archive of XML. Formulas are passed over: what stands in a cell is its last value.
Numbers are given as they are written there, so an id that a spreadsheet rounded is seen to be.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from storage.imports.errors import BrokenFile
from storage.imports.parse.csv_table import Row

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CELL = re.compile(r"([A-Z]{1,3})\d+")
_MOST_COLUMNS = 400
#: Excel's own numbers for dates, and the day that it counts from.
_DATES = frozenset({14, 15, 16, 17, 22})
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's dates know no zone
_REMEDY = "export it again, as CSV if there is a choice"


def sheets(read: Callable[[str], bytes | None]) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield (part, rows) of each sheet; ``read`` returns a part of the archive, ``None`` if missing.

    Raises:
        BrokenFile: a part is not XML, or a sheet is wider than any export.
    """
    texts = _shared(read("xl/sharedStrings.xml"))
    dated = _dated_styles(read("xl/styles.xml"))
    number = 1
    while (body := read(f"xl/worksheets/sheet{number}.xml")) is not None:
        yield f"sheet{number}", _rows(_parsed(body), texts, dated)
        number += 1


def _shared(body: bytes | None) -> list[str]:
    return [] if body is None else [_text(item) for item in _parsed(body).iter(f"{_MAIN}si")]


def _dated_styles(body: bytes | None) -> frozenset[int]:
    if body is None:
        return frozenset()
    root = _parsed(body)
    own = {
        int(form.get("numFmtId", "0"))
        for form in root.iter(f"{_MAIN}numFmt")
        if re.search(r"[dy]", re.sub(r'"[^"]*"|\[[^\]]*\]', "", form.get("formatCode", "").lower()))
    }
    cells = root.find(f"{_MAIN}cellXfs")
    styles = [] if cells is None else list(cells)
    return frozenset(
        at for at, style in enumerate(styles) if int(style.get("numFmtId", "0")) in _DATES | own
    )


def _rows(root: Element, texts: list[str], dated: frozenset[int]) -> Iterator[Row]:
    width = 0
    for at, row in enumerate(root.iter(f"{_MAIN}row"), start=1):
        cells: dict[int, str] = {}
        for order, cell in enumerate(row.iter(f"{_MAIN}c")):
            cells[_column(cell.get("r"), order)] = _value(cell, texts, dated)
        if not any(text.strip() for text in cells.values()):
            continue
        # Trailing empty cells are not written down, so the first row says how many there are.
        width = width or max(cells) + 1
        texts_in_order = (cells.get(column, "") for column in range(max(width, max(cells) + 1)))
        yield Row(int(row.get("r") or at), tuple(texts_in_order))


def _column(reference: str | None, order: int) -> int:
    match = _CELL.fullmatch(reference or "")
    if not match:
        return order
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    if column > _MOST_COLUMNS:
        raise BrokenFile(f"more than {_MOST_COLUMNS} columns", remedy=_REMEDY)
    return column - 1


def _value(cell: Element, texts: list[str], dated: frozenset[int]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    value = cell.findtext(f"{_MAIN}v") or ""
    if kind == "s":
        try:
            return texts[int(value)]
        except (ValueError, IndexError):
            raise BrokenFile("a cell refers to a missing text", remedy=_REMEDY) from None
    if kind == "n" and value and int(cell.get("s", "0")) in dated:
        at = _DAY_ZERO + timedelta(days=float(value))
        return at.isoformat(" ", "seconds") if at.time() != at.min.time() else str(at.date())
    return value


def _text(element: Element) -> str:
    return "".join(text.text or "" for text in element.iter(f"{_MAIN}t"))


def _parsed(body: bytes) -> Element:
    try:
        return fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BrokenFile(f"not a readable workbook: {error}", remedy=_REMEDY) from None
