"""Digests of a tick's parts: as docs/export.md defines them, whatever the order and the number of rows."""

import hashlib
import struct
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.chain import parts
from storage.chain.parts import KINDS, part_digests
from storage.database.connection import Database
from tests.support.builders import NOON

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
DTYPES = {"playlists": pl.List(pl.String)}
TIMES = {name for table in KINDS.values() for name in table.numbers if name.endswith("_at")}
TIMES |= {"before"}


def dtype(table, name):
    if name in table.texts:
        return DTYPES.get(name, pl.String())
    return pl.Datetime("us", "UTC") if name in TIMES else pl.Int64()


def values(table, name):
    if name in ("poll_id", "of_tick"):
        return st.integers(1, 3)
    if name in table.texts:
        text = st.lists(TEXTS, max_size=3) if name in DTYPES else TEXTS
        return text if name == table.key else st.none() | text
    if name in TIMES:
        return st.none() | st.datetimes(NOON.replace(tzinfo=None), timezones=st.just(UTC))
    return st.none() | st.integers(0, 2**62)


def frame(kind, rows):
    table = KINDS[kind]
    schema = {"tick": pl.Int64(), **{name: dtype(table, name) for name in table.columns}}
    return pl.DataFrame(rows, schema=schema, orient="row")


def rows_of(kind):
    table = KINDS[kind]
    row = st.tuples(st.integers(1, 3), *(values(table, name) for name in table.columns))
    return st.lists(row, min_size=1, max_size=12)


def by_the_book(kind, rows):
    """Compute what docs/export.md says, from rows as dictionaries, with nothing of ours."""
    table, digests = KINDS[kind], {}
    for part in {(row["tick"], row[table.key]) for row in rows}:
        mine = [row for row in rows if (row["tick"], row[table.key]) == part]
        mine.sort(key=lambda row: [(row[name] is not None, row[name]) for name in table.columns])
        numbers, texts = b"", b""
        for row in mine:
            for name in table.columns:
                value = row[name]
                if isinstance(value, datetime):
                    value = (value - EPOCH) // timedelta(microseconds=1)
                if isinstance(value, list):
                    value = "".join(f"{len(text.encode())}:{text}" for text in value)
                if isinstance(value, str):
                    texts += value.encode()
                    value = len(value.encode())
                numbers += struct.pack("<q", -(2**63) if value is None else value)
        head = f"{kind} {len(mine)}\n".encode()
        digests[part[0], str(part[1])] = hashlib.sha256(head + numbers + texts).hexdigest()
    return digests


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_few_and_many_rows_are_hashed_by_the_book_in_whatever_order(kind, data):
    rows = frame(kind, data.draw(rows_of(kind)))
    expected = by_the_book(kind, rows.to_dicts())
    assert part_digests(kind, rows) == expected
    assert part_digests(kind, rows.reverse()) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "_FEW", 0)
        assert part_digests(kind, rows) == expected


@pytest.mark.parametrize("few", [0, 48])
@pytest.mark.parametrize(
    ("kind", "column"), [(kind, name) for kind in KINDS for name in KINDS[kind].columns]
)
def test_every_column_counts_and_not_told_is_no_zero(kind, column, few, monkeypatch):
    monkeypatch.setattr(parts, "_FEW", few)
    table = KINDS[kind]
    plain = {"text": "a", "number": 0, "time": EPOCH, "list": ["a"]}
    other = {"text": "b", "number": 1, "time": NOON, "list": ["a", "b"]}

    def kind_of(name):
        if name in DTYPES:
            return "list"
        return "text" if name in table.texts else "time" if name in TIMES else "number"

    row = [1, *(plain[kind_of(name)] for name in table.columns)]
    place = 1 + table.columns.index(column)
    digests = {
        tuple(part_digests(kind, frame(kind, [[*row[:place], value, *row[place + 1 :]]])).values())
        for value in (plain[kind_of(column)], other[kind_of(column)], None)
    }
    assert len(digests) == 3


def test_every_column_that_is_kept_of_a_fact_is_in_the_chain(tmp_path):
    database = Database(tmp_path / "store.duckdb", now=lambda: NOON)
    try:
        for kind, table in KINDS.items():
            columns = database.rows(f"DESCRIBE {kind}")["column_name"].to_list()
            assert sorted(columns) == sorted({"tick", *table.columns}), kind
    finally:
        database.close()
