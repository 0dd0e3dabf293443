"""Where numbers come from, as HTML and as a file: definitions, readings and polls of a broadcast, heads of the chain. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from dashboard.components.links import Links, inward, outward
from dashboard.components.table import (
    Cell,
    Column,
    count,
    csv_bytes,
    definition_list,
    muted,
    section,
    source_text,
    table,
)
from dashboard.i18n.markup import attribute, bdi, phrase, plural, untrusted
from dashboard.i18n.words import Words
from dashboard.view_model.broadcast import BroadcastModel
from storage.chain.links import Head
from storage.definitions import Definition
from storage.model import Metric

_READINGS = 40
_GAPS = 12
_POLLS_NAMED = 3


def provenance(
    broadcast: BroadcastModel,
    words: Words,
    now: datetime,
    *,
    definition: Definition | None,
    links: Links,
) -> str:
    """Say what a view of it is, where it was read, and how it came to be counted here."""
    source, at, reason = broadcast.source, broadcast.discovered_at, broadcast.match_reason
    facts = {
        "broadcast.definition": _meaning(words, definition, Metric.VIEWS),
        "broadcast.viewers_mean": _meaning(words, definition, Metric.CONCURRENT_VIEWERS),
        "broadcast.source": bdi(source, ltr=True) if source else None,
        "broadcast.found": bdi(words.full(at)) if at else None,
        "broadcast.matched": _matched(reason, words) if reason else None,
        "broadcast.next": _next(broadcast, words, now),
        "broadcast.key": f"<code>{bdi(broadcast.shown.broadcast, ltr=True)}</code>",
    }
    listed = definition_list(((phrase(words, key), facts[key]) for key in facts), "lt-facts")
    more = inward(links.to("method"), phrase(words, "broadcast.definition_more"))
    return section(phrase(words, "broadcast.where"), listed, f"<p>{more}</p>")


def _meaning(words: Words, definition: Definition | None, metric: Metric) -> str | None:
    if definition is None:
        return phrase(words, "broadcast.definition_none") if metric is Metric.VIEWS else None
    meaning = next((each for each in definition.meanings if each.metric is metric), None)
    if meaning is None:
        return None
    text = phrase(words, f"method.counts.{definition.key}.{metric}")
    source = outward(meaning.source, phrase(words, "method.document"))
    code = f'<small class="muted"><bdi dir="ltr">{attribute(definition.key)}</bdi></small>'
    return f"{text}<br>{code} <small>{source or ''}</small>"


def _matched(reason: str, words: Words) -> str:
    """Say why it counts for the edition: what the matching writes as a code, in words."""
    if reason in {"included", "time", "imported"}:
        return phrase(words, f"broadcast.matched_{reason}")
    kind, _, what = reason.partition(":")
    key = "matched_playlist" if kind == "playlist" else "matched_words"
    return phrase(words, f"broadcast.{key}", what=untrusted(what))


def _next(broadcast: BroadcastModel, words: Words, now: datetime) -> str:
    if broadcast.next_due_at is None or broadcast.interval_seconds is None:
        return phrase(words, "broadcast.next_none")
    every = phrase(words, "broadcast.every", age=words.age(broadcast.interval_seconds))
    return f"{bdi(words.moment(broadcast.next_due_at, now))} · {every}"


def readings(broadcast: BroadcastModel, words: Words) -> str:
    """List the newest readings, each with the polls answered in its minute."""
    heading, frame = phrase(words, "broadcast.readings"), broadcast.readings
    if frame.is_empty():
        return section(heading, muted(phrase(words, "broadcast.readings_none")))
    metrics = [Metric.VIEWS, Metric.CONCURRENT_VIEWERS] + [
        metric for metric in list(Metric)[2:] if frame[metric.value].count()
    ]
    head = (
        Column("w", "broadcast.reading_at"),
        *(Column("n", f"metric.{metric}") for metric in metrics),
        Column("n", "broadcast.reading_polls"),
    )
    rows = (
        (
            bdi(words.full(row["minute"])),
            *(_reading(row, metric, words) for metric in metrics),
            Cell(_polls(row["polls"], words), "muted"),
        )
        for row in frame.head(_READINGS).iter_rows(named=True)
    )
    listed = table(words, head, rows, caption=words.say("broadcast.readings"), scroll="tall plain")
    counted = muted(plural(words, "broadcast.readings_count", frame.height))
    return section(heading, counted, listed, muted(phrase(words, "broadcast.readings_note")))


def _reading(row: Mapping[str, Any], metric: Metric, words: Words) -> str | None:
    """Return a count as it was told; a doubtful one with its reason."""
    number = count(words, row[metric.value])
    if metric is not Metric.CONCURRENT_VIEWERS or row["doubt"] is None:
        return number
    reason = phrase(words, f"doubt.{row['doubt']}")
    return f'{number} <small class="muted">{reason}</small>'


def _polls(polls: list[int] | None, words: Words) -> str:
    if not polls:
        return phrase(words, "broadcast.reading_old")
    if len(polls) > _POLLS_NAMED:
        first, last = str(polls[0]), str(polls[-1])
        many = words.number(len(polls))
        return phrase(words, "broadcast.polls_many", count=many, first=first, last=last)
    return " ".join(bdi(f"#{poll}", ltr=True) for poll in polls)


def failures(broadcast: BroadcastModel, words: Words, now: datetime) -> str:
    """Say when it was not seen, and why."""
    heading = phrase(words, "broadcast.failures")
    if broadcast.failures.is_empty():
        return section(heading, muted(phrase(words, "broadcast.failures_none")))
    head = (
        Column("w", "health.gap_from"),
        Column("w", "health.gap_to"),
        Column("n", "health.gap_missed"),
        Column("t", "health.gap_reason"),
    )
    shown = broadcast.failures.head(_GAPS)
    rows = (_failure(row, words, now) for row in shown.iter_rows(named=True))
    caption = words.say("broadcast.failures")
    return section(heading, table(words, head, rows, caption=caption, scroll="plain"))


def _failure(row: Mapping[str, Any], words: Words, now: datetime) -> tuple[str | None, ...]:
    ended = row["ended_at"]
    return (
        bdi(words.moment(row["started_at"], now)),
        bdi(words.moment(ended, now)) if ended else f"<b>{phrase(words, 'health.gap_open')}</b>",
        count(words, row["missed_polls"]),
        phrase(words, f"reason.{row['reason']}"),
    )


def csv(broadcast: BroadcastModel, *, simulated: bool) -> bytes:
    """Write all readings as a file, with the numbers of the polls."""
    rows = broadcast.readings.select(
        pl.lit(broadcast.shown.broadcast).alias("broadcast"),
        "minute",
        *(metric.value for metric in Metric),
        "snapshots",
        "doubt",
        pl.col("polls").cast(pl.List(pl.String)).list.join(" "),
        pl.lit(broadcast.definition).alias("definition"),
        pl.lit(source_text(simulated=simulated, imported=broadcast.shown.is_imported)).alias(
            "source"
        ),
    )
    return csv_bytes(rows)


def head_lines(heads: Sequence[Head], words: Words) -> list[str]:
    """Return the newest head, and whose signature it has, as lines; none where there is no head."""
    if not heads:
        return []
    newest = heads[-1]
    at = words.full(newest.recorded_at)
    lines = [f"{phrase(words, 'chain.head', at=at)} {_hash_text(f'{newest.tick}:{newest.hash}')}"]
    if newest.public_key:
        lines.append(f"{phrase(words, 'chain.key')} {_hash_text(newest.public_key)}")
    return lines


def heads_section(heads: Sequence[Head], words: Words) -> str:
    """Return the heads at the end of the last days, and what they prove."""
    if not heads:
        return ""
    days = [
        (bdi(words.date(head.recorded_at.date())), _hash_text(f"{head.tick}:{head.hash}"))
        for head in reversed(heads)
    ]
    key = heads[-1].public_key
    signer = (
        f"{phrase(words, 'chain.key')} {_hash_text(key)}"
        if key
        else phrase(words, "chain.unsigned")
    )
    return section(
        phrase(words, "chain.title"),
        muted(phrase(words, "chain.proves")),
        muted(phrase(words, "chain.proves_not")),
        definition_list(days),
        muted(signer),
    )


def _hash_text(text: str) -> str:
    return f'<code dir="ltr">{text}</code>'
