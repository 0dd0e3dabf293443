"""Forged bundles: one changed value for every key and column, every sum made to fit, and none called sound.

What may pass is what the table of parts names as told; the verdict's own line then says so.
"""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from storage.evidence import archive, parts
from storage.evidence.build import build_evidence
from storage.evidence.contents import TABLES
from storage.evidence.parts import Certainty
from storage.evidence.verify import verify_evidence
from tests.support.forged_bundles import VERSION, packed, with_facts, with_rows
from tests.support.published_hostile import published

COLUMNS = [(name, column) for name, columns in TABLES.items() for column in columns]


@cache
def sound() -> bytes:
    """Return a small bundle in which every table has a row."""
    with TemporaryDirectory() as folder:
        place = published(Path(folder))
        return build_evidence(place.read_model, place.database, "test-2026", None, version=VERSION)


def findings(content: bytes) -> list[str]:
    return verify_evidence(content, version=VERSION).findings


def is_told(file: str, key: str) -> bool:
    """Tell whether the table of parts, and so the verdict, names a key or column as told."""
    names = parts.names_of(file, Certainty.UNPROVEN)
    return any(
        name in ("*", key) or (name.endswith(".*") and key.startswith(name[:-1])) for name in names
    )


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside ``value``; of a list, of its first two."""
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list) and value:
        for at, part in enumerate(value[:2]):
            yield from leaves(part, (*path, at))
    else:
        yield path


def others(value: Any) -> list[Any]:
    """Return values of the same kind that are not this one, and some of other kinds."""
    match value:
        case bool():
            return [not value, None, int(value), "", "true"]
        case int():
            return [value + 1, float(value), 2**70]
        case float():
            return [value + 0.000001, 0.0, None]
        case str() if value[4:5] == "-" and "T" in value:
            moved = datetime.fromisoformat(value) + timedelta(days=1)
            return [moved.isoformat(), value.replace("+00:00", "Z"), value[:-6]]
        case str():
            return [f"{value}x", None, ["x"]]
        case _:
            return ["x", 7]


def put(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy with another value at ``path``."""
    tree = copy.deepcopy(tree)
    inside = tree
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return tree


def with_json(file: str, tree: Any) -> bytes:
    """Put another JSON file in, and make anew what follows from it."""
    if file == archive.MANIFEST:
        return packed(archive.unpack(sound()), **tree)
    if file == archive.FACTS:
        return with_facts(sound(), tree)
    return packed(archive.unpack(sound()) | {file: archive.as_json(tree)})


@pytest.mark.fault(
    row=55,
    fault="a value of an evidence bundle is another, and all that follows from it is made to fit",
    injected="one by one every key of manifest, facts, claim and figures, and every column of the eight tables, by"
    " several values each; claim, figures, words and sums made anew, then every derived table too",
    outcome="a finding that names the file and exit code 1, but for what the verdict's own line and docs/export.md"
    " name as taken as told",
)
@pytest.mark.parametrize("file", [archive.MANIFEST, archive.FACTS, archive.CLAIM, archive.FIGURES])
def test_every_key_that_is_another_is_seen_or_named_as_told(file):
    files = archive.unpack(sound())
    tree = json.loads(files[file])
    passed: set[str] = set()
    tried = 0
    for path in leaves(tree):
        inside = tree
        for key in path:
            inside = inside[key]
        follows = file in (archive.CLAIM, archive.FIGURES)
        for other in others(inside)[: 1 if follows else None]:
            changed = put(tree, path, other)
            tried += 1
            try:
                seen = findings(with_json(file, changed))
            except archive.OtherFormat:
                assert path == ("format",)
                continue
            if not seen:
                passed.add(".".join(map(str, path)))
    assert tried > 20
    assert {key for key in passed if not is_told(file, key)} == set()
    if file == archive.FACTS:
        assert "simulated" in passed, "a trial called real passes, and the verdict says so"
        assert "whether it is simulated" in parts.verdict()


def other_columns(column: pl.Series) -> list[pl.Series]:
    """Return the column with another first value: of its kind, none, or at the edge of what it holds."""
    first = column[0]
    match column.dtype:
        case pl.Int64():
            values = [(first or 0) + 1, -1, None]
        case pl.Float64():
            values = [(first or 0.0) + 1, float("nan"), None]
        case pl.String():
            values = [f"{first}x", "", None]
        case _:
            moved = (first or datetime(2026, 5, 17, 12, tzinfo=UTC)) + timedelta(minutes=1)
            values = [moved, moved + timedelta(days=9_999), None]
    return [
        pl.concat([pl.Series(column.name, [value], dtype=column.dtype), column[1:]])
        for value in values
        if value != first
    ]


