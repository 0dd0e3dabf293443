"""Where one broadcast's numbers come from, as HTML and as a file: definitions, readings, polls. Pure."""

from datetime import datetime

import polars as pl

from dashboard.components.links import Links, inward, outward
from dashboard.components.rows import cell, count, table
from dashboard.components.tables import csv_bytes
from dashboard.i18n.markup import attribute, bdi, phrase, plural, untrusted
from dashboard.i18n.words import Words
from dashboard.view_model.broadcast import BroadcastModel
from storage.definitions import Definition
from storage.model import Metric

_READINGS = 40
_GAPS = 12
_POLLS_NAMED = 3


def provenance(
    one: BroadcastModel, words: Words, now: datetime, *, definition: Definition | None, links: Links
) -> str:
    """What a view of it is, from where it was read, and how it came to be counted here."""
    facts = [
        ("broadcast.definition", _meaning(words, definition, Metric.VIEWS)),
        ("broadcast.viewers_mean", _meaning(words, definition, Metric.CONCURRENT_VIEWERS)),
        ("broadcast.source", bdi(one.source, ltr=True) if one.source else None),
        ("broadcast.found", bdi(words.full(one.discovered_at)) if one.discovered_at else None),
        ("broadcast.matched", _matched(one.match_reason, words) if one.match_reason else None),
        ("broadcast.next", _next(one, words, now)),
        ("broadcast.key", f"<code>{bdi(one.shown.broadcast, ltr=True)}</code>"),
    ]
    listed = "".join(
        f"<div><dt>{phrase(words, key)}</dt><dd>{value}</dd></div>" for key, value in facts if value
    )
    more = inward(links.to("method"), phrase(words, "broadcast.definition_more"))
    return (
        f'<section class="lt-part"><h2>{phrase(words, "broadcast.where")}</h2>'
        f'<dl class="lt-facts">{listed}</dl><p>{more}</p></section>'
    )


def _meaning(words: Words, definition: Definition | None, metric: Metric) -> str | None:
    if definition is None:
        return phrase(words, "broadcast.definition_none") if metric is Metric.VIEWS else None
    told = next((each for each in definition.meanings if each.metric is metric), None)
    if told is None:
        return None
    text = phrase(words, f"method.counts.{definition.key}.{metric}")
    source = outward(told.source, phrase(words, "method.document"))
    code = f'<small class="muted"><bdi dir="ltr">{attribute(definition.key)}</bdi></small>'
    return f"{text}<br>{code} <small>{source or ''}</small>"


def _matched(reason: str, words: Words) -> str:
    """Why it counts for the edition; what the matching says in code, in words."""
    if reason in {"included", "time"}:
        return phrase(words, f"broadcast.matched_{reason}")
    kind, _, what = reason.partition(":")
    key = "matched_playlist" if kind == "playlist" else "matched_words"
    return phrase(words, f"broadcast.{key}", what=untrusted(what))


def _next(one: BroadcastModel, words: Words, now: datetime) -> str:
    if one.next_due_at is None or one.interval_seconds is None:
        return phrase(words, "broadcast.next_none")
    every = phrase(words, "broadcast.every", age=words.age(one.interval_seconds))
    return f"{bdi(words.moment(one.next_due_at, now))} · {every}"


def readings(one: BroadcastModel, words: Words) -> str:
    """The newest readings, each with the polls answered in its minute."""
    heading = f"<h2>{phrase(words, 'broadcast.readings')}</h2>"
    if one.readings.is_empty():
        none = phrase(words, "broadcast.readings_none")
        return f'<section class="lt-part">{heading}<p class="muted">{none}</p></section>'
    metrics = [Metric.VIEWS, Metric.CONCURRENT_VIEWERS] + [
        metric
        for metric in (Metric.LIKES, Metric.COMMENTS, Metric.SHARES, Metric.IMPRESSIONS)
        if one.readings[metric.value].count()
    ]
    heads = (
        ("w", "broadcast.reading_at"),
        *(("n", f"metric.{metric}") for metric in metrics),
        ("n", "broadcast.reading_polls"),
    )
    rows = [
        f"<tr>{cell(words, 'broadcast.reading_at', bdi(words.full(row['minute'])), 'w')}"
        + "".join(
            cell(words, f"metric.{metric}", count(words, row[metric.value]), "n")
            for metric in metrics
        )
        + f'<td class="n muted">{_polls(row["polls"], words)}</td></tr>'
        for row in one.readings.head(_READINGS).iter_rows(named=True)
    ]
    counted = plural(words, "broadcast.readings_count", one.readings.height)
    drawn = table(words, heads, rows, name=words.say("broadcast.readings"), cls="tall plain")
    return (
        f'<section class="lt-part">{heading}<p class="muted">{counted}</p>{drawn}'
        f'<p class="muted">{phrase(words, "broadcast.readings_note")}</p></section>'
    )


def _polls(polls: list[int] | None, words: Words) -> str:
    if not polls:
        return phrase(words, "broadcast.reading_old")
    if len(polls) > _POLLS_NAMED:
        first, last = (str(poll) for poll in (polls[0], polls[-1]))
        return phrase(
            words, "broadcast.polls_many", count=words.number(len(polls)), first=first, last=last
        )
    return " ".join(bdi(f"#{poll}", ltr=True) for poll in polls)


def failures(one: BroadcastModel, words: Words, now: datetime) -> str:
    """When it was not seen, and why."""
    heading = f"<h2>{phrase(words, 'broadcast.failures')}</h2>"
    if one.failures.is_empty():
        none = phrase(words, "broadcast.failures_none")
        return f'<section class="lt-part">{heading}<p class="muted">{none}</p></section>'
    heads = (
        ("w", "health.gap_from"),
        ("w", "health.gap_to"),
        ("n", "health.gap_missed"),
        ("t", "health.gap_reason"),
    )
    rows = [
        f"<tr>{cell(words, 'health.gap_from', bdi(words.moment(row['started_at'], now)), 'w')}"
        f"{cell(words, 'health.gap_to', _until(row['ended_at'], words, now), 'w')}"
        f"{cell(words, 'health.gap_missed', count(words, row['missed_polls']), 'n')}"
        f"{cell(words, 'health.gap_reason', phrase(words, 'reason.' + row['reason']), 't')}</tr>"
        for row in one.failures.head(_GAPS).iter_rows(named=True)
    ]
    drawn = table(words, heads, rows, name=words.say("broadcast.failures"), cls="plain")
    return f'<section class="lt-part">{heading}{drawn}</section>'


def _until(at: datetime | None, words: Words, now: datetime) -> str:
    return (
        f"<b>{phrase(words, 'health.gap_open')}</b>" if at is None else bdi(words.moment(at, now))
    )


def csv(one: BroadcastModel, *, simulated: bool) -> bytes:
    """All readings as a file, with the numbers of the polls."""
    rows = one.readings.select(
        pl.lit(one.shown.broadcast).alias("broadcast"),
        "minute",
        *(metric.value for metric in Metric),
        "snapshots",
        pl.col("polls").cast(pl.List(pl.String)).list.join(" "),
        pl.lit(one.definition).alias("definition"),
        pl.lit("simulated" if simulated else "platform-reported, polled by LiveTally").alias(
            "source"
        ),
    )
    return csv_bytes(rows)
