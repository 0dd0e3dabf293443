"""Messages of a configuration that does not fit: file, line, key, what is wrong and what is expected."""

import difflib
from typing import Any, cast, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from collector.config.yaml_lines import KeyPath, YamlFile

_LONGEST_VALUE = 40


def describe_errors(
    error: ValidationError, model: type[BaseModel], file: YamlFile, *section: str
) -> str:
    """Return one line for each thing that is wrong; ``section`` leads to the model's own section."""
    texts: list[str] = []
    for fault in error.errors(include_url=False, include_input=False):
        location = fault["loc"]
        is_key = location[-1:] == ("[key]",)  # it is a key of a mapping that does not fit
        path = (*section, *(location[:-1] if is_key else location))
        message = fault["msg"].removeprefix("Value error, ")
        problem, semicolon, expected = message.partition("; ")
        if fault["type"] == "extra_forbidden":
            text = f"unknown key; {_expected_keys(model, location)}"
        elif fault["type"] == "missing":
            text = "missing; it is required here"
        else:
            shown = f": {path[-1]!r}" if is_key else _shown(file.values, path)
            text = f"{problem[:1].lower()}{problem[1:]}{shown}{semicolon}{expected}"
        texts.append(f"{file.locate(*path)}: {text}")
    return "\n".join(texts)


def _shown(value: Any, path: KeyPath) -> str:
    """Return a value for a message: no section, and never one whose key looks like a secret's."""
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return ""
    if any(word in str(path[-1:]).lower() for word in ("key", "token", "secret", "password")):
        return ": a value that is not shown"
    if value is None or isinstance(value, dict | list):
        return ""
    text = repr(value)
    return f": {text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + '…'}"


def _expected_keys(model: type[BaseModel], location: KeyPath) -> str:
    """Return the keys of the section that holds the unknown one, the likeliest first."""
    section: Any = model
    for part in location[:-1]:
        if isinstance(part, str) and isinstance(section, type) and issubclass(section, BaseModel):
            section = section.model_fields[part].annotation
        section = _section_within(section)
    if not (isinstance(section, type) and issubclass(section, BaseModel)):
        return "expected no key here"
    fields = section.model_fields.items()
    names = [name for name, field in fields if SecretStr not in get_args(field.annotation)]
    close = difflib.get_close_matches(str(location[-1]), names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}expected one of {', '.join(names)}"


def _section_within(annotation: Any) -> Any:
    """Return the model inside a tuple, an optional or a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return cast("Any", annotation)
    sections = (_section_within(part) for part in get_args(annotation))
    return next((section for section in sections if section is not None), None)
