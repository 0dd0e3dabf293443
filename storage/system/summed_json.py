"""JSON that carries its own sum: a reader tells the text that was written from any other.

The last key is ``sum``, the SHA-256 of all that stands before it. It finds what a disk or a copy did;
whoever changes a file on purpose can make its sum too.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

# Blanks at the end fill a file to its length.
_SUMMED = re.compile(rb'(.+), "sum": "([0-9a-f]{64})"\} *', re.DOTALL)


class DamagedText(ValueError):
    """The text is not the one that was written; the message does not quote it."""


def with_sum(fields: Mapping[str, Any], *, indent: int | None = None) -> str:
    """Write ``fields``, of which there is at least one, as JSON with its sum."""
    body = json.dumps(fields, ensure_ascii=False, indent=indent).removesuffix("}").rstrip("\n")
    return f'{body}, "sum": "{hashlib.sha256(body.encode()).hexdigest()}"}}'


def without_sum(text: bytes, *, of_before: Collection[str] = ()) -> dict[str, Any]:
    """Read what :func:`with_sum` wrote.

    ``of_before`` are the keys of files that an earlier release wrote without a sum: a text that has
    these and no other is read unchecked.

    Raises:
        DamagedText: it is another text.
    """
    summed = _SUMMED.fullmatch(text)
    if summed:
        body, expected = summed[1], summed[2].decode()
        if hashlib.sha256(body).hexdigest() != expected:
            raise DamagedText("its sum is that of another text")
        text = body + b"}"
    try:
        fields: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError):
        raise DamagedText("no JSON") from None  # the cause quotes the text, which may be a token
    if not isinstance(fields, dict):  # pyright: ignore[reportUnnecessaryIsInstance] - JSON may be anything
        raise DamagedText("no JSON object")
    if not summed and not set(fields) <= set(of_before):
        raise DamagedText("its sum is missing")
    return fields
