"""When each broadcast of the scenario would have been polled before the demo, and what it said."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zlib import crc32

from collector.simulator.airing import Airing, Connection
from collector.simulator.scenario import SETTLED_AFTER, Scenario
from storage.model import Account, Broadcast, Edition, Snapshot, Status

LIVE_EVERY = timedelta(seconds=60)
UPCOMING_EVERY = timedelta(minutes=10)

Seen = tuple[Broadcast, Snapshot]


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """One broadcast, the instants at which it was asked about, and what it answered."""

    key: str
    platform: str
    asked_at: Sequence[datetime]
    seen: Callable[[datetime], Seen | None]


def accounts(scenario: Scenario, address: str) -> tuple[Account, ...]:
    """Return the event's official accounts; their native ids are left to be resolved."""
    named = (
        ("youtube", scenario.main.handle, scenario.main.title),
        ("youtube", scenario.second.handle, scenario.second.title),
        ("icecast", address, scenario.radio_name),
    )
    return tuple(
        Account(
            key=f"{platform}:{handle}",
            platform=platform,
            handle=handle,
            name=name,
            native_id=None,
            resolved_at=None,
        )
        for platform, handle, name in named
    )


def youtube_pasts(scenario: Scenario) -> Iterator[Past]:
    """Yield every YouTube broadcast that was public before the demo; uploads are left to be found."""
    handles = {one.channel_id: one.handle for one in (scenario.main, scenario.second)}
    for airing in scenario.stage.airings:
        if airing.started_at is None or airing.published_at >= scenario.start:
            continue
        edition = scenario.edition_at(airing.started_at)
        until = _until(scenario, edition)
        yield Past(
            key=f"youtube:{airing.native_id}",
            platform="youtube",
            asked_at=[_arrival(at) for at in _youtube_times(airing, until)],
            seen=_video_seen(airing, f"youtube:{handles[airing.channel_id]}", edition),
        )


def icecast_pasts(scenario: Scenario, address: str) -> Iterator[Past]:
    """Yield every connection of a source that began before the demo."""
    for connection in scenario.stage.connections:
        if connection.started_at >= scenario.start:
            continue
        edition = scenario.edition_at(connection.started_at)
        native_id = icecast_native_id(address, connection)
        times = _every(LIVE_EVERY, connection.started_at, connection.ended_at)
        # The poll that finds the mount gone is the last.
        last = connection.ended_at + LIVE_EVERY
        until = _until(scenario, edition)
        yield Past(
            key=f"icecast:{native_id}",
            platform="icecast",
            asked_at=[_arrival(at) for at in (*times, last) if at < until - LIVE_EVERY],
            seen=_mount_seen(connection, native_id, address, edition),
        )


def icecast_native_id(address: str, connection: Connection) -> str:
    """Return the id that ``collector.platforms.icecast`` gives to a source's connection."""
    begun = connection.started_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{urlsplit(address).netloc}{connection.path}@{begun}"


def _until(scenario: Scenario, edition: Edition | None) -> datetime:
    is_earlier = edition is not None and edition.key == scenario.earlier.key
    return scenario.earlier.ends_at + SETTLED_AFTER if is_earlier else scenario.start


def _youtube_times(airing: Airing, until: datetime) -> Iterator[datetime]:
    """Yield when a broadcast is polled: rarely before it, each minute on the air, ever less after."""
    if airing.started_at is None or airing.ended_at is None:
        return
    for every, since, to in (
        (UPCOMING_EVERY, airing.published_at, airing.started_at),
        (LIVE_EVERY, airing.started_at, airing.ended_at),
    ):
        yield from (at for at in _every(every, since, to) if at < until - LIVE_EVERY)
    age = 60.0
    while airing.ended_at + timedelta(seconds=age) < until - LIVE_EVERY:
        yield _whole_minute(airing.ended_at + timedelta(seconds=age))
        # The cadence after the end: 0.66 age^0.77 seconds, between two minutes and a day.
        age += min(max(0.66 * age**0.77, 120.0), 86_400.0)


def _every(step: timedelta, since: datetime, to: datetime) -> Iterator[datetime]:
    at = _whole_minute(since)
    while at < to:
        yield at
        at += step


def _whole_minute(at: datetime) -> datetime:
    """Return the next whole minute: due times align so that one call carries many broadcasts."""
    utc = at.astimezone(UTC)
    floor = utc.replace(second=0, microsecond=0)
    return floor if floor == utc else floor + timedelta(minutes=1)


def _arrival(at: datetime) -> datetime:
    """Return when the answer to a call of ``at`` arrives: a little later, alike for all in it."""
    late = 150 + crc32(at.isoformat().encode()) % 700
    return at + timedelta(milliseconds=late)


def _video_seen(
    airing: Airing, account: str, edition: Edition | None
) -> Callable[[datetime], Seen | None]:
    discovered_at = _arrival(_whole_minute(airing.published_at))

    def seen(at: datetime) -> Seen | None:
        video = airing.at(at)
        if video is None:
            return None
        key = f"youtube:{video.native_id}"
        broadcast = Broadcast(
            key=key,
            platform="youtube",
            account=account,
            native_id=video.native_id,
            title=video.title,
            url=f"https://www.youtube.com/watch?v={video.native_id}",
            status=video.status,
            published_at=video.published_at,
            scheduled_at=video.scheduled_at,
            started_at=video.started_at,
            ended_at=video.ended_at,
            discovered_at=discovered_at,
            edition=None if edition is None else edition.key,
        )
        snapshot = Snapshot(
            broadcast=key,
            observed_at=at,
            status=video.status,
            source="simulator",
            views=video.views,
            concurrent_viewers=video.concurrent_viewers,
            likes=video.likes,
            comments=video.comments,
        )
        return broadcast, snapshot

    return seen


def _mount_seen(
    connection: Connection, native_id: str, address: str, edition: Edition | None
) -> Callable[[datetime], Seen]:
    discovered_at = _arrival(_whole_minute(connection.started_at))
    first = connection.at(connection.started_at)
    title = (first.title if first else None) or connection.server_name

    def seen(at: datetime) -> Seen:
        mount = connection.at(at)
        status = Status.ENDED if mount is None else Status.LIVE
        broadcast = Broadcast(
            key=f"icecast:{native_id}",
            platform="icecast",
            account=f"icecast:{address}",
            native_id=native_id,
            title=title,
            url=f"{address}{connection.path}",
            status=status,
            published_at=connection.started_at,
            scheduled_at=None,
            started_at=connection.started_at,
            ended_at=at if mount is None else None,
            discovered_at=discovered_at,
            edition=None if edition is None else edition.key,
        )
        snapshot = Snapshot(
            broadcast=broadcast.key,
            observed_at=at,
            status=status,
            source="simulator",
            concurrent_viewers=None if mount is None else mount.listeners,
        )
        return broadcast, snapshot

    return seen
