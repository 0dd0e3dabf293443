"""Series of another program, brought in as the plain table."""

from datetime import UTC, datetime, timedelta

import polars as pl

from storage.tables import long_form_csv
from storage.tables.long_form import COLUMNS
from tests.support.import_commands import brought
from tests.support.import_files import EDITION

NOON = datetime(2025, 5, 17, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def bring(place, rows, *words, name="series.csv", exit_code=0):
    """Import rows of the plain table, each over what a viewers' series by minute has."""
    usual = {
        **dict.fromkeys(COLUMNS),
        "edition": EDITION,
        "platform": "twitch",
        "broadcast": "v1",
        "metric": "concurrent_viewers",
        "source": "streamstats",
    }
    table = pl.DataFrame([{**usual, **row} for row in rows], schema=COLUMNS)
    path = place.database.parent / name
    path.write_text(long_form_csv.csv_text(table), "utf-8", newline="")
    code, said = brought(place, path, *words)
    assert code == exit_code, said
    return said[0]


def viewers(*values, every=MINUTE, since=NOON, **facts):
    return [
        {"observed_at": since + place * every, "value": value, **facts}
        for place, value in enumerate(values)
        if value is not None
    ]
