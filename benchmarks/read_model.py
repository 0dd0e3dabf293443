"""How long publishing and the total curve take, as the store grows from 1M to 10M snapshots.

Stores are filled in bulk: snapshots go through Arrow into the real table, ten times the broadcasts
over the same five days, and ``Store.rebuild_rollups`` counts the rest. From then on everything is
real: ticks of 50 snapshots are recorded on the last day, and each is published. The 10M store takes
two minutes to fill and 3 GB of memory.

    python benchmarks/read_model.py [snapshots ...]
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from storage.analysis.views.growth import cumulative
from storage.definitions import named
from storage.model import Broadcast, Edition, Names, Programme, Snapshot, Status, Tick
from storage.read_model.publisher import Publisher
from storage.read_model.reader import ReadModel
from storage.store import Store
from storage.store.fold import STORED_COLUMNS

START = datetime(2026, 5, 17, tzinfo=UTC)
DAYS = 5
EVERY = 7  # minutes between two snapshots of a broadcast; together they fill every minute
#: The last half hour is left to the ticks that are published; the hour before it is full.
STEPS = (DAYS * 24 * 60 - 31) // EVERY
TICKS, TICK_ROWS, READS = 30, 50, 20
EDITION, YOUTUBE = "test-2026", "youtube"
NAMES = Names(ar="Test", fr="Test", en="Test")


def main(sizes: list[int]) -> None:
    """Measure each size and print one table."""
    print(
        "| snapshots | broadcasts | of the open day | publish p50 ms | max | republish s |"
        " curve p50 ms | rows of it |\n|---|---|---|---|---|---|---|---|"
    )
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(measured(size, Path(folder)), flush=True)


def measured(size: int, folder: Path) -> str:
    """Fill a store of ``size`` snapshots, measure it, give its line of the table."""
    clock = [START + timedelta(days=DAYS, minutes=-31)]
    store, facts = filled(size, folder, now=lambda: clock[0])
    publisher = Publisher(store, folder / "published", now=lambda: clock[0], version="benchmark")
    tell("republish_all")
    republished = seconds(publisher.republish_all)
    published: list[float] = []
    for number in range(TICKS):
        tell(f"publish {number + 1} of {TICKS}")
        clock[0] += timedelta(minutes=1)
        store.record(tick(facts, clock[0], number))
        published.append(seconds(lambda: publisher.publish([])))
    tell("total curve")
    curves = [seconds(lambda: total_curve(folder / "published")) for _ in range(READS)]
    with store.reading() as (database, _):
        stored, today = database.rows(
            "SELECT count(*) AS stored, count(*) FILTER (WHERE observed_at >= $day) AS today"
            " FROM snapshot",
            {"day": START + timedelta(days=DAYS - 1)},
        ).row(0)
    height = total_curve(folder / "published").height
    store.close()
    tell("")
    return (
        f"| {stored:,} | {len(facts):,} | {today:,} | {statistics.median(published) * 1000:,.0f}"
        f" | {max(published) * 1000:,.0f} | {republished:,.1f}"
        f" | {statistics.median(curves) * 1000:,.1f} | {height:,} |"
    )


def filled(
    size: int, folder: Path, *, now: Callable[[], datetime]
) -> tuple[Store, list[Broadcast]]:
    """Give a store of about ``size`` snapshots in ``folder``, its minutes counted, with its broadcasts."""
    facts = [broadcast(number) for number in range(max(1, size // STEPS))]
    store = Store.open(folder / "store.duckdb", now=now, simulated=True)
    store.event.save_programme(Programme(key="test", names=NAMES, time_zone="UTC"), [edition()])
    store.record(Tick(at=START, broadcasts=tuple(facts)))
    fill(store, facts)
    tell("rebuild_rollups")
    store.rebuild_rollups()
    return store, facts


def total_curve(folder: Path) -> pl.DataFrame:
    """What a dashboard does for the curve of an edition."""
    return cumulative(ReadModel(folder).open().edition_minutes(EDITION))


def fill(store: Store, facts: list[Broadcast]) -> None:
    """Append snapshots as the table has them, a hundred steps at a time."""
    keys = pl.DataFrame(
        {
            "broadcast": [one.key for one in facts],
            "platform": [one.platform for one in facts],
            "number": range(len(facts)),
        }
    )
    with store.reading() as (database, memory), database.transaction():
        for rows in steps(keys):
            whole = rows.hstack([named(memory.definitions, rows)]).select(STORED_COLUMNS)
            database.append("snapshot", whole, tick=memory.tick)


def steps(keys: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Counters that grow, viewers that come and go; broadcasts take turns within seven minutes."""
    number, step = pl.col("number"), pl.col("step")
    for first in range(0, STEPS, 100):
        tell(f"filling step {first} of {STEPS}")
        some = pl.DataFrame({"step": range(first, min(first + 100, STEPS))})
        minute = step * EVERY + number % EVERY
        views = 1_000 + step * (50 + number % 37) + (number * 31 + step * 17) % 40
        yield some.join(keys, how="cross").select(
            "broadcast",
            "platform",
            poll_id=2 * step + 1 + (pl.col("platform") == YOUTUBE).cast(pl.Int64),
            observed_at=pl.lit(START).cast(pl.Datetime("us", "UTC")) + pl.duration(minutes=minute),
            status=pl.lit(str(Status.LIVE)),
            views=views,
            concurrent_viewers=(number * 7 + step * 13) % 900,
            likes=views // 50,
            comments=views // 500,
            shares=pl.lit(None, dtype=pl.Int64),
            impressions=pl.lit(None, dtype=pl.Int64),
            off_air_viewers=pl.lit(None, dtype=pl.Int64),
            source=pl.lit("videos"),
        )


def tick(facts: list[Broadcast], at: datetime, number: int) -> Tick:
    """One minute's poll of one batch."""
    taken = tuple(
        (2 * STEPS + 1 + number, snapshot(one.key, at, 10_000_000 + number))
        for one in facts[:TICK_ROWS]
    )
    return Tick(at=at, snapshots=taken)


def snapshot(key: str, at: datetime, views: int) -> Snapshot:
    """What a poll of a live broadcast gives."""
    return Snapshot(
        broadcast=key,
        observed_at=at,
        status=Status.LIVE,
        source="videos",
        views=views,
        concurrent_viewers=500,
        likes=views // 50,
    )


def broadcast(number: int) -> Broadcast:
    """One of many, on two platforms."""
    platform = YOUTUBE if number % 4 else "icecast"
    return Broadcast(
        key=f"{platform}:VIDEO{number:06d}",
        platform=platform,
        account=f"{platform}:@test",
        native_id=f"VIDEO{number:06d}",
        title=f"Broadcast {number}",
        url="https://example.org/",
        status=Status.LIVE,
        published_at=None,
        scheduled_at=None,
        started_at=START,
        ended_at=None,
        discovered_at=START,
        edition=EDITION,
    )


def edition() -> Edition:
    """The one that all broadcasts count for."""
    return Edition(
        key=EDITION,
        names=NAMES,
        city=NAMES,
        starts_at=START,
        ends_at=START + timedelta(days=DAYS),
        target_views=None,
        reported_views=None,
        reported_visitors=None,
    )


def seconds(do: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def tell(what: str) -> None:
    """One line of progress on standard error, in the place of the last, where somebody looks."""
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000_000, 10_000_000])
