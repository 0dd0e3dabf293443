"""What is on: the days of an edition by local hours, and the day of the demo by its start.

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


def days(cast: VideoFactory, on: Channels, midnights: Sequence[datetime]) -> list[SimulatedVideo]:
    """Return the broadcasts and uploads of whole days, given each local midnight."""
    airings: list[SimulatedVideo] = []
    for day, midnight in enumerate(midnights, start=1):
        airings.extend(_main_day(cast, on.main, midnight, day))
        airings.extend(_second_day(cast, on.second, midnight, day))
    return airings


def _main_day(
    cast: VideoFactory, on: Channel, midnight: datetime, day: int
) -> Iterable[SimulatedVideo]:
    morning = titles.OPENING if day == 1 else titles.GROUNDS.format(day=day)
    evening = titles.CLOSING if day == _LAST_DAY else titles.SPECIAL_UNITS
    order = (
        (morning, 10.0, 120, 5.0 if day == 1 else 2.0),
        (titles.K9, 12.75, 60, 3.0),
        (titles.MOUNTED, 15.0, 75, 3.0),
        (evening, 17.0, 90, 4.0),
    )
    for title, hour, minutes, weight in order:
        starts_at = midnight + timedelta(hours=hour)
        late = timedelta(seconds=20 * day)
        yield cast.broadcast(on, title, starts_at, minutes=minutes, weight=weight, late=late)
    highlights = titles.HIGHLIGHTS.format(day=day)
    yield cast.upload(on, highlights, midnight + timedelta(hours=21), weight=0.5)


def _second_day(
    cast: VideoFactory, on: Channel, midnight: datetime, day: int
) -> Iterable[SimulatedVideo]:
    order = (
        (titles.TRAFFIC_TALK, 11.0, 60, 1.0),
        (titles.CYBER_STAND if day % 2 else titles.FORENSICS, 14.0, 90, 1.2),
        (titles.CHILDREN, 16.5, 45, 0.6),
    )
    for title, hour, minutes, weight in order:
        starts_at = midnight + timedelta(hours=hour)
        yield cast.broadcast(on, title, starts_at, minutes=minutes, weight=weight)
    behind = titles.BEHIND.format(day=day)
    yield cast.upload(on, behind, midnight + timedelta(hours=9), weight=0.1)


def with_incidents(past: Sequence[SimulatedVideo], start: datetime) -> list[SimulatedVideo]:
    """Return the past days with a correction of the opening and a deletion before the demo."""
    broadcasts = [airing for airing in past if airing.ended_at is not None]
    opening = next(airing for airing in broadcasts if airing.title == titles.OPENING)
    deleted = [airing for airing in broadcasts if airing.title == titles.CHILDREN][-1]
    corrected_at = (opening.ended_at or start) + timedelta(hours=26)
    incidents = {
        opening.native_id: replace(
            opening, corrections=(Correction(at=corrected_at, share=CORRECTED_SHARE),)
        ),
        deleted.native_id: replace(deleted, deleted_at=start - timedelta(minutes=20)),
    }
    return [incidents.get(airing.native_id, airing) for airing in past]


def today(cast: VideoFactory, on: Channels, start: datetime) -> list[SimulatedVideo]:
    """Return the day of the demo and the next: something is on the air at ``start`` and after."""
    return [*_before(cast, on, start), *_at_start(cast, on, start), *_after(cast, on, start)]


def _before(cast: VideoFactory, on: Channels, start: datetime) -> Iterable[SimulatedVideo]:
    def ago(minutes: float) -> datetime:
        return start - timedelta(minutes=minutes)

    grounds = titles.GROUNDS.format(day=4)
    yield cast.broadcast(on.main, grounds, ago(280), minutes=90, weight=420_000)
    yield cast.broadcast(on.second, titles.CHILDREN, ago(210), minutes=60, weight=60_000)
    yield cast.upload(on.second, titles.BEHIND.format(day=4), ago(200), weight=8_000)
    mounted = cast.broadcast(on.main, titles.MOUNTED, ago(140), minutes=75, weight=330_000)
    taken_back = Correction(at=start + timedelta(minutes=5), share=CORRECTED_SHARE)
    # Its owner hides the likes, and during the demo the platform corrects its views.
    yield replace(mounted, likes_share=None, corrections=(taken_back,))


def _at_start(cast: VideoFactory, on: Channels, start: datetime) -> Iterable[SimulatedVideo]:
    def at(minutes: float) -> datetime:
        return start + timedelta(minutes=minutes)

    yield cast.broadcast(on.main, titles.K9, at(-25), minutes=105, weight=420_000)
    cyber = cast.broadcast(on.second, titles.CYBER_STAND, at(-15), minutes=135, weight=100_000)
    yield replace(cyber, viewers_hidden=True)

    # The encoder fails three minutes in; ninety seconds later a new broadcast goes on.
    dropped = cast.broadcast(on.second, titles.TRAFFIC_TALK, at(-40), minutes=43, weight=70_000)
    yield replace(dropped, shape=CUT_OFF)
    again_at = at(4.5)
    again = cast.broadcast(
        on.second, titles.TRAFFIC_TALK, again_at, minutes=50, weight=60_000, announced_at=again_at
    )
    yield replace(again, shape=RETURNING)
    yield cast.broadcast(
        on.main,
        titles.MOTORCYCLES,
        at(2),
        minutes=98,
        weight=350_000,
        announced_at=at(-60),
        late=timedelta(seconds=20),
    )


def _after(cast: VideoFactory, on: Channels, start: datetime) -> Iterable[SimulatedVideo]:
    order = (
        (on.main, titles.SPECIAL_UNITS, 1.9, 90, 450_000),
        (on.second, titles.FORENSICS, 2.5, 60, 60_000),
        (on.main, titles.GROUNDS.format(day=4), 4, 120, 280_000),
        (on.second, titles.CHILDREN, 6, 45, 40_000),
        (on.main, titles.GROUNDS.format(day=5), 18, 120, 300_000),
        (on.main, titles.K9, 20, 60, 350_000),
        (on.second, titles.CYBER_STAND, 21, 90, 120_000),
        (on.main, titles.MOUNTED, 22.5, 75, 330_000),
        (on.main, titles.CLOSING, 24.5, 90, 600_000),
    )
    for channel, title, hours, minutes, weight in order:
        starts_at = start + timedelta(hours=hours)
        yield cast.broadcast(channel, title, starts_at, minutes=minutes, weight=weight)
    yield cast.upload(
        on.main, titles.HIGHLIGHTS.format(day=4), start + timedelta(hours=3), weight=30_000
    )
