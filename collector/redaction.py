"""Masking of secrets in logs and error texts: by value where known, by shape everywhere."""

import re
from collections.abc import Iterable

MASK = "[redacted]"
#: Nothing shorter is a secret of any platform, and masking it would garble every text.
_SHORTEST = 6
_SHAPES = re.compile(
    r"AIza[\w-]{30,}"
    r"|ya29\.[\w.-]+"
    r"|EAA[A-Za-z0-9]{20,}"
    r"|(?i:bearer|basic)\s+[\w.~+/=-]{8,}"
    r"|(?i:(?<=[?&])(?:key|access_token|client_secret|appsecret_proof|code|refresh_token"
    r"|fb_exchange_token|input_token)=)[^&\s'\"]+"
)


class Secrets:
    """The values to keep out of every text; tokens join them as they are renewed."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self.add(*values)

    def add(self, *values: str | None) -> None:
        """Mask these too; ``None`` and what is too short are ignored."""
        self._values |= {value for value in values if value and len(value) >= _SHORTEST}

    def share_with(self, others: "Secrets") -> None:
        """Let ``others`` mask what is masked here."""
        others.add(*self._values)

    def redact(self, text: str) -> str:
        """Return the text with every known secret, and whatever looks like one, masked."""
        for secret in sorted(self._values, key=len, reverse=True):  # one may be part of another
            text = text.replace(secret, MASK)
        return _SHAPES.sub(MASK, text)
