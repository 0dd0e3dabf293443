"""The seeded demo: an institution's open days, an earlier edition and the one going on now.

Everything hangs on the instant the demo starts. The days before it follow local hours; today's
broadcasts follow the start itself, so that something is on the air whenever the demo is started.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from collector.simulator.world import radio, simulcast, timetable, titles
from collector.simulator.world.factory import VideoFactory, make_channel
from collector.simulator.world.protocol import Channel
from collector.simulator.world.scripted import ScriptedWorld
from collector.simulator.world.video import Connection, SimulatedVideo
from storage.model import Edition, Names, Programme

ZONE = ZoneInfo("Africa/Casablanca")
TARGET_VIEWS = 20_000_000
#: The edition has five days, and the demo starts on the fourth.
DAYS = 5
DAYS_BEFORE = 3
#: Fifty-two weeks: the earlier edition began on the same day of the week.
EDITIONS_APART = timedelta(weeks=52)
#: Where the earlier edition's total is measured: by then its replays have nearly ceased.
SETTLED_AFTER = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """The event and the world in which it takes place."""

    start: datetime
    programme: Programme
    earlier: Edition
    current: Edition
    main: Channel
    second: Channel
    others: simulcast.Presences
    world: ScriptedWorld

    @property
    def editions(self) -> tuple[Edition, Edition]:
        """Return both editions, the earlier one first."""
        return (self.earlier, self.current)

    @property
    def radio_name(self) -> str:
        """Return the name of the Icecast account."""
        return titles.RADIO

    def edition_at(self, at: datetime) -> Edition | None:
        """Return the edition that was on at ``at``."""
        for edition in self.editions:
            if edition.starts_at <= at < edition.ends_at:
                return edition
        return None


def build_scenario(start: datetime, *, seed: int) -> Scenario:
    """Return the scenario of a demo that starts at ``start``; equal arguments, equal scenario."""
    random = Random(f"{seed}:totals")  # noqa: S311 - a seeded scenario, not a secret
    main = make_channel(seed, "@OpenDaysSimulated", titles.MAIN_CHANNEL)
    second = make_channel(seed, "@OpenDaysSimulatedLive", titles.SECOND_CHANNEL)
    channels = timetable.Channels(main=main, second=second)

    current = _edition(_local_date(start) - timedelta(days=DAYS_BEFORE), titles.CURRENT_CITY)
    earlier = _edition(
        _local_date(start) - timedelta(days=DAYS_BEFORE) - EDITIONS_APART, titles.EARLIER_CITY
    )

    others = simulcast.presences(seed)

    def everywhere(videos: Sequence[SimulatedVideo]) -> list[SimulatedVideo]:
        return [*videos, *simulcast.simulcasts(others, videos, seed=seed)]

    # The timetable's figures are those of the five platforms together.
    share = 1 / simulcast.ALL_TOGETHER
    today = everywhere(timetable.today(VideoFactory(seed=seed, scale=share), channels, start))
    past = timetable.days(VideoFactory(seed=seed, scale=1), channels, _days(current)[:DAYS_BEFORE])
    past = everywhere(timetable.with_incidents(past, start))
    rest = random.uniform(14.6e6, 15.4e6) - _total(today, start)
    past = _scaled(past, rest, start)

    last_year = everywhere(
        timetable.days(VideoFactory(seed=seed, scale=1), channels, _days(earlier))
    )
    settled_at = earlier.ends_at + SETTLED_AFTER
    last_year = _scaled(last_year, random.uniform(19.8e6, 20.4e6), settled_at)

    connections: list[Connection] = [
        *radio.days(_days(earlier), seed, year=earlier.starts_at.year),
        *radio.days(_days(current)[:DAYS_BEFORE], seed, year=current.starts_at.year),
        *radio.today(start, seed, year=current.starts_at.year),
    ]
    return Scenario(
        start=start,
        programme=Programme(key="simulated-open-days", names=titles.PROGRAMME, time_zone=ZONE.key),
        earlier=earlier,
        current=current,
        main=main,
        second=second,
        others=others,
        world=ScriptedWorld((main, second, *others), [*last_year, *past, *today], connections),
    )


def _edition(first: date, city: Names) -> Edition:
    return Edition(
        key=f"{city.en.lower()}-{first.year}",
        names=titles.edition_names(city, first.year),
        city=city,
        starts_at=_midnight(first),
        ends_at=_midnight(first + timedelta(days=DAYS)),
        target_views=TARGET_VIEWS,
        reported_views=None,
        reported_visitors=None,
    )


def _days(edition: Edition) -> list[datetime]:
    first = _local_date(edition.starts_at)
    return [_midnight(first + timedelta(days=day)) for day in range(DAYS)]


def _local_date(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def _total(videos: Sequence[SimulatedVideo], at: datetime) -> float:
    """Return the plays that count."""
    return sum(video.plays(at) for video in videos if video.counts)


def _scaled(videos: Sequence[SimulatedVideo], total: float, at: datetime) -> list[SimulatedVideo]:
    """Return the videos with their views scaled so that they sum to ``total`` at ``at``."""
    factor = total / _total(videos, at)
    return [replace(video, live_views=video.live_views * factor) for video in videos]
