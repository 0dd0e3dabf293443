"""The sheets of an XLSX file as text, with nothing computed.

A workbook is an archive of XML. Formulas are passed over: what stands in a cell is its last value. A
number is a double, however a program wrote it (``4500.0``, ``1E7``): it becomes a :class:`Double`, and
one that no double holds exactly gets an exponent, so an id that was rounded is seen to be.

Parts are read as they are unpacked, an item at a time (a row, a text): no more than one is in memory.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from storage.imports.errors import BrokenFile
from storage.imports.parse.csv_table import MOST_COLUMNS, Row
from storage.imports.parse.number_format import Double
from storage.tables.bounded_lines import MOST_ROW_CHARACTERS
from storage.tables.long_form import LARGEST

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_LINE = re.compile(r"[0-9]{1,7}")
_CELL = re.compile(r"([A-Z]{1,3})\d+")
#: Of all parts of a workbook together, and of one item: a row, a text, the list of styles.
MOST_ELEMENTS = 4_000_000
MOST_IN_ITEM = 100_000
MOST_DEPTH = 32
#: Bytes without an element's begin or end, or text: of one tag or comment.
MOST_IN_TAG = 1_000_000
#: Excel's own limit; also what a number's format is looked through.
_MOST_FORMAT = 255
#: Excel's own numbers for dates, and the days that it and its first Mac edition count from.
_DATES = frozenset({14, 15, 16, 17, 22})
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's dates know no zone
_MAC_DAY_ZERO = datetime(1904, 1, 1)  # noqa: DTZ001
_DAY = 86_400
_REMEDY = "export it again, as CSV if there is a choice"


Chunks = Iterator[bytes]


def sheets(
    read: Callable[[str], Chunks | None], names: Iterable[str]
) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield (name, rows) of each sheet; ``read`` unpacks a part of the archive, ``None`` if missing.

    ``names`` are those of all parts.

    Raises:
        BrokenFile: a part is not XML, or is larger than any export's.
    """
    elements = itertools.count(1)

    def items(part: str, *tags: str) -> Iterator[Element]:
        return _items(read(part) or iter(()), _Items(tags, elements))

    texts = [_text(item) for item in items("xl/sharedStrings.xml", "si")]
    dated = _dated_styles(list(items("xl/styles.xml", "numFmt", "cellXfs")))
    mac = any(
        properties.get("date1904") in {"1", "true"}
        for properties in items("xl/workbook.xml", "workbookPr")
    )
    day_zero = _MAC_DAY_ZERO if mac else _DAY_ZERO
    for part in sorted(filter(_SHEET.fullmatch, names), key=lambda part: (len(part), part)):
        yield PurePosixPath(part).stem, _rows(items(part, "row"), texts, dated, day_zero)


def _dated_styles(items: Iterable[Element]) -> frozenset[str]:
    dates = {str(number) for number in _DATES}
    for item in items:
        form = re.sub(r'"[^"]*"|\[[^\]]*\]', "", item.get("formatCode", "")[:_MOST_FORMAT].lower())
        if re.search(r"[dy]", form):
            dates.add(item.get("numFmtId", "0"))
    styles = next((item for item in items if item.tag.endswith("cellXfs")), ())
    return frozenset(
        str(at) for at, style in enumerate(styles) if style.get("numFmtId", "0") in dates
    )


def _rows(
    items: Iterable[Element], texts: list[str], dated: frozenset[str], day_zero: datetime
) -> Iterator[Row]:
    width = 0
    for at, row in enumerate(items, start=1):
        cells: dict[int, str] = {}
        for order, cell in enumerate(row.iterfind(".//{*}c")):
            cells[_column(cell.get("r"), order)] = _value(cell, texts, dated, day_zero)
        if not any(text.strip() for text in cells.values()):
            continue
        # Trailing empty cells are not written down, so the rows above say how many there are.
        width = max(width, max(cells) + 1)
        number = row.get("r", "")
        line = int(number) if _LINE.fullmatch(number) else at
        yield Row(line, tuple(cells.get(at, "") for at in range(width)))


def _column(reference: str | None, order: int) -> int:
    match = _CELL.fullmatch(reference or "")
    column = order
    if match:
        column = -1
        for letter in match[1]:
            column = (column + 1) * 26 + ord(letter) - ord("A")
    if column >= MOST_COLUMNS:
        raise BrokenFile(f"more than {MOST_COLUMNS} columns", remedy=_REMEDY)
    return column


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


class _Items:
    """What the parser tells, kept as elements: of those that bear one of ``tags``, with what is in them."""

    def __init__(self, tags: Sequence[str], elements: Iterator[int]) -> None:
        self._tags, self._elements = tags, elements
        self._builder: TreeBuilder | None = None
        self._depth = self._begun = self._count = self._characters = 0
        self.done: list[Element] = []
        #: Bytes since the parser last told of anything.
        self.silent = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.silent = 0
        self._depth += 1
        _check_count("elements", next(self._elements), MOST_ELEMENTS)
        _check_count("elements in each other", self._depth, MOST_DEPTH)
        if self._builder is None and tag.rpartition("}")[2] in self._tags:
            self._builder = TreeBuilder()
            self._begun, self._count, self._characters = self._depth, 0, 0
        if self._builder:
            self._count += 1
            _check_count("elements in a row", self._count, MOST_IN_ITEM)
            self._builder.start(tag, attributes)

    def add_text(self, text: str) -> None:
        self.silent = 0
        if self._builder:
            self._characters += len(text)
            _check_count("characters in a row", self._characters, MOST_ROW_CHARACTERS)
            self._builder.data(text)

    def end(self, tag: str) -> None:
        self.silent = 0
        if self._builder:
            self._builder.end(tag)
            if self._depth == self._begun:
                self.done.append(self._builder.close())
                self._builder = None
        self._depth -= 1


def _check_count(what: str, count: int, most: int) -> None:
    if count > most:
        raise BrokenFile(f"more than {most:,} {what}", remedy=_REMEDY)


def _items(chunks: Chunks, items: _Items) -> Iterator[Element]:
    parser = None
    for chunk in itertools.chain(chunks, [b""]):
        try:
            if chunk:
                parser = parser or _parser(items)
                parser.feed(chunk)
            elif parser:
                parser.close()
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise BrokenFile(f"not a readable workbook: {error}", remedy=_REMEDY) from None
        items.silent += len(chunk)
        _check_count("bytes in a tag", items.silent, MOST_IN_TAG)
        yield from items.done
        items.done.clear()


def _parser(items: _Items) -> DefusedXMLParser:
    parser = DefusedXMLParser(target=items)
    parser.parser.CharacterDataHandler = items.add_text
    return parser
