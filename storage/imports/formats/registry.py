"""Recognition of exports: which layout a table has, by which of its columns."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

from storage.imports.errors import BrokenFile, UnrecognisedFile
from storage.imports.formats.layout import LAYOUTS, FoundLayout, Part, find_layout
from storage.imports.formats.youtube_live import read_live
from storage.imports.formats.youtube_reporting import read_bulk
from storage.imports.parse.csv_table import CsvTable
from storage.imports.parse.number_format import cleaned, has_figure
from storage.imports.read_rows import ImportOptions, RowsReading, read_rows
from storage.imports.set_apart import set_apart

#: The plain table that LiveTally itself writes; see :mod:`storage.tables.long_form`.
LONG = "long"
NAMES = (*LAYOUTS, LONG)
#: Formats of which a row is not a figure as it stands.
_READERS: Mapping[str, Callable[[CsvTable, FoundLayout, ImportOptions], RowsReading]] = (
    MappingProxyType({"youtube-live": read_live, "youtube-reporting": read_bulk})
)
_REMEDY = "name it with --format; `livetally storage import --help` lists what can be read"
#: So many columns of a layout have to be there before the others are said to be missing.
_LIKE = 3
_YEAR = re.compile(r"\d{4}")
_LETTER = re.compile(r"[^\W\d_]")
_FIGURE = re.compile(r"[-\u2212]?[^\w\s]?\d[\d.,\s\u066b\u066c]*%?|\d+(?::\d\d){1,2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognised:
    """A table that can be read: the layout that it has, and ``why`` it is taken for that."""

    table: CsvTable
    columns: FoundLayout
    why: str

    @property
    def name(self) -> str:
        """The name of the format."""
        return self.columns.layout.name

    @property
    def unread(self) -> tuple[str, ...]:
        """The names of the columns that hold figures, none of which is read."""
        read = {*self.columns.parts.values(), *self.columns.counts.values()}
        columns = enumerate(self.table.columns)
        return tuple(
            name for at, name in columns if at not in read and _holds_figures(self.table, at)
        )

    def read(self, options: ImportOptions) -> RowsReading:
        """Read the rows; see :func:`storage.imports.read_rows.read_rows`."""
        table = set_apart(self.table, self.columns)
        return _READERS.get(self.name, read_rows)(table, self.columns, options)


def recognise(
    tables: Sequence[CsvTable], *, forced: str | None = None
) -> tuple[list[Recognised], list[str]]:
    """Tell what each table is; the second list names those that are left aside, and why.

    Raises:
        UnrecognisedFile: none of them is known, or one is two things at once.
        BrokenFile: a column that is read is named twice.
    """
    tables = [_name_primary(table) for table in tables]
    known: list[Recognised] = []
    aside: list[str] = []
    for table in tables:
        recognised = _recognise_table(table, forced)
        if recognised is None:
            aside.append(f"{table.name}: nothing of it is read")
        else:
            known.append(recognised)
    if not known:
        raise _unknown(tables, forced)
    names = {recognised.name for recognised in known}
    read: list[Recognised] = []
    for recognised in known:
        more = [name for name in recognised.columns.layout.yields_to if name in names]
        if more:
            aside.append(f"{recognised.table.name}: counts the same again as {more[0]}")
        else:
            read.append(recognised)
    return read, aside


def _name_primary(table: CsvTable) -> CsvTable:
    """Call the column that Meta calls Primary after the file's title, which says what it counts."""
    if not table.title:
        return table
    columns = (f"{name}: {table.title}" if name == "Primary" else name for name in table.columns)
    return replace(table, columns=tuple(columns))


def _recognise_table(table: CsvTable, forced: str | None) -> Recognised | None:
    fitting = [
        columns
        for columns in _matches(table, forced)
        if columns.is_complete and not _is_split(table, columns)
    ]
    if not fitting:
        return None
    most = max(columns.matched for columns in fitting)
    best = [columns for columns in fitting if columns.matched == most]
    # Two of one platform differ in what they need not have: the first one's figures are the newer.
    if len({columns.layout.platform for columns in best}) > 1:
        names = " or ".join(columns.layout.name for columns in best)
        raise UnrecognisedFile(
            f"ambiguous export: {table.name} may be {names}", line=1, remedy=_REMEDY
        )
    return Recognised(table=table, columns=best[0], why=best[0].reason(table))


def _matches(table: CsvTable, forced: str | None) -> list[FoundLayout]:
    layouts = [layout for name, layout in LAYOUTS.items() if forced in (None, name)]
    return [find_layout(table, layout) for layout in layouts]


def _is_like(table: CsvTable, columns: FoundLayout) -> bool:
    """Tell whether a table has a column that tells the layout from others: not days, not others' ids."""
    if Part.BROADCAST in columns.parts or Part.LINK in columns.parts:
        rows = (
            {part: row.cells[place] for part, place in columns.parts.items()} for row in table.rows
        )
        tells = any(columns.layout.broadcast_of(cells) for cells in rows)
    else:
        places = (columns.parts.get(part) for part in columns.layout.needs if part is not Part.DAY)
        tells = any(place not in (None, *columns.counts.values()) for place in places)
    return tells and columns.matched >= _LIKE


def _is_split(table: CsvTable, columns: FoundLayout) -> bool:
    """Whether a table of an account's days says parts of them: a row more a day, or what it is of."""
    if columns.is_of_broadcasts or Part.DAY not in columns.parts:
        return False
    days = [cleaned(row.cells[columns.parts[Part.DAY]]) for row in table.rows]
    # A day without its year may well come again: a file of more than a year has it twice.
    dated = [day for day in days if _YEAR.search(day)]
    again = len(set(dated)) < len(dated) or any(day == after for day, after in pairwise(days))
    read = {*columns.parts.values(), *columns.counts.values()}
    others = (
        row.cells[at] for row in table.rows for at in range(len(table.columns)) if at not in read
    )
    return again or any(has_figure(cell) and _LETTER.search(cleaned(cell)) for cell in others)


def _holds_figures(table: CsvTable, at: int) -> bool:
    cells = [cleaned(row.cells[at]) for row in table.rows if has_figure(row.cells[at])]
    return bool(cells) and all(map(_FIGURE.fullmatch, cells))


def _unknown(tables: Sequence[CsvTable], forced: str | None) -> BrokenFile:
    """Say which column is missing from what the table is most like."""
    matches = [(table, columns) for table in tables for columns in _matches(table, forced)]
    if split := next((columns for _, columns in matches if columns.is_complete), None):
        return UnrecognisedFile(
            f"looks like {split.layout.title}, but its days are split by another column",
            line=1,
            remedy="export it by day alone",
        )
    likely = [columns for table, columns in matches if forced or _is_like(table, columns)]
    if not likely:
        names = ", ".join(max(tables, key=lambda table: len(table.columns)).columns[:12])
        return UnrecognisedFile(f"unknown export: its columns are {names}", line=1, remedy=_REMEDY)
    columns = max(likely, key=lambda columns: columns.matched)
    lacks = "; ".join(columns.layout.parts[part].all_names() for part in columns.missing)
    return UnrecognisedFile(
        f"looks like {columns.layout.title}, but has no column {lacks or 'of counts'}",
        line=1,
        remedy="export it again with that column; if it is there under another name, say so with"
        " --column 'its name=a name above'",
    )
