"""The headline of the public page: where it stands, how many, how far, and when it begins.

No ``style`` attribute and no handler, here and in all of the page: its policy forbids both.
"""

from datetime import datetime

from dashboard.i18n.markup import attribute, bdi, phrase, plural
from dashboard.i18n.words import Words
from dashboard.public.phase import EditionPhase, begins_at, counted_at
from dashboard.public.viewers_now import LATE, last_hour, seen_between, viewers_claim, viewers_now
from dashboard.view_model.edition import EditionModel, PlatformTile
from dashboard.view_model.freshness import Freshness
from dashboard.view_model.platforms import name

_SHAPE = {
    EditionPhase.LIVE: "●",
    EditionPhase.UNSURE: "▲",
    EditionPhase.SETTLING: "■",
    EditionPhase.FINAL: "■",
}
_WORD = {
    EditionPhase.BEFORE: "phase.before",
    EditionPhase.LIVE: "phase.live",
    EditionPhase.UNSURE: "phase.unsure",
    EditionPhase.QUIET: "phase.quiet",
    EditionPhase.SETTLING: "phase.after",
    EditionPhase.FINAL: "public.final",
}


def standing(edition: EditionModel, phase: EditionPhase, words: Words, now: datetime) -> str:
    """Is it live, how much is on air, and of when the numbers are."""
    shape = f'<span class="dot" aria-hidden="true">{_SHAPE.get(phase, "○")}</span>'
    parts = [f"<b>{shape} {phrase(words, _WORD[phase])}</b>"]
    if edition.on_air:
        key = "phase.were_on_air" if phase is EditionPhase.UNSURE else "phase.on_air"
        parts.append(f"<span>{plural(words, key, len(edition.on_air))}</span>")
    at = counted_at(edition)
    if at is not None and phase is EditionPhase.FINAL:
        parts.append(f"<span>{phrase(words, 'public.final_at', at=words.full(at))}</span>")
    elif at is not None:
        parts.append(f'<span class="muted">{_counted(words, at, now)}</span>')
    return f'<p class="state {phase.value}">{"".join(parts)}</p>'


def _counted(words: Words, at: datetime, now: datetime) -> str:
    """The moment of the numbers; an open page puts the newest clock in its place."""
    here = at.astimezone(words.zone).date() == now.astimezone(words.zone).date()
    shown = words.clock(at, seconds=True) if here else words.full(at)
    told = phrase(words, "public.counted", at=shown)
    return told.replace("<bdi>", "<bdi data-at>" if here else "<bdi>", 1)


def total(edition: EditionModel, phase: EditionPhase, words: Words, now: datetime) -> str:
    """The one number, the bar towards the target, and who is watching."""
    views = edition.total.views
    label = f'<p class="muted">{phrase(words, "total.label")}</p>'
    if views is None:
        why = "total.unknown_silent" if counted_at(edition) else "total.unknown_before"
        return f'{label}<p class="hero none">—</p><p>{phrase(words, why)}</p>{_watching(edition, words, now)}'
    figure = f'<p class="hero"><bdi dir="ltr" data-n="views">{words.number(views)}</bdi></p>'
    under = [f"<span>{one}</span>" for one in _progress(edition, words, views)]
    gained = last_hour(edition)
    if gained is not None:
        told = phrase(words, "total.last_hour", change=words.signed(gained))
        under.append(f'<span class="is">{told}</span>')
    under += _included(edition, words, now)
    if phase is EditionPhase.SETTLING:
        under.append(f'<span class="muted">{phrase(words, "public.settling")}</span>')
    lead = f'<div class="lead">{figure}{_watching(edition, words, now)}</div>'
    return f'{label}{lead}{_bar(edition, words, views)}<p class="under">{"".join(under)}</p>'


def _included(edition: EditionModel, words: Words, now: datetime) -> list[str]:
    """The parts that are older than the rest; none when all are, which the time above says."""
    seen = [tile for tile in edition.tiles if tile.observed_at is not None]
    late = [tile for tile in seen if tile.freshness in LATE]
    if len(late) == len(seen):
        return []
    told = [
        phrase(
            words,
            "total.includes",
            platform=name(tile.platform),
            at=words.moment(tile.views_at, now),
        )
        for tile in late
        if tile.views_at is not None
    ]
    return [f'<span class="late">◆ {one}</span>' for one in told]


