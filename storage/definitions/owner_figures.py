"""What the figures of owners' exports count: ``owner_figures.toml``."""

from pathlib import Path

from storage.definitions import load

_FILE = Path(__file__).with_name("owner_figures.toml")

#: By key, in the file's order.
DEFINITIONS = {definition.key: definition for definition in load(_FILE)}
