"""Editions side by side as HTML: what the curves say, how they compare, and why. Pure."""

from collections.abc import Sequence

import polars as pl

from dashboard.components.rows import count
from dashboard.components.tables import Sheet, SheetColumn, csv_bytes, sheet_of
from dashboard.i18n.markup import bdi, phrase, plain
from dashboard.i18n.words import Words
from dashboard.view_model import comparison
from dashboard.view_model.comparison import SideBySide
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.platforms import name, ordered
from storage.analysis.edition_comparison import Attribution, ReportedFigures

_PARTS = ("platforms", "hours", "definition", "airtime", "per_hour", "unexplained")


def edition_names(edition: EditionModel, words: Words) -> str:
    """The edition's name in the reader's language."""
    return plain(getattr(edition.names, words.language))


def headline(found: SideBySide, words: Words) -> str:
    """What the curves say, in a sentence."""
    now, before = found.now, found.before
    if now is None or not now.measured or now.edition.total.views is None:
        return words.say("editions.claim_none")
    mine, theirs = found.at_hour
    if before is None or mine is None or theirs is None:
        return words.say("editions.claim_alone", views=words.number(now.edition.total.views))
    key = "more" if mine > theirs else "less" if mine < theirs else "same"
    values = {
        "hours": words.number(found.hour),
        "views": words.number(mine),
        "before": edition_names(before.edition, words),
    }
    if mine != theirs:
        values["difference"] = words.number(abs(mine - theirs))
    return words.say(f"editions.claim_{key}", **values)


def sides(found: SideBySide, words: Words) -> str:
    """Like for like, and all that was measured."""
    compared, now, before = found.comparison, found.now, found.before
    if compared is None or now is None or before is None:
        return ""
    names = edition_names(now.edition, words), edition_names(before.edition, words)
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


def _beside(sides: ReportedFigures, names: tuple[str, str], what: str, words: Words) -> str:
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


def sheet(found: SideBySide, words: Words, *, simulated: bool) -> Sheet:
    """The numbers behind the curves, an hour a row."""
    rows = comparison.by_hour(found)
    names = {one.edition.key: edition_names(one.edition, words) for one in found.figures}
    source = "simulated" if simulated else "platform-reported, polled by LiveTally"
    return sheet_of(
        rows.with_columns(name=pl.col("edition").replace_strict(names, return_dtype=pl.String)),
        (
            SheetColumn(name="name", heading="editions.edition", kind="text"),
            SheetColumn(name="hour", heading="editions.hour", kind="number"),
            SheetColumn(name="views", heading="editions.measured", kind="number"),
        ),
        words,
        csv=csv_bytes(rows.with_columns(source=pl.lit(source))),
        file_name="livetally-editions.csv",
    )
