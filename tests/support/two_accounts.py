"""A collector of two accounts of any registered platform, one of them well, under a clock of the test's own."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from collector.app import Collector, collector
from collector.auth.token_files import TokenFiles
from collector.config.credentials import secret_fields
from collector.config.load import load_config
from collector.contract.grants import Consentable, Token
from collector.platforms import platforms
from tests.support.collector_process import Clock

NAMES = {"ar": "تجربة", "fr": "Essai", "en": "Test"}
#: What stands for the platform's own token in place of a login's.
TOKENS = ("token", "access_token", "page_token", "bearer_token", "api_key")


def credentials_of(name: str) -> list[tuple[str, ...]]:
    """Return the ways of asking a platform, each as the secrets that it takes; ``()`` takes none."""
    settings = platforms()[name].Settings
    secrets = secret_fields(settings)
    ways: list[tuple[str, ...]] = [(secret,) for secret in secrets if secret in TOKENS]
    app = tuple(secret for secret in secrets if secret not in TOKENS)
    if platforms()[name](settings(**_ids(name), **dict.fromkeys(app, "s"))).grant:
        ways.append(app)
    return ways or [()]


def ways() -> list[Any]:
    """Return every registered platform with each way of asking it."""
    return [(name, way) for name in platforms() for way in credentials_of(name)]


def takes_login(name: str, way: tuple[str, ...]) -> bool:
    """Tell whether a person has to log in before anything is asked in this way."""
    settings = platforms()[name].Settings(**_ids(name), **dict.fromkeys(way, "s"))
    return isinstance(platforms()[name](settings).grant, Consentable)


def _ids(name: str) -> dict[str, Any]:
    fields = platforms()[name].Settings.model_fields
    # An app's id, whatever a platform calls it; where a login is optional it is left out.
    return {
        field: "our-app"
        for field in ("client_id", "app_id", "client_key")
        if field in fields and field not in secret_fields(platforms()[name].Settings)
    }


def handles_at(name: str, servers: tuple[str, str]) -> list[str]:
    """Return a handle on each of two servers, or two of a platform that is one service."""
    forms = {"owncast": "{}", "icecast": "{}/live.mp3", "peertube": "{}/c/event"}
    if name in forms:
        return [forms[name].format(server) for server in servers]
    return ["@first", "@second"] if name != "x" else ["first", "second"]


def write_config(folder: Path, name: str, handles: list[str], url: str, **more: Any) -> Path:
    """Write a configuration in which all of a platform's addresses are below ``url``."""
    fields = platforms()[name].Settings.model_fields
    section = {field: f"{url}/{field}" for field in fields if field.endswith("_url")}
    path = folder / "config.yaml"
    settings = {
        "programme": {"key": "test", "names": NAMES, "time_zone": "UTC"},
        "editions": [
            {
                "key": "test",
                "names": NAMES,
                "city": NAMES,
                "starts_on": "2021-04-19",
                "ends_on": "2021-04-23",
            }
        ],
        "accounts": [{"platform": name, "handle": handle} for handle in handles],
        "platforms": {name: {**section, **_ids(name), **more}},
        "allow_private_addresses": True,
    }
    path.write_text(yaml.safe_dump(settings, allow_unicode=True))
    return path


def set_secrets(monkeypatch: Any, name: str, way: tuple[str, ...], value: str | None) -> None:
    """Set the secrets of one way in the environment; ``None``: there is none of any way."""
    for secret in secret_fields(platforms()[name].Settings):
        variable = f"LIVETALLY_{name}_{secret}".upper()
        if value and secret in way:
            monkeypatch.setenv(variable, f"{value}-{secret}")
        else:
            monkeypatch.delenv(variable, raising=False)


def save_logins(folder: Path, name: str, handles: list[str], at: Any, value: str) -> None:
    """Keep a token of each account, each of its own."""
    files = TokenFiles(folder / "data" / "tokens")
    for handle in handles:
        token = Token(access_token=f"{value}-{handle}", obtained_at=at, refresh_token=f"r-{value}")
        files.save(f"{name}:{handle}", token)


@asynccontextmanager
async def opened(path: Path, clock: Clock) -> AsyncGenerator[Collector]:
    """Open the collector of a configuration."""
    async with collector(load_config(path), now=clock) as ready:
        yield ready


async def tick(ready: Collector, clock: Clock, *, seconds: float = 15, every: float = 600) -> None:
    """Let time pass and do what one tick of the collector does."""
    clock.forward(seconds=seconds)
    for discoverer in ready.discoverers:
        await discoverer.discover_due(every)
    await ready.poll()
