"""Loader of config.yaml and of the secrets in the environment, into frozen sections.

Secrets come from the environment only: ``LIVETALLY_<PLATFORM>_<FIELD>``, or the same with
``_FILE`` for the path of a file that holds it. A ``.env`` beside config.yaml is read too.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator

from collector.config.base import MetricsSection, PlatformName, Section
from collector.config.credentials import read_secrets, secret_fields
from collector.config.dashboard import DashboardSection
from collector.config.editions import EditionSection, contradictions
from collector.config.expected import Expected
from collector.config.messages import describe_errors
from collector.config.programme import ProgrammeSection
from collector.config.sections import AccountSection, CadenceSection, StorageSection
from collector.config.yaml_lines import YamlFile, read_yaml
from collector.contract.errors import ConfigError
from collector.contract.platform_protocol import AnyPlatform
from collector.matching import Rule
from collector.platforms import platforms
from collector.redaction import Secrets
from storage.model import Account, Annotation, Edition, Programme


class _Sections(Section):
    """The file; the platforms' sections are checked by the platforms themselves."""

    programme: ProgrammeSection
    editions: tuple[EditionSection, ...]
    accounts: tuple[AccountSection, ...] = ()
    platforms: dict[PlatformName, dict[str, Any] | None] = Field(
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
            raise ValueError("expected at least one edition")
        keys = [edition.key for edition in editions]
        duplicates = sorted({key for key in keys if keys.count(key) > 1})
        if duplicates:
            message = f"two editions have the key {duplicates[0]!r}: give each its own"
            raise ValueError(message)
        return editions


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything a run needs to know, checked. Paths are absolute, times in UTC."""

    path: Path  # of config.yaml
    programme: Programme
    editions: tuple[Edition, ...]
    rules: tuple[Rule, ...]  # one for each edition
    expected: Mapping[str, tuple[Expected, ...]]  # by edition
    accounts: tuple[Account, ...]
    platforms: dict[str, AnyPlatform]  # all that there are, with and without accounts
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
        ConfigError: with file and line, what is wrong and what is expected.
    """
    file = read_yaml(path)
    try:
        sections = _Sections.model_validate(file.values)
    except ValidationError as error:
        raise ConfigError(describe_errors(error, _Sections, file)) from None
    accounts = tuple(account.as_account() for account in sections.accounts)
    playlists = [playlist for account in accounts for playlist in account.playlists]
    keys = [account.key for account in accounts]
    if faults := list(contradictions(sections.editions, keys, playlists)):
        raise ConfigError("\n".join(f"{file.locate(*at)}: {text}" for at, text in faults))
    configured, secrets = _configured_platforms(sections, file, environment)
    zone = ZoneInfo(sections.programme.time_zone)
    editions = tuple(edition.as_edition(zone) for edition in sections.editions)
    folder = path.resolve().parent
    folders = {
        name: folder / getattr(sections.storage, name)
        for name in ("database", "read_model", "tokens", "backups")
    }
    return Config(
        path=path,
        programme=sections.programme.as_programme(),
        editions=editions,
        rules=tuple(
            section.match.as_rule(edition)
            for section, edition in zip(sections.editions, editions, strict=True)
        ),
        expected={
            section.key: tuple(source.as_expected() for source in section.expected)
            for section in sections.editions
        },
        accounts=accounts,
        platforms=configured,
        secrets=secrets,
        cadence=sections.cadence,
        storage=sections.storage.model_copy(update=folders),
        dashboard=sections.dashboard,
        annotations=tuple(each.as_annotation(zone) for each in sections.programme.annotations),
        metrics=sections.metrics,
        simulated=sections.simulated,
        allow_private_addresses=sections.allow_private_addresses,
    )


def _configured_platforms(
    sections: _Sections, file: YamlFile, environment: Mapping[str, str]
) -> tuple[dict[str, AnyPlatform], Secrets]:
    """Build every platform from its own section and secrets."""
    env_file = file.path.resolve().parent / ".env"
    configured: dict[str, AnyPlatform] = {}
    all_secrets = Secrets()
    for name, platform in platforms().items():
        section = sections.platforms.get(name) or {}
        for field in secret_fields(platform.Settings):
            if field in section:
                variable = f"LIVETALLY_{name}_{field}".upper()
                raise ConfigError(
                    f"{file.locate('platforms', name, field)}: secrets are never kept in this "
                    f"file; set {variable} or {variable}_FILE in the environment instead"
                )
        secrets = read_secrets(name, platform.Settings, env_file, environment)
        try:
            settings = platform.Settings.model_validate({**section, **secrets})
        except ValidationError as error:
            text = describe_errors(error, platform.Settings, file, "platforms", name)
            raise ConfigError(text) from None
        all_secrets.add(*secrets.values())
        configured[name] = platform(settings)
    return configured, all_secrets
