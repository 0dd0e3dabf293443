"""Instants as milliseconds since 1970, as charts and gaps count them."""

from datetime import datetime
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Instants: TypeAlias = NDArray[np.int64]  # milliseconds
Span: TypeAlias = tuple[int, int]  # milliseconds, half open


def milliseconds(moment: datetime) -> int:
    """Return a UTC time as milliseconds since the epoch."""
    return int(moment.timestamp() * 1000)


def instants(times: pl.Series) -> Instants:
    """Return a column of UTC times as milliseconds since the epoch."""
    return times.dt.epoch("ms").to_numpy().astype(np.int64)
