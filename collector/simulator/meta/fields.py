"""Meta's ``fields`` parameter: names with modifiers and what is requested below them.

``id,video{id,views},comments.summary(true).limit(0),permalink_url``.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"\s*([A-Za-z0-9_]+|\((?:[^()]*)\)|[.,{}])")


class BadFields(Exception):
    """The parameter is not well formed; the platform answers with code 2500."""


@dataclass(frozen=True, slots=True)
class RequestedField:
    """One field that is asked for; ``below`` is ``None`` where nothing is said of it."""

    name: str
    modifiers: dict[str, str]
    below: "list[RequestedField] | None"


def parse_fields(text: str) -> list[RequestedField]:
    """Return what ``text`` asks for; raises :class:`BadFields`."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise BadFields(text)
    requested = _list(tokens)
    if tokens:
        raise BadFields(text)
    return requested


def _list(tokens: list[str]) -> list[RequestedField]:
    requested = [_field(tokens)]
    while tokens[:1] == [","]:
        tokens.pop(0)
        requested.append(_field(tokens))
    return requested


def _field(tokens: list[str]) -> RequestedField:
    name = _word(tokens)
    modifiers: dict[str, str] = {}
    while tokens[:1] == ["."]:
        tokens.pop(0)
        modifier = _word(tokens)
        if not tokens or not tokens[0].startswith("("):
            raise BadFields(modifier)
        modifiers[modifier] = tokens.pop(0)[1:-1]
    below = None
    if tokens[:1] == ["{"]:
        tokens.pop(0)
        below = _list(tokens)
        if tokens[:1] != ["}"]:
            raise BadFields(name)
        tokens.pop(0)
    return RequestedField(name, modifiers, below)


def _word(tokens: list[str]) -> str:
    if not tokens or not re.fullmatch(r"[A-Za-z0-9_]+", tokens[0]):
        raise BadFields(tokens[0] if tokens else "")
    return tokens.pop(0)
