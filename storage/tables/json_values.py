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
    """Return ``value`` without types of ours: frames as lists of rows, dataclasses as dictionaries."""
    match value:
        case datetime():
            converted: Any = iso(value)
        case timedelta():
            converted = value.total_seconds()
        case pl.DataFrame():
            converted = [json_value(row) for row in value.iter_rows(named=True)]
        case Mapping():
            named = cast("Mapping[str, Any]", value)
            converted = {key: json_value(part) for key, part in named.items()}
        case list() | tuple():
            converted = [json_value(part) for part in cast("list[Any]", value)]
        case _ if is_dataclass(value):
            converted = {
                field.name: json_value(getattr(value, field.name)) for field in fields(value)
            }
        case _:
            converted = value
    return converted
