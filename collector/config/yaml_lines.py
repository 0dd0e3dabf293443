"""Reads YAML so that every value still knows its line: what makes a config error findable."""

from pathlib import Path
from typing import Any, TypeAlias

import yaml

from collector.contract.errors import ConfigError

Path_: TypeAlias = tuple[str | int, ...]
Lines: TypeAlias = dict[Path_, int]


def read_yaml(path: Path) -> tuple[Any, Lines]:
    """Return the file's values, and the line of each by its path of keys and positions.

    Raises:
        ConfigError: the file cannot be read, is not YAML, or gives a key twice.
    """
    try:
        source = path.read_text(encoding="utf-8")
        root = yaml.compose(source, Loader=yaml.SafeLoader)
    except FileNotFoundError:
        raise ConfigError(f"{path}: not found. Name another file with --config.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {error}") from None
    lines: Lines = {}
    if root is not None:
        _note_lines(root, (), lines, path)
    return yaml.safe_load(source), lines


def line_of(lines: Lines, path: Path_) -> int:
    """Return the line of a value, or of the nearest one that contains it."""
    for length in range(len(path), -1, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


def _note_lines(node: yaml.Node, path: Path_, lines: Lines, file: Path) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for position, child in enumerate(node.value):
            _note_lines(child, (*path, position), lines, file)
    elif isinstance(node, yaml.MappingNode):
        for key_node, child in node.value:
            key = (*path, str(key_node.value))
            if key in lines:
                where = f"{file}:{key_node.start_mark.line + 1}"
                raise ConfigError(f"{where}: {key_node.value!r} stands twice; keep one of them")
            lines[key] = key_node.start_mark.line + 1
            _note_lines(child, key, lines, file)
