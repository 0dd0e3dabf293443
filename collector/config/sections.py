"""Sections of accounts, cadence and storage."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from collector.config.base import Section
from collector.config.editions import PlaylistId
from collector.platforms import platforms


class AccountSection(Section):
    """An official presence on a platform."""

    platform: str
    handle: str = Field(min_length=1)
    name: str = ""
    playlists: tuple[PlaylistId, ...] = ()

    @field_validator("platform")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in platforms():
            message = f"no platform {name!r}; allowed: {', '.join(platforms())}"
            raise ValueError(message)
        return name

    @field_validator("playlists")
    @classmethod
    def _are_read(cls, playlists: tuple[str, ...], found: ValidationInfo) -> tuple[str, ...]:
        platform = found.data.get("platform")
        able = [name for name, known in platforms().items() if known.has_playlists]
        if playlists and platform not in (None, *able):
            message = f"{platform} has none; allowed: with {', '.join(able)}"
            raise ValueError(message)
        return playlists


class CadenceSection(Section):
    """How often; all in seconds."""

    tick_seconds: int = Field(default=15, ge=1, le=60)
    grid_seconds: float = Field(default=60, ge=1, le=600)
    live_seconds: float = Field(default=60, ge=1, le=3600)
    discovery_seconds: int = Field(default=600, ge=5, le=86_400)
    idle_discovery_seconds: int = Field(default=3600, ge=5, le=86_400)


class StorageSection(Section):
    """Where it is kept and published; paths count from the configuration's folder."""

    database: Path = Path("data/livetally.duckdb")
    read_model: Path = Path("data/published")
    tokens: Path = Path("data/tokens")
    publish_seconds: int = Field(default=15, ge=1, le=600)
    backups: Path = Path("data/backups")
    backup_seconds: int = Field(default=86_400, ge=60, le=30 * 86_400)
    backups_kept: int = Field(default=7, ge=1, le=365)
    # By platform: raw snapshots older than so many days are deleted. None named: none deleted.
    retention_days: dict[str, Annotated[int, Field(ge=2)]] = Field(default_factory=dict[str, int])

    @field_validator("retention_days")
    @classmethod
    def _are_of_platforms(cls, days: dict[str, int]) -> dict[str, int]:
        for name in days:
            if name not in platforms():
                message = f"no platform {name!r}; allowed: {', '.join(platforms())}"
                raise ValueError(message)
        return days
