"""Editions side by side as HTML: how they compare and why, milestones, and reported figures. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from dashboard import comparison
from dashboard.charts.palette import name, ordered
from dashboard.comparison import EditionFigures, Milestone, SideBySide
from dashboard.edition import EditionPicture
from dashboard.ui.markup import bdi, phrase, untrusted
from dashboard.ui.rows import cell, count, table
from dashboard.ui.tables import Column, Sheet, csv_bytes
from dashboard.ui.words import Words
from storage.analysis.editions import Attribution, Beside
from storage.analysis.milestones import MILESTONES
from storage.model import Reported
from storage.schema import UTC

_PARTS = ("platforms", "hours", "definition", "airtime", "per_hour", "unexplained")
_HOUR, _MINUTE = 3600, 60


def named(edition: EditionPicture, words: Words) -> str:
    """The edition's name in the reader's language."""
    return getattr(edition.names, words.language)


def claim(found: SideBySide, words: Words) -> str:
    """What the curves say, in a sentence."""
    now, before = found.now, found.before
    if now is None or not now.measured or now.edition.total.views is None:
        return phrase(words, "editions.claim_none")
    mine, theirs = found.at_hour
    if before is None or mine is None or theirs is None:
        return phrase(words, "editions.claim_alone", views=words.number(now.edition.total.views))
    key = "more" if mine > theirs else "less" if mine < theirs else "same"
    values = {
        "hours": words.number(found.hour),
        "views": words.number(mine),
        "before": named(before.edition, words),
    }
    if mine != theirs:
        values["difference"] = words.number(abs(mine - theirs))
    return phrase(words, f"editions.claim_{key}", **values)


def sides(found: SideBySide, words: Words) -> str:
    """Like for like, and all that was measured."""
    compared, now, before = found.comparison, found.now, found.before
    if compared is None or now is None or before is None:
        return ""
    names = named(now.edition, words), named(before.edition, words)
    notes: list[str] = []
    if compared.refused:
        refused = _platforms(compared.refused, words)
        notes.append(phrase(words, "editions.refused", platforms=refused))
    if compared.masked:
        masked = words.number(compared.masked)
        notes.append(phrase(words, "editions.masked", count=masked))
    if compared.like_for_like is None:
        like = f"<p>{phrase(words, 'editions.like_none')}</p>"
    else:
        what = phrase(
            words,
            "editions.like_what",
            hours=words.number(compared.hours),
            platforms=_platforms(compared.platforms, words),
        )
        like = _beside(compared.like_for_like, names, what, words)
    said = "".join(f'<p class="muted">{note}</p>' for note in notes)
    whole = _beside(compared.everything, names, phrase(words, "editions.all_what"), words)
    return (
        f'<section class="lt-sides"><article class="lt-side"><h2>{phrase(words, "editions.like")}</h2>{like}{said}</article>'
        f'<article class="lt-side"><h2>{phrase(words, "editions.all")}</h2>{whole}</article></section>'
    )


def _platforms(keys: Sequence[str], words: Words) -> str:
    return words.say("health.comma").join(words.isolate(name(key)) for key in ordered(keys))


def _beside(sides: Beside, names: tuple[str, str], what: str, words: Words) -> str:
    most = max(sides.now, sides.before, 1)
    rows = "".join(
        f'<div><span class="of">{bdi(title)}</span>'
        f'<span class="track{tone}" aria-hidden="true"><i style="width:{100 * max(0, views) / most:.1f}%"></i></span>'
        f"<b>{count(words, views)}</b></div>"
        for title, views, tone in zip(names, (sides.now, sides.before), (" now", ""), strict=True)
    )
    ratio = (
        bdi(words.say("editions.ratio", ratio=words.decimal(sides.ratio, 2)), ltr=True)
        if sides.ratio is not None
        else "—"
    )
    airtime = ""
    if sides.airtime_now or sides.airtime_before:
        hours = [words.decimal(value) for value in (sides.airtime_now, sides.airtime_before)]
        airtime = f"<p class='muted'>{phrase(words, 'editions.airtime', now=hours[0], before=hours[1])}</p>"
    return (
        f'<p class="ratio">{ratio}</p><div class="lt-pair">{rows}</div>'
        f'<p class="muted">{what}</p>{airtime}'
    )


def attribution(found: SideBySide, words: Words) -> str:
    """Where the difference comes from: the parts, largest first, and the largest in words."""
    if found.comparison is None:
        return ""
    parts = parts_of(found.comparison.attribution)
    if not parts:
        return ""
    difference = words.signed(found.comparison.everything.difference)
    largest = max(abs(value) for _, value in parts)
    rows = "".join(
        f"<div><span>{phrase(words, f'editions.part_{key}')}</span>"
        f'<span class="track" aria-hidden="true"><i class="{"more" if value > 0 else "less"}"'
        f' style="width:{50 * abs(value) / largest:.1f}%"></i></span>'
        f'<span class="n">{bdi(words.signed(round(value)))}</span></div>'
        for key, value in parts
    )
    first, value = parts[0]
    mostly = phrase(
        words,
        "editions.mostly",
        part=words.say(f"editions.part_{first}"),
        change=words.signed(round(value)),
    )
    heading = phrase(words, "editions.attribution", difference=difference)
    return (
        f'<section class="lt-part"><h2>{heading}</h2><p>{mostly}</p><div class="lt-parts">{rows}</div>'
        f'<p class="muted">{phrase(words, "editions.attribution_note")}</p></section>'
    )


def parts_of(attribution: Attribution) -> list[tuple[str, float]]:
    """The parts that are any, by their names, the largest first."""
    parts = [(key, float(getattr(attribution, key))) for key in _PARTS]
    told = [(key, value) for key, value in parts if round(value)]
    return sorted(told, key=lambda part: -abs(part[1]))


def milestones(found: SideBySide, words: Words, now: datetime) -> str:
    """When each edition passed each milestone, by hours since its opening."""
    measured = [one for one in found.figures if one.measured]
    if not measured:
        return ""
    heads = "".join(
        f'<th scope="col" class="w">{bdi(named(one.edition, words))}</th>' for one in measured
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
        f'<tr class="{"chosen" if chosen else ""}"><td class="t"><span class="title">{bdi(named(edition, words))}</span>'
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


def sheet(found: SideBySide, words: Words, *, simulated: bool) -> Sheet:
    """The numbers behind the curves, an hour a row."""
    rows = comparison.by_hour(found)
    names = {one.edition.key: named(one.edition, words) for one in found.figures}
    source = "simulated" if simulated else "platform-reported, polled by LiveTally"
    return Sheet(
        rows=rows.with_columns(
            name=pl.col("edition").replace_strict(names, return_dtype=pl.String)
        ),
        columns=(
            Column(name="name", heading="editions.edition", kind="text"),
            Column(name="hour", heading="editions.hour", kind="number"),
            Column(name="views", heading="editions.measured", kind="number"),
        ),
        csv=csv_bytes(rows.with_columns(source=pl.lit(source))),
        file_name="livetally-editions.csv",
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
