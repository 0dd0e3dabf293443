"""The headline of the public page: where it stands, how many, how far, and when it begins.

No ``style`` attribute and no handler, here and in all of the page: its policy forbids both.
"""

from datetime import datetime

from dashboard.components.banners import unseen_lines
from dashboard.components.wall import on_air_counts, phase_key, unknown_views
from dashboard.i18n.markup import attribute, bdi, phrase
from dashboard.i18n.words import Words
from dashboard.public.viewers_unit import viewers_claim
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.platforms import name
from dashboard.view_model.viewers_now import LateViewers, last_hour, seen_between, viewers_now
from storage.analysis.freshness import LATE
from storage.analysis.sight import EditionPhase

_SHAPE = {
    EditionPhase.LIVE: "●",
    EditionPhase.UNSURE: "▲",
    EditionPhase.UNKNOWN: "◆",
    EditionPhase.SETTLING: "■",
    EditionPhase.FINAL: "■",
}


def standing(edition: EditionModel, phase: EditionPhase, words: Words, now: datetime) -> str:
    """Say whether it is live, how much is on air, and of when the numbers are."""
    shape = f'<span class="dot" aria-hidden="true">{_SHAPE.get(phase, "○")}</span>'
    final = phase is EditionPhase.FINAL
    parts = [f"<b>{shape} {phrase(words, phase_key(phase, edition, now))}</b>"]
    parts += [f"<span>{count}</span>" for count in on_air_counts(edition, words)]
    at = edition.counted_at
    if at is not None and final:
        parts.append(f"<span>{phrase(words, 'public.final_at', at=words.full(at))}</span>")
    elif at is not None:
        parts.append(f'<span class="muted">{_counted(words, at, now)}</span>')
    lines = [] if final else unseen_lines(edition.sights, words, now)
    unseen = "".join(f"<li>{line}</li>" for line in lines)
    listed = f'<ul class="notes">{unseen}</ul>' if unseen else ""
    return f'<p class="state {phase.value}">{"".join(parts)}</p>{listed}'


def _counted(words: Words, at: datetime, now: datetime) -> str:
    """Return the moment of the numbers; an open page puts the newest clock in its place."""
    today = at.astimezone(words.zone).date() == now.astimezone(words.zone).date()
    stamp = words.clock(at, seconds=True) if today else words.full(at)
    text = phrase(words, "public.counted", at=stamp)
    return text.replace("<bdi>", "<bdi data-at>" if today else "<bdi>", 1)


def total(edition: EditionModel, phase: EditionPhase, words: Words, now: datetime) -> str:
    """Return the one number, the bar towards the target, and who is watching."""
    views = edition.total.views
    label = f'<p class="muted">{phrase(words, "total.label")}</p>'
    if views is None:
        why = phrase(words, unknown_views(edition))
        return f'{label}<p class="hero none">—</p><p>{why}</p>{_watching(edition, words, now)}'
    figure = f'<p class="hero"><bdi dir="ltr" data-n="views">{words.number(views)}</bdi></p>'
    under = _progress(edition, words, views)
    gained = last_hour(edition)
    if gained is not None:
        gain = phrase(words, "total.last_hour", change=words.signed(gained))
        under.append(f'<span class="is">{gain}</span>')
    under += _included(edition, words, now)
    if phase is EditionPhase.SETTLING:
        under.append(f'<span class="muted">{phrase(words, "public.settling")}</span>')
    lead = f'<div class="lead">{figure}{_watching(edition, words, now)}</div>'
    return f'{label}{lead}{_bar(edition, words, views)}<p class="under">{"".join(under)}</p>'


def _included(edition: EditionModel, words: Words, now: datetime) -> list[str]:
    """Name the parts that are older than the rest; none when all are: the time above says that."""
    observed = [tile for tile in edition.tiles if tile.observed_at is not None]
    late = [tile for tile in observed if tile.freshness in LATE]
    if len(late) == len(observed):
        return []
    parts: list[str] = []
    for tile in late:
        if tile.views_at is not None:
            at = words.moment(tile.views_at, now)
            text = phrase(words, "total.includes", platform=name(tile.platform), at=at)
            parts.append(f'<span class="late">◆ {text}</span>')
    return parts


