"""A state as shape, word and colour together, so that none of them is needed alone."""

from datetime import datetime

from dashboard.i18n.markup import bdi, phrase
from dashboard.i18n.words import Words
from storage.analysis.freshness import Freshness

SHAPES = {
    Freshness.FRESH: "●",
    Freshness.LATE: "◆",
    Freshness.STALE: "▲",
    Freshness.ERROR: "✖",
    Freshness.WAITING: "○",
    Freshness.ENDED: "■",
}
_AGED = {Freshness.FRESH, Freshness.LATE, Freshness.STALE, Freshness.ERROR}


def badge(words: Words, state: Freshness, observed_at: datetime | None, now: datetime) -> str:
    """Return the state with its age where age is what makes it."""
    word = words.say(f"state.{state.value}")
    if observed_at is None or state not in _AGED:
        return mark(state, bdi(word))
    age = words.age((now - observed_at).total_seconds())
    return mark(state, phrase(words, "state.with_age", state=word, age=age))


def mark(state: Freshness, text: str, tag: str = "span") -> str:
    """Return ``text``, which is HTML, with the shape and the colour of ``state``."""
    shape = f'<span aria-hidden="true">{SHAPES[state]}</span>'
    return f'<{tag} class="lt-state {state.value}">{shape} {text}</{tag}>'
