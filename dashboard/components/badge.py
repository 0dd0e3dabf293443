"""A state as shape, word and colour together, so that none of them is needed alone."""

from datetime import datetime

from dashboard.i18n.markup import bdi, phrase
from dashboard.i18n.words import Words
from dashboard.view_model.freshness import Freshness

SHAPES = {
    Freshness.FRESH: "●",
    Freshness.LATE: "◆",
    Freshness.STALE: "▲",
    Freshness.ERROR: "✖",
    Freshness.WAITING: "○",
    Freshness.ENDED: "■",
}


def badge(words: Words, state: Freshness, observed_at: datetime | None, now: datetime) -> str:
    """The state with its age where age is what makes it."""
    word = words.say(f"state.{state.value}")
    aged = {Freshness.FRESH, Freshness.LATE, Freshness.STALE, Freshness.ERROR}
    if observed_at is not None and state in aged:
        age = words.age((now - observed_at).total_seconds())
        text = phrase(words, "state.with_age", state=word, age=age)
    else:
        text = bdi(word)
    return f'<span class="lt-state {state.value}"><span aria-hidden="true">{SHAPES[state]}</span> {text}</span>'
