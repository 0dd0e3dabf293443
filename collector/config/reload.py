"""Notices edits of config.yaml while the collector runs, and takes over only what is whole and good."""

import logging
from dataclasses import replace
from pathlib import Path

from collector.config.load import Config, load_config
from collector.contract.errors import ConfigError

logger = logging.getLogger(__name__)


class ConfigWatcher:
    """Watches the file of the configuration in force; each :meth:`look` reads it once."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._known = _content(config.path)  # what was taken over or refused last
        self._seen = self._known

    def look(self) -> Config | None:
        """Return the configuration that is to take over; ``None``: nothing new, or nothing good.

        A file counts once it reads the same at two looks: one that is being written may be a
        configuration too, with half of the accounts. What is refused is told once, with file and
        line, and the configuration before it stays in force.
        """
        content = _content(self.config.path)
        stands_still, self._seen = content == self._seen, content
        if content == self._known or not stands_still:
            return None
        try:
            found = load_config(self.config.path)
        except ConfigError as error:
            self._known = content
            logger.error("%s. The configuration before it stays in force.", error)  # noqa: TRY400 - a person's slip, no traceback
            return None
        if _content(self.config.path) != content:
            return None  # written to again while it was read: the next look decides
        self._known = content
        self.config = apply_reload(self.config, found)
        return self.config


def apply_reload(now: Config, found: Config) -> Config:
    """Return ``found`` with what only a restart can change as it is ``now``; say what that was."""
    paths = ("database", "read_model", "tokens")
    moved = [one for one in paths if getattr(now.storage, one) != getattr(found.storage, one)]
    others = ("dashboard", "metrics", "simulated")
    waiting = [one for one in others if getattr(now, one) != getattr(found, one)]
    for name in [*(f"storage.{one}" for one in moved), *waiting]:
        logger.warning("%s: a change of %s needs a restart", found.path, name)
    found.secrets.tell(now.secrets)  # what masks the log knows the new ones too
    return replace(
        found,
        storage=found.storage.model_copy(update={one: getattr(now.storage, one) for one in moved}),
        secrets=now.secrets,
        **{one: getattr(now, one) for one in others},
    )


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
