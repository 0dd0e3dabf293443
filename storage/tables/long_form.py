"""The plain long-form table: one row a figure, as CSV or Parquet. What is written is what is read.

It is the one form in which figures leave LiveTally to come back: writing what was read gives the
same bytes, and so does reading what was written. In CSV it is UTF-8 without a mark, with commas and
line feeds; lines before the column names that begin with ``#`` are for people and are passed over. Times are
ISO 8601 in UTC (``2026-05-17T12:00:00Z``), numbers have a decimal point and no thousands, and text
is guarded against spreadsheets (:mod:`storage.tables.csv_escape`). An empty cell is "not told", never zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from storage.model import TAKEN_BACK, Metric, OwnerMetric
from storage.schema import LONG_FORM
from storage.schema import UTC as UTC_TIME
from storage.tables.build import build_frame

METRICS = frozenset(map(str, (*Metric, *OwnerMetric)))

COLUMNS = LONG_FORM
#: What every row has to say; ``value`` may be empty. Other columns may be left out.
REQUIRED = ("platform", "observed_at", "metric", "source")
NAMED = frozenset({*REQUIRED, "value"})
ROWS_A_BATCH = 50_000

#: Above this a Float64 no longer tells two whole numbers apart.
LARGEST = 2**53
TIMES = tuple(name for name, dtype in COLUMNS.items() if dtype == UTC_TIME)
TEXTS = tuple(name for name, dtype in COLUMNS.items() if dtype == pl.String)
_NET = ", ".join(sorted(TAKEN_BACK))
_REMEDY = f"the columns are: {','.join(COLUMNS)}"


class NotLongForm(ValueError):
    """The file as a whole is not this table. ``line`` counts from 1; ``remedy`` says what to do."""

    def __init__(self, line: int, problem: str, remedy: str = _REMEDY) -> None:
        super().__init__(problem)
        self.line = line
        self.remedy = remedy


@dataclass(frozen=True, kw_only=True, slots=True)
class InvalidRow:
    """A row that is not taken, and why. ``line`` is the file's, or the row's number in Parquet."""

    line: int
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Some rows of a file: :data:`COLUMNS` of those that are in order, and those that are not.

    ``lines`` says where each of ``rows`` stood.
    """

    rows: pl.DataFrame
    lines: tuple[int, ...]
    refused: tuple[InvalidRow, ...]


def empty() -> pl.DataFrame:
    """Return the table without rows."""
    return COLUMNS.to_frame()


class ReadRows:
    """The rows of one batch while it is read."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._rows: list[Mapping[str, object]] = []
        self._lines: list[int] = []
        self._refused: list[InvalidRow] = []

    def size(self) -> int:
        """Return how many lines were read, those set aside among them."""
        return len(self._rows) + len(self._refused)

    def refuse(self, line: int, reason: str) -> None:
        """Set a line aside with its reason."""
        self._refused.append(InvalidRow(line=line, reason=reason))

    def add(self, line: int, row: Mapping[str, object]) -> None:
        """Keep a line's values, or set it aside where one of them is invalid."""
        reason = row_problem(row)
        if reason:
            self.refuse(line, reason)
        else:
            self._rows.append(row)
            self._lines.append(line)

    def batch(self) -> Batch:
        """Return what there is, and begin anew."""
        columns = {name: [row[name] for row in self._rows] for name in COLUMNS}
        rows = build_frame(columns, COLUMNS)
        batch = Batch(rows=rows, lines=tuple(self._lines), refused=tuple(self._refused))
        self._begin()
        return batch


def row_problem(row: Mapping[str, object]) -> str | None:
    """Say why a row with :data:`COLUMNS` cannot be taken; ``None`` when it can."""
    for name, value in row.items():
        if isinstance(value, UnreadableCell):
            return f"{name}: {value.reason}"
    for name in REQUIRED:
        if row[name] is None:
            return f"{name} is empty"
    if row["metric"] not in METRICS:
        return f"{row['metric']} is no metric; known are {', '.join(sorted(METRICS))}"
    value = row["value"]
    if isinstance(value, float) and not abs(value) <= LARGEST:  # nor is NaN
        return f"value: {value:,.10g} is no count"
    is_net = row["metric"] in TAKEN_BACK and row["period_starts_at"] is not None
    if isinstance(value, float) and value < 0 and not is_net:
        return f"value: {value:,.10g} is no count; below zero are only {_NET} of a period"
    return _wrong_with_period(row["period_starts_at"], row["period_ends_at"])


def _wrong_with_period(starts: object, ends: object) -> str | None:
    if (starts is None) != (ends is None):
        return "a period has both a start and an end, or neither"
    if isinstance(starts, datetime) and isinstance(ends, datetime) and starts >= ends:
        return "the period ends before it starts"
    return None


@dataclass(frozen=True, slots=True)
class UnreadableCell:
    """What a cell holds that cannot be read, and why."""

    reason: str


def check_columns(names: Sequence[str], line: int) -> None:
    """Raise :class:`NotLongForm`, naming ``line``, where columns are missing or unknown."""
    missing = [name for name in COLUMNS if name in NAMED and name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    if missing:
        raise NotLongForm(line, f"missing columns: {', '.join(missing)}")
    if unknown or len(names) != len(set(names)):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise NotLongForm(line, f"unknown or repeated columns: {', '.join(unknown or twice)}")
