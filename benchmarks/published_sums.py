"""What the sums of published files cost: publishing, and the first read of everything, with and without.

One store publishes in turns to two folders, of which one is written and read with a hash that does
nothing in the place of SHA-256.

    python -m benchmarks.published_sums [snapshots] [turns]
"""

import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from unittest.mock import patch

from benchmarks.read_model import DAYS, EDITION, START, filled, tick
from storage.read_model.publisher import Publisher
from storage.read_model.reader import ReadModel


class NoHash:
    """Stands where a hash would, and hashes nothing."""

    def __init__(self, content: object = b"") -> None:
        del content

    def hexdigest(self) -> str:
        """Return what every file has."""
        return "0" * 64


def no_digest(file: BinaryIO, digest: str) -> Any:
    """Do not read the file."""
    del file, digest
    return NoHash()


@contextmanager
def unsummed(*, yes: bool) -> Iterator[None]:
    """Let ``hashlib`` do nothing."""
    if not yes:
        yield
        return
    with patch.object(hashlib, "sha256", NoHash), patch.object(hashlib, "file_digest", no_digest):
        yield


def read_everything(model: ReadModel) -> None:
    """Read what a dashboard reads, and every minute of every broadcast."""
    opened = model.open()
    opened.state()
    opened.edition_minutes(EDITION)
    opened.broadcast_minutes()


def cpu_seconds(do: Callable[[], object]) -> float:
    """Return what it costs: wall time says little on a machine with other work."""
    begun = time.process_time()
    do()
    return time.process_time() - begun


def main(snapshots: int, turns: int) -> None:
    """Fill a store, then publish and read in turns."""
    with tempfile.TemporaryDirectory() as root:
        folder, clock = Path(root), [START + timedelta(days=DAYS, minutes=-31)]
        store, facts = filled(snapshots, folder, now=lambda: clock[0])
        publishers: dict[bool, Publisher] = {}
        for yes in (False, True):
            with unsummed(yes=yes):
                publishers[yes] = Publisher(
                    store, folder / f"unsummed-{yes}", now=lambda: clock[0], version="benchmark"
                )
                publishers[yes].publish([])
        costs: dict[tuple[str, bool], list[float]] = {}
        for turn in range(turns):
            clock[0] += timedelta(minutes=1) / 2
            store.record(tick(facts, clock[0], turn))
            for yes in (False, True) if turn % 2 else (True, False):
                with unsummed(yes=yes):
                    model = ReadModel(folder / f"unsummed-{yes}")
                    for name, do in (
                        ("publish", partial(publishers[yes].publish, [])),
                        ("first read", partial(read_everything, model)),
                        ("next read", partial(read_everything, model)),
                    ):
                        costs.setdefault((name, yes), []).append(cpu_seconds(do))
        files = list((folder / "unsummed-False").rglob("*.parquet"))
        weight = sum(path.stat().st_size for path in files) / 1e6
        print(f"{len(files)} files, {weight:,.1f} MB\n")
        print(
            "| | with sums, CPU ms p50 | without | ratio of p50 | of p25 |\n|---|---|---|---|---|"
        )
        for name in ("publish", "first read", "next read"):
            quarters = {yes: statistics.quantiles(costs[name, yes]) for yes in (False, True)}
            (low, mid, _), (low_without, mid_without, _) = quarters[False], quarters[True]
            print(
                f"| {name} | {mid * 1000:,.1f} | {mid_without * 1000:,.1f}"
                f" | {mid / mid_without:.2f} | {low / low_without:.2f} |"
            )
        store.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3] or (200_000, 60)))