def _progress(edition: EditionModel, words: Words, views: int) -> list[str]:
    target = edition.target_views
    if not target:
        return []
    goal = words.number(target)
    if views >= target:
        over = words.number(views - target)
        return [f"<b>{phrase(words, 'total.passed', target=goal, views=over)}</b>"]
    share, left = words.percent(views / target), words.number(target - views)
    reached = phrase(words, "total.progress", percent="\0", target=goal)
    to_go = phrase(words, "total.to_go", views="\0")
    return [
        f"<b>{_live(reached, 'data-share', share)}</b>",
        _live(to_go, "data-left", left),
    ]


def _live(told: str, mark: str, text: str) -> str:
    """Put ``text`` in the place kept for it, marked as one that the open page renews."""
    hole = bdi("\0")
    return told.replace(hole, f"<bdi {mark}>{text}</bdi>")


def _bar(edition: EditionModel, words: Words, views: int) -> str:
    """How far, each platform's part in its colour; past the target, the target is a mark."""
    target = edition.target_views
    if not target:
        return ""
    whole = max(views, target)
    at, drawn = 0.0, ""
    for tile in edition.tiles:
        width = (tile.views or 0) / whole * 100
        if width:
            x = 100 - at - width if words.rtl else at
            drawn += f'<rect class="{attribute(tile.platform)}" x="{x:.2f}%" width="{max(0.0, width - 0.18):.2f}%" height="100%"/>'
            at += width
    if views > target:
        x = target / whole * 100
        x = 100 - x if words.rtl else x
        drawn += f'<line class="aim" x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="100%"/>'
    told = ", ".join(
        words.say(
            "public.part",
            platform=words.isolate(name(tile.platform)),
            views=words.number(tile.views),
        )
        for tile in edition.tiles
        if tile.views is not None
    )
    spoken = words.say("public.bar", percent=words.percent(views / target), parts=told)
    return f'<svg class="bar" role="img" aria-label="{attribute(spoken)}">{drawn}</svg>'


def _watching(edition: EditionModel, words: Words, now: datetime) -> str:
    """Who watches now, and whose viewers are not in it; when nobody's are, who did when last seen."""
    if not edition.on_air:
        return ""
    found = viewers_now(edition)
    if found.now is not None:
        count = f'<bdi dir="ltr" data-n="concurrent_viewers">{words.number(found.now)}</bdi>'
        told = viewers_claim(words, "public.watching", "public.watched")
        left_out = "".join(
            f'<span class="late">◆ {_left_out(tile, words, now)}</span>' for tile in found.late
        )
        return f'<p class="now"><b>{count}</b> {told}{left_out}</p>'
    if found.last_seen is None:
        return ""
    count = f'<bdi dir="ltr">{words.number(found.last_seen)}</bdi>'
    return f'<p class="now old"><b>{count}</b> {_then(found.late, words, now)}</p>'


def _left_out(tile: PlatformTile, words: Words, now: datetime) -> str:
    """Which platform's viewers are not in the number, and why: it is late, or does not answer."""
    failing = tile.freshness is Freshness.ERROR
    return phrase(
        words,
        "public.without_failing" if failing else "public.without_late",
        platform=name(tile.platform),
        viewers=words.number(tile.concurrent_viewers or 0),
        at=words.moment(tile.stalest_at, now) if tile.stalest_at else "—",
    )


def _then(late: tuple[PlatformTile, ...], words: Words, now: datetime) -> str:
    times = seen_between(late)
    if times is None:
        return phrase(words, "public.watched")
    first, last = (words.moment(at, now) for at in times)
    if first == last:
        return phrase(words, "public.watched_at", at=first)
    return phrase(words, "public.watched_between", first=first, last=last)


def countdown(edition: EditionModel, words: Words) -> str:
    """The time left until it begins, running where scripts run, and the date for everyone."""
    at = begins_at(edition)
    boxes = "".join(
        f"<div><b>-</b>{phrase(words, f'public.{unit}')}</div>"
        for unit in ("days", "hours", "minutes", "seconds")
    )
    goal = ""
    if edition.target_views:
        target = words.number(edition.target_views)
        goal = f'<p class="goal">{phrase(words, "public.goal", target=target)}</p>'
    return (
        f'<p class="hero-date"><b>{phrase(words, "public.starts_at", at=words.full(at))}</b></p>'
        f'<div class="count" role="timer" aria-label="{attribute(words.say("public.starts_in"))}"'
        f' data-until="{at.isoformat()}" hidden>{boxes}</div>'
        f'<p id="begun" hidden>{phrase(words, "public.begun")}</p>{goal}'
    )
