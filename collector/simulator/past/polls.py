"""The polls of each broadcast before the demo: when they would have been, and what they read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zlib import crc32

from collector.simulator.past.records import RECORDED_AS, broadcast_of, snapshot_of
from collector.simulator.world.protocol import Channel
from collector.simulator.world.scenario import SETTLED_AFTER, Scenario
from collector.simulator.world.video import Connection, SimulatedVideo
from storage.model import Account, Broadcast, Edition, Snapshot, Status

LIVE_EVERY = timedelta(seconds=60)
UPCOMING_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class PastPolls:
    """One broadcast, the instants at which it was polled, and what the polls read.

    ``counts`` and ``facts`` are ``None`` from when it is deleted.
    """

    key: str
    platform: str
    polled_at: Sequence[datetime]
    counts: Callable[[datetime], Snapshot | None]
    facts: Callable[[datetime], Broadcast | None]


def official_accounts(scenario: Scenario, address: str) -> tuple[Account, ...]:
    """Return the event's official accounts, with the ids that their past was polled by."""
    official = [
        Account(
            key=f"{channel.platform}:{channel.handle}",
            platform=channel.platform,
            handle=channel.handle,
            name=channel.title,
            native_id=channel.channel_id,
            resolved_at=scenario.earlier.starts_at,
        )
        for channel in scenario.world.channels()
    ]
    radio = Account(
        key=f"icecast:{address}",
        platform="icecast",
        handle=address,
        name=scenario.radio_name,
        native_id=None,
        resolved_at=None,
    )
    return (*official, radio)


def video_polls(scenario: Scenario) -> Iterator[PastPolls]:
    """Yield every broadcast and clip that was public before the demo; uploads are left to be found."""
    channels = {channel.channel_id: channel for channel in scenario.world.channels()}
    for video in scenario.world.videos:
        is_upload = video.status(video.begins_at) is Status.UPLOAD
        if not is_upload and video.published_at < scenario.start:
            yield _video_polls(scenario, video, channels[video.channel_id])


def icecast_polls(scenario: Scenario, address: str) -> Iterator[PastPolls]:
    """Yield every connection of a source that began before the demo."""
    for connection in scenario.world.connections:
        if connection.started_at < scenario.start:
            yield _mount_polls(scenario, connection, address)


def icecast_native_id(address: str, connection: Connection) -> str:
    """Return the id that ``collector.platforms.icecast`` gives to a source's connection."""
    begun = connection.started_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{urlsplit(address).netloc}{connection.path}@{begun}"


def _until(scenario: Scenario, edition: Edition | None) -> datetime:
    is_earlier = edition is not None and edition.key == scenario.earlier.key
    return scenario.earlier.ends_at + SETTLED_AFTER if is_earlier else scenario.start


def _video_times(video: SimulatedVideo, channel: Channel, until: datetime) -> Iterator[datetime]:
    """Yield when it is polled: rarely before it, each minute on the air, ever less after."""
    since = video.published_at
    if video.started_at and video.ended_at and RECORDED_AS[channel.platform].tells_state:
        since = video.ended_at
        for every, begun, to in (
            (UPCOMING_EVERY, video.published_at, video.started_at),
            (LIVE_EVERY, video.started_at, video.ended_at),
        ):
            yield from (at for at in _every(every, begun, to) if at < until - LIVE_EVERY)
    age = 60.0
    while since + timedelta(seconds=age) < until - LIVE_EVERY:
        yield _next_minute(since + timedelta(seconds=age))
        # The cadence after the end: 0.66 age^0.77 seconds, between two minutes and a day.
        age += min(max(0.66 * age**0.77, 120.0), 86_400.0)


def _every(step: timedelta, since: datetime, to: datetime) -> Iterator[datetime]:
    at = _next_minute(since)
    while at < to:
        yield at
        at += step


def _next_minute(at: datetime) -> datetime:
    """Return the next whole minute: due times align so that one call carries many broadcasts."""
    utc = at.astimezone(UTC)
    floor = utc.replace(second=0, microsecond=0)
    return floor if floor == utc else floor + timedelta(minutes=1)


def _arrival(at: datetime) -> datetime:
    """Return when the answer to a call of ``at`` arrives: a little later, alike for all in it."""
    late = 150 + crc32(at.isoformat().encode()) % 700
    return at + timedelta(milliseconds=late)


def _video_polls(scenario: Scenario, video: SimulatedVideo, channel: Channel) -> PastPolls:
    edition = scenario.edition_at(video.begins_at)
    discovered_at = _arrival(_next_minute(video.published_at))

    def counts(at: datetime) -> Snapshot | None:
        public = video.observe(at)
        return None if public is None else snapshot_of(public, channel, at)

    def facts(at: datetime) -> Broadcast | None:
        public = video.observe(at)
        if public is None:
            return None
        return broadcast_of(public, channel, discovered_at=discovered_at, edition=edition)

    times = _video_times(video, channel, _until(scenario, edition))
    return PastPolls(
        key=f"{channel.platform}:{video.native_id}",
        platform=channel.platform,
        polled_at=[_arrival(at) for at in times],
        counts=counts,
        facts=facts,
    )


def _mount_polls(scenario: Scenario, connection: Connection, address: str) -> PastPolls:
    edition = scenario.edition_at(connection.started_at)
    native_id = icecast_native_id(address, connection)
    key = f"icecast:{native_id}"
    discovered_at = _arrival(_next_minute(connection.started_at))
    first = connection.observe(connection.started_at)
    title = (first.title if first else None) or connection.server_name

    def counts(at: datetime) -> Snapshot:
        mount = connection.observe(at)
        return Snapshot(
            broadcast=key,
            observed_at=at,
            status=Status.ENDED if mount is None else Status.LIVE,
            source="status-json",
            concurrent_viewers=None if mount is None else mount.listeners,
        )

    def facts(at: datetime) -> Broadcast:
        is_over = connection.observe(at) is None
        return Broadcast(
            key=key,
            platform="icecast",
            account=f"icecast:{address}",
            native_id=native_id,
            title=title,
            url=f"{address}{connection.path}",
            status=Status.ENDED if is_over else Status.LIVE,
            published_at=connection.started_at,
            started_at=connection.started_at,
            ended_at=at if is_over else None,
            discovered_at=discovered_at,
            edition=None if edition is None else edition.key,
        )

    times = _every(LIVE_EVERY, connection.started_at, connection.ended_at)
    until = _until(scenario, edition)
    # The poll that finds the mount gone is the last.
    last = connection.ended_at + LIVE_EVERY
    return PastPolls(
        key=key,
        platform="icecast",
        polled_at=[_arrival(at) for at in (*times, last) if at < until - LIVE_EVERY],
        counts=counts,
        facts=facts,
    )
