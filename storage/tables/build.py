"""One frame from columns of Python values, quickly.

Times become microseconds before they become a column: polars reads aware datetimes one by one, and
twenty times slower. A naive time raises ``TypeError`` here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from storage.schema import UTC as UTC_TIME

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def clean_text(text: str, *, characters: int | None = None) -> str:
    """Return ``text`` without NUL and lone surrogates, cut to ``characters``; markup stays as text."""
    cut = text if characters is None else text[:characters]
    return cut.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


#: Most frames of a tick are empty, and making an empty one costs as much as filling it.
_EMPTY_FRAMES: dict[tuple[tuple[str, pl.DataType], ...], pl.DataFrame] = {}


def build_frame(columns: Mapping[str, Sequence[object]], schema: pl.Schema) -> pl.DataFrame:
    """Build a frame with ``schema`` from one sequence a column; see the module for times."""
    if not any(columns.values()):
        return _EMPTY_FRAMES.setdefault(tuple(schema.items()), schema.to_frame())
    return pl.DataFrame([_series(name, columns[name], dtype) for name, dtype in schema.items()])


def _series(
    name: str, values: Sequence[object], dtype: pl.DataType | type[pl.DataType]
) -> pl.Series:
    if dtype == UTC_TIME:
        return pl.Series(name, _microseconds(values), dtype=pl.Int64).cast(dtype)
    try:
        return pl.Series(name, values, dtype=dtype, strict=True)
    except (UnicodeEncodeError, TypeError):
        # A lone surrogate, which JSON can carry and UTF-8 cannot, must not cost the whole tick.
        if dtype != pl.String:
            raise
        return pl.Series(name, [_text(value) for value in values], dtype=dtype)


def _text(value: object) -> str | None:
    return None if value is None else clean_text(str(value))


def _microseconds(values: Iterable[object]) -> list[int | None]:
    """Count from the epoch; the answers of one poll share their time, so it is counted once."""
    counted: list[int | None] = []
    last: object = None
    microseconds: int | None = None
    for value in values:
        if value is not last:
            last = value
            microseconds = (value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else None
        counted.append(microseconds)
    return counted
