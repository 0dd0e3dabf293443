"""The sheets of an XLSX file as text, with nothing computed.

A workbook is an archive of XML. Formulas are passed over: what stands in a cell is its last value. A
number is a double, however a program wrote it (``4500.0``, ``1E7``): it becomes a :class:`Double`, and
one that no double holds exactly gets an exponent, so an id that was rounded is seen to be.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from storage.imports.errors import BrokenFile
from storage.imports.parse.csv_table import Row
from storage.imports.parse.number_format import Double
from storage.tables.long_form import LARGEST

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_CELL = re.compile(r"([A-Z]{1,3})\d+")
_MOST_COLUMNS = 400
#: Excel's own numbers for dates, and the days that it and its first Mac edition count from.
_DATES = frozenset({14, 15, 16, 17, 22})
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's dates know no zone
_MAC_DAY_ZERO = datetime(1904, 1, 1)  # noqa: DTZ001
_DAY = 86_400
_REMEDY = "export it again, as CSV if there is a choice"


def sheets(
    read: Callable[[str], bytes | None], names: Iterable[str]
) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield (name, rows) of each sheet; ``read`` returns a part of the archive, ``None`` if missing.

    ``names`` are those of all parts.

    Raises:
        BrokenFile: a part is not XML, or a sheet is wider than any export.
    """
    texts = _shared(read("xl/sharedStrings.xml"))
    dated = _dated_styles(read("xl/styles.xml"))
    mac = re.search(rb'date1904="(1|true)"', read("xl/workbook.xml") or b"")
    day_zero = _MAC_DAY_ZERO if mac else _DAY_ZERO
    for part in sorted(filter(_SHEET.fullmatch, names), key=lambda part: (len(part), part)):
        if (body := read(part)) is not None:
            yield PurePosixPath(part).stem, _rows(_parsed(body), texts, dated, day_zero)


def _shared(body: bytes | None) -> list[str]:
    return [] if body is None else [_text(item) for item in _parsed(body).iterfind(".//{*}si")]


def _dated_styles(body: bytes | None) -> frozenset[str]:
    if body is None:
        return frozenset()
    root = _parsed(body)
    own = {
        int(form.get("numFmtId", "0"))
        for form in root.iterfind(".//{*}numFmt")
        if re.search(r"[dy]", re.sub(r'"[^"]*"|\[[^\]]*\]', "", form.get("formatCode", "").lower()))
    }
    cells = root.find("{*}cellXfs")
    styles = [] if cells is None else list(cells)
    return frozenset(
        str(at)
        for at, style in enumerate(styles)
        if int(style.get("numFmtId", "0")) in _DATES | own
    )


def _rows(
    root: Element, texts: list[str], dated: frozenset[str], day_zero: datetime
) -> Iterator[Row]:
    width = 0
    for at, row in enumerate(root.iterfind(".//{*}row"), start=1):
        cells: dict[int, str] = {}
        for order, cell in enumerate(row.iterfind(".//{*}c")):
            cells[_column(cell.get("r"), order)] = _value(cell, texts, dated, day_zero)
        if not any(text.strip() for text in cells.values()):
            continue
        # Trailing empty cells are not written down, so the rows above say how many there are.
        width = max(width, max(cells) + 1)
        yield Row(int(row.get("r") or at), tuple(cells.get(at, "") for at in range(width)))


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


def _value(cell: Element, texts: list[str], dated: frozenset[str], day_zero: datetime) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    value = (cell.findtext("{*}v") or "").strip()
    if kind == "s":
        try:
            return texts[int(value)]
        except (ValueError, IndexError):
            raise BrokenFile("a cell refers to a missing text", remedy=_REMEDY) from None
    if kind == "b":  # else TRUE would count as 1
        return "TRUE" if value == "1" else "FALSE"
    return (
        _number(value, day_zero if cell.get("s", "0") in dated else None) if kind == "n" else value
    )


def _number(value: str, day_zero: datetime | None) -> str:
    """Return a cell's number as plain text, a whole one without decimals, or the date that it is."""
    try:
        number = float(value)
        if day_zero:
            at = day_zero + timedelta(seconds=round(number * _DAY))
            return str(at if at.time() != at.min.time() else at.date())
    except (ValueError, OverflowError):
        return value
    if not number.is_integer():  # nor are infinity and NaN, which are no figures either
        return Double(number)
    return Double(int(number) if abs(number) <= LARGEST else f"{number:E}")


def _text(element: Element) -> str:
    return "".join(text.text or "" for text in element.iterfind(".//{*}t"))


def _parsed(body: bytes) -> Element:
    try:
        return fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BrokenFile(f"not a readable workbook: {error}", remedy=_REMEDY) from None
