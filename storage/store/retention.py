"""Deletes raw snapshots that may not be kept any longer, and keeps a record that it did.

What is derived is then recounted from the snapshots that stay, so that a recount agrees with it
afterwards as before: totals, peaks and segments are what they were; the curve of what was deleted
is not, and a minute of it holds its growth from one snapshot that stays to the next.
"""

from datetime import datetime

import polars as pl

from storage.database.connection import Database
from storage.store import chain, frames, recount
from storage.store.chain import TickFacts
from storage.store.state import StoreState


def purge(
    database: Database, known: StoreState, platform: str, *, before: datetime, at: datetime
) -> tuple[StoreState, TickFacts | None]:
    """Delete inside a transaction; give the memory that follows, and the facts of it; None: nothing went."""
    gone = database.ask("purge", platform=platform, before=before)
    if gone.is_empty():
        return known, None
    superseded = chain.purged_snapshots(database, gone)
    after = recount.rebuild(database, known)
    days = gone.select(day=pl.col("observed_at").dt.date()).unique()
    database.append("touched_day", days, tick=after.tick)
    row = {
        "platform": [platform],
        "before": [before],
        "purged_at": [at],
        "snapshots": [gone.height],
        "broadcasts": [gone["broadcast"].n_unique()],
    }
    rows = pl.DataFrame(row).cast({"before": frames.UTC_TIME, "purged_at": frames.UTC_TIME})
    facts = {"purge": rows, "superseded": superseded}
    for table, facts_of in facts.items():
        database.append(table, facts_of, tick=after.tick)
    return after, TickFacts(tick=after.tick, at=at, tables=facts)
