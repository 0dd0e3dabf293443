"""Differences of two values, or two tables: by name, with both sides. Pure."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, cast

import polars as pl

from storage.tables.json_values import json_value

#: So many rows are named; of the others, only how many there are.
NAMED = 5


def diff_bundles(bundled: Any, computed: Any, where: str) -> list[str]:
    """Compare JSON values all the way down: those of a bundle with those computed anew."""
    if isinstance(bundled, Mapping) and isinstance(computed, Mapping):
        left, right = cast("Mapping[str, Any]", bundled), cast("Mapping[str, Any]", computed)
        names = [*right, *(name for name in left if name not in right)]
        parts = [(left.get(name, ...), right.get(name, ...), f"{where}.{name}") for name in names]
    elif isinstance(bundled, list) and isinstance(computed, list):
        lists = cast("list[Any]", bundled), cast("list[Any]", computed)
        pairs = enumerate(zip_longest(*lists, fillvalue=...))
        parts = [(left, right, f"{where}[{at}]") for at, (left, right) in pairs]
    elif bundled == computed and isinstance(bundled, bool) == isinstance(computed, bool):
        return []
    else:
        return [f"{where} is {_shown(bundled)}; computed again it is {_shown(computed)}"]
    return [line for part in parts for line in diff_bundles(*part)]


def diff_rows(
    bundled: pl.DataFrame, computed: pl.DataFrame, keys: Sequence[str], where: str
) -> list[str]:
    """Compare tables of the same columns, row by row as ``keys`` name them."""
    if bundled.select(pl.struct(keys).is_duplicated().any()).item():
        return [f"{where}: a row is in it twice"]
    by = list(keys)
    missing = computed.join(bundled, on=by, how="anti", nulls_equal=True)
    more = bundled.join(computed, on=by, how="anti", nulls_equal=True)
    both = bundled.join(
        computed, on=by, how="inner", suffix=" anew", nulls_equal=True, maintain_order="left"
    )
    values = [name for name in bundled.columns if name not in keys]
    unlike = both.filter(
        pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name} anew")) for name in values)
    )
    return _few(
        [f"{where}: {_row(row, by)} is missing" for row in missing.iter_rows(named=True)]
        + [f"{where}: {_row(row, by)} was not observed" for row in more.iter_rows(named=True)]
        + [
            f"{where}: {_row(row, by)}: {name} is {row[name]}; from the snapshots {row[f'{name} anew']}"
            for row in unlike.iter_rows(named=True)
            for name in values
            if row[name] != row[f"{name} anew"]
        ],
        where,
    )


def _row(row: Mapping[str, Any], keys: Sequence[str]) -> str:
    return " ".join(str(json_value(row[key])) for key in keys)


def _few(lines: list[str], where: str) -> list[str]:
    more = len(lines) - NAMED
    return [*lines[:NAMED], f"{where}: {more} more"] if more > 0 else lines


def _shown(value: Any) -> str:
    return "not there" if value is ... else repr(value)
