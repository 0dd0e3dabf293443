"""One broadcast as HTML: which it is, when it ran, and who else carried the moment. Pure."""

from datetime import datetime

from dashboard.components.badge import badge
from dashboard.components.broadcasts import state
from dashboard.components.links import Links, inward, outward
from dashboard.components.rows import cell, count, shade, table, titled, who
from dashboard.i18n.markup import bdi, phrase, title_of, untrusted
from dashboard.i18n.words import Words
from dashboard.view_model.broadcast import BroadcastModel
from dashboard.view_model.platforms import name
from storage.model import Status

_LONGEST_KEY = 120


def head(one: BroadcastModel, words: Words, now: datetime, *, dark: bool, links: Links) -> str:
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


def countdown(one: BroadcastModel, words: Words, now: datetime) -> str:
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


def segments(one: BroadcastModel, words: Words, now: datetime, *, links: Links) -> str:
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
        length = bdi(words.length((end - part.started_at).total_seconds()))
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


def moment(one: BroadcastModel, words: Words, now: datetime, *, dark: bool, links: Links) -> str:
    """The other accounts that carried the same moment."""
    heading = f"<h2>{phrase(words, 'broadcast.moment')}</h2>"
    if one.moment and one.moment.names:  # as the configuration names it
        heading += f"<p><b>{bdi(getattr(one.moment.names, words.language))}</b></p>"
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
