"""Reload of an edited config.yaml, or .env, while the collector runs: only a complete and valid one."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from collector.config.load import Config, load_config
from collector.contract.errors import ConfigError, ConfigUnreadable

logger = logging.getLogger(__name__)

_Contents: TypeAlias = tuple[bytes | None, bytes | None]


class ConfigWatcher:
    """Watches the file of the configuration in force; each :meth:`look` reads it once."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._unreadable = self._known = False
        self._applied: _Contents | None = None  # what is in force
        self._decided: _Contents | None = None  # what was applied or refused last
        self._previous: _Contents | None = None
        self.look()

    def look(self) -> Config | None:
        """Return the configuration that is to take over; ``None``: nothing new, or not valid.

        A file counts once it reads the same at two looks: one that is being written may be a
        configuration too, with half of the accounts. One that is refused is logged once, with file
        and line, and the configuration before it stays in force. What cannot be read just now is
        neither an edit nor refused: the next look decides.
        """
        try:
            return self._look()
        except ConfigUnreadable as error:
            if not self._unreadable:
                logger.warning(
                    "%s. The configuration in force stays; it is looked at again.", error
                )
            self._unreadable = True
            return None

    def _look(self) -> Config | None:
        content = _content(self.config.path)
        if not self._known:
            self._applied = self._decided = self._previous = content
            self._known = True
        is_complete, self._previous = content == self._previous, content
        if content == self._decided or not is_complete:
            self._unreadable = False
            return None
        if content == self._applied:  # as it was before: what is in force is what stands here
            self._decided = content
            return None
        try:
            edited = load_config(self.config.path)
        except ConfigUnreadable:
            raise
        except ConfigError as error:
            self._decided = content
            logger.error("%s. The configuration before it stays in force.", error)  # noqa: TRY400 - a person's slip, no traceback
            return None
        if _content(self.config.path) != content:
            return None  # written to again while it was read: the next look decides
        self._applied = self._decided = content
        self.config = apply_reload(self.config, edited)
        return self.config


def apply_reload(current: Config, edited: Config) -> Config:
    """Return ``edited`` with what only a restart can change as in ``current``, and log what that is."""
    moved = [
        name
        for name in ("database", "read_model", "tokens")
        if getattr(current.storage, name) != getattr(edited.storage, name)
    ]
    fixed = {name: getattr(current, name) for name in ("dashboard", "metrics", "simulated")}
    waiting = [name for name, section in fixed.items() if section != getattr(edited, name)]
    for name in [*(f"storage.{name}" for name in moved), *waiting]:
        logger.warning("%s: a change of %s needs a restart", edited.path, name)
    edited.secrets.share_with(current.secrets)  # what masks the log knows the new ones too
    folders = {name: getattr(current.storage, name) for name in moved}
    storage = edited.storage.model_copy(update=folders)
    return replace(edited, storage=storage, secrets=current.secrets, **fixed)


def _content(path: Path) -> _Contents:
    """Return what stands in the configuration and in the secrets' file beside it.

    Raises:
        ConfigUnreadable: one of them cannot be read just now.
    """
    return _bytes_of(path), _bytes_of(path.resolve().parent / ".env")


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigUnreadable(f"{path}: cannot be read: {error.strerror}") from None
