"""The timetable: the days of an edition by local hours, and the day of the demo by its start.

Weights are relative on past days (the scenario scales them to a total) and views on the demo's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collector.simulator.world import titles
from collector.simulator.world.curves import CUT_OFF, RETURNING
from collector.simulator.world.factory import VideoFactory
from collector.simulator.world.protocol import Channel
from collector.simulator.world.video import Correction, SimulatedVideo

_LAST_DAY = 5
#: The platform takes back one view in a hundred.
CORRECTED_SHARE = 0.01


@dataclass(frozen=True, kw_only=True, slots=True)
class Channels:
    """The institution's two accounts."""

    main: Channel
    second: Channel


def days(
    factory: VideoFactory, channels: Channels, midnights: Sequence[datetime]
) -> list[SimulatedVideo]:
    """Return the broadcasts and uploads of whole days, given each local midnight."""
    videos: list[SimulatedVideo] = []
    for day, midnight in enumerate(midnights, start=1):
        videos.extend(_main_day(factory, channels.main, midnight, day))
        videos.extend(_second_day(factory, channels.second, midnight, day))
    return videos


def _main_day(
    factory: VideoFactory, channel: Channel, midnight: datetime, day: int
) -> Iterable[SimulatedVideo]:
    morning = titles.OPENING if day == 1 else titles.GROUNDS.format(day=day)
    evening = titles.CLOSING if day == _LAST_DAY else titles.SPECIAL_UNITS
    order = (
        (morning, 10.0, 120, 5.0 if day == 1 else 2.0),
        (titles.K9, 12.75, 60, 3.0),
        (titles.MOUNTED, 15.0, 75, 3.0),
        (evening, 17.0, 90, 4.0),
    )
    late = timedelta(seconds=20 * day)
    for title, hour, minutes, weight in order:
        starts_at = midnight + timedelta(hours=hour)
        yield factory.broadcast(
            channel, title, starts_at, minutes=minutes, weight=weight, late=late
        )
    highlights = titles.HIGHLIGHTS.format(day=day)
    yield factory.upload(channel, highlights, midnight + timedelta(hours=21), weight=0.5)


def _second_day(
    factory: VideoFactory, channel: Channel, midnight: datetime, day: int
) -> Iterable[SimulatedVideo]:
    order = (
        (titles.TRAFFIC_TALK, 11.0, 60, 1.0),
        (titles.CYBER_STAND if day % 2 else titles.FORENSICS, 14.0, 90, 1.2),
        (titles.CHILDREN, 16.5, 45, 0.6),
    )
    for title, hour, minutes, weight in order:
        starts_at = midnight + timedelta(hours=hour)
        yield factory.broadcast(channel, title, starts_at, minutes=minutes, weight=weight)
    behind = titles.BEHIND.format(day=day)
    yield factory.upload(channel, behind, midnight + timedelta(hours=9), weight=0.1)


def with_incidents(past: Sequence[SimulatedVideo], start: datetime) -> list[SimulatedVideo]:
    """Return the past days with a correction of the opening and a deletion before the demo."""
    broadcasts = [video for video in past if video.ended_at is not None]
    opening = next(video for video in broadcasts if video.title == titles.OPENING)
    deleted = [video for video in broadcasts if video.title == titles.CHILDREN][-1]
    corrected_at = (opening.ended_at or start) + timedelta(hours=26)
    incidents = {
        opening.native_id: replace(
            opening, corrections=(Correction(at=corrected_at, share=CORRECTED_SHARE),)
        ),
        deleted.native_id: replace(deleted, deleted_at=start - timedelta(minutes=20)),
    }
    return [incidents.get(video.native_id, video) for video in past]


def today(factory: VideoFactory, channels: Channels, start: datetime) -> list[SimulatedVideo]:
    """Return the day of the demo and the next: something is on the air at ``start`` and after."""
    return [
        *_before(factory, channels, start),
        *_at_start(factory, channels, start),
        *_after(factory, channels, start),
    ]


def _before(factory: VideoFactory, channels: Channels, start: datetime) -> Iterable[SimulatedVideo]:
    def ago(minutes: float) -> datetime:
        return start - timedelta(minutes=minutes)

    grounds = titles.GROUNDS.format(day=4)
    yield factory.broadcast(channels.main, grounds, ago(280), minutes=90, weight=420_000)
    yield factory.broadcast(channels.second, titles.CHILDREN, ago(210), minutes=60, weight=60_000)
    yield factory.upload(channels.second, titles.BEHIND.format(day=4), ago(200), weight=8_000)
    mounted = factory.broadcast(channels.main, titles.MOUNTED, ago(140), minutes=75, weight=330_000)
    taken_back = Correction(at=start + timedelta(minutes=5), share=CORRECTED_SHARE)
    # Its owner hides the likes, and during the demo the platform corrects its views.
    yield replace(mounted, likes_share=None, corrections=(taken_back,))


def _at_start(
    factory: VideoFactory, channels: Channels, start: datetime
) -> Iterable[SimulatedVideo]:
    def after(minutes: float) -> datetime:
        return start + timedelta(minutes=minutes)

    yield factory.broadcast(channels.main, titles.K9, after(-25), minutes=105, weight=420_000)
    cyber = factory.broadcast(
        channels.second, titles.CYBER_STAND, after(-15), minutes=135, weight=100_000
    )
    yield replace(cyber, viewers_hidden=True)

    # The encoder fails three minutes in; ninety seconds later a new broadcast goes on.
    dropped = factory.broadcast(
        channels.second, titles.TRAFFIC_TALK, after(-40), minutes=43, weight=70_000
    )
    yield replace(dropped, shape=CUT_OFF)
    again_at = after(4.5)
    again = factory.broadcast(
        channels.second,
        titles.TRAFFIC_TALK,
        again_at,
        minutes=50,
        weight=60_000,
        announced_at=again_at,
    )
    yield replace(again, shape=RETURNING)
    yield factory.broadcast(
        channels.main,
        titles.MOTORCYCLES,
        after(2),
        minutes=98,
        weight=350_000,
        announced_at=after(-60),
        late=timedelta(seconds=20),
    )


def _after(factory: VideoFactory, channels: Channels, start: datetime) -> Iterable[SimulatedVideo]:
    order = (
        (channels.main, titles.SPECIAL_UNITS, 1.9, 90, 450_000),
        (channels.second, titles.FORENSICS, 2.5, 60, 60_000),
        (channels.main, titles.GROUNDS.format(day=4), 4, 120, 280_000),
        (channels.second, titles.CHILDREN, 6, 45, 40_000),
        (channels.main, titles.GROUNDS.format(day=5), 18, 120, 300_000),
        (channels.main, titles.K9, 20, 60, 350_000),
        (channels.second, titles.CYBER_STAND, 21, 90, 120_000),
        (channels.main, titles.MOUNTED, 22.5, 75, 330_000),
        (channels.main, titles.CLOSING, 24.5, 90, 600_000),
    )
    for channel, title, hours, minutes, weight in order:
        starts_at = start + timedelta(hours=hours)
        yield factory.broadcast(channel, title, starts_at, minutes=minutes, weight=weight)
    yield factory.upload(
        channels.main, titles.HIGHLIGHTS.format(day=4), start + timedelta(hours=3), weight=30_000
    )
