"""Masking of secrets in logs and error texts: by value where known, by shape everywhere."""

import re
from collections.abc import Iterable

MASK = "[redacted]"
#: Nothing shorter is a secret of any platform, and masking it would garble every text.
_SHORTEST = 6
#: As much of a text as is shown, and as is looked through before: an answer may be of any size.
LONGEST_SHOWN = 600
_LONGEST_SEARCHED = 4000

_NAMES = (
    r"(?:access|refresh|id|input|user|bearer)_?token|fb_exchange_token|oauth_token"
    r"|(?:client|app)_?secret|appsecret_proof|api_?key|password|signed_request"
)
_REST = r"(?!\[redacted\])[^&\s'\"\\,;)}\]]+"
_NAMED = re.compile(
    r"((?:"
    rf"(?<![a-z])(?:{_NAMES}|(?<!_)token|(?<!_)secret)"
    r"(?:=|%3D|\\*[\"']?\s*:\s*\\*[\"'])\\*[\"']?"
    rf"|(?<![a-z])(?:{_NAMES}):\s*(?=\S*\d)"
    r"|(?<=[?&])(?:key|code|token|secret|sig)="
    r"|authorization[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic|oauth)\s++|(?=\S*\d))"
    # "Malformed access token ..." repeats the token.
    r"|\btoken[\s:'\"]+(?=[\w.|-]{16})(?=[^\s'\"]*\d)(?=[^\s'\"]*[a-z])"
    rf")){_REST}",
    re.IGNORECASE,
)
_SHAPES = re.compile(
    r"AIza[\w-]{30,}"
    r"|ya29\.[\w.-]+"
    r"|(?<![A-Za-z0-9])EAA[A-Za-z0-9]{8,}"
    r"|\beyJ[\w-]{8,}(?:\.[\w-]+)+"  # a JWT
    r"|\b(?:act|rft|clt)\.[\w!.-]{16,}"
    r"|\b\d{8,}(?:\||%7C)[\w-]{16,}"  # an app's own token: its id and its secret
    r"|\b[0-9a-f]{64}\b"
    r"|(?<=://)[^\s/:@]+:[^\s/@]+(?=@)"
    r"|(?i:bearer)\s+(?!(?i:tokens?|auth\w*|credentials?|scheme)\b)[\w.~+/=%-]{8,}"
    r"|(?i:basic)\s+(?=\S*(?:[0-9=]|[a-z][A-Z]))[\w.~+/=-]{8,}"
)
_LONG_RUN = re.compile(r"[A-Za-z0-9_-]{32,}")
#: Words as they stand in names of permissions and in addresses: page_token, DGSN, Day2, 2026.
_WORD = re.compile(r"[A-Z]?[a-z]{0,24}\d{0,10}|[A-Z]{1,24}\d{0,10}|\d+")
_PLAYLIST = re.compile(r"PL[\w-]{32}")
_BETWEEN_WORDS = re.compile(r"[^\w.~+/=%|!-]", re.ASCII)


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
        return without_secrets(text)


def without_secrets(text: str) -> str:
    """Return the text with whatever looks like a secret masked: names, words and ids stay."""
    masked = _SHAPES.sub(MASK, _NAMED.sub(rf"\1{MASK}", text))
    return _LONG_RUN.sub(_masked_run, masked)


def shown(text: str) -> str:
    """Return what is shown of a text of others: without secrets, of a long one both its ends."""
    return both_ends(without_secrets(both_ends(text, _LONGEST_SEARCHED)), LONGEST_SHOWN)


def both_ends(text: str, most: int) -> str:
    """Return a text, of one over ``most`` characters its beginning and its end: the remedy stands there."""
    if len(text) <= most:
        return text
    half = most // 2 - 2
    return f"{beginning(text, half)} … {beginning(text[::-1], half)[::-1]}"


def beginning(text: str, most: int) -> str:
    """Return the first ``most`` characters, cut between words: half a secret is not known for one."""
    if len(text) <= most:
        return text
    cuts = [cut.start() for cut in _BETWEEN_WORDS.finditer(text, most // 2, most + 1)]
    return text[: cuts[-1] if cuts else most]


def _masked_run(run: re.Match[str]) -> str:
    text = run[0]
    mixed = all(any(map(is_one, text)) for is_one in (str.isdigit, str.islower, str.isupper))
    worded = all(map(_WORD.fullmatch, re.split("[_-]+", text)))
    return text if not mixed or worded or _PLAYLIST.fullmatch(text) else MASK
