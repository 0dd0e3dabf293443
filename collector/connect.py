"""Opens a platform's connection with all that goes with it: budget, secrets, tokens, limits."""

from collections.abc import Callable
from datetime import datetime

from collector.config import Config
from collector.contract import Platform
from collector.tokens import Tokens
from collector.transport import Budget, Transport
from collector.vault import Vault


def connect(
    platform: Platform,
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
        limits=platform.limits,
        tokens=tokens_of(platform, config, now=now),
    )


def tokens_of(platform: Platform, config: Config, *, now: Callable[[], datetime]) -> Tokens | None:
    """Return what keeps and renews the platform's tokens; ``None`` where it needs none."""
    if platform.grant is None:
        return None
    vault = Vault(config.storage.tokens)
    return Tokens(platform.name, platform.grant, vault=vault, secrets=config.secrets, now=now)
