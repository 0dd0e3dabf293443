"""Makes what readers get of owners' figures: them, their files, and what was measured beside them."""

import polars as pl

from storage.analysis.dataset import build_dataset
from storage.analysis.reconciliation import average_viewers, instants, reconcile
from storage.database.connection import Database
from storage.model import OwnerMetric
from storage.store import imports as kept

NAMES = ("imports", "reported", "reconciliation")


def tables(
    database: Database, imports: pl.DataFrame, **seen: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Give the tables called :data:`NAMES`.

    ``imports`` are the files; ``seen`` are the published state, gaps, corrections and segments.
    """
    reported = kept.figures(database)
    counts = database.ask("measured_at", given={"wanted": instants(reported)})
    wanted = instants(reported, metric=OwnerMetric.AVERAGE_CONCURRENT_VIEWERS)
    minutes = database.ask("measured_minutes", given={"wanted": wanted})
    averages = average_viewers(build_dataset(minutes=minutes, **seen))
    measured = counts.join(averages, on="broadcast", how="left", maintain_order="left")
    return {
        "imports": imports,
        "reported": reported,
        "reconciliation": reconcile(reported, seen["state"], measured),
    }
