"""What the figures of owners' exports count: ``definitions.toml`` of this folder."""

from pathlib import Path

from storage.definitions import load

_FILE = Path(__file__).with_name("definitions.toml")

#: By key, in the file's order.
DEFINITIONS = {definition.key: definition for definition in load(_FILE)}
