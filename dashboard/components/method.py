"""How the figures are made, as HTML and files: definitions, what was not seen, what was corrected. Pure."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import polars as pl

from dashboard.components.health import CORRECTION_HEAD, correction_cells
from dashboard.components.links import Links, inward, outward
from dashboard.components.table import (
    Column,
    count,
    csv_bytes,
    definition_list,
    muted,
    section,
    source_text,
    table,
)
from dashboard.i18n.markup import bdi, phrase, plural, title_of
from dashboard.i18n.words import Words
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.platforms import name, ordered
from storage.definitions import Definition
from storage.model import AIRING_RESUMES_WITHIN, Metric

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
_EXPLAINED = {Metric.VIEWS, Metric.CONCURRENT_VIEWERS}


def meanings(definitions: Sequence[Definition], edition: EditionModel | None, words: Words) -> str:
    """Say what a view is, and what watching is: on the edition's platforms, below on all others."""
    mine = set(edition.platforms if edition else ())
    shown = [
        definition
        for definition in definitions
        if any(meaning.metric in _EXPLAINED for meaning in definition.meanings)
    ]
    first = _sorted([definition for definition in shown if definition.platform in mine])
    rest = _sorted([definition for definition in shown if definition.platform not in mine])
    others = ""
    if first and rest:
        others = (
            f'<details class="lt-others"><summary>{phrase(words, "method.others")}</summary>'
            f"{_meanings(rest, words)}</details>"
        )
    return section(
        phrase(words, "method.views_mean"),
        muted(phrase(words, "method.views_mean_note")),
        _meanings(first or rest, words),
        others,
    )


def _sorted(definitions: list[Definition]) -> list[Definition]:
    """Sort by platform in the fixed order, the definition in force first."""
    order = ordered(definition.platform for definition in definitions)
    return sorted(
        definitions,
        key=lambda definition: (
            order.index(definition.platform),
            definition.sources,
            -(definition.since.toordinal() if definition.since else 0),
        ),
    )


def _meanings(definitions: Sequence[Definition], words: Words) -> str:
    head = (
        Column("w", "method.platform"),
        Column("w", "method.since"),
        Column("long", "method.as_view"),
        Column("long", "method.as_watching"),
    )
    rows = (
        (
            f"<b>{bdi(name(definition.platform))}</b>{_sources(definition, words)}",
            bdi(words.date(definition.since))
            if definition.since
            else phrase(words, "method.since_ever"),
            _meaning(definition, Metric.VIEWS, words),
            _meaning(definition, Metric.CONCURRENT_VIEWERS, words),
        )
        for definition in definitions
    )
    caption = words.say("method.views_mean")
    return table(words, head, rows, caption=caption, scroll="cards meanings")


def _sources(definition: Definition, words: Words) -> str:
    if not definition.sources:
        return ""
    only = phrase(words, "method.source_only", source=", ".join(definition.sources))
    return f'<br><small class="muted">{only}</small>'


def _meaning(definition: Definition, metric: Metric, words: Words) -> str | None:
    meaning = next((each for each in definition.meanings if each.metric is metric), None)
    if meaning is None:
        return None
    notes: list[str | None] = []
    if meaning.refresh_seconds is not None:
        notes.append(phrase(words, "method.renewed", age=words.age(meaning.refresh_seconds)))
    if meaning.can_fall and metric is Metric.VIEWS:
        notes.append(phrase(words, "method.falls"))
    notes.append(outward(meaning.source, phrase(words, "method.document")))
    small = " · ".join(note for note in notes if note)
    text = phrase(words, f"method.counts.{definition.key}.{metric}")
    return f'{text}<br><small class="muted">{small}</small>'


def figures(words: Words) -> str:
    """Explain each figure in a sentence or two."""
    minutes = words.number(AIRING_RESUMES_WITHIN // timedelta(minutes=1))
    pairs = (
        (phrase(words, f"method.{key}"), phrase(words, f"method.{key}_how", minutes=minutes))
        for key in _FIGURES
    )
    return section(phrase(words, "method.figures"), definition_list(pairs, "lt-how"))


def gaps(edition: EditionModel, words: Words, now: datetime, links: Links) -> str:
    """Say what was not seen of the edition, by reason."""
    heading = phrase(words, "method.gaps")
    if edition.gaps.is_empty():
        return section(heading, f"<p>{phrase(words, 'method.gaps_none')}</p>")
    by_reason = gaps_by_reason(edition.gaps, now)
    summary = (
        words.template("method.gaps_sum")
        .replace("{count}", plural(words, "method.gaps_count", edition.gaps.height))
        .replace("{age}", bdi(words.age(float(by_reason["seconds"].sum()))))
    )
    head = (
        Column("t", "method.reason"),
        Column("n", "method.count"),
        Column("n", "method.lasting"),
        Column("n", "method.time"),
        Column("n", "method.missed"),
    )
    rows = (
        (
            phrase(words, f"reason.{row['reason']}"),
            count(words, row["count"]),
            count(words, row["lasting"]),
            bdi(words.age(row["seconds"])),
            count(words, row["missed"]),
        )
        for row in by_reason.iter_rows(named=True)
    )
    listed = table(words, head, rows, caption=words.say("method.gaps"))
    more = inward(links.to("health"), phrase(words, "method.gaps_all"))
    return section(heading, f"<p>{summary}</p>", listed, f"<p>{more}</p>")


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
    """List the counters of the edition that fell: views before others, the largest falls first."""
    heading = phrase(words, "method.corrections")
    if edition.corrections.is_empty():
        return section(heading, f"<p>{phrase(words, 'method.corrections_none')}</p>")
    titles = {broadcast.broadcast: broadcast.title for broadcast in edition.broadcasts}
    every = edition.corrections.with_columns(
        of_views=pl.col("metric") == Metric.VIEWS.value, fall=pl.col("before") - pl.col("after")
    ).sort("of_views", "fall", "observed_at", descending=True)
    largest = every.head(_CORRECTIONS)
    head = (
        Column("t", "health.gap_broadcast", named=True),
        Column("w", "health.gap_platform"),
        *CORRECTION_HEAD,
    )
    rows: list[list[str | None]] = []
    for row in largest.iter_rows(named=True):
        title = bdi(title_of(words, titles.get(row["broadcast"], "")))
        to = inward(links.to("broadcast", id=row["broadcast"]), title, cls="title")
        rows.append([to, bdi(name(row["platform"])), *correction_cells(row, words, now)])
    counted = phrase(
        words,
        "method.corrections_rows",
        shown=words.number(largest.height),
        count=words.number(every.height),
    )
    caption = words.say("method.corrections")
    listed = table(words, head, rows, caption=caption, scroll="cards tall")
    return section(heading, muted(counted), listed)


def definitions_csv(definitions: Sequence[Definition]) -> bytes:
    """Write all definitions of all metrics as a file, in English as they are on file."""
    rows = [
        asdict(meaning)
        | {"metric": meaning.metric.value, "kind": meaning.kind.value}
        | {"definition": definition.key, "sources": ", ".join(definition.sources)}
        | {"platform": definition.platform, "since": definition.since}
        for definition in definitions
        for meaning in definition.meanings
    ]
    return csv_bytes(pl.DataFrame(rows, schema=_DEFINITIONS, orient="row"))


def frame_csv(frame: pl.DataFrame, *, simulated: bool, imported: bool) -> bytes:
    """Write a published frame as it stands, with its source."""
    source = source_text(simulated=simulated, imported=imported)
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
