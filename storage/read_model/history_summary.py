"""Imported history for people and scripts: what was brought in, by whom it was measured, whether it counts."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from storage.model import HistoryStanding
from storage.tables.json_values import json_value

_STANDINGS = {
    HistoryStanding.COUNTED: "drawn and compared: nothing was measured of this edition",
    HistoryStanding.MEASURED: "drawn beside, in no figure: this edition was measured",
    HistoryStanding.SAME_AGAIN: "not compared: it counts the same again as a finer series",
    HistoryStanding.NO_EDITION: "not compared: no edition of the configuration has it",
}
_STEPS = {60: "by the minute", 3600: "by the hour", 86400: "by the day"}
_FILE = ["import_id", "name", "sha256", "imported_at"]


def history_rows(history: pl.DataFrame) -> list[dict[str, Any]]:
    """Return :data:`storage.schema.HISTORY` rows ready for JSON, the series of a file and metric as one.

    ``broadcasts`` is how many they are of, 0: the whole account or platform.
    """
    by = ["edition", "platform", "metric", "source", "standing", "resolution_seconds", *_FILE]
    summed = history.group_by(by, maintain_order=True).agg(
        pl.col("starts_at").min(),
        pl.col("ends_at").max(),
        pl.col("rows").sum(),
        broadcasts=pl.col("native_id").drop_nulls().n_unique(),
    )
    return json_value(summed.sort("starts_at", "platform", "metric", "source", "import_id"))


def describe_history(row: Mapping[str, Any]) -> str:
    """Say in a line what one of :func:`history_rows` is, where it came from, and whether it counts."""
    seconds = row["resolution_seconds"]
    step = _STEPS.get(seconds, f"every {seconds / 60:g} minutes")
    return (
        f"{row['edition'] or 'no edition'}, {row['platform']}: {row['metric']} {step},"
        f" {row['rows']:,} values measured by {row['source']}, imported from {row['name']}"
        f" ({row['imported_at']}); {_STANDINGS[row['standing']]}"
    )
