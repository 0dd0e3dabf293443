"""The coming day on simulated platforms: what a plan says, measured by the real collector.

HTTP on loopback, the real collector and DuckDB; only the clock and the platforms are made up.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
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
from collector.simulator.world.factory import VideoFactory, channel
from collector.simulator.world.protocol import Channel
from collector.simulator.world.scripted import ScriptedWorld
from collector.simulator.world.video import SimulatedVideo
from storage.model import Account, Edition

#: The platforms that can be simulated with accounts of their own.
SIMULATED = ("youtube", "facebook", "instagram", "x", "tiktok")
HOURS = 6
_SEED = 1
_VIEWS = 20_000


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
        sketch = load_config(path)
        _, coming = planned_broadcasts(sketch, sketch.editions[0])
        begins = _busiest(coming, sketch.editions[0], length)
        ends, clock = begins + length, [begins]
        stage = ScriptedWorld(list(channels.values()), list(_airings(coming, channels)))
        with serving(stage, now=lambda: clock[0]) as platforms, _secrets_of(platforms):
            platforms.keep_tokens(Path(folder) / "tokens")
            _write(path, config, edition, channels, platforms.sections)
            simulated = load_config(path)
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


def _busiest(coming: Sequence[PlannedBroadcast], edition: Edition, length: timedelta) -> datetime:
    """Return when the hours begin in which most is on the air, broadcast by broadcast."""

    def on_air(begins: datetime) -> timedelta:
        both = (min(one.ends_at, begins + length) - max(one.starts_at, begins) for one in coming)
        return sum((time for time in both if time > timedelta(0)), timedelta(0))

    hours = int((edition.ends_at - edition.starts_at - length) / timedelta(hours=1))
    starts = [edition.starts_at + timedelta(hours=number) for number in range(hours + 1)]
    return max(starts, key=on_air)


async def _measure(
    ready: Collector, platforms: Platforms, clock: list[datetime], minutes: Iterable[datetime]
) -> tuple[Measured, ...]:
    polls, looks = Counter[str](), Counter[str]()
    spent: dict[tuple[str, date], int] = {}
    looked_at: datetime | None = None
    at_first: dict[tuple[str, date], int] = {}
    every = timedelta(seconds=ready.config.cadence.discovery_seconds)
    for clock[0] in minutes:
        if looked_at is None:
            # The first look also resolves the handles and finds what was there before.
            await ready.discover()
            looks, looked_at = Counter(_names_by_account(ready)), clock[0]
            at_first = await _spent(ready, clock[0])
        elif clock[0] - looked_at >= every:
            looks += await _calls_of(ready.discover, platforms)
            looked_at = clock[0]
        polls += await _calls_of(ready.poll, platforms)
        spent |= await _spent(ready, clock[0])
    return tuple(
        Measured(
            platform=tracker.platform.name,
            polls=polls[tracker.platform.name],
            discovery_calls=looks[tracker.platform.name],
            units={
                bucket.name: sum(
                    units - at_first.get((name, day), 0)
                    for (name, day), units in spent.items()
                    if name == bucket.name
                )
                for bucket in tracker.platform.buckets
            },
        )
        for tracker in ready.trackers
    )


async def _spent(ready: Collector, now: datetime) -> dict[tuple[str, date], int]:
    return {
        (bucket.name, period_start(now, bucket)): await tracker.ledger.spent(bucket)
        for tracker in ready.trackers
        for bucket in tracker.platform.buckets
    }


def _names_by_account(ready: Collector) -> list[str]:
    """Return the platform's name once for each account that is looked at."""
    return [tracker.platform.name for tracker in ready.trackers for _ in tracker.accounts]


async def _calls_of(job: Callable[[], Awaitable[object]], platforms: Platforms) -> Counter[str]:
    before = _counted(platforms)
    await job()
    return _counted(platforms) - before


def _counted(platforms: Platforms) -> Counter[str]:
    return Counter({name: getattr(platforms, name).calls.total() for name in SIMULATED})


def _channels(accounts: Iterable[Account]) -> dict[str, Channel]:
    """Return a simulated channel for each account that can have one, by the account's key."""
    made: dict[str, Channel] = {}
    for number, account in enumerate(accounts):
        handle = f"simulated{number:04}"
        if account.platform == "youtube":
            made[account.key] = channel(_SEED, f"@{handle}", account.name)
        elif account.platform in SIMULATED:
            presences = simulcast.presences(_SEED * 1000 + number, handle)
            made[account.key] = getattr(presences, account.platform)
    return made


def _airings(
    coming: Iterable[PlannedBroadcast], channels: Mapping[str, Channel]
) -> Iterator[SimulatedVideo]:
    by_account = {f"{one.platform}:{one.handle}": one for one in channels.values()}
    made = VideoFactory(seed=_SEED, scale=1)
    for one in coming:
        on = by_account[one.account.key]
        minutes = (one.ends_at - one.starts_at).total_seconds() / 60
        airing = made.broadcast(
            on,
            one.native_id,
            one.starts_at,
            minutes=minutes,
            weight=_VIEWS,
            announced_at=one.appears_at,
        )
        match one.account.platform:
            case "facebook":
                yield simulcast.facebook_live(on, airing, _SEED)
            case "instagram":
                yield simulcast.instagram_live(on, airing, _SEED)
            case "x":
                yield simulcast.x_post(on, airing, _SEED)
            case "tiktok":
                yield simulcast.clip(on, airing, one.starts_at, simulcast.ON_TIKTOK, _SEED)
            case _:
                yield airing


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
    said = with_assumptions(config.expected.get(edition.key, ()), config.accounts)
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
                "expected": [_expected(one, channels) for one in said if _is_there(one, channels)],
            }
        ],
        "accounts": [{"platform": one.platform, "handle": one.handle} for one in channels.values()],
        "platforms": {
            name: {**_limits(config, name), **sections.get(name, {})} for name in SIMULATED
        },
        "cadence": config.cadence.model_dump(),
        "storage": {"tokens": "tokens", "database": "t.duckdb", "read_model": "published"},
    }
    path.write_text(yaml.safe_dump(settings, allow_unicode=True))


def _is_there(one: Expected, channels: Mapping[str, Channel]) -> bool:
    return one.account in channels if one.account else one.platform in SIMULATED


def _expected(one: Expected, channels: Mapping[str, Channel]) -> dict[str, Any]:
    on = channels[one.account] if one.account else None
    whose = {"account": f"{on.platform}:{on.handle}"} if on else {"platform": one.platform}
    return {
        **whose,
        "broadcasts_per_day": one.broadcasts_per_day,
        "hours": one.hours,
        "at_once": one.at_once,
    }


def _limits(config: Config, name: str) -> dict[str, float]:
    """Return the platform's settings that are numbers: its limits, and no address or secret."""
    settings: Mapping[str, Any] = cast("Any", config.platforms[name]).settings.model_dump()
    numbers = {key: value for key, value in settings.items() if _is_number(value)}
    return {key: float(n) if isinstance(n, Decimal) else n for key, n in numbers.items()}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


@contextmanager
def _secrets_of(platforms: Platforms) -> Generator[None]:
    """Let the simulated platforms' secrets take the place of the real ones."""
    before = dict(os.environ)
    os.environ.update(platforms.environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
