"""What a body looks like, without its values."""

from typing import Any


def shape(value: Any) -> Any:
    """Keys and types, without values; a list has the shape of its first element."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def contains(whole: Any, part: Any) -> bool:
    """Whether every key of ``part`` is in ``whole`` with the same type."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            name in whole and contains(whole[name], one) for name, one in part.items()
        )
    if isinstance(part, list):
        return isinstance(whole, list) and (not part or contains(whole[0], part[0]))
    return bool(whole == part)
