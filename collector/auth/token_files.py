"""Files of tokens that only their owner can read: one a token, replaced whole or not at all."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from urllib.parse import quote

from pydantic import TypeAdapter

from collector.contract.errors import ConfigError
from collector.contract.grants import Token
from storage.errors import writing
from storage.system.durable_files import sync
from storage.system.summed_json import with_sum, without_sum

_OWNER_ONLY = 0o600
_TOKEN = TypeAdapter(Token)
#: What an earlier release wrote, without a sum.
_UNSUMMED_KEYS = [field.name for field in fields(Token)]


class TokenFiles:
    """The folder of tokens; keys are accounts' or platforms'."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, key: str) -> Token | None:
        """Return the token of ``key``, ``None`` when there is none.

        Raises:
            ConfigError: the file is not one that :meth:`save` wrote.
            OSError: it cannot be read just now.
        """
        path = self._path(key)
        try:
            return _TOKEN.validate_python(without_sum(path.read_bytes(), of_before=_UNSUMMED_KEYS))
        except FileNotFoundError:
            return None
        except ValueError:  # never its own text, which may quote the file
            raise ConfigError(f"{path}: not a token file; delete it and log in again") from None

    def save(self, key: str, token: Token) -> None:
        """Replace the token of ``key``; the new one is on the disk when this returns.

        Raises:
            StoreUnwritable: the disk refuses; the one before is still there.
        """
        self._make_folder()
        path = self._path(key)
        new = path.with_suffix(".new")
        with writing(path):
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
            with os.fdopen(descriptor, "wb") as file:
                file.write(with_sum(_TOKEN.dump_python(token, mode="json")).encode())
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
            sync(self.folder)

    @contextmanager
    def lock(self, key: str) -> Generator[None]:
        """Let one process at a time renew the token: a second refresh would void the first's."""
        self._make_folder()
        path = self._path(key).with_suffix(".lock")
        with writing(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWNER_ONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _make_folder(self) -> None:
        with writing(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _path(self, key: str) -> Path:
        # Two keys never share a file: what is quoted can be unquoted.
        return self.folder / f"{quote(key, safe='').replace('.', '%2E')}.json"
