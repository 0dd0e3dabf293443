"""Writes values into SQL as literals, in the place of their ``$names``.

DuckDB 1.5 imports pandas to look at a bound parameter: 45 MB that a collector has no other use for.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

_NAME = re.compile(r"\$(\w+)")


def fill_placeholders(sql: str, values: Mapping[str, object]) -> str:
    """Return ``sql`` with each ``$name`` replaced by the literal of its value.

    Raises:
        KeyError: there is no value of that name.
        TypeError: a value of a type that has no literal here, or a time without a zone.
    """
    return _NAME.sub(lambda match: literal(values[match[1]]), sql)


def literal(value: object) -> str:
    """Return the SQL literal of ``None``, a truth, a number, text, a time, a day, or texts."""
    match value:
        case None:
            return "NULL"
        case bool() | int() | float():
            return str(value)
        case str():
            return _text(value)
        case datetime():
            if value.tzinfo is None:
                raise TypeError(f"{value} has no time zone")
            return f"TIMESTAMPTZ '{value.astimezone(UTC).isoformat()}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case list():
            return f"[{', '.join(_text(str(text)) for text in value)}]::VARCHAR[]"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - texts
        case _:
            raise TypeError(f"no literal for {type(value).__name__}")


def _text(value: str) -> str:
    """Quote: a doubled quote is all that ends or escapes in such a text, but NUL cannot be in one."""
    parts = [f"'{part.replace(chr(39), chr(39) * 2)}'" for part in value.split("\0")]
    return parts[0] if len(parts) == 1 else f"({' || chr(0) || '.join(parts)})"
