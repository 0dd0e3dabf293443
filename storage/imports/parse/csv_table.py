"""A CSV file's text as rows that know their lines. Pure.

The delimiter is the comma, semicolon or tab that the first line with any has most of outside quotes, or what
a line ``sep=;`` says; lines of one text may stand above the columns. Cells stay text as they stand:
nothing is computed, and markup is not read.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from storage.imports.errors import BrokenFile
from storage.text_search import normalised

MOST_ROWS = 500_000
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


def parse_csv(text: str, *, name: str) -> CsvTable:
    """Read CSV ``text``; the first line that is not empty names the columns.

    Raises:
        BrokenFile: it is not a table, a row has more or fewer cells than columns, or it is too long.
    """
    # Not splitlines(): to it, what parts lines inside a title would end the row.
    lines = list(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    skipped = 0
    while skipped < len(lines) and (
        not lines[skipped].strip() or _SEPARATOR.fullmatch(lines[skipped])
    ):
        skipped += 1
    named = _SEPARATOR.fullmatch(lines[0]) if lines else None
    delimiter = named[1] if named else _delimiter(lines[skipped:])
    rows = _rows(lines[skipped:], delimiter, skipped)
    return from_rows(rows, name=name, titled=named is not None)


def is_sentence(text: str) -> bool:
    """Tell whether a cell is several words, or a text of another script than ids and figures have."""
    return any(map(str.isalpha, text)) and (len(text.split()) > 1 or not text.isascii())


def from_rows(rows: Iterator[Row], *, name: str, titled: bool = False) -> CsvTable:
    """Build a table of rows, of which the first that is no line about the table names the columns.

    Above them a line is about the table if one sentence is all of it, or one word where the file is
    ``titled``. A sentence that lacks the other cells is kept: it may stand below. See :func:`parse_csv`.
    """
    above: list[Row] = []
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
        if len(checked) >= MOST_ROWS:
            raise BrokenFile(
                f"more than {MOST_ROWS:,} rows",
                line=row.line,
                remedy="export fewer days at a time",
            )
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


def _rows(lines: Sequence[str], delimiter: str, skipped: int) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(skipped + reader.line_num, tuple(cells))
    except csv.Error as error:
        raise BrokenFile(
            f"not CSV: {error}",
            line=skipped + reader.line_num,
            remedy="export it again as CSV in UTF-8",
        ) from None


def _delimiter(lines: Sequence[str]) -> str:
    """Return the mark that the first line with any has most of; a text above the columns has none."""
    bare = (re.sub(r'"[^"]*"', "", line) for line in lines)
    counts = ({mark: line.count(mark) for mark in _DELIMITERS} for line in bare)
    first = next(filter(lambda count: any(count.values()), counts), {",": 0})
    return max(first, key=lambda mark: first[mark])
