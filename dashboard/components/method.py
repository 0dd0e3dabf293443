"""How the figures are made, as HTML and files: definitions, what was not seen, what was corrected. Pure."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from dashboard.components.links import Links, inward, outward
from dashboard.components.rows import cell, count, table
from dashboard.components.tables import csv_bytes
from dashboard.i18n.markup import bdi, phrase, plural, title_of
from dashboard.i18n.words import Words
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.platforms import name, ordered
from storage.definitions import Definition, Meaning
from storage.model import Metric

_FIGURES = (
    "total",
    "none_zero",
    "curves",
    "corrected",
    "peak",
    "average",
    "hours",
    "usual",
    "editions",
    "moments",
    "reported",
)
_CORRECTIONS = 40


def meanings(definitions: Sequence[Definition], edition: EditionModel | None, words: Words) -> str:
    """What a view is, and what watching is, on the edition's platforms; below, on all the others."""
    mine = set(edition.platforms if edition else ())
    shown = [one for one in definitions if _told(one)]
    first = _sorted([one for one in shown if one.platform in mine])
    rest = _sorted([one for one in shown if one.platform not in mine])
    heading = (
        f"<h2>{phrase(words, 'method.views_mean')}</h2>"
        f'<p class="muted">{phrase(words, "method.views_mean_note")}</p>'
    )
    drawn = _meanings(first or rest, words)
    others = ""
    if first and rest:
        others = (
            f'<details class="lt-others"><summary>{phrase(words, "method.others")}</summary>'
            f"{_meanings(rest, words)}</details>"
        )
    return f'<section class="lt-part">{heading}{drawn}{others}</section>'


def _sorted(definitions: list[Definition]) -> list[Definition]:
    """By platform in the fixed order, the definition in force first."""
    order = ordered(one.platform for one in definitions)
    return sorted(
        definitions,
        key=lambda one: (
            order.index(one.platform),
            one.sources,
            -(one.since.toordinal() if one.since else 0),
        ),
    )


def _told(one: Definition) -> list[Meaning]:
    return [m for m in one.meanings if m.metric in {Metric.VIEWS, Metric.CONCURRENT_VIEWERS}]


def _meanings(definitions: Sequence[Definition], words: Words) -> str:
    heads = (
        ("w", "method.platform"),
        ("w", "method.since"),
        ("long", "method.as_view"),
        ("long", "method.as_watching"),
    )
    rows = [
        f'<tr><td class="w" data-label="{words.say("method.platform")}"><b>{bdi(name(one.platform))}</b>{_sources(one, words)}</td>'
        f"{cell(words, 'method.since', _since(one, words), 'w')}"
        f"{cell(words, 'method.as_view', _meaning(one, Metric.VIEWS, words), 'long')}"
        f"{cell(words, 'method.as_watching', _meaning(one, Metric.CONCURRENT_VIEWERS, words), 'long')}</tr>"
        for one in definitions
    ]
    return table(words, heads, rows, name=words.say("method.views_mean"), cls="cards meanings")


def _sources(one: Definition, words: Words) -> str:
    if not one.sources:
        return ""
    said = phrase(words, "method.source_only", source=", ".join(one.sources))
    return f'<br><small class="muted">{said}</small>'


def _since(one: Definition, words: Words) -> str:
    if one.since is None:
        return phrase(words, "method.since_ever")
    return bdi(words.date(one.since))


def _meaning(one: Definition, metric: Metric, words: Words) -> str | None:
    told = next((each for each in one.meanings if each.metric is metric), None)
    if told is None:
        return None
    notes: list[str] = []
    if told.refresh_seconds is not None:
        notes.append(phrase(words, "method.renewed", age=words.age(told.refresh_seconds)))
    if told.can_fall and metric is Metric.VIEWS:
        notes.append(phrase(words, "method.falls"))
    source = outward(told.source, phrase(words, "method.document"))
    small = " · ".join([*notes, *([source] if source else [])])
    text = phrase(words, f"method.counts.{one.key}.{metric}")
    return f'{text}<br><small class="muted">{small}</small>'


def figures(words: Words) -> str:
    """Each figure in a sentence or two."""
    listed = "".join(
        f"<div><dt>{phrase(words, f'method.{key}')}</dt><dd>{phrase(words, f'method.{key}_how')}</dd></div>"
        for key in _FIGURES
    )
    return f'<section class="lt-part"><h2>{phrase(words, "method.figures")}</h2><dl class="lt-how">{listed}</dl></section>'