def _progress(edition: EditionModel, words: Words, views: int) -> list[str]:
    target = edition.target_views
    if not target:
        return []
    goal, left = words.number(target), words.number(abs(target - views))
    if views >= target:
        return [f"<span><b>{phrase(words, 'total.passed', target=goal, views=left)}</b></span>"]
    reached = phrase(words, "total.progress", percent="\0", target=goal)
    to_go = phrase(words, "total.to_go", views="\0")
    return [
        f"<span><b>{_live(reached, 'data-share', words.percent(views / target))}</b></span>",
        f"<span>{_live(to_go, 'data-left', left)}</span>",
    ]


def _live(text: str, mark: str, value: str) -> str:
    """Put ``value`` in the place left for it, marked as one that the open page renews."""
    return text.replace(bdi("\0"), f"<bdi {mark}>{value}</bdi>")


def _bar(edition: EditionModel, words: Words, views: int) -> str:
    """Say how far it is, each platform's part in its colour; past the target, that is a mark."""
    target = edition.target_views
    if not target:
        return ""
    scale = max(views, target)
    at, parts = 0.0, ""
    for tile in edition.tiles:
        width = (tile.views or 0) / scale * 100
        if width:
            x = 100 - at - width if words.rtl else at
            parts += f'<rect class="{attribute(tile.platform)}" x="{x:.2f}%" width="{max(0.0, width - 0.18):.2f}%" height="100%"/>'
            at += width
    if views > target:
        x = target / scale * 100
        x = 100 - x if words.rtl else x
        parts += f'<line class="aim" x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="100%"/>'
    shares = ", ".join(
        words.say(
            "public.part",
            platform=words.isolate(name(tile.platform)),
            views=words.number(tile.views),
        )
        for tile in edition.tiles
        if tile.views is not None
    )
    spoken = words.say("public.bar", percent=words.percent(views / target), parts=shares)
    return f'<svg class="bar" role="img" aria-label="{attribute(spoken)}">{parts}</svg>'


def _watching(edition: EditionModel, words: Words, now: datetime) -> str:
    """Say who watches now, and whose viewers are left out; if nobody tells, who did when last seen."""
    if not edition.on_air:
        return ""
    audience = viewers_now(edition)
    if audience.now is not None:
        count = f'<bdi dir="ltr" data-n="concurrent_viewers">{words.number(audience.now)}</bdi>'
        claim = viewers_claim(words, "public.watching", "public.watched")
        left_out = "".join(
            f'<span class="late">◆ {_left_out(late, words, now)}</span>' for late in audience.late
        )
        return f'<p class="now"><b>{count}</b> {claim}{left_out}</p>'
    if audience.last_seen is None:
        return ""
    count = bdi(words.number(audience.last_seen), ltr=True)
    return f'<p class="now old"><b>{count}</b> {_last_seen(audience.late, words, now)}</p>'


def _left_out(late: LateViewers, words: Words, now: datetime) -> str:
    """Say which platform's viewers are not in the number, and why: it is late, or does not answer."""
    return phrase(
        words,
        "public.without_failing" if late.is_failing else "public.without_late",
        platform=name(late.platform),
        viewers=words.number(late.viewers),
        at=words.moment(late.seen_at, now) if late.seen_at else "—",
    )


def _last_seen(late: tuple[LateViewers, ...], words: Words, now: datetime) -> str:
    times = seen_between(late)
    if times is None:
        return phrase(words, "public.watched")
    first, last = (words.moment(at, now) for at in times)
    if first == last:
        return phrase(words, "public.watched_at", at=first)
    return phrase(words, "public.watched_between", first=first, last=last)


def countdown(edition: EditionModel, words: Words) -> str:
    """Return the time left until it begins, running where scripts run, and the date for all."""
    at = edition.begins_at
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
