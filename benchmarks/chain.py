"""What the chain costs a tick: stores that write it and stores that do not, side by side.

The same ticks go through `Store.record` twice, in turn, once with its link and once with the link's
computation and its row left out; so a busy machine slows both. Ticks have a poll a platform.

    python benchmarks/chain.py [ticks]
"""

import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import mean, median

import storage_record

from storage.chain.links import next_link
from storage.model import Tick
from storage.store import Store, chain

START = datetime(2026, 5, 17, 8, tzinfo=UTC)
SIZES = (10, 100, 1_000, 5_000)
LINK_TICK, APPEND_LINK = chain.link_tick, chain.append_link


def main(ticks: int) -> None:
    """Measure every size and print one table."""
    print("| rows a tick | with ms p50 | without ms p50 | ratio p50 | ratio mean | ratio CPU |")
    print("|---|---|---|---|---|---|")
    for rows in SIZES:
        storage_record.ROWS = rows
        with tempfile.TemporaryDirectory() as folder:
            stores = [
                Store.open(Path(folder) / f"{name}.duckdb", now=lambda: START, simulated=True)
                for name in ("with", "without")
            ]
            costs = [storage_record.Cost(), storage_record.Cost()]
            for store in stores:
                store.record(Tick(at=START, broadcasts=storage_record.broadcasts()))
            for number, tick in enumerate(storage_record.ticks_of_growth(ticks)):
                for place in (0, 1) if number % 2 else (1, 0):
                    with no_chain() if place else as_it_is():
                        costs[place].of(partial(stores[place].record, tick))
            for store in stores:
                store.close()
        report(rows, *costs)


@contextmanager
def as_it_is():
    """Change nothing."""
    yield


@contextmanager
def no_chain():
    """Leave the link out of what is recorded."""
    link = next_link(None, 0, START, "")
    chain.link_tick = lambda *_: link
    chain.append_link = lambda *_: None
    try:
        yield
    finally:
        chain.link_tick, chain.append_link = LINK_TICK, APPEND_LINK


def report(rows: int, linked: storage_record.Cost, bare: storage_record.Cost) -> None:
    """One line of the table."""
    p50 = [1000 * median(cost.seconds) for cost in (linked, bare)]
    ratios = (
        p50[0] / p50[1],
        mean(linked.seconds) / mean(bare.seconds),
        mean(linked.cpu) / mean(bare.cpu),
    )
    print(
        f"| {rows:,} | {p50[0]:.2f} | {p50[1]:.2f} | {' | '.join(f'{one:.3f}' for one in ratios)} |"
    )


if __name__ == "__main__":
    began = time.perf_counter()
    main(int(sys.argv[1]) if sys.argv[1:] else 400)
    print(f"\n{time.perf_counter() - began:.0f} s")
