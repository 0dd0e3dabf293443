"""How many snapshots a second the store records, against a plain append of the same rows.

Ticks of 1,000 snapshots go through ``Store.record`` (deltas, corrections, gaps, state and all); the
very rows it stored are then appended, as ready Arrow tables of 1,000 and one commit each, to a bare
table of a fresh DuckDB file; and once more to another as bare Arrow streams, the way the store hands
its own rows over, so that what this way saves is not taken for cheap rollups. All take turns, so that
a busy machine slows all. The shares are of times and of CPU, medians and means.

    python benchmarks/storage_record.py [ticks]
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median

import duckdb

from storage.model import Broadcast, Due, Snapshot, Status, Tick
from storage.store import Store

START = datetime(2026, 5, 17, 8, tzinfo=UTC)
ROWS = 1_000


def main(ticks: int) -> None:
    """Measure rounds in turn and print one table."""
    recorded, appended, streamed = Cost(), Cost(), Cost()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "store.duckdb", now=lambda: START, simulated=True)
        plain = duckdb.connect(str(Path(folder) / "plain.duckdb"))
        bare = duckdb.connect(str(Path(folder) / "bare.duckdb"))
        store.record(Tick(at=START, broadcasts=broadcasts()))
        with store.reading() as (database, _):
            schema = "SELECT sql FROM duckdb_tables() WHERE table_name = 'snapshot'"
            for connection in (plain, bare):
                connection.execute(database.rows(schema).item())
        done = store.tick()
        for tick in ticks_of_growth(ticks):
            recorded.of(lambda tick=tick: store.record(tick))
            with store.reading() as (database, _):
                rows = database.rows("SELECT * FROM snapshot WHERE tick > $tick", {"tick": done})
            done = store.tick()
            table = rows.to_arrow()
            appended.of(lambda table=table: append(plain, table))
            streamed.of(lambda rows=rows: append(bare, rows.__arrow_c_stream__()))
        findings = store.verify()
        store.close()
        plain.close()
        bare.close()
    print("| | rows/s | ms a tick p50 | p99 | CPU ms | share by p50 | by mean | by CPU |")
    print("|---|---|---|---|---|---|---|---|")
    report("plain Arrow append", appended, appended)
    report("the same as a bare stream", streamed, appended)
    report("Store.record, rollups included", recorded, appended)
    print(f"\n{ticks} ticks of {ROWS} rows; verify: {findings or 'sound'}")


@dataclass(kw_only=True)
class Cost:
    """Seconds of each piece, and of the whole process's CPU meanwhile."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def of(self, piece: Callable[[], None]) -> None:
        """Do a piece and measure it."""
        began, used = time.perf_counter(), time.process_time()
        piece()
        self.seconds.append(time.perf_counter() - began)
        self.cpu.append(time.process_time() - used)


def append(plain: duckdb.DuckDBPyConnection, table: object) -> None:
    """One tick's rows in one transaction, nothing else: a pyarrow table or a bare Arrow stream."""
    plain.begin()
    plain.from_arrow(table).insert_into("snapshot")
    plain.commit()


def report(name: str, cost: Cost, plain: Cost) -> None:
    """One line of the table."""
    ordered = sorted(cost.seconds)
    p50, p99 = (1000 * ordered[int(part * (len(ordered) - 1))] for part in (0.5, 0.99))
    shares = (
        median(plain.seconds) / median(cost.seconds),
        mean(plain.seconds) / mean(cost.seconds),
        mean(plain.cpu) / mean(cost.cpu),
    )
    print(
        f"| {name} | {ROWS / mean(cost.seconds):,.0f} | {p50:.1f} | {p99:.1f} "
        f"| {1000 * mean(cost.cpu):.1f} | {' | '.join(f'{share:.2f}' for share in shares)} |"
    )


def broadcasts() -> tuple[Broadcast, ...]:
    """As many broadcasts as a tick has rows."""
    return tuple(
        Broadcast(
            key=f"youtube:VIDEO{number:06d}",
            platform="youtube" if number % 4 else "icecast",
            account="youtube:@dgsn",
            native_id=f"VIDEO{number:06d}",
            title=f"Broadcast {number}",
            url="https://www.youtube.com/",
            status=Status.LIVE,
            published_at=None,
            scheduled_at=None,
            started_at=START,
            ended_at=None,
            discovered_at=START,
            edition="jadida-2026" if number % 3 else "agadir-2024",
        )
        for number in range(ROWS)
    )


def ticks_of_growth(ticks: int) -> Iterator[Tick]:
    """A minute a tick: counters that grow, one in 5,000 falls, viewers that come and go."""
    chance = random.Random(7)
    keys = [broadcast.key for broadcast in broadcasts()]
    views = [chance.randrange(100_000) for _ in keys]
    for number in range(ticks):
        at = START + timedelta(minutes=number)
        views = [
            max(0, count + (chance.randrange(200) if chance.random() > 0.0002 else -500))
            for count in views
        ]
        snapshots = tuple(
            (number + 1, snapshot(key, at, count, chance.randrange(5_000)))
            for key, count in zip(keys, views, strict=True)
        )
        dues = tuple(
            Due(broadcast=key, next_due_at=at + timedelta(minutes=1), interval_seconds=60.0)
            for key in keys
        )
        yield Tick(at=at, snapshots=snapshots, dues=dues if "--dues" in sys.argv else ())


def snapshot(broadcast: str, at: datetime, views: int, viewers: int) -> Snapshot:
    """What a poll of a live broadcast gives."""
    return Snapshot(
        broadcast=broadcast,
        observed_at=at,
        status=Status.LIVE,
        views=views,
        concurrent_viewers=viewers,
        likes=views // 50,
        comments=views // 500,
        shares=None,
        source="videos",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 400)
