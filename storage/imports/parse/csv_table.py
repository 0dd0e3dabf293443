"""A CSV file's text as rows that know their lines. Pure.

The delimiter is the comma, semicolon or tab that the first line with any has most of outside quotes, or what
a line ``sep=;`` says; lines of one text may stand above the columns. Cells stay text as they stand:
nothing is computed, and markup is not read.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from storage.imports.errors import BrokenFile
from storage.tables.bounded_lines import TOO_LONG, BoundedLines
from storage.text_search import normalised

MOST_ROWS = 500_000
MOST_COLUMNS = 400
#: Of all tables of a file: rows times columns, and their texts, each as often as it stands there.
MOST_CELLS = 4_000_000
MOST_CHARACTERS = 32_000_000
_SMALLER = "export fewer days at a time"
_AGAIN = "export it again as CSV in UTF-8"
_SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
_DELIMITERS = ",;\t"
_UNQUOTED = "a comma inside a number or a text has to stand in quotes: export the file again"
_LACKING = "the file was cut short or edited: export it again"


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, and the line of the file where it ends.

    ``lacks``: so many cells are not in the file, and are empty here.
    """

    line: int
    cells: tuple[str, ...]
    lacks: int = 0

    @property
    def filled(self) -> int:
        """How many cells have text."""
        return sum(1 for cell in self.cells if cell.strip())

    @property
    def text(self) -> str:
        """The text of the cells that have one."""
        return " ".join(" ".join(self.cells).split())

    def as_broken(self) -> BrokenFile:
        """Return the error that ``lacks`` is in a row."""
        columns = len(self.cells)
        return _uneven(self.line, columns - self.lacks, columns)


@dataclass(frozen=True, kw_only=True, slots=True)
class CsvTable:
    """One table of a file. ``name`` is the file's, and its member's where it is an archive.

    Lines of one text stand ``above`` its columns. ``below`` its rows are others, and ``totals`` its sums,
    once :mod:`storage.imports.set_apart` has set them apart from rows.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    above: tuple[Row, ...] = ()
    below: tuple[Row, ...] = ()
    totals: tuple[Row, ...] = ()

    @property
    def title(self) -> str:
        """The last text above the columns; empty where none stands there."""
        return self.above[-1].text if self.above else ""

    def renamed(self, names: Mapping[str, str]) -> "CsvTable":
        """Rename columns: ``names`` holds the file's own name of each, and the new one."""
        renamed = {normalised(old): new for old, new in names.items()}
        columns = tuple(renamed.get(normalised(column), column) for column in self.columns)
        return replace(self, columns=columns)


@dataclass(slots=True)
class TableSizes:
    """How much the tables of one file hold so far."""

    cells: int = 0
    characters: int = 0

    def count(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Pass a table's rows on.

        Raises:
            BrokenFile: they are too many or too wide, or the file holds too much.
        """
        columns = 0
        for number, row in enumerate(rows):
            columns = max(columns, len(row.cells))
            self.cells += columns
            self.characters += sum(map(len, row.cells))
            for size, most, what in (
                (columns, MOST_COLUMNS, "columns"),
                (number, MOST_ROWS, "rows"),
                (self.cells, MOST_CELLS, "cells (rows times columns)"),
                (self.characters, MOST_CHARACTERS, "characters in cells"),
            ):
                if size > most:
                    raise BrokenFile(f"more than {most:,} {what}", line=row.line, remedy=_SMALLER)
            yield row


def parse_csv(text: str, *, name: str, sizes: TableSizes | None = None) -> CsvTable:
    """Read CSV ``text``; the first line that is not empty names the columns.

    Raises:
        BrokenFile: it is not a table, a row has more or fewer cells than columns, or it is too long.
    """
    # Not splitlines(): to it, what parts lines inside a title would end the row.
    stream = io.StringIO(text, newline="")
    stream.seek(int(text.startswith("\ufeff")))
    lines = _bounded(stream)
    named = None
    at = stream.tell()
    for line in lines:
        separator = _SEPARATOR.fullmatch(line)
        if lines.number == 1:
            named = separator
        if line.strip() and not separator:
            break
        if lines.number > MOST_ROWS:
            raise BrokenFile(f"no columns in the first {MOST_ROWS:,} lines", remedy=_AGAIN)
        at = stream.tell()
        lines.begin_row()
    skipped = lines.begun - 1
    stream.seek(at)
    delimiter = named[1] if named else _delimiter(_bounded(stream))
    stream.seek(at)
    rows = _rows(_bounded(stream, skipped), delimiter, skipped)
    return from_rows(rows, name=name, titled=named is not None, sizes=sizes)


def is_sentence(text: str) -> bool:
    """Tell whether a cell is several words, or a text of another script than ids and figures have."""
    return any(map(str.isalpha, text)) and (len(text.split()) > 1 or not text.isascii())


def from_rows(
    rows: Iterator[Row], *, name: str, titled: bool = False, sizes: TableSizes | None = None
) -> CsvTable:
    """Build a table of rows, of which the first that is no line about the table names the columns.

    Above them a line is about the table if one sentence is all of it, or one word where the file is
    ``titled``. A sentence that lacks the other cells is kept: it may stand below. See :func:`parse_csv`.
    """
    above: list[Row] = []
    rows = (sizes or TableSizes()).count(rows)
    head = next(rows, None)
    if head is None:
        raise BrokenFile("the file is empty", remedy="export it again")
    while _is_alone(head, titled=titled) and (below := next(rows, None)):
        above.append(head)
        head = below
    if above and head.filled == 1:  # a table of one column
        head, *rest = *above, head
        above, rows = [], itertools.chain(rest, rows)
    columns = len(head.cells)
    checked: list[Row] = []
    for row in rows:
        if len(row.cells) != columns and not (
            _is_alone(row) and not any(map(str.strip, row.cells[columns:]))
        ):
            raise _uneven(row.line, len(row.cells), columns)
        lacks = max(0, columns - len(row.cells))
        checked.append(Row(row.line, (*row.cells[:columns], *[""] * lacks), lacks))
    return CsvTable(
        name=name,
        columns=tuple(map(str.strip, head.cells)),
        rows=tuple(checked),
        above=tuple(above),
    )


def _is_alone(row: Row, *, titled: bool = False) -> bool:
    return row.filled == 1 and (titled or is_sentence(row.text))


def _uneven(line: int, cells: int, columns: int) -> BrokenFile:
    return BrokenFile(
        f"{cells} cells in a row; expected {columns}, one per column",
        line=line,
        remedy=_UNQUOTED if cells > columns else _LACKING,
    )


def _bounded(stream: io.StringIO, passed: int = 0) -> BoundedLines:
    return BoundedLines(
        stream, lambda line: BrokenFile(TOO_LONG, line=passed + line, remedy=_AGAIN)
    )


def _rows(lines: BoundedLines, delimiter: str, skipped: int) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            lines.begin_row()
            if any(cell.strip() for cell in cells):
                yield Row(skipped + reader.line_num, tuple(cells))
    except csv.Error as error:
        line, problem = lines.describe(error)
        raise BrokenFile(f"not CSV: {problem}", line=skipped + line, remedy=_AGAIN) from None


def _delimiter(lines: BoundedLines) -> str:
    """Return the mark that the first line with any has most of; a text above the columns has none."""
    for line in itertools.islice(lines, MOST_ROWS):
        lines.begin_row()
        bare = re.sub(r'"[^"]*"', "", line)
        if any(mark in bare for mark in _DELIMITERS):
            return max(_DELIMITERS, key=bare.count)
    return ","
