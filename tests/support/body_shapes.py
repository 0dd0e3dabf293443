"""What a body looks like, without its values."""

from typing import Any


def shape(value: Any) -> Any:
    """Return keys and types, without values; a list has the shape of its first element."""
    if isinstance(value, dict):
        return {name: shape(below) for name, below in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def contains(body: Any, part: Any) -> bool:
    """Tell whether every key of ``part`` is in ``body`` with the same type."""
    if isinstance(part, dict):
        return isinstance(body, dict) and all(
            name in body and contains(body[name], below) for name, below in part.items()
        )
    if isinstance(part, list):
        return isinstance(body, list) and (not part or contains(body[0], part[0]))
    return bool(body == part)
