"""Words and untrusted text as HTML that shows them as they are and nothing else.

Titles come from platforms: markup is escaped, control characters go, and ``<bdi>`` keeps a text's
own direction (and any direction override in it) from turning what stands around it.
"""

import re
from html import escape

from dashboard.i18n.words import Words

# NUL and its kind, which HTML cannot hold, and surrogates, which UTF-8 cannot.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


# Embeddings, overrides and isolates, with which a title could turn its own letters round.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Of those, what nobody here writes; isolates stand around our own numbers.
_OVERRIDES = re.compile("[\u202a-\u202e]")


def untrusted(text: str) -> str:
    """Return a platform's or a person's text without marks that would change how it reads."""
    return _DIRECTIONS.sub("", text)


def plain(text: str) -> str:
    """Return the text without characters that no page can show, or that turn its letters round."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", _OVERRIDES.sub("", text))


def bdi(text: str, *, ltr: bool = False) -> str:
    """Return the text escaped and isolated; ``ltr`` for numbers and code, whose direction is known."""
    direction = ' dir="ltr"' if ltr else ""
    return f"<bdi{direction}>{escape(plain(text))}</bdi>"


def phrase(words: Words, key: str, **values: str) -> str:
    """Return the words of ``key`` as HTML, every value escaped and isolated."""
    isolated = {name: bdi(value) for name, value in values.items()}
    return escape(words.template(key), quote=False).format(**isolated)


def plural(words: Words, key: str, count: int, **values: str) -> str:
    """Return the plural form of ``key`` for ``count`` as HTML."""
    return phrase(words, words.plural_key(key, count), count=words.number(count), **values)


def attribute(text: str) -> str:
    """Return the text for use inside a double-quoted attribute."""
    return escape(plain(text), quote=True)


def title_of(words: Words, title: str) -> str:
    """Return a broadcast's title, or the words for one that has none."""
    return untrusted(title).strip() or words.say("onair.untitled")


def for_option(text: str, longest: int = 80) -> str:
    """Return untrusted text as an option of a select box, which shows it as it is: one line, not too long.

    Not for labels, pills or buttons: Streamlit obeys Markdown there.
    """
    single = " ".join(plain(untrusted(text)).split())
    short = single if len(single) <= longest else single[: longest - 1] + "…"
    return f"\N{FIRST STRONG ISOLATE}{short}\N{POP DIRECTIONAL ISOLATE}"
