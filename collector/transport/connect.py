"""A platform's connection with all that goes with it: budget, secrets, tokens, limits."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import BaseModel

from collector.auth.refresher import Run, TokenRefresher
from collector.auth.token_files import TokenFiles
from collector.config.load import Config
from collector.contract.platform_protocol import AnyPlatform
from collector.transport.address_guard import Addresses
from collector.transport.client import Budget, Transport


def connect(
    platform: AnyPlatform,
    config: Config,
    *,
    budget: Budget,
    deadline_seconds: float,
    now: Callable[[], datetime],
) -> Transport:
    """Return the transport of ``platform``; enter it before use."""
    return Transport(
        platform.name,
        now=now,
        budget=budget,
        deadline_seconds=deadline_seconds,
        secrets=config.secrets,
        addresses=addresses_of(platform, config),
        limits=platform.limits,
        tokens=_refresher_of(platform, config, now=now),
    )


def addresses_of(platform: AnyPlatform, config: Config) -> Addresses:
    """Return where the platform may be asked: the hosts its settings name by default."""
    hosts = official_hosts(type(platform).Settings)
    return Addresses(hosts=hosts, private=config.allow_private_addresses)


def official_hosts(settings: type[BaseModel]) -> frozenset[str]:
    """Return the hosts of the addresses a platform's settings have by default; none: any host."""
    defaults = (
        field.default for name, field in settings.model_fields.items() if name.endswith("_url")
    )
    return frozenset(
        urlsplit(address).hostname or "" for address in defaults if isinstance(address, str)
    )


def _refresher_of(
    platform: AnyPlatform, config: Config, *, now: Callable[[], datetime]
) -> Callable[[Run], TokenRefresher] | None:
    """Return how to build what renews the platform's tokens; ``None`` where it needs none."""
    grant, files = platform.grant, TokenFiles(config.storage.tokens)
    if grant is None:
        return None
    return lambda run: TokenRefresher(
        platform.name, grant, run, files=files, secrets=config.secrets, now=now
    )
