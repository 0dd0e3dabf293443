"""YAML files of which every value still knows its line, so that an error can name it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from collector.contract.errors import ConfigError, ConfigUnreadable
from storage.system.ordinary_files import NotOrdinary, check_ordinary

#: Larger than any configuration; parsing takes a hundred times as much memory.
MOST_BYTES = 5_000_000
#: Keys and positions in lists that lead to a value.
KeyPath: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class YamlFile:
    """A file's values, and the line of each."""

    path: Path
    values: Any
    lines: dict[KeyPath, int]

    def locate(self, *keys: str | int) -> str:
        """Return ``file:line: key.path`` of a value, with the line of the nearest that holds it."""
        lengths = range(len(keys), -1, -1)
        line = next((self.lines[keys[:n]] for n in lengths if keys[:n] in self.lines), 1)
        return f"{self.path}:{line}: {'.'.join(map(str, keys)) or 'the file'}"


def read_yaml(path: Path) -> YamlFile:
    """Return the file's values with their lines.

    Raises:
        ConfigUnreadable: the file cannot be read just now.
        ConfigError: there is none, it is not YAML, or has a key twice.
    """
    try:
        check_ordinary(path, most_bytes=MOST_BYTES)
        source = path.read_text(encoding="utf-8")
        root = yaml.compose(source, Loader=yaml.SafeLoader)
    except NotOrdinary as error:
        raise ConfigError(f"{error}. Name another file with --config.") from None
    except FileNotFoundError:
        raise ConfigError(f"{path}: not found. Name another file with --config.") from None
    except OSError as error:
        raise ConfigUnreadable(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {error}") from None
    lines: dict[KeyPath, int] = {}
    if root is not None:
        _note_lines(root, (), lines, path)
    return YamlFile(path=path, values=yaml.safe_load(source), lines=lines)


def _note_lines(node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int], file: Path) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for position, child in enumerate(node.value):
            _note_lines(child, (*path, position), lines, file)
    elif isinstance(node, yaml.MappingNode):
        for key_node, child in node.value:
            key, line = (*path, str(key_node.value)), key_node.start_mark.line + 1
            if key in lines:
                text = f"duplicate key {key_node.value!r}: remove one"
                raise ConfigError(f"{file}:{line}: {text}")
            lines[key] = line
            _note_lines(child, key, lines, file)
