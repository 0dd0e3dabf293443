"""When editions passed their milestones, and what was reported of them, as HTML and a file. Pure."""

from datetime import datetime, timedelta

import polars as pl

from dashboard.components.editions import edition_names
from dashboard.components.rows import cell, count, table
from dashboard.components.tables import csv_bytes
from dashboard.i18n.markup import bdi, phrase, untrusted
from dashboard.i18n.words import Words
from dashboard.view_model.comparison import EditionFigures, Milestone, SideBySide
from storage.analysis.milestones import MILESTONES
from storage.model import Reported
from storage.schema import UTC

_HOUR, _MINUTE = 3600, 60


def milestones(found: SideBySide, words: Words, now: datetime) -> str:
    """When each edition passed each milestone, by hours since its opening."""
    measured = [one for one in found.figures if one.measured]
    if not measured:
        return ""
    heads = "".join(
        f'<th scope="col" class="w">{bdi(edition_names(one.edition, words))}</th>'
        for one in measured
    )
    rows = "".join(
        f'<tr><th scope="row" class="n">{count(words, views)}</th>'
        + "".join(_milestone(one, views, words, now) for one in measured)
        + "</tr>"
        for views in MILESTONES
    )
    head = f'<th scope="col" class="n">{phrase(words, "editions.milestone")}</th>'
    label = words.say("editions.milestones")
    return (
        f'<section class="lt-part"><h2>{phrase(words, "editions.milestones")}</h2>'
        f'<div class="lt-scroll milestones" tabindex="0" role="group" aria-label="{label}">'
        f"<table><thead><tr>{head}{heads}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _milestone(one: EditionFigures, views: int, words: Words, now: datetime) -> str:
    found = next((each for each in one.milestones if each.views == views), None)
    if found is None or found.before is None:
        over = now >= one.edition.ends_at
        key = "milestone_never" if over else "milestone_not"
        return f'<td class="w none">{phrase(words, f"editions.{key}")}</td>'
    at = words.moment(found.before, now)
    if found.after is None:
        first = phrase(words, "editions.milestone_first", at=at)
        return f'<td class="w muted">{first}</td>'
    since = since_opening(found.before - one.edition.starts_at, words)
    said = f"<b>{phrase(words, 'editions.milestone_at', age=since)}</b>"
    seen = phrase(words, "editions.milestone_seen", at=at)
    fell = ""
    if found.fell_at is not None:
        text = phrase(words, "editions.milestone_fell", at=words.moment(found.fell_at, now))
        fell = f'<br><small class="lt-state late wraps">{text}</small>'
    return f'<td class="w">{said}<br><small class="muted">{seen}</small>{fell}</td>'


def since_opening(elapsed: timedelta, words: Words) -> str:
    """Hours and minutes, both told."""
    hours, rest = divmod(int(elapsed.total_seconds()), _HOUR)
    return words.say(
        "app.and",
        first=words.plural("age.hours", hours),
        last=words.plural("age.minutes", rest // _MINUTE),
    )


def reported(found: SideBySide, words: Words) -> str:
    """Every edition with its measured and its reported figures, in columns of their own."""
    heads = (
        ("t", "editions.edition"),
        ("n", "editions.measured"),
        ("n", "editions.reported_views"),
        ("n", "editions.visitors"),
        ("n", "editions.per_visitor"),
    )
    chosen = found.now.edition.key if found.now else None
    rows = [_figures(one, words, chosen=one.edition.key == chosen) for one in found.figures]
    title = words.say("editions.reported")
    drawn = table(words, heads, rows, name=title, cls="cards")
    return (
        f'<section class="lt-part"><h2>{phrase(words, "editions.reported")}</h2>{drawn}'
        f'<p class="muted">{phrase(words, "editions.reported_note")}</p></section>'
    )


def _figures(one: EditionFigures, words: Words, *, chosen: bool) -> str:
    edition = one.edition
    none = phrase(words, "editions.not_measured")
    views = edition.total.views
    measured = (
        f"<b>{count(words, views)}</b>"
        if views is not None
        else f"<span class='muted'>{none}</span>"
    )
    days = words.date(edition.starts_at.astimezone(words.zone).date())
    return (
        f'<tr class="{"chosen" if chosen else ""}"><td class="t"><span class="title">{bdi(edition_names(edition, words))}</span>'
        f'<small class="muted">{bdi(days)}</small></td>'
        f"{cell(words, 'editions.measured', measured, 'n')}"
        f"{cell(words, 'editions.reported_views', _reported(one.reported_views, words), 'n')}"
        f"{cell(words, 'editions.visitors', _reported(one.reported_visitors, words), 'n')}"
        f"{cell(words, 'editions.per_visitor', _per_visitor(one, words), 'n')}</tr>"
    )


def _reported(figure: Reported | None, words: Words) -> str:
    if figure is None:
        return f'<span class="muted">{phrase(words, "editions.not_reported")}</span>'
    sources = words.say("health.comma").join(untrusted(one) for one in figure.sources)
    cited = f'<small class="muted lt-cited">{phrase(words, "editions.sources", sources=sources)}</small>'
    said = (
        f'<small class="muted">{bdi(untrusted(figure.wording))}</small>' if figure.wording else ""
    )
    return f"{count(words, figure.value)}{said}{cited if sources else ''}"


def _per_visitor(one: EditionFigures, words: Words) -> str:
    ratio = one.per_visitor
    told = [("reported", ratio.reported), ("measured", ratio.measured)] if ratio is not None else []
    said = [
        phrase(words, f"editions.of_{key}", count=words.decimal(value))
        for key, value in told
        if value is not None
    ]
    return (
        "<br>".join(said) or f'<span class="muted">{phrase(words, "editions.not_reported")}</span>'
    )


def csv(found: SideBySide, *, simulated: bool) -> bytes:
    """The milestones of all editions as a file."""
    rows = [
        (
            one.edition.key,
            one.edition.starts_at,
            *_as_row(each),
            "simulated" if simulated else "measured",
        )
        for one in found.figures
        for each in one.milestones
    ]
    return csv_bytes(pl.DataFrame(rows, schema=_FILE, orient="row"))


def _as_row(one: Milestone) -> tuple[int, datetime | None, datetime | None, datetime | None, bool]:
    return one.views, one.after, one.before, one.fell_at, one.stands


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
