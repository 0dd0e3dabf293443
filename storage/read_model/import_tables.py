"""Published tables of what was imported: the files, their figures, what was measured beside, history."""

import polars as pl

from storage.analysis.dataset import build_dataset
from storage.analysis.editions.reconciliation import average_viewers, instants, reconcile
from storage.database.questions import Questions
from storage.model import OwnerMetric
from storage.read_model import history

NAMES = ("imports", "reported", "reconciliation", *history.NAMES)


def tables(
    database: Questions,
    imports: pl.DataFrame,
    reported: pl.DataFrame,
    editions: pl.DataFrame,
    **measured: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """Return the tables called :data:`NAMES`.

    ``imports`` are the files, ``reported`` their figures and ``editions`` the programme's; ``measured``
    are the published state, gaps, corrections and segments.
    """
    counts = database.ask("measured_at", tables={"wanted": instants(reported)})
    wanted = instants(reported, metric=OwnerMetric.AVERAGE_CONCURRENT_VIEWERS)
    minutes = database.ask("measured_minutes", tables={"wanted": wanted})
    averages = average_viewers(build_dataset(minutes=minutes, **measured))
    newest = counts.join(averages, on="broadcast", how="left", maintain_order="left")
    return {
        "imports": imports,
        "reported": reported,
        "reconciliation": reconcile(reported, measured["state"], newest),
        **history.tables(imports, reported, editions),
    }
