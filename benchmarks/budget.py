"""Units a day and error of the curves under a quota, for fleets of channels, by replaying a day.

The real roster, batches, cadence and budget under a fake clock; only the network is left out: a
poll is counted and asks the world itself. Finding broadcasts is free here (the public feed).

    python benchmarks/budget.py --channels 20 100 400 2000
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from collector.contract.quota import Bucket
from collector.quota.period import allows, period_start, resets_at
from collector.quota.throttle import (
    UPDATE_EVERY,
    Demand,
    Throttle,
    affordable,
    fit_throttle,
    priority_of,
)
from collector.scheduling.batching import batch_broadcasts
from collector.scheduling.cadence import Cadence, due_at, interval_seconds
from collector.scheduling.due_queue import DueQueue, QueueEntry
from collector.simulator.world.video import SimulatedVideo
from storage.model import Broadcast, Status
from tests.support.stages.fleet import fleet

START = datetime(2026, 5, 18, 7, tzinfo=UTC)  # a Los Angeles midnight
WARM_UP = timedelta(hours=6)  # finds two weeks of earlier broadcasts, and is not counted
DAY = timedelta(days=1)
TICK = timedelta(seconds=15)
CADENCE = Cadence(live_seconds=60, grid_seconds=60)
TRACKED_SECONDS = timedelta(days=14).total_seconds()
BATCH = 50
RESERVE = 300


@dataclass(frozen=True, kw_only=True)
class Design:
    """A way of polling: ``fixed`` seconds for all, or our cadence; alone or in batches."""

    name: str
    fixed: float | None = None
    batched: bool = True
    quota: int | None = None


DESIGNS = (
    Design(name="(a) a job per broadcast, each 60 s", fixed=60, batched=False),
    Design(name="(b) all on a grid of 5 minutes", fixed=300),
    Design(name="(c) a job per broadcast, our cadence", batched=False),
    Design(name="LiveTally"),
    Design(name="LiveTally, quota 10,000", quota=10_000),
    Design(name="LiveTally, quota 2,000", quota=2_000),
)


class Replay:
    """One design over one fleet; ``polled`` holds the times at which each broadcast was read."""

    def __init__(self, design: Design, airings: list[SimulatedVideo]) -> None:
        self.design = design
        self.airings = {f"youtube:{one.native_id}": one for one in airings}
        self.polled: defaultdict[str, list[float]] = defaultdict(list)
        self.units: defaultdict[object, int] = defaultdict(int)
        self.refused = 0
        self.stretch = Throttle()
        self.roster = DueQueue((), START)
        self.bucket = Bucket(
            name="units",
            units=design.quota or sys.maxsize,
            time_zone="America/Los_Angeles",
            reserve_units=min(RESERVE, (design.quota or 10_000) // 10),
        )
        self._unfound = sorted(airings, key=lambda one: one.published_at)
        self._looked_at: datetime | None = None

    def run(self, until: datetime) -> None:
        """Tick through warm-up and the day."""
        now = START - WARM_UP
        while now < until:
            self._discover(now)
            if self.design.quota and (not self._looked_at or now - self._looked_at >= UPDATE_EVERY):
                self._look(now)
            self._tick(now)
            now += TICK

    def _discover(self, now: datetime) -> None:
        while self._unfound and self._unfound[0].published_at <= now:
            one = self._unfound.pop(0)
            broadcast = _facts(one, now)
            if self._interval(broadcast, now) is not None:
                self.roster.add(broadcast, now)

    def _tick(self, now: datetime) -> None:
        due = self.roster.take_due(now)
        if not due:
            return
        if self.design.batched:
            ripe = self.roster.ripest(now) if self.design.fixed is None else []
            batches = batch_broadcasts(due, ripe, size=BATCH, group=lambda _, __: "", now=now)
        else:
            batches = [[entry] for entry in due]
        for batch in batches:
            self._poll(batch, now)

    def _poll(self, batch: list[QueueEntry], now: datetime) -> None:
        answered = self.charged(now)
        self.refused += not answered
        for entry in batch:
            if answered:
                entry.broadcast = _facts(self.airings[entry.broadcast.key], now)
                self.polled[entry.broadcast.key].append(now.timestamp())
            interval = self._interval(entry.broadcast, now)
            if interval is None:
                entry.next_due_at, entry.interval_seconds = None, 0.0
            else:
                entry.interval_seconds = interval
                entry.next_due_at = (
                    due_at(now, interval, CADENCE)
                    if self.design.batched
                    else now + timedelta(seconds=interval)
                )
            self.roster.put(entry)

    def charged(self, now: datetime) -> bool:
        """Charge a poll, if what is left allows it: the collector's ledger without its store."""
        day = period_start(now, self.bucket)
        answered = allows(self.bucket, spent=self.units[day], units=1, from_reserve=False)
        self.units[day] += answered
        return answered

    def _interval(self, broadcast: Broadcast, now: datetime) -> float | None:
        wanted = interval_seconds(
            broadcast, now, CADENCE, tracked_after_end_seconds=TRACKED_SECONDS
        )
        if wanted is None or self.design.fixed is not None:
            return wanted and self.design.fixed
        return self.stretch.interval(
            Demand(priority=priority_of(broadcast, now), interval_seconds=wanted)
        )

    def _look(self, now: datetime) -> None:
        needs = []
        for entry in self.roster.entries.values():
            wanted = interval_seconds(
                entry.broadcast, now, CADENCE, tracked_after_end_seconds=TRACKED_SECONDS
            )
            if wanted is not None and entry.next_due_at is not None:
                needs.append(
                    Demand(
                        priority=priority_of(entry.broadcast, now),
                        interval_seconds=round(wanted, -1),
                    )
                )
        calls = affordable(
            units=self.bucket.units,
            used=self.units[period_start(now, self.bucket)],
            reserve=self.bucket.reserve_units,
            cost=1,
            seconds_left=(resets_at(now, self.bucket) - now).total_seconds(),
        )
        first = self._looked_at is None
        wanted = fit_throttle(needs, calls, BATCH)
        self.stretch = wanted if first else self.stretch.towards(wanted)
        self._looked_at = now


