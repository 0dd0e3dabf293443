"""Says what is wrong with a configuration: file, line, key, what was found and what is allowed."""

import difflib
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from collector.config.yaml_lines import Lines, Path_, line_of

_LONGEST_FINDING = 40


def describe_errors(
    error: ValidationError,
    model: type[BaseModel],
    found: Any,
    lines: Lines,
    *,
    file: Path,
    at: Path_ = (),
) -> str:
    """Return one line for each thing that is wrong; ``at`` is where the model's section stands."""
    texts: list[str] = []
    for fault in error.errors(include_url=False, include_input=False):
        path = (*at, *fault["loc"])
        where = f"{file}:{line_of(lines, path)}: {_dotted(path)}"
        if fault["type"] == "extra_forbidden":
            texts.append(f"{where}: unknown key; {_allowed(model, fault['loc'])}")
        elif fault["type"] == "missing":
            texts.append(f"{where}: missing; it is required here")
        else:
            wanted = fault["msg"].removeprefix("Value error, ")
            texts.append(f"{where}: found {_shown(found, path)}: {wanted}")
    return "\n".join(texts)


def _dotted(path: Path_) -> str:
    return ".".join(str(part) for part in path) or "the file"


def _shown(found: Any, path: Path_) -> str:
    """Show a value, but never one whose key looks like a secret's."""
    for part in path:
        try:
            found = found[part]
        except (KeyError, IndexError, TypeError):
            return "nothing"
    if any(word in str(path[-1:]).lower() for word in ("key", "token", "secret", "password")):
        return "a value that is not shown"
    if isinstance(found, dict | list):
        return "a section"
    shown = repr(found)
    return shown if len(shown) <= _LONGEST_FINDING else shown[:_LONGEST_FINDING] + "…"


def _allowed(model: type[BaseModel], location: Path_) -> str:
    """List the keys of the section that holds the unknown one, the likeliest first."""
    section: Any = model
    for part in location[:-1]:
        if isinstance(part, str) and isinstance(section, type) and issubclass(section, BaseModel):
            section = section.model_fields[part].annotation
        section = _section_within(section)
    if not (isinstance(section, type) and issubclass(section, BaseModel)):
        return "nothing of that name is allowed"
    fields = section.model_fields.items()
    names = [name for name, field in fields if SecretStr not in get_args(field.annotation)]
    close = difflib.get_close_matches(str(location[-1]), names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}allowed: {', '.join(names)}"


def _section_within(annotation: Any) -> Any:
    """Return the model inside a tuple, an optional or a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return cast("Any", annotation)
    for part in get_args(annotation):
        section = _section_within(part)
        if section is not None:
            return section
    return None
