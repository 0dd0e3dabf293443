"""When editions passed their milestones, and what was reported of them, as HTML and a file. Pure."""

from datetime import datetime, timedelta

import polars as pl

from dashboard.components.editions import edition_names
from dashboard.components.table import Cell, Column, count, csv_bytes, muted, section, table
from dashboard.i18n.markup import bdi, phrase, untrusted
from dashboard.i18n.words import Words
from dashboard.view_model.comparison import EditionFigures, SideBySide
from storage.model import Reported
from storage.schema import UTC

_HOUR, _MINUTE = 3600, 60


def milestones(pair: SideBySide, words: Words, now: datetime) -> str:
    """Say when each edition passed each milestone, by hours since its opening."""
    measured = [figures for figures in pair.figures if figures.measured]
    if not any(figures.tells_views for figures in measured):
        return ""
    names = (bdi(edition_names(figures.edition, words)) for figures in measured)
    head = [
        Column("n", "editions.milestone", heads=True),
        *(Column("w", heading=heading) for heading in names),
    ]
    rows = (
        (count(words, views), *(_milestone(figures, views, words, now) for figures in measured))
        for views in pair.steps
    )
    caption = words.say("editions.milestones")
    return section(
        phrase(words, "editions.milestones"),
        table(words, head, rows, caption=caption, scroll="milestones"),
    )


def _milestone(
    figures: EditionFigures, views: int, words: Words, now: datetime
) -> str | Cell | None:
    if not figures.tells_views:
        return None
    passed = next((each for each in figures.milestones if each.views == views), None)
    if passed is None or passed.before is None:
        over = now >= figures.edition.ends_at
        return Cell(phrase(words, f"editions.milestone_{'never' if over else 'not'}"), "none")
    at = words.moment(passed.before, now)
    if passed.after is None:
        return Cell(phrase(words, "editions.milestone_first", at=at), "muted")
    since = since_opening(passed.before - figures.edition.starts_at, words)
    fell = ""
    if passed.fell_at is not None:
        text = phrase(words, "editions.milestone_fell", at=words.moment(passed.fell_at, now))
        fell = f'<br><small class="lt-state late wraps">{text}</small>'
    return (
        f"<b>{phrase(words, 'editions.milestone_at', age=since)}</b>"
        f'<br><small class="muted">{phrase(words, "editions.milestone_seen", at=at)}</small>{fell}'
    )


def since_opening(elapsed: timedelta, words: Words) -> str:
    """Return hours and minutes, both of them even where they are zero."""
    hours, rest = divmod(int(elapsed.total_seconds()), _HOUR)
    return words.say(
        "app.and",
        first=words.plural("age.hours", hours),
        last=words.plural("age.minutes", rest // _MINUTE),
    )


def reported(pair: SideBySide, words: Words) -> str:
    """List every edition with its measured and its reported figures, in columns of their own."""
    head = (
        Column("t", "editions.edition", named=True),
        Column("n", "editions.measured"),
        Column("n", "editions.reported_views"),
        Column("n", "editions.visitors"),
        Column("n", "editions.per_visitor"),
    )
    keys = [figures.edition.key for figures in pair.figures]
    listed = table(
        words,
        head,
        [_figures(figures, words) for figures in pair.figures],
        caption=words.say("editions.reported"),
        chosen=keys.index(pair.now.edition.key) if pair.now else None,
    )
    note = muted(phrase(words, "editions.reported_note"))
    return section(phrase(words, "editions.reported"), listed, note)


def _figures(figures: EditionFigures, words: Words) -> tuple[str | None, ...]:
    edition, views = figures.edition, count(words, figures.edition.total.views)
    if views is None:
        measured = None if figures.measured else _without(words, "not_measured")
    else:
        measured = f"<b>{views}</b>"
    days = words.date(edition.starts_at.astimezone(words.zone).date())
    title = f'<span class="title">{bdi(edition_names(edition, words))}</span>'
    return (
        f'{title}<small class="muted">{bdi(days)}</small>',
        measured,
        _reported(figures.reported_views, words),
        _reported(figures.reported_visitors, words),
        _per_visitor(figures, words),
    )


def _without(words: Words, key: str) -> str:
    return f'<span class="muted">{phrase(words, f"editions.{key}")}</span>'


def _reported(figure: Reported | None, words: Words) -> str:
    if figure is None:
        return _without(words, "not_reported")
    text = count(words, figure.value) or ""
    if figure.wording:
        text += f'<small class="muted">{bdi(untrusted(figure.wording))}</small>'
    sources = words.say("health.comma").join(untrusted(source) for source in figure.sources)
    if sources:
        cited = phrase(words, "editions.sources", sources=sources)
        text += f'<small class="muted lt-cited">{cited}</small>'
    return text


def _per_visitor(figures: EditionFigures, words: Words) -> str:
    ratio = figures.per_visitor
    ratios = {"reported": ratio.reported, "measured": ratio.measured} if ratio else {}
    lines = [
        phrase(words, f"editions.of_{key}", count=words.decimal(value))
        for key, value in ratios.items()
        if value is not None
    ]
    return "<br>".join(lines) or _without(words, "not_reported")


def csv(pair: SideBySide, *, simulated: bool) -> bytes:
    """Write the milestones of all editions as a file."""
    rows = [
        (
            figures.edition.key,
            figures.edition.starts_at,
            passed.views,
            passed.after,
            passed.before,
            passed.fell_at,
            passed.stands,
            "simulated" if simulated else "imported" if figures.edition.is_imported else "measured",
        )
        for figures in pair.figures
        for passed in figures.milestones
    ]
    return csv_bytes(pl.DataFrame(rows, schema=_FILE, orient="row"))


_FILE = pl.Schema(
    {
        "edition": pl.String,
        "opened_at": UTC,
        "views": pl.Int64,
        "passed_after": UTC,
        "passed_before": UTC,
        "fell_below_at": UTC,
        "stands": pl.Boolean,
        "source": pl.String,
    }
)
