"""Keeps secrets out of logs and error texts: by value where known, by shape everywhere."""

import logging
import re
from collections.abc import Sequence

MASK = "[redacted]"
_SHAPES = re.compile(
    r"AIza[\w-]{30,}"
    r"|ya29\.[\w.-]+"
    r"|EAA[A-Za-z0-9]{20,}"
    r"|(?i:bearer|basic)\s+[\w.~+/=-]{8,}"
    r"|(?i:(?<=[?&])(?:key|access_token|client_secret|appsecret_proof)=)[^&\s'\"]+"
)


def redact(text: str, secrets: Sequence[str]) -> str:
    """Return the text with every known secret, and whatever looks like one, masked."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    return _SHAPES.sub(MASK, text)


class RedactingFormatter(logging.Formatter):
    """Formats a whole record, its traceback included, and then masks it."""

    def __init__(self, layout: str, secrets: Sequence[str]) -> None:
        super().__init__(layout)
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line without secrets."""
        return redact(super().format(record), self._secrets)
