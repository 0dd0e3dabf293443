"""Turns values into what JSON can say: times as ISO 8601 in UTC, durations in seconds."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import polars as pl


def iso(at: datetime | None) -> str | None:
    """Write a time to the second."""
    return at.isoformat(timespec="seconds") if at else None


def json_value(value: Any) -> Any:
    """Give ``value`` without types of ours: frames as lists of rows, dataclasses as dictionaries."""
    match value:
        case datetime():
            found: Any = iso(value)
        case timedelta():
            found = value.total_seconds()
        case pl.DataFrame():
            found = [json_value(row) for row in value.iter_rows(named=True)]
        case Mapping():
            named = cast("Mapping[str, Any]", value)
            found = {key: json_value(one) for key, one in named.items()}
        case list() | tuple():
            found = [json_value(one) for one in cast("list[Any]", value)]
        case _ if is_dataclass(value):
            found = {field.name: json_value(getattr(value, field.name)) for field in fields(value)}
        case _:
            found = value
    return found
