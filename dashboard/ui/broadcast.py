"""One broadcast's pieces as HTML: what it had, how it compares, and where that comes from. Pure."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from dashboard.charts.palette import name
from dashboard.one_broadcast import OneBroadcast, jump
from dashboard.ui.broadcasts import state
from dashboard.ui.links import Links, inward, outward
from dashboard.ui.markup import attribute, bdi, phrase, plural, title_of, untrusted
from dashboard.ui.rows import cell, count, shade, table, titled, who
from dashboard.ui.states import badge
from dashboard.ui.tables import csv_bytes
from dashboard.ui.words import Words
from storage.definitions import Definition
from storage.model import Metric, Status

_READINGS = 40
_GAPS = 12
_POLLS_NAMED = 3
_LONGEST_KEY = 120


def head(one: OneBroadcast, words: Words, now: datetime, *, dark: bool, links: Links) -> str:
    """Which broadcast it is, whether it is on the air, and where to see it."""
    shown = one.shown
    back = inward(links.to("broadcasts"), phrase(words, "broadcast.back"))
    platform = name(shown.platform)
    label = words.say("broadcasts.open", platform=platform)
    out = outward(one.url, phrase(words, "broadcasts.open", platform=platform), label=label)
    return (
        f'<p class="lt-back"><span aria-hidden="true" class="lt-turn">\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}</span> {back}</p>'
        f'<h1 class="lt-title lt-clamp">{bdi(title_of(words, shown.title))}</h1>'
        f'<p class="lt-now"><span>{who(shown, shade(one.edition, shown.platform, dark=dark))}</span>'
        f"<span>{state(shown, words, now, joined=True)}</span>"
        + (f"<span>{out}</span>" if out else "")
        + "</p>"
    )


def countdown(one: OneBroadcast, words: Words, now: datetime) -> str:
    """Before the start: how long it is to it."""
    at = one.shown.scheduled_at
    if one.shown.status is not Status.UPCOMING or at is None:
        return ""
    if at <= now:
        late = phrase(words, "broadcast.opens_late", at=words.moment(at, now))
        return f'<p class="lt-empty">{late}</p>'
    age = words.age((at - now).total_seconds())
    return (
        f'<section class="lt-empty"><p class="lt-lead">{phrase(words, "broadcast.opens", age=age)}</p>'
        f'<p class="muted">{phrase(words, "broadcast.opens_at", at=words.full(at))}</p></section>'
    )


def figures(one: OneBroadcast, words: Words, now: datetime) -> str:
    """The views, and beside them what its audience came to."""
    cards = [
        _watching(one, words, now),
        _peak(one, words, now),
        _usual(one, words),
        _average(one, words),
        _hours(one, words),
        _rates(one, words),
    ]
    return f'{_views(one, words, now)}<section class="lt-figures">{"".join(cards)}</section>'


def _card(words: Words, key: str, value: str | None, notes: Sequence[str], cls: str = "") -> str:
    said = value if value is not None else "—"
    none = " none" if value is None else ""
    listed = "".join(f"<span>{note}</span>" for note in notes if note)
    return (
        f'<div class="lt-figure {cls}"><h2>{phrase(words, key)}</h2>'
        f'<p class="value{none}">{said}</p><p class="notes">{listed}</p></div>'
    )


def _views(one: OneBroadcast, words: Words, now: datetime) -> str:
    shown = one.shown
    if shown.views is None:
        return _card(
            words, "broadcasts.views", None, [phrase(words, "broadcast.views_none")], "lead"
        )
    at = words.moment(shown.views_at, now) if shown.views_at else ""
    notes = [phrase(words, "broadcast.views_at", at=at)]
    if shown.from_feed:
        notes.append(phrase(words, "tile.from_feed"))
    return _card(words, "broadcasts.views", count(words, shown.views), notes, "lead")


def _watching(one: OneBroadcast, words: Words, now: datetime) -> str:
    shown = one.shown
    if shown.status is not Status.LIVE:
        return ""
    fresh = shown.freshness.value == "fresh"
    notes = [badge(words, shown.freshness, shown.observed_at, now)]
    key = "broadcast.watching" if fresh else "broadcast.watched"
    return _card(words, key, count(words, shown.concurrent_viewers), notes)


def _peak(one: OneBroadcast, words: Words, now: datetime) -> str:
    peak = one.audience.peak
    if peak is None:
        return _card(words, "broadcast.peak", None, [phrase(words, "broadcast.peak_none")])
    notes = [phrase(words, "broadcast.peak_at", at=words.moment(peak.at, now))]
    url = jump(one.shown.platform, one.url, one.shown.started_at, one.peak_at)
    if url is not None:
        notes.append(outward(url, phrase(words, "broadcast.jump")) or "")
    above = peak.hardly_above
    notes.append(
        phrase(words, "broadcast.peak_bound")
        if above is None
        else phrase(words, "broadcast.peak_above", count=words.number(above))
    )
    return _card(words, "broadcast.peak", count(words, peak.viewers), notes)


def _usual(one: OneBroadcast, words: Words) -> str:
    usual = one.usual
    if usual is None or usual.times is None:
        key = "usual_none" if one.shown.started_at else "usual_unstarted"
        return _card(words, "broadcast.usual", None, [phrase(words, f"broadcast.{key}")])
    times = bdi(words.say("broadcast.usual_times", times=words.decimal(usual.times)), ltr=True)
    notes = [
        phrase(
            words,
            "broadcast.usual_what",
            views=words.number(usual.views),
            age=words.age(usual.age.total_seconds()),
            expected=words.number(round(usual.expected)),
        ),
        plural(words, "broadcast.usual_from", usual.earlier),
    ]
    return _card(words, "broadcast.usual", times, notes)


def _average(one: OneBroadcast, words: Words) -> str:
    average, least = one.audience.average, one.audience.average_at_least
    value = None if average is None else count(words, round(average))
    notes: list[str] = []
    if least is not None and average is not None and round(least) < round(average):
        notes.append(phrase(words, "broadcast.average_least", count=words.number(round(least))))
    coverage = one.audience.coverage
    if coverage is not None:
        notes.append(phrase(words, "broadcast.airtime_seen", percent=words.percent(coverage)))
    return _card(words, "broadcast.average", value, notes)


def _hours(one: OneBroadcast, words: Words) -> str:
    hours = one.audience.hours_watched
    value = None if hours is None else count(words, round(hours))
    return _card(words, "broadcast.hours", value, [phrase(words, "broadcast.hours_what")])


def _rates(one: OneBroadcast, words: Words) -> str:
    told = [(metric, one.per_thousand(metric)) for metric in one.rated]
    if not told:
        return _card(words, "broadcast.rate", None, [phrase(words, "broadcast.rate_none")])
    said = "".join(
        f"<span><b>{bdi(words.decimal(rate or 0), ltr=True)}</b> {phrase(words, f'metric.{metric}')}</span>"
        for metric, rate in told
    )
    return (
        f'<div class="lt-figure"><h2>{phrase(words, "broadcast.rate")}</h2>'
        f'<p class="rates">{said}</p></div>'
    )


def segments(one: OneBroadcast, words: Words, now: datetime, *, links: Links) -> str:
    """When it was on the air."""
    heading = f"<h2>{phrase(words, 'broadcast.segments')}</h2>"
    if not one.segments:
        return f'<section class="lt-part">{heading}<p class="muted">{phrase(words, "broadcast.segments_none")}</p></section>'
    heads = (
        ("w", "broadcast.segment_from"),
        ("w", "broadcast.segment_to"),
        ("n", "broadcast.segment_length"),
    )
    rows: list[str] = []
    for part in one.segments:
        end = part.ended_at or now
        lasting = f"<b>{phrase(words, 'broadcast.segment_lasts')}</b>"
        to = lasting if part.ended_at is None else bdi(words.moment(part.ended_at, now))
        length = bdi(words.age((end - part.started_at).total_seconds()))
        begun = bdi(words.moment(part.started_at, now))
        if part.broadcast != one.shown.broadcast:
            other = inward(
                links.to("broadcast", id=part.broadcast), phrase(words, "broadcast.segment_other")
            )
            begun = f"{begun}<br><small>{other}</small>"
        rows.append(
            f"<tr>{cell(words, 'broadcast.segment_from', begun, 'w')}"
            f"{cell(words, 'broadcast.segment_to', to, 'w')}"
            f"{cell(words, 'broadcast.segment_length', length, 'n')}</tr>"
        )
    key = "segments_one" if len(rows) == 1 else "segments_note"
    note = f'<p class="muted">{phrase(words, f"broadcast.{key}")}</p>'
    drawn = table(words, heads, rows, name=words.say("broadcast.segments"), cls="plain")
    return f'<section class="lt-part">{heading}{drawn}{note}</section>'


def moment(one: OneBroadcast, words: Words, now: datetime, *, dark: bool, links: Links) -> str:
    """The other accounts that carried the same moment."""
    heading = f"<h2>{phrase(words, 'broadcast.moment')}</h2>"
    others = one.moment.others if one.moment else ()
    if not others:
        alone = phrase(words, "broadcast.moment_alone")
        return f'<section class="lt-part">{heading}<p class="muted">{alone}</p></section>'
    heads = (("t", "onair.broadcast"), ("w", "broadcasts.state"), ("n", "broadcasts.views"))
    rows = [
        f'<tr><td class="t">{titled(other, words, links)}'
        f'<small class="muted">{who(other, shade(one.edition, other.platform, dark=dark))}</small></td>'
        f"{cell(words, 'broadcasts.state', badge(words, other.freshness, other.observed_at, now), 'w')}"
        f"{cell(words, 'broadcasts.views', count(words, other.views), 'n')}</tr>"
        for other in others
    ]
    told = [each.views for each in (one.shown, *others) if each.views is not None]
    note = phrase(words, "broadcast.moment_sum", views=words.number(sum(told))) if told else ""
    drawn = table(words, heads, rows, name=words.say("broadcast.moment"), cls="cards")
    return f'<section class="lt-part">{heading}{drawn}<p class="muted">{note}</p></section>'


def provenance(
    one: OneBroadcast, words: Words, now: datetime, *, definition: Definition | None, links: Links
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


def _next(one: OneBroadcast, words: Words, now: datetime) -> str:
    if one.next_due_at is None or one.interval_seconds is None:
        return phrase(words, "broadcast.next_none")
    every = phrase(words, "broadcast.every", age=words.age(one.interval_seconds))
    return f"{bdi(words.moment(one.next_due_at, now))} · {every}"


def readings(one: OneBroadcast, words: Words) -> str:
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


def failures(one: OneBroadcast, words: Words, now: datetime) -> str:
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


def csv(one: OneBroadcast, *, simulated: bool) -> bytes:
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


def unknown(words: Words, key: str | None, links: Links) -> str:
    """The page where there is no such broadcast."""
    what = (
        phrase(words, "broadcast.unknown_what", what=untrusted(key)[:_LONGEST_KEY]) if key else ""
    )
    back = inward(links.to("broadcasts"), phrase(words, "broadcast.choose"))
    return (
        f'<section class="lt-empty"><h1>{phrase(words, "broadcast.unknown")}</h1>'
        f"<p>{what}</p><p>{back}</p></section>"
    )
