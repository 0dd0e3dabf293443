"""The wall's pieces as HTML: where it stands, how many, how far, and what is on air. Pure."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.charts.colors import color
from dashboard.components.badge import badge
from dashboard.components.links import Links, inward
from dashboard.components.rows import titled
from dashboard.i18n.markup import attribute, bdi, phrase, plural, title_of, untrusted
from dashboard.i18n.words import Words
from dashboard.view_model.edition import BroadcastRow, EditionModel, PlatformTile
from dashboard.view_model.freshness import OLD, Freshness
from dashboard.view_model.platforms import name
from storage.model import Status


def now_line(edition: EditionModel, words: Words, now: datetime) -> str:
    """Is it live, how many are on air, and of when the numbers are."""
    parts = [_phase(edition, words, now)]
    if edition.on_air:
        key = "phase.were_on_air" if _unsure(edition) else "phase.on_air"
        parts.append(plural(words, key, len(edition.on_air)))
    elif now < edition.starts_at and edition.total.views is not None:
        age = words.age((edition.starts_at - now).total_seconds())
        parts.append(
            phrase(words, "phase.opens_in", age=age, at=words.moment(edition.starts_at, now))
        )
    elif now < edition.ends_at:
        parts.append(phrase(words, "phase.between", at=words.moment(edition.ends_at, now)))
    elif not _is_final(edition, now):
        parts.append(phrase(words, "phase.closed"))
    as_of = newest(edition)
    if as_of is None:
        parts.append(phrase(words, "phase.no_answer"))
    else:
        stamp = (
            words.clock(as_of, seconds=True) if now.date() == as_of.date() else words.full(as_of)
        )
        parts.append(phrase(words, "phase.as_of", at=stamp))
        parts.append(f'<span class="muted">{bdi(words.zone_name(as_of), ltr=True)}</span>')
    return '<p class="lt-now">' + "".join(f"<span>{part}</span>" for part in parts) + "</p>"


def newest(edition: EditionModel) -> datetime | None:
    """When a platform last answered about this edition."""
    return max((t.observed_at for t in edition.tiles if t.observed_at), default=None)


def _phase(edition: EditionModel, words: Words, now: datetime) -> str:
    if edition.on_air:
        key, shape, tone = "live", "●", "fresh"
        if _unsure(edition):
            key, shape, tone = "unsure", "▲", "stale"
    elif now < edition.starts_at:
        key, shape, tone = "before", "○", "waiting"
    elif now >= edition.ends_at:
        key, shape, tone = "after", "■", "ended"
    else:
        key, shape, tone = "quiet", "○", "waiting"
    word = phrase(words, f"phase.{key}")
    return f'<b class="lt-state {tone}"><span aria-hidden="true">{shape}</span> {word}</b>'


def _unsure(edition: EditionModel) -> bool:
    """Whether nothing of what was on air was seen of late, so that it may have ended."""
    late = {Freshness.STALE, Freshness.LATE}
    return bool(edition.on_air) and all(one.freshness in late for one in edition.on_air)


def hero(
    edition: EditionModel, words: Words, now: datetime, *, silent_since: datetime | None = None
) -> str:
    """The one number, the bar towards the target, and what it is made of.

    Before the start it counts down to it. ``silent_since``: the collector gave no sign of life
    since, so the number steps back.
    """
    views = edition.total.views
    if views is None and now < edition.starts_at:
        return _countdown(edition, words, now)
    label = f'<p class="label">{phrase(words, _label(edition, now))}</p>'
    if views is None:
        silent = any(tile.observed_at for tile in edition.tiles)
        why = "total.unknown_silent" if silent else "total.unknown_before"
        figure = '<p class="figure none">—</p>'
        return f'<section class="lt-hero">{label}{figure}<p class="lt-under">{phrase(words, why)}</p></section>'
    told = [tile for tile in edition.tiles if tile.views is not None]
    aged = silent_since is not None or all(tile.freshness in OLD for tile in told)
    figure = f'<p class="figure{" old" if aged else ""}">{bdi(words.number(views), ltr=True)}</p>'
    under = _progress(edition, words, views)
    if _is_final(edition, now) and edition.total.as_of is not None:
        under.append(phrase(words, "total.frozen", at=words.full(edition.total.as_of)))
    late = [tile for tile in told if tile.freshness in OLD]
    if edition.last_hour is not None and not late:  # of a part that stands still it is no pace
        under.append(phrase(words, "total.last_hour", change=words.signed(edition.last_hour)))
    for tile in late if silent_since is None else ():  # then a banner says it of all
        at = words.moment(tile.views_at, now) if tile.views_at else ""
        under.append(
            f'<span class="lt-state late">◆ {phrase(words, "total.includes", platform=name(tile.platform), at=at)}</span>'
        )
    spans = "".join(f"<span>{part}</span>" for part in under)
    return f'<section class="lt-hero">{label}{figure}{_bar(edition, words, views)}<p class="lt-under">{spans}</p></section>'


def _label(edition: EditionModel, now: datetime) -> str:
    return "total.final" if _is_final(edition, now) else "total.label"


def _is_final(edition: EditionModel, now: datetime) -> bool:
    """Whether the edition is over and its curves are closed: counts hardly move any more."""
    return edition.ends_at <= edition.until < now and not edition.on_air


def _countdown(edition: EditionModel, words: Words, now: datetime) -> str:
    left = words.length((edition.starts_at - now).total_seconds())
    under = [f"<b>{phrase(words, 'total.opens_at', at=words.full(edition.starts_at))}</b>"]
    if edition.target_views:
        goal = words.number(edition.target_views)
        under.append(phrase(words, "total.target", target=goal))
    under.append(phrase(words, "total.unknown_before"))
    return (
        f'<section class="lt-hero"><p class="label">{phrase(words, "total.opens_in")}</p>'
        f'<p class="figure words">{bdi(left)}</p>'
        f'<p class="lt-under">{"".join(f"<span>{part}</span>" for part in under)}</p></section>'
    )


def _progress(edition: EditionModel, words: Words, views: int) -> list[str]:
    target = edition.target_views
    if not target:
        return [phrase(words, "total.no_target")]
    goal = words.number(target)
    if views >= target:
        return [
            f"<b>{phrase(words, 'total.passed', target=goal, views=words.number(views - target))}</b>"
        ]
    return [
        f"<b>{phrase(words, 'total.progress', percent=words.percent(views / target), target=goal)}</b>",
        phrase(words, "total.to_go", views=words.number(target - views)),
    ]


def _bar(edition: EditionModel, words: Words, views: int) -> str:
    if not edition.target_views:
        return ""
    share = min(1.0, views / edition.target_views)
    spoken = attribute(words.say("total.spoken", percent=words.percent(share)))
    return f'<div class="lt-goal" role="img" aria-label="{spoken}"><i style="width:{share * 100:.2f}%"></i></div>'


def tiles(
    edition: EditionModel,
    words: Words,
    now: datetime,
    *,
    dark: bool,
    links: Links | None = None,
) -> str:
    """A tile per platform, which with ``links`` leads to its broadcasts."""
    every = [
        _tile(t, words, now, color(t.platform, dark=dark, among=edition.platforms), links)
        for t in edition.tiles
    ]
    return f'<section class="lt-tiles" aria-label="{attribute(words.say("tile.heading"))}">{"".join(every)}</section>'


def _tile(tile: PlatformTile, words: Words, now: datetime, shade: str, links: Links | None) -> str:
    notes: list[tuple[str, str]] = []  # what each is about, for the screens that leave some out
    if tile.views is None:
        why = "tile.no_views" if tile.observed_at else "tile.not_asked"
        value = f'<p class="value none">— <small>{phrase(words, "tile.views")}</small></p>'
        notes.append(("why", phrase(words, why)))
        if tile.live and tile.concurrent_viewers is not None:
            value = ""
    else:
        value = (
            f'<p class="value" title="{attribute(words.number(tile.views))}">'
            f"{bdi(words.compact(tile.views))} <small>{phrase(words, 'tile.views')}</small></p>"
        )
        if tile.last_hour is not None and tile.freshness not in OLD:
            gain = phrase(words, "total.last_hour", change=words.signed(tile.last_hour))
            notes.append(("gain", gain))
        if tile.views_at is not None:
            at = words.moment(tile.views_at, now)
            notes.append(("at", phrase(words, "tile.views_at", at=at)))
    if tile.views is None and tile.observed_at is not None:
        at = words.moment(tile.observed_at, now)
        notes.append(("at", phrase(words, "tile.seen_at", at=at)))
    if tile.from_feed:
        notes.append(("feed", phrase(words, "tile.from_feed")))
    notes.append(("air", _on_air_of(tile, words)))
    old = " old" if tile.freshness in OLD else ""
    said = "".join(f'<span class="{about}">{note}</span>' for about, note in notes)
    return (
        f'<article class="lt-tile{old}" style="--c:{shade}"><header><h3>{_named(tile, links)}</h3>'
        f"{badge(words, tile.freshness, tile.stalest_at, now)}</header>"
        f'<div class="pair">{value}{_watching(tile, words)}</div>{_bars(tile, words)}'
        f'<p class="notes">{said}</p></article>'
    )


def _named(tile: PlatformTile, links: Links | None) -> str:
    text = bdi(name(tile.platform))
    return (
        inward(links.to("broadcasts", platform=tile.platform), text, cls="title") if links else text
    )


def _watching(tile: PlatformTile, words: Words) -> str:
    if not tile.live:
        return ""
    if tile.concurrent_viewers is None:
        return (
            f'<p class="second none">— <small>{phrase(words, "tile.watching_unknown")}</small></p>'
        )
    count = bdi(words.number(tile.concurrent_viewers), ltr=True)
    size = "value" if tile.views is None else "second"
    key = "tile.watched" if tile.freshness in OLD else "tile.watching"
    return f'<p class="{size}">{count} <small>{phrase(words, key)}</small></p>'


def _on_air_of(tile: PlatformTile, words: Words) -> str:
    if tile.live:
        key = "tile.were_on_air" if tile.freshness in OLD else "tile.on_air"
        live = plural(words, key, tile.live)
    else:
        live = phrase(words, "tile.untold_on_air" if tile.untold else "tile.nothing_on_air")
    return f"{live} {plural(words, 'tile.of_broadcasts', tile.broadcasts)}"


def _bars(tile: PlatformTile, words: Words) -> str:
    """The pace of the last two hours; dashed feet where nothing is known."""
    told = [value for value in tile.recent if value is not None]
    if not told:
        return ""
    largest = max([*told, 1e-9])
    key = "tile.audience" if tile.views is None else "tile.pace"
    bars = "".join(
        '<i class="none"></i>'
        if value is None
        else f'<i style="height:{value / largest * 100:.0f}%"></i>'
        for value in tile.recent
    )
    return f'<div class="lt-bars" role="img" aria-label="{attribute(words.say(key))}" title="{attribute(words.say(key))}">{bars}</div>'


def on_air(
    edition: EditionModel,
    words: Words,
    now: datetime,
    *,
    dark: bool,
    links: Links | None = None,
) -> str:
    """What is on air; when nothing is, what comes up or what was last.

    With ``links`` each leads to its page.
    """
    key = "onair.heading_unsure" if _unsure(edition) else "onair.heading"
    heading = f"<h2>{phrase(words, key)}</h2>"
    if edition.on_air:
        return heading + _listing(edition, edition.on_air, words, now, dark=dark, links=links)
    nothing = f'<p class="muted">{phrase(words, "onair.nothing")}</p>'
    upcoming = [b for b in edition.broadcasts if b.status is Status.UPCOMING and b.scheduled_at]
    upcoming.sort(key=lambda one: one.scheduled_at or now)
    over = [b for b in edition.broadcasts if b.status in {Status.ENDED, Status.GONE}]
    more = ""
    for key, listed in (("onair.next", upcoming[:3]), ("onair.latest", over[:5])):
        if listed:
            more += f"<h2>{phrase(words, key)}</h2>{_listing(edition, listed, words, now, dark=dark, links=links)}"
    return heading + nothing + more


def _listing(
    edition: EditionModel,
    listed: Sequence[BroadcastRow],
    words: Words,
    now: datetime,
    *,
    dark: bool,
    links: Links | None,
) -> str:
    heads = [("", "broadcast"), ("", "started"), ("n", "viewers"), ("n", "views"), ("", "as_of")]
    head = "".join(
        f'<th class="{cls}" scope="col">{phrase(words, f"onair.{key}")}</th>' for cls, key in heads
    )
    rows = "".join(
        _row(one, words, now, color(one.platform, dark=dark, among=edition.platforms), links)
        for one in listed
    )
    return f'<div class="lt-scroll cards"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(one: BroadcastRow, words: Words, now: datetime, shade: str, links: Links | None) -> str:
    begun = one.started_at or one.scheduled_at
    started_key = "onair.started" if one.started_at else "onair.scheduled"
    source = (
        f'<br><small class="muted">{phrase(words, "tile.from_feed")}</small>'
        if one.from_feed
        else ""
    )
    who = f'<span class="lt-chip" style="--c:{shade}"></span>{bdi(name(one.platform))} · {bdi(untrusted(one.account))}'
    state = badge(words, one.freshness, one.observed_at, now)
    at = bdi(words.moment(one.observed_at, now)) if one.observed_at else ""
    return (
        f'<tr><td class="t">{_titled(one, words, links)}'
        f'<small class="muted">{who}</small></td>'
        f"{_cell(words, started_key, bdi(words.moment(begun, now)) if begun else None, 'w')}"
        f"{_cell(words, 'onair.viewers', _count(words, one.concurrent_viewers), 'n')}"
        f"{_cell(words, 'onair.views', _count(words, one.views, source), 'n')}"
        f"{_cell(words, 'onair.as_of', f'{at} {state}', 'w')}</tr>"
    )


def _titled(one: BroadcastRow, words: Words, links: Links | None) -> str:
    if links is not None:
        return titled(one, words, links)
    return f'<span class="title">{bdi(title_of(words, one.title))}</span>'


def _count(words: Words, value: int | None, source: str = "") -> str | None:
    return None if value is None else bdi(words.number(value), ltr=True) + source


def _cell(words: Words, key: str, content: str | None, kind: str) -> str:
    label = attribute(words.say(key))
    if content is None:
        return (
            f'<td class="{kind} none" data-label="{label}">{phrase(words, "onair.not_told")}</td>'
        )
    return f'<td class="{kind}" data-label="{label}">{content}</td>'