def gaps(edition: EditionModel, words: Words, now: datetime, links: Links) -> str:
    """What was not seen of the edition, by reason."""
    heading = f"<h2>{phrase(words, 'method.gaps')}</h2>"
    if edition.gaps.is_empty():
        none = phrase(words, "method.gaps_none")
        return f'<section class="lt-part">{heading}<p>{none}</p></section>'
    by_reason = gaps_by_reason(edition.gaps, now)
    total = float(by_reason["seconds"].sum())
    counted = plural(words, "method.gaps_count", edition.gaps.height)
    said = (
        words.template("method.gaps_sum")
        .replace("{count}", counted)
        .replace("{age}", bdi(words.age(total)))
    )
    heads = (
        ("t", "method.reason"),
        ("n", "method.count"),
        ("n", "method.lasting"),
        ("n", "method.time"),
        ("n", "method.missed"),
    )
    rows = [
        f"<tr>{cell(words, 'method.reason', phrase(words, 'reason.' + row['reason']), 't')}"
        f"{cell(words, 'method.count', count(words, row['count']), 'n')}"
        f"{cell(words, 'method.lasting', count(words, row['lasting']), 'n')}"
        f"{cell(words, 'method.time', bdi(words.age(row['seconds'])), 'n')}"
        f"{cell(words, 'method.missed', count(words, row['missed']), 'n')}</tr>"
        for row in by_reason.iter_rows(named=True)
    ]
    drawn = table(words, heads, rows, name=words.say("method.gaps"), cls="cards")
    more = inward(links.to("health"), phrase(words, "method.gaps_all"))
    return f'<section class="lt-part">{heading}<p>{said}</p>{drawn}<p>{more}</p></section>'


def gaps_by_reason(gaps: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Add up gaps by reason: ``count``, ``lasting``, ``seconds``, ``missed``, the longest first."""
    length = pl.col("ended_at").fill_null(now) - pl.col("started_at")
    return (
        gaps.with_columns(length=length.dt.total_seconds())
        .group_by("reason")
        .agg(
            count=pl.len().cast(pl.Int64),
            lasting=pl.col("ended_at").is_null().sum().cast(pl.Int64),
            seconds=pl.col("length").sum(),
            missed=pl.col("missed_polls").sum(),
        )
        .sort("seconds", "reason", descending=[True, False])
    )


def corrections(edition: EditionModel, words: Words, now: datetime, links: Links) -> str:
    """The counters of the edition that fell: views before others, the largest falls first."""
    heading = f"<h2>{phrase(words, 'method.corrections')}</h2>"
    if edition.corrections.is_empty():
        none = phrase(words, "method.corrections_none")
        return f'<section class="lt-part">{heading}<p>{none}</p></section>'
    titles = {one.broadcast: one.title for one in edition.broadcasts}
    heads = (
        ("t", "health.gap_broadcast"),
        ("w", "health.gap_platform"),
        ("w", "health.correction_metric"),
        ("w", "health.correction_at"),
        ("n", "health.correction_before"),
        ("n", "health.correction_after"),
        ("n", "health.correction_change"),
    )
    every = edition.corrections.with_columns(
        of_views=pl.col("metric") == Metric.VIEWS.value, fall=pl.col("before") - pl.col("after")
    ).sort("of_views", "fall", "observed_at", descending=True)
    largest = every.head(_CORRECTIONS)
    rows: list[str] = []
    for row in largest.iter_rows(named=True):
        title = bdi(title_of(words, titles.get(row["broadcast"], "")))
        to = inward(links.to("broadcast", id=row["broadcast"]), title, cls="title")
        change = words.signed(row["after"] - row["before"])
        rows.append(
            f'<tr><td class="t">{to}</td>'
            f"{cell(words, 'health.gap_platform', bdi(name(row['platform'])), 'w')}"
            f"{cell(words, 'health.correction_metric', phrase(words, 'metric.' + row['metric']), 'w')}"
            f"{cell(words, 'health.correction_at', bdi(words.moment(row['observed_at'], now)), 'w')}"
            f"{cell(words, 'health.correction_before', count(words, row['before']), 'n')}"
            f"{cell(words, 'health.correction_after', count(words, row['after']), 'n')}"
            f"{cell(words, 'health.correction_change', bdi(change), 'n')}</tr>"
        )
    drawn = table(words, heads, rows, name=words.say("method.corrections"), cls="cards tall")
    counted = phrase(
        words,
        "method.corrections_rows",
        shown=words.number(largest.height),
        count=words.number(every.height),
    )
    return f'<section class="lt-part">{heading}<p class="muted">{counted}</p>{drawn}</section>'


def definitions_csv(definitions: Sequence[Definition]) -> bytes:
    """All definitions of all metrics as a file, in English as they are on file."""
    rows = [
        (
            one.key,
            one.platform,
            ", ".join(one.sources),
            one.since,
            each.metric.value,
            each.counts,
            each.unit,
            each.kind.value,
            each.can_fall,
            each.rounded,
            each.refresh_seconds,
            each.source,
        )
        for one in definitions
        for each in one.meanings
    ]
    return csv_bytes(pl.DataFrame(rows, schema=_DEFINITIONS, orient="row"))


def frame_csv(frame: pl.DataFrame, *, simulated: bool) -> bytes:
    """A published frame as it stands, with its source."""
    source = "simulated" if simulated else "platform-reported, polled by LiveTally"
    return csv_bytes(frame.with_columns(source=pl.lit(source)))


_DEFINITIONS = pl.Schema(
    {
        "definition": pl.String,
        "platform": pl.String,
        "sources": pl.String,
        "since": pl.Date,
        "metric": pl.String,
        "counts": pl.String,
        "unit": pl.String,
        "kind": pl.String,
        "can_fall": pl.Boolean,
        "rounded": pl.Boolean,
        "refresh_seconds": pl.Float64,
        "source": pl.String,
    }
)
