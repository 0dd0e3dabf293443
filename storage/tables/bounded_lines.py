"""Lines of a text that others wrote, a bounded number of characters a row of its table.

A row may go over many lines, each short: what counts is what was read since the row before it.
"""

import csv
from collections.abc import Callable, Iterator
from typing import TextIO

#: Of one row with all of its lines: cells of spreadsheets and of exports are shorter together.
MOST_ROW_CHARACTERS = 1_000_000
TOO_LONG = f"a row of more than {MOST_ROW_CHARACTERS:,} characters; longer ones are not read"


class BoundedLines:
    """Lines with their ends. ``refuse`` is given the number of a row's first line that is too long."""

    def __init__(self, stream: TextIO, refuse: Callable[[int], Exception]) -> None:
        self._stream = stream
        self._refuse = refuse
        self._left = MOST_ROW_CHARACTERS
        #: The line that the row being read began with, from 1, and the one that was read last.
        self.begun, self.number = 1, 0

    def __iter__(self) -> Iterator[str]:
        """Read on from where it is."""
        return self

    def __next__(self) -> str:
        """Return the next line; raise what ``refuse`` gives where the row gets too long."""
        line = self._stream.readline(self._left + 1)
        if not line:
            raise StopIteration
        self._left -= len(line)
        self.number += 1
        if self._left < 0:
            raise self._refuse(self.begun)
        return line

    def begin_row(self) -> None:
        """Count from here: the row before is whole."""
        self._left = MOST_ROW_CHARACTERS
        self.begun = self.number + 1

    def describe(self, error: csv.Error) -> tuple[int, str]:
        """Return the line that an error of the reader is about, and what is wrong there."""
        if "field limit" not in str(error):
            return self.number, str(error)
        limit = csv.field_size_limit()
        return self.begun, (
            f"a cell of more than {limit:,} characters begins in this row; longer ones are not read,"
            " and a quote may not be closed in it"
        )