def _facts(one: SimulatedVideo, now: datetime) -> Broadcast:
    status = one.status(now)
    return Broadcast(
        key=f"youtube:{one.native_id}",
        platform="youtube",
        account=one.channel_id,
        native_id=one.native_id,
        title=one.title,
        url="",
        status=status,
        published_at=one.published_at,
        scheduled_at=one.scheduled_at,
        started_at=one.started_at if status in (Status.LIVE, Status.ENDED) else None,
        ended_at=one.ended_at if status is Status.ENDED else None,
        discovered_at=now,
    )


def errors(replay: Replay, until: datetime) -> Iterator[float]:
    """The mean error of each live curve of the day, in per cent of its views at the end."""
    for key, one in replay.airings.items():
        if one.started_at is None or one.ended_at is None:
            continue
        if not one.started_at >= START or one.ended_at > until - timedelta(hours=2):
            continue
        grid = np.arange(one.started_at.timestamp(), one.ended_at.timestamp(), 10.0)
        truth = np.array([one.plays(datetime.fromtimestamp(at, UTC)) for at in grid])
        times = replay.polled.get(key, [])
        read = [one.plays(datetime.fromtimestamp(at, UTC)) for at in times]
        # Nothing was ever read: the whole curve is unknown.
        drawn = np.interp(grid, times, read) if times else np.zeros_like(truth)
        yield float(100 * np.abs(drawn - truth).mean() / max(truth[-1], 1.0))


def main(argv: list[str] | None = None, tell: Callable[[str], None] = print) -> None:
    """Replay every design over every fleet and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, nargs="+", default=[20, 100, 400])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="the designs whose names contain this")
    given = parser.parse_args(argv)
    until = START + DAY
    tell("| channels | design | units a day | refused | live error mean / p95 % |")
    tell("|---|---|---|---|---|")
    for channels in given.channels:
        airings = list(fleet(START, seed=given.seed, channels=channels).videos)
        for design in (one for one in DESIGNS if given.only in one.name):
            replay = Replay(design, airings)
            replay.run(until)
            found = sorted(errors(replay, until))
            mean, p95 = np.mean(found), found[int(0.95 * (len(found) - 1))]
            units = replay.units[period_start(START, replay.bucket)]
            tell(
                f"| {channels} | {design.name} | {units:,} | {replay.refused:,} "
                f"| {mean:.3f} / {p95:.3f} |"
            )


if __name__ == "__main__":
    main()
