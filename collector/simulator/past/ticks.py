"""The ticks that a collector would have recorded by the time the demo starts.

The whole earlier edition and the current one's past days: one tick a UTC day, at the cadence of a
real collector, with two blackouts in which nothing was seen. Nothing here is polled over HTTP,
and every poll says so: purpose ``history``, source ``simulator``.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from collector.simulator.past.polls import PastPolls, icecast_polls, video_polls
from collector.simulator.world.scenario import Scenario
from storage.model import Broadcast, GapReason, Miss, Poll, Snapshot, Tick

SOURCE = "simulator"
PURPOSE = "history"


@dataclass(frozen=True, kw_only=True, slots=True)
class Blackout:
    """A time in which a platform (``None``: any) was polled and did not answer."""

    since: datetime
    until: datetime
    platform: str | None
    reason: GapReason

    def covers(self, platform: str, at: datetime) -> bool:
        """Tell whether ``platform`` was silent at ``at``."""
        return self.platform in (None, platform) and self.since <= at < self.until


@dataclass(kw_only=True)
class _Day:
    """What one platform gave on one UTC day, before polls are numbered."""

    snapshots: list[Snapshot] = field(default_factory=list[Snapshot])
    missed: defaultdict[GapReason, list[tuple[datetime, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    broadcasts: dict[str, Broadcast] = field(default_factory=dict[str, Broadcast])


def simulate_history(
    scenario: Scenario, *, address: str, next_poll_id: Callable[[], int]
) -> Iterator[Tick]:
    """Yield the past in order of time, a tick per UTC day on which anything was polled.

    ``address`` is that of the simulated Icecast server, which is part of its broadcasts' identity.
    Broadcasts come with their edition; their facts are as of the tick.
    """
    blackouts = blackouts_of(scenario)
    days: defaultdict[date, defaultdict[str, _Day]] = defaultdict(lambda: defaultdict(_Day))
    pasts: list[PastPolls] = [*video_polls(scenario), *icecast_polls(scenario, address)]
    for past in pasts:
        _sort_in(past, blackouts, days)
    for _, platforms in sorted(days.items()):
        yield _tick(platforms, next_poll_id)


def blackouts_of(scenario: Scenario) -> tuple[Blackout, ...]:
    """Return when nothing was seen: a network failure last time, a platform's failure this time."""
    network_failed = scenario.earlier.starts_at + timedelta(days=2, hours=17, minutes=40)
    platform_failed = scenario.current.starts_at + timedelta(days=1, hours=15, minutes=20)
    return (
        Blackout(
            since=network_failed,
            until=network_failed + timedelta(minutes=25),
            platform=None,
            reason=GapReason.UNREACHABLE,
        ),
        Blackout(
            since=platform_failed,
            until=platform_failed + timedelta(minutes=12),
            platform="youtube",
            reason=GapReason.SERVER_ERROR,
        ),
    )


def _sort_in(
    past: PastPolls,
    blackouts: Sequence[Blackout],
    days: defaultdict[date, defaultdict[str, _Day]],
) -> None:
    newest: dict[date, datetime] = {}
    for at in past.polled_at:
        day = days[at.date()][past.platform]
        reasons = [out.reason for out in blackouts if out.covers(past.platform, at)]
        if reasons:
            day.missed[reasons[0]].append((at, past.key))
            continue
        snapshot = past.counts(at)
        if snapshot is None:
            break  # deleted: the collector will find that out
        day.snapshots.append(snapshot)
        newest[at.date()] = at
    for on, at in newest.items():
        broadcast = past.facts(at)
        if broadcast is not None:
            days[on][past.platform].broadcasts[broadcast.key] = broadcast


def _tick(platforms: dict[str, _Day], next_poll_id: Callable[[], int]) -> Tick:
    polls: list[Poll] = []
    snapshots: list[tuple[int, Snapshot]] = []
    misses: list[Miss] = []
    for platform, day in sorted(platforms.items()):
        if day.snapshots:
            times = [snapshot.observed_at for snapshot in day.snapshots]
            poll = _poll(next_poll_id(), platform, times, "ok")
            polls.append(poll)
            snapshots.extend((poll.poll_id, snapshot) for snapshot in day.snapshots)
        for reason, missed in sorted(day.missed.items()):
            poll = _poll(next_poll_id(), platform, [at for at, _ in missed], reason)
            polls.append(poll)
            misses.extend(
                Miss(broadcast=key, at=at, reason=reason, poll_id=poll.poll_id)
                for at, key in missed
            )
    return Tick(
        at=max(poll.finished_at for poll in polls),
        polls=tuple(polls),
        snapshots=tuple(sorted(snapshots, key=lambda numbered: numbered[1].observed_at)),
        misses=tuple(sorted(misses, key=lambda miss: miss.at)),
        broadcasts=tuple(
            broadcast for day in platforms.values() for broadcast in day.broadcasts.values()
        ),
    )


def _poll(poll_id: int, platform: str, times: Sequence[datetime], outcome: str) -> Poll:
    is_ok = outcome == "ok"
    return Poll(
        poll_id=poll_id,
        platform=platform,
        purpose=PURPOSE,
        source=SOURCE,
        started_at=min(times),
        finished_at=max(times),
        asked=len(times),
        answered=len(times) if is_ok else 0,
        requests=len(set(times)),
        outcome=outcome,
        error=None if is_ok else f"{platform}: simulated outage ({outcome})",
    )
