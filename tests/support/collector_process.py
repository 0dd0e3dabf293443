"""Runs the real collector on simulated platforms over real HTTP, under a clock of the test's own."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import yaml

from collector.app import Collector, collector
from collector.config.load import load_config
from collector.simulator.platforms import Platforms, SocialTerms
from collector.simulator.wire.server import serving
from collector.simulator.world.protocol import Channel, Video, World
from collector.simulator.youtube.server import YouTubeTerms
from storage.model import Status

KEY = "LIVETALLY_YOUTUBE_API_KEY"
CHANNEL = Channel(channel_id="UC0000000000000000000000", handle="@test", title="Test")
IDS = ("AAAAAAAAAAA", "BBBBBBBBBBB", "CCCCCCCCCCC")


@dataclass
class Clock:
    """A clock that stands until it is set."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **amount: float) -> None:
        self.at += timedelta(**amount)


class Three:
    """Three broadcasts on the air since ``start``, for ever."""

    def __init__(self, start):
        self.start = start

    def channels(self):
        return [CHANNEL]

    def listing(self, channel_id, at):
        return IDS

    def mounts(self, at):
        return []

    def video(self, native_id, at):
        return Video(
            native_id=native_id,
            channel_id=CHANNEL.channel_id,
            title=f"Broadcast {native_id}",
            published_at=self.start,
            status=Status.LIVE,
            views=1000 + int((at - self.start).total_seconds()),
            concurrent_viewers=5,
            likes=3,
            started_at=self.start,
        )


@dataclass
class Rig:
    """A collector and the platforms it asks."""

    collector: Collector
    platforms: Platforms
    folder: Path


def config_for(
    platforms: Platforms, channels: Sequence[Channel], **sections: Any
) -> dict[str, Any]:
    """Return a configuration of ``channels`` that points at the simulated platforms."""
    names = {"ar": "تجربة", "fr": "Essai", "en": "Test"}
    return {
        "programme": {"key": "test", "names": names, "time_zone": "Africa/Casablanca"},
        "editions": [
            {
                "key": "test",
                "names": names,
                "city": names,
                "starts_on": "2021-04-19",
                "ends_on": "2021-04-23",
                "target_views": 1_000_000,
            }
        ],
        "accounts": [
            {"platform": channel.platform, "handle": channel.handle} for channel in channels
        ],
        "platforms": {
            name: section
            for name, section in platforms.sections.items()
            if name in {channel.platform for channel in channels}
        },
        "simulated": True,
        "allow_private_addresses": True,
        **sections,
    }


@asynccontextmanager
async def rig(
    folder: Path,
    stage: World,
    now: Callable[[], datetime],
    monkeypatch: Any,
    *,
    terms: YouTubeTerms | None = None,
    social: SocialTerms | None = None,
    key: str | None = "simulated-key",
    **sections: Any,
) -> AsyncGenerator[Rig]:
    """Open a collector on ``stage``; ``sections`` take the place of the configuration's own."""
    with serving(stage, now=now, terms=terms, social=social) as platforms:
        for name, secret in platforms.environment.items():
            monkeypatch.setenv(name, secret)
        monkeypatch.setenv(KEY, key or "")
        platforms.save_tokens(folder / "data" / "tokens")
        path = folder / "config.yaml"
        settings = config_for(platforms, stage.channels(), **sections)
        path.write_text(yaml.safe_dump(settings, allow_unicode=True))
        async with collector(load_config(path), now=now) as ready:
            yield Rig(collector=ready, platforms=platforms, folder=folder)


def stored(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Ask the database file, when no collector has it open."""
    return stored_frame(folder, query).rows()


def stored_frame(folder: Path, query: str) -> pl.DataFrame:
    """Ask the database file, and keep the columns' names."""
    with duckdb.connect(str(folder / "data" / "livetally.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.sql(query).pl()
