"""The lines of a table that are no figures of anything: sums, and lines about the table. Pure.

A line is known for what it is by its columns, in whatever language it is written. A Total row counts
something, and names neither a broadcast nor a day. A line about the table, such as the one that says
that it was cut, is one sentence in the first column, below the last row.
"""

from dataclasses import replace

from storage.imports.formats.layout import FoundLayout, Part
from storage.imports.parse import dates
from storage.imports.parse.csv_table import CsvTable, Row, is_sentence
from storage.imports.parse.number_format import has_figure
from storage.text_search import normalised

#: What a Total row is called in a column where other words stand too; elsewhere its place tells it.
_TOTALS = frozenset(
    map(
        normalised,
        (
            *("Total", "Totals", "Grand total", "Totaux", "Total général", "الإجمالي", "إجمالي", "المجموع"),
            *("Gesamt", "Gesamtsumme", "Insgesamt", "Summe", "Totale", "Total general", "Total geral"),
            *("Totaal", "Toplam", "Razem", "Итого", "合計", "总计", "합계"),
        ),
    )
)  # fmt: skip
#: What a cell of days says where a row counts since the beginning.
LIFETIME = frozenset(
    map(
        normalised,
        (
            *("Lifetime", "Total", "À vie", "Durée de vie", "مدى الحياة"),
            *("Gesamt", "Gesamte Laufzeit", "De por vida"),
        ),
    )
)


def set_apart(table: CsvTable, columns: FoundLayout) -> CsvTable:
    """Return ``table`` with its sums, and the lines about it, apart from its rows.

    Raises:
        BrokenFile: a row lacks cells.
    """
    rows: list[Row] = []
    totals: list[Row] = []
    below: list[Row] = []
    for row in reversed(table.rows):
        at_an_end = not rows or row is table.rows[0]
        if _is_total(row, columns, at_an_end=at_an_end):
            totals.append(row)
        elif not rows and _is_about_table(row, columns):
            below.append(row)
        elif row.lacks:
            raise row.as_broken()
        else:
            rows.append(row)
    return replace(
        table,
        rows=tuple(reversed(rows)),
        totals=tuple(reversed(totals)),
        below=tuple(reversed(below)),
    )


def _is_total(row: Row, columns: FoundLayout, *, at_an_end: bool) -> bool:
    """Tell whether ``row`` is a sum: only its first cell, or that of ids or days, says so."""
    named = {place for place in columns.parts.values() if has_figure(row.cells[place])}
    mark = columns.parts.get(Part.MARK)
    ids = {columns.parts[part] for part in (Part.BROADCAST, Part.DAY) if part in columns.parts}
    labels = {place for place in ids & named if normalised(row.cells[place]) in _TOTALS}
    if row.lacks or named - {0, mark} - labels or _names_something(row, columns):
        return False
    if labels:
        return True
    label = "" if 0 in columns.counts.values() else row.cells[0].strip()
    if normalised(label) in _TOTALS:
        return True
    counted = any(has_figure(row.cells[place]) for place in columns.counts.values())
    is_title = columns.parts.get(Part.TITLE) == 0 and label
    return counted and at_an_end and not is_title and not any(map(str.isdigit, label))


def _is_about_table(row: Row, columns: FoundLayout) -> bool:
    """Tell whether ``row`` is a sentence in the first column, and no id, day or number."""
    text = row.cells[0].strip()
    return (
        row.filled == 1
        and is_sentence(text)
        and 0 not in columns.counts.values()
        and not _names_something(row, columns)
    )


def _names_something(row: Row, columns: FoundLayout) -> bool:
    """Tell whether ``row`` says of which broadcast, day or moment its counts are."""
    parts = {part: row.cells[place].strip() for part, place in columns.parts.items()}
    if columns.is_of_broadcasts:
        return columns.layout.broadcast_of(parts) is not None
    if Part.DAY not in parts:
        text = parts[columns.layout.needs[0]]
        return any(map(str.isdigit, text)) and not any(map(str.isalpha, text))
    day = parts[Part.DAY]
    if normalised(day) in LIFETIME - _TOTALS:
        return True
    return any(dates.read_date(day, day_first=order) for order in (True, False))
