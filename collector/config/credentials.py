"""Secrets from the environment, a ``.env`` file or the file a variable names; never config.yaml."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from dotenv import dotenv_values
from pydantic import BaseModel, SecretStr

from collector.contract.errors import ConfigError, ConfigUnreadable
from storage.system.ordinary_files import NotOrdinary, check_ordinary

_MOST_BYTES = 1_000_000


def secret_fields(settings: type[BaseModel]) -> list[str]:
    """Return the names of the fields that hold secrets."""
    return [
        name
        for name, field in settings.model_fields.items()
        if SecretStr in (field.annotation, *get_args(field.annotation))
    ]


def read_secrets(
    platform: str,
    settings: type[BaseModel],
    env_file: Path,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Return the secrets that are set, by field.

    ``LIVETALLY_YOUTUBE_API_KEY_FILE`` names a file (a mounted secret) and wins over the variable
    without ``_FILE``; ``environment`` wins over ``env_file``.

    Raises:
        ConfigUnreadable: the file named, or ``env_file``, cannot be read just now.
        ConfigError: the file named is not there, is no text, or is empty.
    """
    _check_file(env_file, "the file of secrets")
    # An empty variable counts as not set.
    try:
        sources = (dotenv_values(env_file), environment)
    except OSError as error:
        raise ConfigUnreadable(f"{env_file}: cannot be read: {error.strerror}") from None
    variables = {name.upper(): text for source in sources for name, text in source.items() if text}
    secrets: dict[str, str] = {}
    for name in secret_fields(settings):
        variable = f"LIVETALLY_{platform}_{name}".upper()
        if file := variables.get(f"{variable}_FILE"):
            secrets[name] = _read(Path(file), f"{variable}_FILE")
        elif secret := variables.get(variable, "").strip():
            secrets[name] = secret
    return secrets


def _check_file(path: Path, variable: str) -> None:
    try:
        check_ordinary(path, most_bytes=_MOST_BYTES)
    except NotOrdinary as error:
        raise ConfigError(f"{variable}: {error}; {error.remedy}") from None


def _read(path: Path, variable: str) -> str:
    _check_file(path, variable)
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        lasting = isinstance(error, FileNotFoundError | IsADirectoryError | UnicodeDecodeError)
        reason = error.__class__.__name__
        raise (ConfigError if lasting else ConfigUnreadable)(
            f"{variable} names {path}, which cannot be read ({reason})"
        ) from None
    if not secret:
        raise ConfigError(f"{variable} names {path}, which is empty")
    return secret
