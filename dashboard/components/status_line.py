"""Where an edition stands, above the tables: the wall's line, or before the opening how long it is to it. Pure."""

from datetime import datetime

from dashboard.components import wall
from dashboard.i18n.markup import phrase
from dashboard.i18n.words import Words
from dashboard.view_model.edition import EditionModel


def status_line(edition: EditionModel, words: Words, now: datetime) -> str:
    """The line, or the countdown."""
    if now < edition.starts_at and edition.total.views is None and not edition.on_air:
        age = words.age((edition.starts_at - now).total_seconds())
        said = phrase(words, "phase.opens_in", age=age, at=words.full(edition.starts_at))
        return f'<p class="lt-lead">{said}</p>'
    return wall.now_line(edition, words, now)
