"""Says where two values, or two tables, differ: by name, with both sides. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import polars as pl

from storage.tables.json_values import json_value

#: So many rows are named; of the others, only how many there are.
NAMED = 5


def diff_bundles(told: Any, reckoned: Any, where: str) -> list[str]:
    """Compare JSON values all the way down."""
    if isinstance(told, Mapping) and isinstance(reckoned, Mapping):
        one, other = cast("Mapping[str, Any]", told), cast("Mapping[str, Any]", reckoned)
        names = [*other, *(name for name in one if name not in other)]
        parts = [(one.get(name, ...), other.get(name, ...), f"{where}.{name}") for name in names]
        return [line for part in parts for line in diff_bundles(*part)]
    if isinstance(told, list) and isinstance(reckoned, list):
        these, those = cast("list[Any]", told), cast("list[Any]", reckoned)
        length = max(len(these), len(those))
        padded = (side + [...] * (length - len(side)) for side in (these, those))
        pairs = enumerate(zip(*padded, strict=True))
        return [
            line
            for at, (one, other) in pairs
            for line in diff_bundles(one, other, f"{where}[{at}]")
        ]
    if told == reckoned and isinstance(told, bool) == isinstance(reckoned, bool):
        return []
    return [f"{where} is {_shown(told)}; reckoned anew it is {_shown(reckoned)}"]


def diff_rows(
    told: pl.DataFrame, reckoned: pl.DataFrame, keys: Sequence[str], where: str
) -> list[str]:
    """Compare tables of the same columns, row by row as ``keys`` name them."""
    if told.select(pl.struct(keys).is_duplicated().any()).item():
        return [f"{where}: a row stands in it twice"]
    by = list(keys)
    missing = reckoned.join(told, on=by, how="anti")
    more = told.join(reckoned, on=by, how="anti")
    both = told.join(reckoned, on=by, how="inner", suffix=" anew", maintain_order="left")
    values = [name for name in told.columns if name not in keys]
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
