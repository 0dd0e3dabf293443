"""Rehearsal of an edition's busiest hours: the real collector on simulated platforms.

HTTP on loopback, the real collector and DuckDB; only the clock and the platforms are made up.
"""

import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import yaml

from collector.app import Collector, collector
from collector.config.expected import Expected, with_assumptions
from collector.config.load import Config, load_config
from collector.planning.edition_plan import plan_edition, planned_broadcasts
from collector.planning.result import Measured, RehearsalResult
from collector.planning.timetable import PlannedBroadcast
from collector.quota.period import period_start
from collector.simulator.platforms import Platforms
from collector.simulator.wire.server import serving
from collector.simulator.world import simulcast
from collector.simulator.world.factory import VideoFactory, make_channel
from collector.simulator.world.protocol import Channel
from collector.simulator.world.scripted import ScriptedWorld
from collector.simulator.world.video import SimulatedVideo
from storage.model import Account, Edition

#: The platforms that can be simulated with accounts of their own.
SIMULATED = ("youtube", "facebook", "instagram", "x", "tiktok")
HOURS = 6
_SEED = 1
_VIEWS = 20_000
#: Units by bucket and first day of its period.
_Spent: TypeAlias = dict[tuple[str, date], int]


async def run_rehearsal(
    config: Config,
    edition: Edition,
    *,
    progress: Callable[[Sequence[datetime]], Iterable[datetime]],
    hours: float = HOURS,
) -> RehearsalResult:
    """Run the busiest hours of the edition's first day; ``progress`` is given each minute of them."""
    length = timedelta(hours=hours)
    channels = _channels(config.accounts)
    with tempfile.TemporaryDirectory(prefix="livetally-plan-") as folder:
        path = Path(folder) / "config.yaml"
        _write(path, config, edition, channels, {})
        sketch = load_config(path, environment={})
        _, planned = planned_broadcasts(sketch, sketch.editions[0])
        begins = _busiest(planned, sketch.editions[0], length)
        ends, clock = begins + length, [begins]
        world = ScriptedWorld(list(channels.values()), list(_videos(planned, channels)))
        with serving(world, now=lambda: clock[0]) as platforms:
            platforms.save_tokens(Path(folder) / "tokens")
            _write(path, config, edition, channels, platforms.sections)
            simulated = load_config(path, environment=platforms.environment)
            step = timedelta(seconds=min(60.0, simulated.cadence.grid_seconds))
            minutes = [begins + step * number for number in range(int((ends - begins) / step))]
            async with collector(simulated, now=lambda: clock[0]) as ready:
                measured = await _measure(ready, platforms, clock, progress(minutes))
            plan = plan_edition(simulated, simulated.editions[0], hours=(begins, ends))
    names = {account.platform for account in config.accounts}
    left_out = tuple(sorted(names - set(SIMULATED)))
    return RehearsalResult(
        begins=begins, ends=ends, plan=plan, measured=measured, left_out=left_out
    )


def _busiest(planned: Sequence[PlannedBroadcast], edition: Edition, length: timedelta) -> datetime:
    """Return when the hours with the most airtime begin."""

    def airtime(begins: datetime) -> timedelta:
        overlaps = (
            min(broadcast.ends_at, begins + length) - max(broadcast.starts_at, begins)
            for broadcast in planned
        )
        return sum((overlap for overlap in overlaps if overlap > timedelta(0)), timedelta(0))

    hours = int((edition.ends_at - edition.starts_at - length) / timedelta(hours=1))
    starts = [edition.starts_at + timedelta(hours=number) for number in range(hours + 1)]
    return max(starts, key=airtime)


async def _measure(
    ready: Collector, platforms: Platforms, clock: list[datetime], minutes: Iterable[datetime]
) -> tuple[Measured, ...]:
    polls, discoveries = Counter[str](), Counter[str]()
    spent: _Spent = {}
    spent_at_first: _Spent = {}
    discovered_at: datetime | None = None
    every = timedelta(seconds=ready.config.cadence.discovery_seconds)
    for clock[0] in minutes:
        if discovered_at is None:
            # The first discovery also resolves the handles and lists what was there before.
            await ready.discover()
            discoveries = Counter(
                tracker.platform.name for tracker in ready.trackers for _ in tracker.accounts
            )
            discovered_at, spent_at_first = clock[0], await _units_spent(ready, clock[0])
        elif clock[0] - discovered_at >= every:
            discoveries += await _calls_during(ready.discover, platforms)
            discovered_at = clock[0]
        polls += await _calls_during(ready.poll, platforms)
        spent |= await _units_spent(ready, clock[0])
    return tuple(
        Measured(
            platform=tracker.platform.name,
            polls=polls[tracker.platform.name],
            discovery_calls=discoveries[tracker.platform.name],
            units={
                bucket.name: sum(
                    units - spent_at_first.get((name, day), 0)
                    for (name, day), units in spent.items()
                    if name == bucket.name
                )
                for bucket in tracker.platform.buckets
            },
        )
        for tracker in ready.trackers
    )


