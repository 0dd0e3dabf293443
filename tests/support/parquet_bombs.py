"""Reads Parquet that stands for far more than it weighs; prints what came of it and how much memory it took."""

import io
import json
import sys
from pathlib import Path

import polars as pl

from storage.tables.bounded_parquet import TooMuch, read_bounded
from tests.storage.tables.test_bounded_parquet import MEGABYTE, equal_rows, long_texts, zeros
from tests.support.peak_memory import highest_bytes


def read_all():
    """Read a sound file first, so that what libraries take is set apart."""
    sound = io.BytesIO()
    rows = pl.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    rows.write_parquet(sound)
    assert pl.concat(read_bounded(sound.getvalue())).equals(rows)
    bombs = {
        "rows": equal_rows(rows.slice(0, 1).to_arrow(), 12),
        "texts": long_texts(MEGABYTE, MEGABYTE),
        "page": zeros(300),
    }
    outcomes = {}
    for name, bomb in bombs.items():
        # What was held so far is forgotten: making them took memory too.
        Path("/proc/self/clear_refs").write_text("5", "ascii")
        before = highest_bytes()
        try:
            problem = f"{sum(frame.height for frame in read_bounded(bomb))} rows"
        except TooMuch as error:
            problem = str(error)
        outcomes[name] = {"problem": problem, "grown": highest_bytes() - before}
    return outcomes


if __name__ == "__main__":
    json.dump(read_all(), sys.stdout)
