"""What the chain costs a tick: stores that write it and stores that do not, side by side.

The same ticks go through `Store.record` twice, in turn, once with their links, which are hashed aside
and written every few dozen ticks, and once without; so a busy machine slows both. Ticks have a poll a
platform. Times are those of `record`, which does not wait for the hashing; the means hold what is
written now and then, and the CPU what is hashed.

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

from storage.model import Tick
from storage.store import Store
from storage.store.chain import Chain

START = datetime(2026, 5, 17, 8, tzinfo=UTC)
SIZES = (10, 100, 1_000, 5_000)
ADD = Chain.add


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
                        costs[place].cpu[-1] += cpu_of_hashing(stores[place])
            for store in stores:
                store.close()
        report(rows, *costs)


@contextmanager
def as_it_is():
    """Change nothing."""
    yield


@contextmanager
def no_chain():
    """Leave links out of what is recorded."""
    Chain.add = lambda *_: None
    try:
        yield
    finally:
        Chain.add = ADD


def cpu_of_hashing(store: Store) -> float:
    """Let what is hashed aside come to its end, so that it is in nobody else's time."""
    used = time.process_time()
    for batch in store._chain._batches:  # noqa: SLF001 - what it measures is nobody else's
        batch.result()
    return time.process_time() - used


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
