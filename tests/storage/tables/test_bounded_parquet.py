"""Parquet that stands for far more than it weighs: refused before it takes the machine's memory."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage.evidence import archive
from storage.tables.bounded_parquet import Bounds, TooMuch, read_bounded
from storage.tables.long_form import COLUMNS, NotLongForm
from storage.tables.long_form_parquet import read_parquet
from tests.storage.evidence.test_forgeries import findings, sound
from tests.support.forged_bundles import packed
from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[3]

MEGABYTE = 1_000_000


def equal_rows(row: pa.Table, millions: int) -> bytes:
    """Return a file of millions of times the same row, a group a million."""
    many = row.take(pa.array([0] * MEGABYTE, type=pa.int32()))
    stream = io.BytesIO()
    with pq.ParquetWriter(stream, row.schema, compression="zstd") as writer:
        for _ in range(millions):
            writer.write_table(many, row_group_size=MEGABYTE)
    return stream.getvalue()


def long_texts(rows: int, characters: int) -> bytes:
    """Return a file whose dictionary holds one long text, named by every row."""
    text = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x" * characters])
    stream = io.BytesIO()
    pq.write_table(pa.table({"text": text}), stream, compression="zstd")
    return stream.getvalue()


def zeros(megabytes: int) -> bytes:
    """Return a file of one row whose only value is long, and packs into next to nothing."""
    stream = io.BytesIO()
    value = pa.array([b"\0" * megabytes * MEGABYTE], pa.large_binary())
    pq.write_table(pa.table({"value": value}), stream, compression="zstd", use_dictionary=False)
    return stream.getvalue()


@pytest.mark.fault(
    row=57,
    fault="a small file that unpacks to more than the machine has",
    injected="Parquet of 12 million equal rows, of a text of 1 MB that a million rows name, of one page of 300 MB,"
    " in an evidence bundle and as an import",
    outcome="refused by its footer, with the sizes in the text, before a row is read; counted along while it is read;"
    " less than 50 MB more memory",
)
def test_a_bomb_is_refused_before_it_is_unpacked():
    one = pq.read_table(io.BytesIO(archive.unpack(sound())[archive.ROWS["snapshots"]])).slice(0, 1)
    bombs = {
        "rows": equal_rows(one, 12),
        "MB unpacked": long_texts(MEGABYTE, MEGABYTE),
        "bytes unpacked of": zeros(60),
        "a page of more than": zeros(300),
    }
    assert max(map(len, bombs.values())) < MEGABYTE
    for why, bomb in bombs.items():
        with pytest.raises(
            TooMuch, match=why if why != "a page of more than" else "bytes unpacked of|page"
        ):
            list(read_bounded(bomb))


@pytest.mark.fault(row=57)
def test_refusing_a_bomb_takes_little_memory():
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.parquet_bombs"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)
    assert len(outcomes) == 3
    for name, outcome in outcomes.items():
        assert "no more than" in outcome["problem"], name
        assert outcome["grown"] < 50 * MEGABYTE, (name, outcome)


@pytest.mark.fault(row=57)
def test_a_bomb_in_a_bundle_is_a_finding_that_names_the_file():
    file = archive.ROWS["snapshots"]
    one = pq.read_table(io.BytesIO(archive.unpack(sound())[file])).slice(0, 1)
    (line,) = findings(packed(archive.unpack(sound()) | {file: equal_rows(one, 6)}))
    assert line == f"{file}: 6,000,000 rows; no more than 5,000,000 are read"


@pytest.mark.fault(row=57)
def test_a_bomb_that_is_imported_is_refused(tmp_path):
    path = tmp_path / "counts.parquet"
    row = {name: [None] for name in COLUMNS} | {
        "platform": ["youtube"],
        "metric": ["views"],
        "value": [1.0],
    }
    path.write_bytes(equal_rows(pl.DataFrame(row, schema=COLUMNS).to_arrow(), 6))
    with pytest.raises(
        NotLongForm, match=r"bytes unpacked of .*; no more than 1,000 times as many"
    ):
        list(read_parquet(path))


def test_every_bound_is_kept():
    rows = pl.DataFrame({"value": range(2_000)})
    stream = io.BytesIO()
    rows.write_parquet(stream, compression="zstd")
    for bounds, why in (
        (Bounds(rows=1_999), "2,000 rows; no more than 1,999"),
        (Bounds(bytes=15_000), "0 MB unpacked"),
        (Bounds(page_bytes=1_000), "a page of more than"),
    ):
        with pytest.raises(TooMuch, match=why):
            list(read_bounded(stream.getvalue(), bounds=bounds))


def test_what_is_honest_is_read_as_it_is(tmp_path):
    rows = pl.DataFrame({"a": [1, None], "b": ["x", None], "c": [1.5, None]})
    for frame in (rows, rows.clear()):
        path = tmp_path / "rows.parquet"
        frame.write_parquet(path)
        assert pl.concat(read_bounded(path)).equals(frame, null_equal=True)
        assert pl.concat(read_bounded(path.read_bytes(), ["b"])).equals(
            frame.select("b"), null_equal=True
        )
