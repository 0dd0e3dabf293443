"""Writer of a table into a spreadsheet, row by row in constant memory.

Text is text whatever it begins with, and marked so that editing the cell keeps it text. Times are
real ones, in UTC. A table longer than a sheet goes on in the next.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from storage.exports.metadata import TABLES, lines, listed
from storage.exports.published_tables import ExportTable
from storage.tables.csv_escape import RISKY

#: Rows that a sheet can hold, the line of names included.
LIMIT = 1_048_576
_LARGEST = 2**53
_WIDTH = 18


class _Sheets:
    """A workbook that is being written."""

    def __init__(self, path: Path) -> None:
        self._book = Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "remove_timezone": True,
                "nan_inf_to_errors": False,
            },
        )
        # The day it was made is not in it: the same state gives the same file.
        self._book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 - the format has no zones
        self._time: Format = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._text: Format = self._book.add_format({"quote_prefix": True})

    def close(self) -> None:
        self._book.close()

    def write(self, name: str, names: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> int:
        """Write ``rows`` under ``names``, in as many sheets as it takes; return how many rows."""
        names, count = list(names), 0
        sheet = self._begin(name, names)
        place = 1
        for row in rows:
            if place == LIMIT:
                sheet = self._begin(f"{name} {count // (LIMIT - 1) + 1}", names)
                place = 1
            self._row(sheet, place, row)
            place += 1
            count += 1
        return count

    def _begin(self, name: str, names: list[str]) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, max(0, len(names) - 1), _WIDTH)
        sheet.freeze_panes(1, 0)
        self._row(sheet, 0, tuple(names))
        return sheet

    def _row(self, sheet: Worksheet, place: int, row: tuple[Any, ...]) -> None:
        for column, value in enumerate(row):
            match value:
                case None:
                    continue
                case datetime():
                    sheet.write_datetime(place, column, value, self._time)
                case bool():
                    sheet.write_boolean(place, column, value)
                case int() | float() if abs(value) <= _LARGEST:
                    sheet.write_number(place, column, value)
                case _:
                    self._text_cell(sheet, place, column, str(value))

    def _text_cell(self, sheet: Worksheet, place: int, column: int, text: str) -> None:
        if text.startswith("<r>"):
            # The library takes such text for markup of its own and would write it as it stands.
            sheet.write_rich_string(place, column, text[:1], text[1:2], text[2:])
        else:
            marked = self._text if text.startswith(RISKY) else None
            sheet.write_string(place, column, text, marked)


def write_xlsx(table: ExportTable, described: Mapping[str, Any], path: Path) -> int:
    """Write ``about``, ``definitions``, ``gaps``, ``corrections``, ``doubtful`` if any are, and the table's."""
    sheets = _Sheets(path)
    try:
        sheets.write("about", ("name", "value"), lines(described))
        for name in TABLES:
            rows = listed(described, name)
            if name == "doubtful" and rows.is_empty():
                continue
            sheets.write(name, rows.columns, rows.iter_rows())
        return sheets.write(table.name, table.columns, _rows(table.batches))
    finally:
        sheets.close()


def _rows(batches: Iterator[pl.DataFrame]) -> Iterator[tuple[Any, ...]]:
    for batch in batches:
        yield from batch.iter_rows()
