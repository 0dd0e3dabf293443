"""A genuine panic of polars: a Parquet file with one flipped bit on which it gives up in its own code."""

import os
import random
import sys
from contextlib import contextmanager
from pathlib import Path

import polars as pl


def panic_at(path: Path) -> None:
    """Read the file, which panics."""
    pl.scan_parquet(path).collect()


def spoilt_file(folder: Path) -> Path:
    """Write a file that makes polars panic when it is read."""
    rows = pl.DataFrame({"key": [f"a{n % 7}" for n in range(500)], "count": range(500)})
    path = folder / "spoilt.parquet"
    rows.write_parquet(path, compression="zstd")
    sound, chance = path.read_bytes(), random.Random(1)
    with _quiet():
        for _ in range(20_000):
            content = bytearray(sound)
            content[chance.randrange(4, len(content) - 8)] ^= 1 << chance.randrange(8)
            path.write_bytes(content)
            try:
                panic_at(path)
            except Exception:  # noqa: BLE001, S112 - an error, and no panic
                continue
            except BaseException:  # noqa: BLE001 - what is looked for
                return path
    message = "no flipped bit made polars panic"
    raise AssertionError(message)


@contextmanager
def _quiet():
    """Keep what Rust prints of each panic out of the test's output."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