async def _units_spent(ready: Collector, now: datetime) -> _Spent:
    return {
        (bucket.name, period_start(now, bucket)): await tracker.meter.spent(bucket)
        for tracker in ready.trackers
        for bucket in tracker.platform.buckets
    }


async def _calls_during(job: Callable[[], Awaitable[object]], platforms: Platforms) -> Counter[str]:
    before = _calls_served(platforms)
    await job()
    return _calls_served(platforms) - before


def _calls_served(platforms: Platforms) -> Counter[str]:
    return Counter({name: getattr(platforms, name).calls.total() for name in SIMULATED})


def _channels(accounts: Iterable[Account]) -> dict[str, Channel]:
    """Return a simulated channel for each account that can have one, by the account's key."""
    channels: dict[str, Channel] = {}
    for number, account in enumerate(accounts):
        handle = f"simulated{number:04}"
        if account.platform == "youtube":
            channels[account.key] = make_channel(_SEED, f"@{handle}", account.name)
        elif account.platform in SIMULATED:
            presences = simulcast.presences(_SEED * 1000 + number, handle)
            channels[account.key] = getattr(presences, account.platform)
    return channels


def _videos(
    planned: Iterable[PlannedBroadcast], channels: Mapping[str, Channel]
) -> Iterator[SimulatedVideo]:
    by_account = {f"{channel.platform}:{channel.handle}": channel for channel in channels.values()}
    factory = VideoFactory(seed=_SEED, scale=1)
    for broadcast in planned:
        on = by_account[broadcast.account.key]
        video = factory.broadcast(
            on,
            broadcast.native_id,
            broadcast.starts_at,
            minutes=(broadcast.ends_at - broadcast.starts_at).total_seconds() / 60,
            weight=_VIEWS,
            announced_at=broadcast.appears_at,
        )
        match broadcast.account.platform:
            case "facebook":
                yield simulcast.facebook_live(on, video, _SEED)
            case "instagram":
                yield simulcast.instagram_live(on, video, _SEED)
            case "x":
                yield simulcast.x_post(on, video, _SEED)
            case "tiktok":
                yield simulcast.clip(on, video, broadcast.starts_at, simulcast.ON_TIKTOK, _SEED)
            case _:
                yield video


def _write(
    path: Path,
    config: Config,
    edition: Edition,
    channels: Mapping[str, Channel],
    sections: Mapping[str, Mapping[str, str]],
) -> None:
    """Write the configuration of the simulated day: same limits, cadence and expectations."""
    zone = config.programme.time_zone
    first_day = edition.starts_at.astimezone(ZoneInfo(zone)).date()
    names = {"ar": edition.names.ar, "fr": edition.names.fr, "en": edition.names.en}
    expected = with_assumptions(config.expected.get(edition.key, ()), config.accounts)
    settings = {
        "simulated": True,
        "allow_private_addresses": True,
        "programme": {"key": config.programme.key, "names": names, "time_zone": zone},
        "editions": [
            {
                "key": edition.key,
                "names": names,
                "city": names,
                "starts_on": first_day,
                "ends_on": first_day,
                "expected": [
                    _expected(source, channels)
                    for source in expected
                    if (
                        source.account in channels
                        if source.account
                        else source.platform in SIMULATED
                    )
                ],
            }
        ],
        "accounts": [
            {"platform": channel.platform, "handle": channel.handle}
            for channel in channels.values()
        ],
        "platforms": {
            name: {**_limits(config, name), **sections.get(name, {})} for name in SIMULATED
        },
        "cadence": config.cadence.model_dump(),
        "storage": {"tokens": "tokens", "database": "t.duckdb", "read_model": "published"},
    }
    path.write_text(yaml.safe_dump(settings, allow_unicode=True))


def _expected(source: Expected, channels: Mapping[str, Channel]) -> dict[str, Any]:
    on = channels[source.account] if source.account else None
    return {
        **({"account": f"{on.platform}:{on.handle}"} if on else {"platform": source.platform}),
        "broadcasts_per_day": source.broadcasts_per_day,
        "hours": source.hours,
        "at_once": source.at_once,
    }


def _limits(config: Config, name: str) -> dict[str, float]:
    """Return the platform's settings that are numbers: its limits, and no address or secret."""
    settings: Mapping[str, Any] = config.platforms[name].settings.model_dump()
    return {
        key: float(value) if isinstance(value, Decimal) else value
        for key, value in settings.items()
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    }