@pytest.mark.fault(row=55)
@pytest.mark.parametrize(("name", "column"), COLUMNS)
def test_every_column_that_is_another_is_seen_or_named_as_told(name, column):
    file = archive.ROWS[name]
    rows = pl.read_parquet(archive.unpack(sound())[file])
    told = is_told(file, column)
    for other in other_columns(rows[column]):
        # What is reckoned is put back where all else is made to fit it.
        content = with_rows(sound(), name, rows.with_columns(other), derive=told)
        assert told or findings(content), other[0]


def first(**values: Any):
    """Return a change of the first row; a value may be an expression."""

    def changed(rows: pl.DataFrame) -> pl.DataFrame:
        is_first = pl.int_range(pl.len()) == 0
        given = {
            name: value if isinstance(value, pl.Expr) else pl.lit(value)
            for name, value in values.items()
        }
        return rows.with_columns(
            pl.when(is_first).then(value.cast(rows.schema[name])).otherwise(name).alias(name)
            for name, value in given.items()
        )

    return changed


YEAR = timedelta(days=365)
#: Rows that no recording can give, whatever else is made to fit them.
IMPOSSIBLE = {
    "a count below zero": ("snapshots", first(views=-5)),
    "viewers below zero": ("snapshots", first(off_air_viewers=-1)),
    "a status that there is none of": ("snapshots", first(status="celebrated")),
    "an ordinary upload": ("state", first(status="upload")),
    "a definition that there is none of": ("snapshots", first(definition="persons@2001")),
    "a definition of another platform": ("snapshots", first(definition="youtube@2005-04-23")),
    "a count of the future": ("snapshots", lambda rows: rows.with_columns(pl.col("observed_at") + YEAR)),
    "a count of no poll": ("snapshots", lambda rows: rows.with_columns(poll_id=pl.lit(99, pl.Int64))),
    "a count of a broadcast that is not in it": ("snapshots", lambda rows: rows.with_columns(broadcast=pl.concat_str(pl.lit("x:"), "broadcast"))),
    "a poll that failed and says of nothing why": ("polls", first(outcome="timeout")),
    "a poll that failed without failing": ("polls", first(error="no answer")),
    "a poll of an outcome that there is none of": ("polls", first(outcome="tea", error="x")),
    "a poll with more answers than questions": ("polls", first(answered=9)),
    "a poll that ends before it begins": ("polls", first(finished_at=pl.col("started_at") - YEAR)),
    "a poll that asked for nothing": ("polls", lambda rows: pl.concat([rows, first(poll_id=77)(rows)])),
    "a reason that there is none of": ("misses", first(reason="coffee")),
    "a miss outside of every gap": ("misses", first(missed_at=pl.col("missed_at") - YEAR)),
    "a miss of no poll": ("misses", first(poll_id=99)),
    "a gap without its misses": ("misses", lambda rows: rows.clear()),
    "a gap that is not there": ("gaps", lambda rows: rows.clear()),
    "a gap of another reason than its misses": ("gaps", first(reason="quota")),
    "a gap that ends before it begins": ("gaps", first(ended_at=pl.col("started_at") - YEAR)),
    "a gap of the future": ("gaps", first(ended_at=pl.col("ended_at") + YEAR)),
    "a gap inside another": ("gaps", lambda rows: pl.concat([rows, first(ended_at=None)(rows)])),
    "a gap of late polls that still lasts": ("gaps", first(reason="late", ended_at=None)),
    "a broadcast that is found after the end": ("state", first(discovered_at=pl.col("discovered_at") + YEAR)),
    "an interval that is none": ("state", first(interval_seconds=float("inf"))),
    "a broadcast without a title": ("state", first(title=None)),
    "rows upside down": ("snapshots", lambda rows: rows.reverse()),
    "a row twice": ("snapshots", lambda rows: pl.concat([rows.head(1), rows])),
}  # fmt: skip


@pytest.mark.fault(row=55)
@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_rows_that_no_recording_gives_are_seen_though_all_else_fits(name):
    table, change = IMPOSSIBLE[name]
    rows = pl.read_parquet(archive.unpack(sound())[archive.ROWS[table]])
    content = with_rows(
        sound(), table, change(rows), derive=name not in ("rows upside down", "a row twice")
    )
    assert content != sound()
    assert findings(content)


def test_an_edition_of_another_time_is_seen():
    facts = json.loads(archive.unpack(sound())[archive.FACTS])
    for starts, ends in (("2001-01-01", "2001-01-02"), ("2031-01-01", "2031-01-02")):
        moved = facts["edition"] | {
            "starts_at": f"{starts}T00:00:00+00:00",
            "ends_at": f"{ends}T00:00:00+00:00",
        }
        lines = findings(with_facts(sound(), facts | {"edition": moved}))
        assert any("of another time than the edition's" in line for line in lines)
