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
