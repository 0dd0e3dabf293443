"""Editions side by side as HTML: what the curves say, how they compare, and why. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from dashboard.components.table import (
    Column,
    Sheet,
    SheetColumn,
    count,
    csv_bytes,
    muted,
    section,
    sheet_of,
    source_text,
    table,
)
from dashboard.i18n.markup import bdi, phrase, plain
from dashboard.i18n.words import Words
from dashboard.view_model import comparison
from dashboard.view_model.comparison import Audiences, EditionFigures, SideBySide
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.edition_viewers import viewers_by_hour
from dashboard.view_model.platforms import name, ordered
from storage.analysis.editions.comparison import Attribution, ReportedFigures
from storage.analysis.viewers.audience import Audience
from storage.schema import UTC

_PARTS = ("platforms", "hours", "definition", "airtime", "per_hour", "unexplained")


def edition_names(edition: EditionModel, words: Words) -> str:
    """Return the edition's name in the reader's language, marked where it was imported."""
    name = plain(getattr(edition.names, words.language))
    return words.say("imported.name", edition=name) if edition.is_imported else name


def headline(pair: SideBySide, words: Words) -> str:
    """Return what the curves say, in a sentence."""
    now, before = pair.now, pair.before
    if now is None or not now.measured:
        return words.say("editions.claim_none")
    views = now.edition.total.views
    if views is None:
        return words.say("editions.claim_untold")
    mine, theirs = pair.at_hour
    if before is None or mine is None:
        return words.say("editions.claim_alone", views=words.number(views))
    if theirs is None:
        other = edition_names(before.edition, words)
        return words.say("editions.claim_beside", views=words.number(views), before=other)
    key = "more" if mine > theirs else "less" if mine < theirs else "same"
    values = {
        "hours": words.number(pair.hour),
        "views": words.number(mine),
        "before": edition_names(before.edition, words),
    }
    if mine != theirs:
        values["difference"] = words.number(abs(mine - theirs))
    return words.say(f"editions.claim_{key}", **values)


def sides(pair: SideBySide, words: Words) -> str:
    """Compare like for like, and beside it all that was measured."""
    compared, now, before = pair.comparison, pair.now, pair.before
    if compared is None or now is None or before is None:
        return ""
    if compared.everything.now is None and compared.everything.before is None:
        return ""
    names = edition_names(now.edition, words), edition_names(before.edition, words)
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
    if compared.refused:
        refused = _platforms(compared.refused, words)
        like += muted(phrase(words, "editions.refused", platforms=refused))
    if compared.masked:
        like += muted(phrase(words, "editions.masked", count=words.number(compared.masked)))
    everything = _beside(compared.everything, names, phrase(words, "editions.all_what"), words)
    return (
        f'<section class="lt-sides"><article class="lt-side"><h2>{phrase(words, "editions.like")}</h2>{like}</article>'
        f'<article class="lt-side"><h2>{phrase(words, "editions.all")}</h2>{everything}</article></section>'
    )


def _platforms(keys: Sequence[str], words: Words) -> str:
    return words.say("health.comma").join(words.isolate(name(key)) for key in ordered(keys))


def _beside(sides: ReportedFigures, names: tuple[str, str], what: str, words: Words) -> str:
    most = max(sides.now or 0, sides.before or 0, 1)
    rows = "".join(
        f'<div><span class="of">{bdi(title)}</span>'
        f'<span class="track{tone}" aria-hidden="true"><i style="width:{100 * max(0, views or 0) / most:.1f}%"></i></span>'
        f"<b>{count(words, views) or phrase(words, 'onair.not_told')}</b></div>"
        for title, views, tone in zip(names, (sides.now, sides.before), (" now", ""), strict=True)
    )
    ratio = "—"
    if sides.ratio is not None:
        times = words.say("editions.ratio", ratio=words.decimal(sides.ratio, 2))
        ratio = bdi(times, ltr=True)
    airtime = ""
    if sides.airtime_now or sides.airtime_before:
        now, before = words.decimal(sides.airtime_now), words.decimal(sides.airtime_before)
        airtime = muted(phrase(words, "editions.airtime", now=now, before=before))
    return f'<p class="ratio">{ratio}</p><div class="lt-pair">{rows}</div>{muted(what)}{airtime}'


def audience(pair: SideBySide, measured: Audiences, words: Words, now: datetime) -> str:
    """Put the audiences of both side by side, like for like and all; alone where there is no other."""
    if pair.now is None or (measured.now.peak is None and measured.compared is None):
        return ""
    names = [edition_names(pair.now.edition, words)]
    everything = [measured.now]
    like = ""
    compared = measured.compared
    if compared is not None and pair.before is not None:
        names.append(edition_names(pair.before.edition, words))
        everything.append(compared.everything.before)
        alike = compared.like_for_like
        like = (
            f"<p>{phrase(words, 'editions.audience_none')}</p>"
            if alike is None
            else _audience_table(names, [alike.now, alike.before], words, now)
            + muted(
                phrase(
                    words,
                    "editions.audience_what",
                    hours=words.number(compared.hours),
                    platforms=_platforms(compared.platforms, words),
                )
            )
        )
        like = f'<article class="lt-side"><h3>{phrase(words, "editions.like")}</h3>{like}</article>'
    table = _audience_table(names, everything, words, now)
    both = f'<article class="lt-side"><h3>{phrase(words, "editions.all")}</h3>{table}</article>'
    return section(phrase(words, "editions.audience"), f'<div class="lt-sides">{like}{both}</div>')


def _audience_table(
    names: Sequence[str], audiences: Sequence[Audience], words: Words, now: datetime
) -> str:
    head = (
        Column("t", "editions.figure", heads=True),
        *(Column("n", heading=bdi(name)) for name in names),
    )
    rows = {
        "broadcast.peak": [_peak(each, words, now) for each in audiences],
        "broadcast.average": [_rounded(each.average, words) for each in audiences],
        "broadcast.hours": [_rounded(each.hours_watched, words) for each in audiences],
        "editions.on_air": [bdi(words.decimal(each.airtime_hours), ltr=True) for each in audiences],
        "editions.seen": [
            None if each.coverage is None else bdi(words.percent(each.coverage), ltr=True)
            for each in audiences
        ],
    }
    return table(
        words,
        head,
        ((phrase(words, key), *cells) for key, cells in rows.items()),
        caption=words.say("editions.audience"),
        scroll="milestones beside",
    )


def _peak(audience: Audience, words: Words, now: datetime) -> str | None:
    if audience.peak is None:
        return None
    at = words.moment(audience.peak.at, now)
    return f'<b>{count(words, audience.peak.viewers)}</b><small class="muted">{bdi(at)}</small>'


def _rounded(figure: float | None, words: Words) -> str | None:
    return None if figure is None else count(words, round(figure))


def audience_csv(pair: SideBySide, measured: Audiences, *, simulated: bool) -> bytes:
    """Write the audiences side by side as a file: a row per edition and look."""
    looks: list[tuple[str, EditionFigures | None, Audience]] = [("all", pair.now, measured.now)]
    if measured.compared is not None:
        looks.append(("all", pair.before, measured.compared.everything.before))
        if alike := measured.compared.like_for_like:
            looks += [
                ("like_for_like", pair.now, alike.now),
                ("like_for_like", pair.before, alike.before),
            ]
    rows = [
        (
            figures.edition.key if figures else None,
            look,
            each.peak.viewers if each.peak else None,
            each.peak.at if each.peak else None,
            each.average,
            each.average_at_least,
            each.hours_watched,
            each.airtime_hours,
            each.seen_hours,
            each.coverage,
            source_text(
                simulated=simulated,
                imported=figures is not None and figures.edition.is_imported,
            ),
        )
        for look, figures, each in looks
    ]
    return csv_bytes(pl.DataFrame(rows, schema=_AUDIENCE_FILE, orient="row"))


_AUDIENCE_FILE = pl.Schema(
    {
        "edition": pl.String,
        "hours": pl.String,
        "peak_viewers": pl.Int64,
        "peak_at": UTC,
        "average_viewers": pl.Float64,
        "average_viewers_at_least": pl.Float64,
        "hours_watched": pl.Float64,
        "airtime_hours": pl.Float64,
        "seen_hours": pl.Float64,
        "viewers_coverage": pl.Float64,
        "source": pl.String,
    }
)


def attribution(pair: SideBySide, words: Words) -> str:
    """Say where the difference comes from: the parts, largest first, and the largest in words."""
    compared = pair.comparison
    if compared is None or compared.attribution is None or compared.everything.difference is None:
        return ""
    parts = parts_of(compared.attribution)
    if not parts:
        return ""
    largest = max(abs(value) for _, value in parts)
    rows = "".join(
        f"<div><span>{phrase(words, f'editions.part_{key}')}</span>"
        f'<span class="track" aria-hidden="true"><i class="{"more" if value > 0 else "less"}"'
        f' style="width:{50 * abs(value) / largest:.1f}%"></i></span>'
        f'<span class="n">{bdi(words.signed(round(value)))}</span></div>'
        for key, value in parts
    )
    first, value = parts[0]
    part, change = words.say(f"editions.part_{first}"), words.signed(round(value))
    difference = words.signed(compared.everything.difference)
    return section(
        phrase(words, "editions.attribution", difference=difference),
        f"<p>{phrase(words, 'editions.mostly', part=part, change=change)}</p>",
        f'<div class="lt-parts">{rows}</div>',
        muted(phrase(words, "editions.attribution_note")),
    )


def parts_of(attribution: Attribution) -> list[tuple[str, float]]:
    """Return the parts of a difference that are not zero, by their names, the largest first."""
    parts = ((key, float(getattr(attribution, key))) for key in _PARTS)
    return sorted((part for part in parts if round(part[1])), key=lambda part: -abs(part[1]))


def sheet(pair: SideBySide, words: Words, *, simulated: bool) -> Sheet:
    """Return the numbers behind the curves, an hour a row."""
    rows, editions = comparison.by_hour(pair), [figures.edition for figures in pair.figures]
    views = SheetColumn(name="views", heading="editions.measured", kind="number")
    return _hours_sheet(rows, editions, views, words, simulated=simulated)


def viewers_sheet(editions: Sequence[EditionModel], words: Words, *, simulated: bool) -> Sheet:
    """Return the mean viewers of each hour."""
    viewers = SheetColumn(name="viewers", heading="editions.viewers", kind="number")
    return _hours_sheet(viewers_by_hour(editions), editions, viewers, words, simulated=simulated)


def _hours_sheet(
    rows: pl.DataFrame,
    editions: Sequence[EditionModel],
    figure: SheetColumn,
    words: Words,
    *,
    simulated: bool,
) -> Sheet:
    names = {edition.key: edition_names(edition, words) for edition in editions}
    sources = {
        edition.key: source_text(simulated=simulated, imported=edition.is_imported)
        for edition in editions
    }

    def named(values: Mapping[str, str]) -> pl.Expr:
        return pl.col("edition").replace_strict(values, return_dtype=pl.String)

    return sheet_of(
        rows.with_columns(name=named(names)),
        (
            SheetColumn(name="name", heading="editions.edition", kind="text"),
            SheetColumn(name="hour", heading="editions.hour", kind="number"),
            figure,
        ),
        words,
        csv=csv_bytes(rows.with_columns(source=named(sources))),
        file_name="livetally-editions.csv",
    )
