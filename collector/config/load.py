"""config.yaml and the environment become frozen sections; what does not fit names its line.

Secrets come from the environment only: ``LIVETALLY_<PLATFORM>_<FIELD>``, or the same with
``_FILE`` for the path of a file that holds it. A ``.env`` beside config.yaml is read too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from collector.config.annotations import AnnotationSection
from collector.config.base import MetricsSection, NamesSection, Section
from collector.config.credentials import read_secrets, secret_fields
from collector.config.dashboard import ExposureSection
from collector.config.editions import MatchSection, PlaylistId, SessionSection, check
from collector.config.expected import Expected, ExpectedSection
from collector.config.messages import complaint
from collector.config.yaml_lines import Lines, line_of, read_yaml
from collector.contract.errors import ConfigError
from collector.contract.platform_protocol import Platform
from collector.matching import Rule
from collector.platforms import platforms
from collector.redaction import Secrets
from storage.model import Account, Annotation, Edition, Programme, Reported

#: The platforms whose playlists are read.
_WITH_PLAYLISTS = ("youtube",)


class ProgrammeSection(Section):
    """The recurring event."""

    key: str = Field(pattern=r"^[a-z0-9-]+$")
    names: NamesSection
    time_zone: str
    annotations: tuple[AnnotationSection, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no such time zone; allowed: names like Africa/Casablanca") from None
        return name


class ReportedFigure(Section):
    """A figure from a press release with its wording and sources."""

    value: int = Field(ge=0)
    wording: str
    sources: tuple[str, ...] = Field(min_length=1)

    def as_reported(self) -> Reported:
        """Return it as the vocabulary has it."""
        return Reported(value=self.value, wording=self.wording, sources=self.sources)


class ReportedSection(Section):
    """What was reported of an edition."""

    views: ReportedFigure | None = None
    visitors: ReportedFigure | None = None


class EditionSection(Section):
    """One occurrence of the programme; both days are local and inclusive."""

    key: str = Field(pattern=r"^[a-z0-9-]+$")
    names: NamesSection
    city: NamesSection
    starts_on: date
    ends_on: date
    target_views: int | None = Field(default=None, ge=1)
    reported: ReportedSection = ReportedSection()
    match: MatchSection = MatchSection()
    sessions: tuple[SessionSection, ...] = ()
    expected: tuple[ExpectedSection, ...] = ()

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "EditionSection":
        if self.ends_on < self.starts_on:
            message = f"edition ends on {self.ends_on}, before it starts on {self.starts_on}"
            raise ValueError(message)
        return self


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
        if playlists and platform not in (None, *_WITH_PLAYLISTS):
            message = f"{platform} has none; allowed: with {', '.join(_WITH_PLAYLISTS)}"
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


class DashboardSection(ExposureSection):
    """What the dashboard listens on and how often it refreshes."""

    address: str = "127.0.0.1"
    port: int = Field(default=8501, ge=1, le=65_535)
    language: Literal["ar", "fr", "en"] = "ar"
    digits: Literal["latin", "eastern"] = "latin"  # of Arabic
    time: Literal["ltr", "rtl"] = "ltr"  # which way it runs in charts
    refresh_seconds: float = Field(default=5, ge=1, le=300)
    chart_seconds: float = Field(default=60, ge=1, le=3600)


class _File(Section):
    """The whole file; the platforms' sections are checked by the platforms themselves."""

    programme: ProgrammeSection
    editions: tuple[EditionSection, ...]
    accounts: tuple[AccountSection, ...] = ()
    platforms: dict[str, dict[str, Any] | None] = Field(
        default_factory=dict[str, dict[str, Any] | None]
    )
    cadence: CadenceSection = CadenceSection()
    storage: StorageSection = StorageSection()
    dashboard: DashboardSection = DashboardSection()
    metrics: MetricsSection = MetricsSection()
    simulated: bool = False
    allow_private_addresses: bool = False  # http and this network's own servers: tests, the demo

    @field_validator("editions")
    @classmethod
    def _are_there_and_unique(
        cls, editions: tuple[EditionSection, ...]
    ) -> tuple[EditionSection, ...]:
        if not editions:
            raise ValueError("no edition; name at least one")
        keys = [edition.key for edition in editions]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            message = f"two editions have the key {twice[0]!r}; give each its own"
            raise ValueError(message)
        return editions


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything a run needs to know, checked."""

    path: Path
    programme: Programme
    editions: tuple[Edition, ...]
    rules: tuple[Rule, ...]  # one an edition
    expected: Mapping[str, tuple[Expected, ...]]  # by edition
    accounts: tuple[Account, ...]
    platforms: dict[str, Platform]
    secrets: Secrets
    cadence: CadenceSection
    storage: StorageSection
    dashboard: DashboardSection
    annotations: tuple[Annotation, ...]
    metrics: MetricsSection
    simulated: bool
    allow_private_addresses: bool


def load_config(path: Path) -> Config:
    """Read and check the configuration and the secrets that go with it.

    Raises:
        ConfigError: with file and line, what was found and what is allowed.
    """
    found, lines = read_yaml(path)
    try:
        file = _File.model_validate(found)
    except ValidationError as error:
        raise ConfigError(complaint(error, _File, found, lines, file=path)) from None
    _check_expected(file, lines, path)
    ready, secrets = _platforms(file, found, lines, path)
    zone = ZoneInfo(file.programme.time_zone)
    folder = path.resolve().parent
    check(
        [(edition.match, edition.sessions) for edition in file.editions],
        (playlist for account in file.accounts for playlist in account.playlists),
        lines,
        path,
    )
    editions = tuple(_edition(edition, zone) for edition in file.editions)
    return Config(
        path=path,
        programme=Programme(
            key=file.programme.key,
            names=file.programme.names.value(),
            time_zone=file.programme.time_zone,
        ),
        editions=editions,
        rules=tuple(
            section.match.rule(edition)
            for section, edition in zip(file.editions, editions, strict=True)
        ),
        expected={
            section.key: tuple(one.value() for one in section.expected) for section in file.editions
        },
        accounts=tuple(_account(account) for account in file.accounts),
        platforms=ready,
        secrets=secrets,
        cadence=file.cadence,
        storage=file.storage.model_copy(
            update={
                "database": folder / file.storage.database,
                "read_model": folder / file.storage.read_model,
                "tokens": folder / file.storage.tokens,
                "backups": folder / file.storage.backups,
            }
        ),
        dashboard=file.dashboard,
        annotations=tuple(one.value(zone) for one in file.programme.annotations),
        metrics=file.metrics,
        simulated=file.simulated,
        allow_private_addresses=file.allow_private_addresses,
    )


def _check_expected(file: _File, lines: Lines, path: Path) -> None:
    """Refuse what is expected of an account that is not there."""
    known = [f"{one.platform}:{one.handle}" for one in file.accounts]
    for place, edition in enumerate(file.editions):
        for number, one in enumerate(edition.expected):
            if one.account is not None and one.account not in known:
                at = ("editions", place, "expected", number, "account")
                raise ConfigError(
                    f"{path}:{line_of(lines, at)}: no account {one.account!r}; "
                    f"allowed: {', '.join(known) or 'none yet, add it under accounts'}"
                )


def _platforms(
    file: _File, found: Any, lines: Lines, path: Path
) -> tuple[dict[str, Platform], Secrets]:
    """Build every platform from its own section and secrets."""
    known = platforms()
    for name in file.platforms:
        if name not in known:
            where = f"{path}:{line_of(lines, ('platforms', name))}"
            raise ConfigError(f"{where}: no platform {name!r}; allowed: {', '.join(known)}")
    ready: dict[str, Platform] = {}
    secrets = Secrets()
    for name, platform in known.items():
        section = file.platforms.get(name) or {}
        for field in secret_fields(platform.Settings):
            if field in section:
                where = f"{path}:{line_of(lines, ('platforms', name, field))}"
                variable = f"LIVETALLY_{name}_{field}".upper()
                raise ConfigError(
                    f"{where}: platforms.{name}.{field} is a secret, and secrets are never kept "
                    f"here; set {variable} or {variable}_FILE in the environment instead"
                )
        given = read_secrets(name, platform.Settings, path.resolve().parent / ".env")
        try:
            settings = platform.Settings.model_validate({**section, **given})
        except ValidationError as error:
            at = ("platforms", name)
            text = complaint(error, platform.Settings, found, lines, file=path, at=at)
            raise ConfigError(text) from None
        secrets.add(*given.values())
        ready[name] = cast("Any", platform)(settings)
    return ready, secrets


def _edition(section: EditionSection, zone: ZoneInfo) -> Edition:
    views, visitors = section.reported.views, section.reported.visitors
    after_the_last_day = section.ends_on + timedelta(days=1)
    return Edition(
        key=section.key,
        names=section.names.value(),
        city=section.city.value(),
        starts_at=datetime.combine(section.starts_on, time(), zone).astimezone(UTC),
        ends_at=datetime.combine(after_the_last_day, time(), zone).astimezone(UTC),
        target_views=section.target_views,
        reported_views=views.as_reported() if views else None,
        reported_visitors=visitors.as_reported() if visitors else None,
        sessions=tuple(session.value() for session in section.sessions),
    )


def _account(section: AccountSection) -> Account:
    return Account(
        key=f"{section.platform}:{section.handle}",
        platform=section.platform,
        handle=section.handle,
        name=section.name or section.handle,
        native_id=None,
        resolved_at=None,
        playlists=section.playlists,
    )
