"""What stands after a number of viewers, for pages that may be open longer than they are renewed."""

from dashboard.i18n.markup import phrase
from dashboard.i18n.words import Words


def viewers_claim(words: Words, now: str, past: str) -> str:
    """Return the words of ``now``, and those of ``past`` for an open page no longer renewed."""
    return f'<span class="is">{phrase(words, now)}</span><span class="was">{phrase(words, past)}</span>'


def viewers_unit(words: Words, *, old: bool) -> str:
    """Return what stands after a number of viewers; ``old``: they watched a while ago."""
    if old:
        return phrase(words, "tile.watched")
    return viewers_claim(words, "tile.watching", "tile.watched")
