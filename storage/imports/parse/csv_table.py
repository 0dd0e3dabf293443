"""A CSV file's text as rows that know their lines. Pure.

The delimiter is the comma, semicolon or tab that the first line has most of outside quotes, or what
a line ``sep=;`` says; after such a line a title may stand alone above the columns. Cells stay text as
they stand: nothing is computed, and markup is not read.
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


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, and the line of the file where it ends."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CsvTable:
    """One table of a file. ``name`` is the file's, and its member's where it is an archive.

    ``title`` stands above the columns; empty where none does.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    title: str = ""

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
    delimiter = named[1] if named else _delimiter(lines[skipped]) if skipped < len(lines) else ","
    rows = _rows(lines[skipped:], delimiter, skipped)
    first = list(itertools.islice(rows, 2)) if named else []
    titled = [len(row.cells) > 1 for row in first] == [False, True]
    table = from_rows(itertools.chain(first[1:] if titled else first, rows), name=name)
    return replace(table, title=first[0].cells[0].strip()) if titled else table


def from_rows(rows: Iterator[Row], *, name: str) -> CsvTable:
    """Build a table of rows, the first of which names the columns; see :func:`parse_csv`."""
    head = next(rows, None)
    if head is None:
        raise BrokenFile("the file is empty", remedy="export it again")
    checked: list[Row] = []
    for row in rows:
        if len(row.cells) != len(head.cells):
            raise BrokenFile(
                f"{len(row.cells)} cells in a row; expected {len(head.cells)}, one per column",
                line=row.line,
                remedy=_UNQUOTED,
            )
        if len(checked) >= MOST_ROWS:
            raise BrokenFile(
                f"more than {MOST_ROWS:,} rows",
                line=row.line,
                remedy="export fewer days at a time",
            )
        checked.append(row)
    return CsvTable(name=name, columns=tuple(map(str.strip, head.cells)), rows=tuple(checked))


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


def _delimiter(line: str) -> str:
    bare = re.sub(r'"[^"]*"', "", line)
    return max(_DELIMITERS, key=bare.count)
