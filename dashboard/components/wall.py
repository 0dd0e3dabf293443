"""The wall's pieces as HTML: where it stands, how many, how far, and what is on air. Pure."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.components.badge import badge, mark
from dashboard.components.banners import unseen_lines
from dashboard.components.broadcasts import feed_note
from dashboard.components.links import Links, inward
from dashboard.components.table import Cell, Column, bars, count, muted, shade, table, titled, who
from dashboard.i18n.markup import attribute, bdi, phrase, plural
from dashboard.i18n.words import Words
from dashboard.view_model.edition import BroadcastRow, EditionModel, PlatformTile
from dashboard.view_model.edition_viewers import tells_viewers_alone
from dashboard.view_model.platforms import counts_views, name
from dashboard.view_model.viewers_now import viewers_now
from storage.analysis.freshness import LATE, OLD, Freshness
from storage.analysis.sight import EditionPhase, sees_all
from storage.model import Status


def status_line(edition: EditionModel, words: Words, now: datetime) -> str:
    """Return the line above the tables: how long it is to the opening, or how it stands since."""
    if now < edition.starts_at and edition.total.views is None and not edition.on_air:
        age = words.age((edition.starts_at - now).total_seconds())
        opens = phrase(words, "phase.opens_in", age=age, at=words.full(edition.starts_at))
        return f'<p class="lt-lead">{opens}</p>'
    return now_line(edition, words, now)


def now_line(edition: EditionModel, words: Words, now: datetime) -> str:
    """Say whether it is live, how many are on air, and of when the numbers are."""
    phase = edition.phase(now)
    parts = [_marked(phase, edition, words, now)]
    if edition.on_air:
        parts += on_air_counts(edition, words)
    elif now < edition.starts_at and edition.total.views is not None:
        age, at = edition.starts_at - now, words.moment(edition.starts_at, now)
        opens_in = words.age(age.total_seconds())
        parts.append(phrase(words, "phase.opens_in", age=opens_in, at=at))
    elif now < edition.ends_at:
        parts.append(phrase(words, "phase.between", at=words.moment(edition.ends_at, now)))
    elif phase is EditionPhase.SETTLING:
        parts.append(phrase(words, "phase.closed"))
    as_of = edition.seen_at
    if as_of is None:
        parts.append(phrase(words, "phase.no_answer"))
    else:
        today = now.date() == as_of.date()
        stamp = words.clock(as_of, seconds=True) if today else words.full(as_of)
        parts.append(phrase(words, "phase.as_of", at=stamp))
        parts.append(f'<span class="muted">{bdi(words.zone_name(as_of), ltr=True)}</span>')
    lines = [] if phase is EditionPhase.FINAL else unseen_lines(edition.sights, words, now)
    unseen = f'<p class="lt-unseen">{_spans(lines)}</p>' if lines else ""
    return f'<p class="lt-now">{_spans(parts)}</p>{unseen}'


def _spans(parts: Sequence[str]) -> str:
    return "".join(f"<span>{part}</span>" for part in parts)


def on_air_counts(edition: EditionModel, words: Words) -> list[str]:
    """Say how many are on air, and how many were when last seen."""
    fresh = sum(row.freshness is Freshness.FRESH for row in edition.on_air)
    counts = {"phase.on_air": fresh, "phase.were_on_air": len(edition.on_air) - fresh}
    return [plural(words, key, count) for key, count in counts.items() if count]


_MARKS = {
    EditionPhase.LIVE: Freshness.FRESH,
    EditionPhase.UNSURE: Freshness.STALE,
    EditionPhase.UNKNOWN: Freshness.LATE,
    EditionPhase.SETTLING: Freshness.ENDED,
    EditionPhase.FINAL: Freshness.ENDED,
}


def _marked(phase: EditionPhase, edition: EditionModel, words: Words, now: datetime) -> str:
    if now < edition.starts_at and phase is EditionPhase.QUIET:
        phase = EditionPhase.BEFORE  # counted already, and between two broadcasts
    text = phrase(words, phase_key(phase, edition, now))
    return mark(_MARKS.get(phase, Freshness.WAITING), text, "b")


def phase_key(phase: EditionPhase, edition: EditionModel, now: datetime) -> str:
    """Return the key of the words for where the edition stands."""
    is_over = phase is EditionPhase.UNKNOWN and now >= edition.ends_at
    return "phase.unknown_after" if is_over else f"phase.{phase}"


def unknown_views(edition: EditionModel) -> str:
    """Return the key of why there are no views: nothing has begun, none were told, or not all is seen."""
    if edition.has_not_begun:
        return "total.unknown_before"
    return "total.unknown_unseen" if edition.unseen_accounts else "total.unknown_silent"


def hero(
    edition: EditionModel, words: Words, now: datetime, *, silent_since: datetime | None = None
) -> str:
    """Return the one number, the bar towards the target, and what it is made of.

    Before the start it counts down to it. ``silent_since``: the collector gave no sign of life
    since, so the number steps back.
    """
    views, final = edition.total.views, edition.phase(now) is EditionPhase.FINAL
    if views is None and now < edition.starts_at:
        return _countdown(edition, words, now)
    label = phrase(words, "total.final" if final else "total.label")
    if views is None and tells_viewers_alone(edition):
        return _audience_hero(edition, words, silent_since)
    if views is None:
        return _hero(label, "—", phrase(words, unknown_views(edition)), cls=" none")
    counted = [tile for tile in edition.tiles if tile.views is not None]
    under = _progress(edition, words, views)
    if final and edition.total.as_of is not None:
        under.append(phrase(words, "total.frozen", at=words.full(edition.total.as_of)))
    late = [tile for tile in counted if tile.freshness in OLD]
    if edition.last_hour is not None and not late:  # of a part that stands still it is no pace
        under.append(phrase(words, "total.last_hour", change=words.signed(edition.last_hour)))
    for tile in late if silent_since is None else ():  # then a banner says it of all
        at = words.moment(tile.views_at, now) if tile.views_at else ""
        includes = phrase(words, "total.includes", platform=name(tile.platform), at=at)
        under.append(f'<span class="lt-state late">◆ {includes}</span>')
    aged = silent_since is not None or len(late) == len(counted)
    number = bdi(words.number(views), ltr=True)
    bar = _bar(edition, words, views)
    return _hero(label, number, _spans(under), cls=" old" if aged else "", bar=bar)


def _hero(label: str, figure: str, under: str, *, cls: str, bar: str = "") -> str:
    return (
        f'<section class="lt-hero"><p class="label">{label}</p><p class="figure{cls}">{figure}</p>'
        f'{bar}<p class="lt-under">{under}</p></section>'
    )


def _audience_hero(edition: EditionModel, words: Words, silent_since: datetime | None) -> str:
    """Return who is watching now as the one number: where no views are told, that is the result."""
    watching = viewers_now(edition).now
    number = "—" if watching is None else bdi(words.number(watching), ltr=True)
    cls = " none" if watching is None else " old" if silent_since is not None else ""
    why = phrase(words, "total.viewers_alone")
    return _hero(phrase(words, "total.watching"), number, why, cls=cls)


def _countdown(edition: EditionModel, words: Words, now: datetime) -> str:
    left = words.length((edition.starts_at - now).total_seconds())
    under = [f"<b>{phrase(words, 'total.opens_at', at=words.full(edition.starts_at))}</b>"]
    if edition.target_views:
        goal = words.number(edition.target_views)
        under.append(phrase(words, "total.target", target=goal))
    under.append(phrase(words, unknown_views(edition)))
    return _hero(phrase(words, "total.opens_in"), bdi(left), _spans(under), cls=" words")


def _progress(edition: EditionModel, words: Words, views: int) -> list[str]:
    target = edition.target_views
    if not target:
        return [phrase(words, "total.no_target")]
    goal, left = words.number(target), words.number(abs(target - views))
    if views >= target:
        return [f"<b>{phrase(words, 'total.passed', target=goal, views=left)}</b>"]
    percent = words.percent(views / target)
    return [
        f"<b>{phrase(words, 'total.progress', percent=percent, target=goal)}</b>",
        phrase(words, "total.to_go", views=left),
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
    """Return a tile per platform, which with ``links`` leads to its broadcasts."""
    listed = "".join(
        _tile(tile, words, now, shade(edition, tile.platform, dark=dark), links)
        for tile in edition.tiles
    )
    heading = attribute(words.say("tile.heading"))
    return f'<section class="lt-tiles" aria-label="{heading}">{listed}</section>'


def _tile(tile: PlatformTile, words: Words, now: datetime, tint: str, links: Links | None) -> str:
    old = " old" if tile.freshness in OLD else ""
    title = bdi(name(tile.platform))
    if links:
        title = inward(links.to("broadcasts", platform=tile.platform), title, cls="title")
    notes = "".join(
        f'<span class="{about}">{note}</span>' for about, note in _notes(tile, words, now)
    )
    return (
        f'<article class="lt-tile{old}" style="--c:{tint}"><header><h3>{title}</h3>'
        f"{badge(words, tile.freshness, tile.stalest_at, now)}</header>"
        f'<div class="pair">{_views(tile, words)}{_watching(tile, words)}</div>{_pace(tile, words)}'
        f'<p class="notes">{notes}</p></article>'
    )


def _views(tile: PlatformTile, words: Words) -> str:
    unit = f"<small>{phrase(words, 'tile.views')}</small>"
    if tile.views is not None:
        exact = attribute(words.number(tile.views))
        return f'<p class="value" title="{exact}">{bdi(words.compact(tile.views))} {unit}</p>'
    watched = tile.live and tile.concurrent_viewers is not None  # whose number stands here then
    return "" if watched else f'<p class="value none">— {unit}</p>'


def _notes(tile: PlatformTile, words: Words, now: datetime) -> list[tuple[str, str]]:
    """Return notes with what each is about, for the screens that leave some out."""
    notes: list[tuple[str, str]] = []
    if tile.views is None:
        notes.append(("why", phrase(words, why_no_views(tile))))
        if tile.observed_at is not None:
            at = words.moment(tile.observed_at, now)
            notes.append(("at", phrase(words, "tile.seen_at", at=at)))
    elif tile.last_hour is not None and tile.freshness not in OLD:
        gain = phrase(words, "total.last_hour", change=words.signed(tile.last_hour))
        notes.append(("gain", gain))
    if tile.views is not None and tile.views_at is not None:
        at = words.moment(tile.views_at, now)
        notes.append(("at", phrase(words, "tile.views_at", at=at)))
    if tile.from_feed:
        notes.append(("feed", phrase(words, "tile.from_feed")))
    return [*notes, ("air", _on_air_of(tile, words))]


def why_no_views(tile: PlatformTile) -> str:
    """Return the key of why the platform shows no views: none are counted, or none were told."""
    if tile.observed_at is None:
        return "tile.not_asked"
    return "tile.none_yet" if counts_views(tile.platform) else "tile.no_views"


def _watching(tile: PlatformTile, words: Words) -> str:
    if not tile.live:
        return ""
    if tile.concurrent_viewers is None:
        unknown = phrase(words, "tile.watching_unknown")
        return f'<p class="second none">— <small>{unknown}</small></p>'
    size = "value" if tile.views is None else "second"
    watching = phrase(words, "tile.watched" if tile.freshness in LATE else "tile.watching")
    number = count(words, tile.concurrent_viewers)
    return f'<p class="{size}">{number} <small>{watching}</small></p>'


def _on_air_of(tile: PlatformTile, words: Words) -> str:
    if tile.live:
        key = "tile.were_on_air" if tile.freshness in LATE else "tile.on_air"
        live = plural(words, key, tile.live)
    else:
        live = phrase(words, "tile.nothing_on_air" if tile.is_off_air else "tile.untold_on_air")
    return f"{live} {plural(words, 'tile.of_broadcasts', tile.broadcasts)}"


def _pace(tile: PlatformTile, words: Words) -> str:
    """Return the pace of the last two hours; empty where nothing is known of them."""
    if all(value is None for value in tile.recent):
        return ""
    label = words.say("tile.audience" if tile.views is None else "tile.pace")
    return bars(tile.recent, label, cls="lt-bars")


def on_air(
    edition: EditionModel,
    words: Words,
    now: datetime,
    *,
    dark: bool,
    links: Links | None = None,
) -> str:
    """List what is on air; when nothing is, what comes up or what was last.

    With ``links`` each leads to its page.
    """

    def listing(key: str, broadcasts: Sequence[BroadcastRow]) -> str:
        rows = [
            _row(row, words, now, shade(edition, row.platform, dark=dark), links)
            for row in broadcasts
        ]
        listed = table(words, _HEAD, rows, caption=words.say(key))
        return f"<h2>{phrase(words, key)}</h2>{listed}" if rows else ""

    unsure = edition.phase(now) is EditionPhase.UNSURE
    key = "onair.heading_unsure" if unsure else "onair.heading"
    if edition.on_air:
        return listing(key, edition.on_air)
    upcoming = [
        row for row in edition.broadcasts if row.status is Status.UPCOMING and row.scheduled_at
    ]
    upcoming.sort(key=lambda row: row.scheduled_at or now)
    over = [row for row in edition.broadcasts if row.status in {Status.ENDED, Status.GONE}]
    nothing = "onair.nothing" if sees_all(edition.sights) else "onair.unknown"
    return (
        f"<h2>{phrase(words, key)}</h2>{muted(phrase(words, nothing))}"
        f"{listing('onair.next', upcoming[:3])}{listing('onair.latest', over[:5])}"
    )


_HEAD = (
    Column("t", "onair.broadcast", named=True),
    Column("w", "onair.started"),
    Column("n", "onair.viewers"),
    Column("n", "onair.views"),
    Column("w", "onair.as_of"),
)


def _row(
    row: BroadcastRow, words: Words, now: datetime, tint: str, links: Links | None
) -> tuple[str | Cell | None, ...]:
    start = row.started_at or row.scheduled_at
    key = "onair.started" if row.started_at else "onair.scheduled"
    views = count(words, row.views)
    if views is not None and row.from_feed:
        views += f"<br>{feed_note(row, words)}"
    at = bdi(words.moment(row.observed_at, now)) if row.observed_at else ""
    return (
        f'{titled(row, words, links)}<small class="muted">{who(row, tint)}</small>',
        Cell(bdi(words.moment(start, now)), key=key) if start else None,
        count(words, row.concurrent_viewers),
        views,
        f"{at} {badge(words, row.freshness, row.observed_at, now)}",
    )
