"""Fills the store of a size for `at_size.py`, in a process of its own: which release does it, its interpreter says.

As `read_model.py` fills one, with the polls that its snapshots are of, and published.

    python benchmarks/at_size_store.py FOLDER SNAPSHOTS DAYS
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import read_model

from storage.model import Poll, Tick
from storage.read_model.publisher import Publisher
from storage.store import Store

#: The day after the last: later than it nothing was seen.
END = datetime(2026, 11, 30, tzinfo=UTC)
POLLS_A_TICK = 10_000


def main(folder: Path, size: int, days: int) -> None:
    """Fill ``folder`` with ``size`` snapshots over ``days``."""
    read_model.START, read_model.DAYS = END - timedelta(days=days), days
    read_model.STEPS = (days * 24 * 60 - 31) // read_model.EVERY
    folder.mkdir(parents=True)
    store, facts = read_model.filled(size, folder, now=lambda: END)
    record_polls(store, sorted({one.platform for one in facts}))
    with store.reading() as (database, _):
        database.execute(
            "DELETE FROM chain"
        )  # it knows nothing of what came in bulk, and begins anew
    store.close()
    store = Store.reopen(folder / "store.duckdb", now=lambda: END)
    publisher = Publisher(store, folder / "published", now=lambda: END, version="benchmark")
    publisher.republish_all()
    store.close()


def record_polls(store: Store, platforms: list[str]) -> None:
    """Record a poll a platform and step: those that the snapshots name."""
    polls: list[Poll] = []
    for step in range(read_model.STEPS):
        at = read_model.START + timedelta(minutes=step * read_model.EVERY)
        for platform in platforms:
            poll = Poll(
                poll_id=2 * step + 1 + (platform == read_model.YOUTUBE),
                platform=platform, purpose="poll", source="videos", started_at=at,
                finished_at=at + timedelta(minutes=read_model.EVERY - 1), asked=1, answered=1,
                requests=1, outcome="ok", error=None,
            )  # fmt: skip
            polls.append(poll)
        if len(polls) >= POLLS_A_TICK or step == read_model.STEPS - 1:
            store.record(Tick(at=polls[-1].finished_at, polls=tuple(polls)))
            polls.clear()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
