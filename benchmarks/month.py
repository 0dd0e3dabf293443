"""What grows in a month of three editions, and how fast: files, manifest, database, time to publish.

The clock is simulated, the store, its file and the publisher are real. Editions of five days begin on
days 2, 12 and 22 (of every thirty): ten broadcasts on two platforms are on the air eight hours a day
and polled every minute, and every hour for three days after that. It is published every ten minutes
while something is on the air, and every hour otherwise. No backups are made: seven of them, of the
size of the database each, stand beside it.

    python benchmarks/month.py [days]
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.model import Broadcast, Edition, Names, Poll, Programme, Snapshot, Status, Tick
from storage.read_model.publisher import Publisher
from storage.read_model.reader import ReadModel
from storage.store import Store

START = datetime(2026, 5, 1, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NAMES = Names(ar="Test", fr="Test", en="Test")
BROADCASTS, FIRST_HOUR, HOURS, COOLING = 10, 10, 8, timedelta(days=3)
ROW = "| {} | {} | {} | {:,} | {:,} | {:,} | {:,} | {:,.1f} | {:,.0f} | {:,.0f} | {:,.0f} |"


def main(days: int) -> None:
    """Play the days and print a line every five of them."""
    print("| day | ticks | snapshots | files | of them days | published kB | manifest kB"
          " | database MB | publish ms | first read ms | refresh ms |\n|" + "---|" * 11)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        play(Path(folder), days)


def play(folder: Path, days: int) -> None:
    """Record and publish minute by minute."""
    clock, counts, published = [START], [0, 0], list[float]()
    store = Store.open(folder / "livetally.duckdb", now=lambda: clock[0], simulated=True)
    editions = editions_of(days)
    store.event.save_programme(Programme(key="test", names=NAMES, time_zone="UTC"), editions)
    publisher = Publisher(store, folder / "published", now=lambda: clock[0], version="benchmark")
    known: dict[str, Broadcast] = {}
    while clock[0] < START + days * DAY:
        at = clock[0] = clock[0] + MINUTE
        on_air = broadcasts_on_air(editions, at)
        begun = [one for one in on_air if one.key not in known]
        known |= {one.key: one for one in begun}
        polled = on_air
        if at.minute == 0:
            polled = [
                one for one in known.values() if one.started_at and at - one.started_at < COOLING
            ]
        if polled or at.minute == 0:
            tick = tick_of(store, polled, begun, at)
            store.record(tick)
            counts = [counts[0] + 1, counts[1] + len(tick.snapshots)]
        if at.minute % (10 if on_air else 60) == 0:
            published.append(seconds(lambda: publisher.publish([])))
        if (at - START) % (5 * DAY) == timedelta():
            print(line(folder, (at - START).days, counts, published[-20:], editions), flush=True)
    store.close()


def line(
    folder: Path, day: int, counts: list[int], published: list[float], editions: list[Edition]
) -> str:
    """Weigh what is there."""
    files = [path for path in (folder / "published").rglob("*") if path.is_file()]
    manifest = ReadModel(folder / "published").manifest()
    running = ReadModel(folder / "published")

    def curves() -> None:
        opened = running.open()
        for edition in editions:
            opened.edition_minutes(edition.key)

    def everything() -> None:
        curves()
        running.open().broadcast_minutes()

    return ROW.format(
        day,
        *counts,
        len(files),
        sum(map(len, manifest.days.values())),
        sum(path.stat().st_size for path in files) // 1000,
        (folder / "published" / "manifest.json").stat().st_size // 1000,
        sum(path.stat().st_size for path in folder.glob("livetally.duckdb*")) / 1e6,
        statistics.median(published) * 1000,
        seconds(everything) * 1000,
        statistics.median(seconds(curves) for _ in range(9)) * 1000,
    )


def editions_of(days: int) -> list[Edition]:
    """Return three editions in every thirty days."""
    return [
        Edition(
            key=f"e{first:03}",
            names=NAMES,
            city=NAMES,
            starts_at=START + first * DAY,
            ends_at=START + (first + 5) * DAY,
            target_views=None,
            reported_views=None,
            reported_visitors=None,
        )
        for first in range(2, days, 10)
    ]


def broadcasts_on_air(editions: list[Edition], at: datetime) -> list[Broadcast]:
    """Return the broadcasts of the day, if its edition is on the air."""
    hour = at - at.replace(hour=0, minute=0)
    running = next((one for one in editions if one.starts_at <= at < one.ends_at), None)
    if running is None or not FIRST_HOUR * HOUR <= hour < (FIRST_HOUR + HOURS) * HOUR:
        return []
    return [
        Broadcast(
            key=f"{platform}:{at:%m%d}V{number}",
            platform=platform,
            account=f"{platform}:@test",
            native_id=f"{at:%m%d}V{number}",
            title=f"Broadcast {number} of {at:%d %B}",
            url="https://example.org/",
            status=Status.LIVE,
            published_at=None,
            scheduled_at=None,
            started_at=at,
            ended_at=None,
            discovered_at=at,
            edition=running.key,
        )
        for number in range(BROADCASTS)
        for platform in ("youtube" if number % 3 else "icecast",)
    ]


def tick_of(store: Store, polled: list[Broadcast], begun: list[Broadcast], at: datetime) -> Tick:
    """Return what one round of polling brings."""
    poll_id = store.next_poll_id()
    poll = Poll(
        poll_id=poll_id, platform="youtube", purpose="poll", source="videos", started_at=at,
        finished_at=at, asked=len(polled), answered=len(polled), requests=1, outcome="ok", error=None,
    )  # fmt: skip
    minute = int((at - START) / MINUTE)
    snapshots = tuple(
        (poll_id, snapshot(one.key, at, minute + 37 * number)) for number, one in enumerate(polled)
    )
    facts = tuple(replace(one, discovered_at=at) for one in begun)
    return Tick(at=at, broadcasts=facts, snapshots=snapshots, polls=(poll,))


def snapshot(key: str, at: datetime, number: int) -> Snapshot:
    """Return a count that grows, and viewers that come and go."""
    return Snapshot(
        broadcast=key,
        observed_at=at,
        status=Status.LIVE,
        source="videos",
        views=1_000 * number + number**2 % 997,
        concurrent_viewers=500 + number**2 % 401,
        likes=20 * number,
        comments=number,
        shares=None,
    )


def seconds(do: Callable[[], object]) -> float:
    """Return how long it takes."""
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
