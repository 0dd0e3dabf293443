"""One broadcast as HTML: which it is, when it ran, and who else carried the moment. Pure."""

from datetime import datetime, timedelta

from dashboard.components.badge import badge
from dashboard.components.broadcasts import link_to_platform, state
from dashboard.components.links import Links, inward
from dashboard.components.table import Column, count, muted, section, shade, table, titled, who
from dashboard.i18n.markup import bdi, phrase, title_of, untrusted
from dashboard.i18n.words import Words
from dashboard.view_model.broadcast import BroadcastModel, Segment
from storage.model import AIRING_RESUMES_WITHIN, Status

_LONGEST_KEY = 120


def head(
    broadcast: BroadcastModel, words: Words, now: datetime, *, dark: bool, links: Links
) -> str:
    """Say which broadcast it is, whether it is on the air, and where to see it."""
    shown = broadcast.shown
    back = inward(links.to("broadcasts"), phrase(words, "broadcast.back"))
    out = link_to_platform(broadcast.url, shown.platform, words)
    tint = shade(broadcast.edition, shown.platform, dark=dark)
    parts = [who(shown, tint), state(shown, words, now, joined=True), *([out] if out else [])]
    return (
        f'<p class="lt-back"><span aria-hidden="true" class="lt-turn">\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}</span> {back}</p>'
        f'<h1 class="lt-title lt-clamp">{bdi(title_of(words, shown.title))}</h1>'
        f'<p class="lt-now">{"".join(f"<span>{part}</span>" for part in parts)}</p>'
    )


def countdown(broadcast: BroadcastModel, words: Words, now: datetime) -> str:
    """Say how long it is to the start; empty from the start on."""
    at = broadcast.shown.scheduled_at
    if broadcast.shown.status is not Status.UPCOMING or at is None:
        return ""
    if at <= now:
        late = phrase(words, "broadcast.opens_late", at=words.moment(at, now))
        return f'<p class="lt-empty">{late}</p>'
    age = words.age((at - now).total_seconds())
    return (
        f'<section class="lt-empty"><p class="lt-lead">{phrase(words, "broadcast.opens", age=age)}</p>'
        f"{muted(phrase(words, 'broadcast.opens_at', at=words.full(at)))}</section>"
    )


def segments(broadcast: BroadcastModel, words: Words, now: datetime, *, links: Links) -> str:
    """Say when it was on the air."""
    heading = phrase(words, "broadcast.segments")
    if not broadcast.segments:
        return section(heading, muted(phrase(words, "broadcast.segments_none")))
    head = (
        Column("w", "broadcast.segment_from"),
        Column("w", "broadcast.segment_to"),
        Column("n", "broadcast.segment_length"),
    )
    shown = broadcast.shown.broadcast
    rows = [_segment(segment, shown, words, now, links) for segment in broadcast.segments]
    listed = table(words, head, rows, caption=words.say("broadcast.segments"), scroll="plain")
    key = "segments_one" if len(rows) == 1 else "segments_note"
    minutes = words.number(AIRING_RESUMES_WITHIN // timedelta(minutes=1))
    return section(heading, listed, muted(phrase(words, f"broadcast.{key}", minutes=minutes)))


def _segment(
    segment: Segment, shown: str, words: Words, now: datetime, links: Links
) -> tuple[str, str, str]:
    start = bdi(words.moment(segment.started_at, now))
    if segment.broadcast != shown:
        other = phrase(words, "broadcast.segment_other")
        to = inward(links.to("broadcast", id=segment.broadcast), other)
        start += f"<br><small>{to}</small>"
    if segment.ended_at is None:
        end = f"<b>{phrase(words, 'broadcast.segment_lasts')}</b>"
    else:
        end = bdi(words.moment(segment.ended_at, now))
    length = words.length(((segment.ended_at or now) - segment.started_at).total_seconds())
    return start, end, bdi(length)


def moment(
    broadcast: BroadcastModel, words: Words, now: datetime, *, dark: bool, links: Links
) -> str:
    """List the other accounts that carried the same moment."""
    moment, names = broadcast.moment, ""
    if moment and moment.names:  # as the configuration names it
        names = f"<p><b>{bdi(getattr(moment.names, words.language))}</b></p>"
    heading, others = phrase(words, "broadcast.moment"), moment.others if moment else ()
    if not others:
        return section(heading, names, muted(phrase(words, "broadcast.moment_alone")))
    head = (
        Column("t", "onair.broadcast", named=True),
        Column("w", "broadcasts.state"),
        Column("n", "broadcasts.views"),
    )
    rows: list[tuple[str | None, ...]] = []
    for other in others:
        account = who(other, shade(broadcast.edition, other.platform, dark=dark))
        title = f'{titled(other, words, links)}<small class="muted">{account}</small>'
        state = badge(words, other.freshness, other.observed_at, now)
        rows.append((title, state, count(words, other.views)))
    known = [row.views for row in (broadcast.shown, *others) if row.views is not None]
    note = phrase(words, "broadcast.moment_sum", views=words.number(sum(known))) if known else ""
    listed = table(words, head, rows, caption=words.say("broadcast.moment"))
    return section(heading, names, listed, muted(note))


def unknown(words: Words, key: str | None, links: Links) -> str:
    """Return the page where there is no such broadcast."""
    what = (
        phrase(words, "broadcast.unknown_what", what=untrusted(key)[:_LONGEST_KEY]) if key else ""
    )
    back = inward(links.to("broadcasts"), phrase(words, "broadcast.choose"))
    return (
        f'<section class="lt-empty"><h1>{phrase(words, "broadcast.unknown")}</h1>'
        f"<p>{what}</p><p>{back}</p></section>"
    )
