"""Sections of accounts, cadence and storage."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from collector.config.base import PlatformName, Section
from collector.config.editions import PlaylistId
from collector.platforms import platforms
from storage.model import Account


class AccountSection(Section):
    """An official presence on a platform."""

    platform: PlatformName
    handle: str = Field(min_length=1)
    name: str = ""
    playlists: tuple[PlaylistId, ...] = ()

    @field_validator("playlists")
    @classmethod
    def _are_read(cls, playlists: tuple[str, ...], validation: ValidationInfo) -> tuple[str, ...]:
        platform = validation.data.get("platform")
        able = [name for name, known in platforms().items() if known.has_playlists]
        if playlists and platform not in (None, *able):
            message = f"{platform} has no playlists; expected them on {', '.join(able)}"
            raise ValueError(message)
        return playlists

    def as_account(self) -> Account:
        """Return the account, not yet resolved."""
        return Account(
            key=f"{self.platform}:{self.handle}",
            platform=self.platform,
            handle=self.handle,
            name=self.name or self.handle,
            native_id=None,
            resolved_at=None,
            playlists=self.playlists,
        )


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
    retention_days: dict[PlatformName, Annotated[int, Field(ge=2)]] = Field(
        default_factory=dict[str, int]
    )
