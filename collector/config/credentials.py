"""Secrets from the environment, a ``.env`` file or the file a variable names; never from config."""

from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, create_model
from pydantic_settings import BaseSettings, SettingsConfigDict

from collector.contract.errors import ConfigError


def secret_fields(settings: type[BaseModel]) -> list[str]:
    """Name the fields of a platform's settings that hold secrets."""
    return [
        name
        for name, field in settings.model_fields.items()
        if SecretStr in (field.annotation, *get_args(field.annotation))
    ]


def read_secrets(platform: str, settings: type[BaseModel], env_file: Path) -> dict[str, str]:
    """Return the secrets that are set, by field.

    ``LIVETALLY_YOUTUBE_API_KEY_FILE`` names a file (a mounted secret); it wins over the variable
    without ``_FILE``.

    Raises:
        ConfigError: the file named cannot be read, or is empty.
    """
    names = secret_fields(settings)
    prefix = f"LIVETALLY_{platform}_".upper()
    fields: dict[str, Any] = dict.fromkeys(names, (SecretStr | None, None))
    fields |= {f"{name}_file": (Path | None, None) for name in names}

    class Environment(BaseSettings):
        model_config = SettingsConfigDict(
            env_prefix=prefix, env_file=env_file, env_ignore_empty=True, extra="ignore"
        )

    given = vars(create_model("Secrets", __base__=Environment, **fields)())
    found: dict[str, str] = {}
    for name in names:
        secret: SecretStr | None = given[name]
        file: Path | None = given[f"{name}_file"]
        if file:
            found[name] = _read(file, f"{prefix}{name}_file".upper())
        elif secret and secret.get_secret_value().strip():
            found[name] = secret.get_secret_value().strip()
    return found


def _read(path: Path, variable: str) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.__class__.__name__
        raise ConfigError(f"{variable} names {path}, which cannot be read ({reason})") from None
    if not secret:
        raise ConfigError(f"{variable} names {path}, which is empty")
    return secret
