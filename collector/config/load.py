"""config.yaml and the environment become frozen sections; what does not fit names its line.

Secrets come from the environment only: ``LIVETALLY_<PLATFORM>_<FIELD>``, or the same with
``_FILE`` for the path of a file that holds it. A ``.env`` beside config.yaml is read too.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator

from collector.config.base import MetricsSection, Section
from collector.config.credentials import read_secrets, secret_fields
from collector.config.dashboard import DashboardSection
from collector.config.editions import (
    EditionSection,
    check_editions,
)
from collector.config.expected import Expected
from collector.config.messages import describe_errors
from collector.config.programme import ProgrammeSection
from collector.config.sections import AccountSection, CadenceSection, StorageSection
from collector.config.yaml_lines import Lines, line_of, read_yaml
from collector.contract.errors import ConfigError
from collector.contract.platform_protocol import AnyPlatform
from collector.matching import Rule
from collector.platforms import platforms
from collector.redaction import Secrets
from storage.model import Account, Annotation, Edition, Programme


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
    platforms: dict[str, AnyPlatform]
    secrets: Secrets
    cadence: CadenceSection
    storage: StorageSection
    dashboard: DashboardSection
    annotations: tuple[Annotation, ...]
    metrics: MetricsSection
    simulated: bool
    allow_private_addresses: bool


def load_config(path: Path, *, environment: Mapping[str, str] = os.environ) -> Config:
    """Read and check the configuration, with the secrets of ``environment`` and of ``.env``.

    Raises:
        ConfigError: with file and line, what was found and what is allowed.
    """
    found, lines = read_yaml(path)
    try:
        file = _File.model_validate(found)
    except ValidationError as error:
        raise ConfigError(describe_errors(error, _File, found, lines, file=path)) from None
    _check_expected(file, lines, path)
    ready, secrets = _platforms(file, found, lines, path, environment)
    zone = ZoneInfo(file.programme.time_zone)
    folder = path.resolve().parent
    check_editions(
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
    file: _File, found: Any, lines: Lines, path: Path, environment: Mapping[str, str]
) -> tuple[dict[str, AnyPlatform], Secrets]:
    """Build every platform from its own section and secrets."""
    known = platforms()
    for name in file.platforms:
        if name not in known:
            where = f"{path}:{line_of(lines, ('platforms', name))}"
            raise ConfigError(f"{where}: no platform {name!r}; allowed: {', '.join(known)}")
    ready: dict[str, AnyPlatform] = {}
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
        given = read_secrets(name, platform.Settings, path.resolve().parent / ".env", environment)
        try:
            settings = platform.Settings.model_validate({**section, **given})
        except ValidationError as error:
            at = ("platforms", name)
            text = describe_errors(error, platform.Settings, found, lines, file=path, at=at)
            raise ConfigError(text) from None
        secrets.add(*given.values())
        ready[name] = platform(settings)
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
