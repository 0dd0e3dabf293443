"""Keeps tokens in files that only their owner can read: one a token, replaced whole or not at all."""

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from collector.contract.errors import ConfigError
from collector.contract.grants import Token

_OWNER_ONLY = 0o600


class TokenFiles:
    """The folder of tokens; keys are accounts' or platforms'."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, key: str) -> Token | None:
        """Return the token kept under ``key``, ``None`` when there is none.

        Raises:
            ConfigError: the file is not one that :meth:`save` wrote.
        """
        path = self._path(key)
        try:
            return _token(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            # Never the error's own text, which may quote the file.
            what = error.__class__.__name__
            raise ConfigError(
                f"{path} holds no token ({what}): delete it and log in again"
            ) from None

    def save(self, key: str, token: Token) -> None:
        """Keep ``token`` in the place of what was kept; it is on the disk when this returns."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(key)
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(_fields(token), file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def turn(self, key: str) -> Generator[None, None, None]:
        """Let one process at a time renew the token: a second refresh would void the first's."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(key).with_suffix(".lock")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWNER_ONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _path(self, key: str) -> Path:
        # Two keys never share a file: what is quoted can be unquoted.
        return self.folder / f"{quote(key, safe='').replace('.', '%2E')}.json"


def _fields(token: Token) -> dict[str, Any]:
    return {
        "access_token": token.access_token,
        "obtained_at": token.obtained_at.isoformat(),
        "expires_at": _iso(token.expires_at),
        "refresh_token": token.refresh_token,
        "refresh_expires_at": _iso(token.refresh_expires_at),
        "scopes": list(token.scopes),
    }


def _token(fields: dict[str, Any]) -> Token:
    return Token(
        access_token=str(fields["access_token"]),
        obtained_at=datetime.fromisoformat(fields["obtained_at"]),
        expires_at=_moment(fields["expires_at"]),
        refresh_token=fields["refresh_token"],
        refresh_expires_at=_moment(fields["refresh_expires_at"]),
        scopes=tuple(fields["scopes"]),
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
