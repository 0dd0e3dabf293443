"""What one broadcast had and how it compares, as HTML: its views, then its audience. Pure."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.components.badge import badge
from dashboard.components.links import outward
from dashboard.components.rows import count
from dashboard.i18n.markup import bdi, phrase, plural
from dashboard.i18n.words import Words
from dashboard.view_model.broadcast import BroadcastModel
from dashboard.view_model.freshness import Freshness
from dashboard.view_model.platforms import name
from dashboard.view_model.watch_links import moment_address
from storage.model import Status


def figures(one: BroadcastModel, words: Words, now: datetime) -> str:
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


def _views(one: BroadcastModel, words: Words, now: datetime) -> str:
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


def _watching(one: BroadcastModel, words: Words, now: datetime) -> str:
    shown = one.shown
    if shown.status is not Status.LIVE:
        return ""
    fresh = shown.freshness is Freshness.FRESH
    notes = [badge(words, shown.freshness, shown.observed_at, now)]
    key = "broadcast.watching" if fresh else "broadcast.watched"
    return _card(words, key, count(words, shown.concurrent_viewers), notes)


def _peak(one: BroadcastModel, words: Words, now: datetime) -> str:
    peak = one.audience.peak
    if peak is None:
        return _card(words, "broadcast.peak", None, [phrase(words, "broadcast.peak_none")])
    notes = [phrase(words, "broadcast.peak_at", at=words.moment(peak.at, now))]
    url = moment_address(one.shown.platform, one.url, one.shown.started_at, one.peak_at)
    if url is not None:
        told = phrase(words, "broadcast.jump", platform=name(one.shown.platform))
        notes.append(outward(url, told) or "")
    above = peak.hardly_above
    notes.append(
        phrase(words, "broadcast.peak_bound")
        if above is None
        else phrase(words, "broadcast.peak_above", count=words.number(above))
    )
    return _card(words, "broadcast.peak", count(words, peak.viewers), notes)


def _usual(one: BroadcastModel, words: Words) -> str:
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


def _average(one: BroadcastModel, words: Words) -> str:
    average, least = one.audience.average, one.audience.average_at_least
    value = None if average is None else count(words, round(average))
    notes: list[str] = []
    if least is not None and average is not None and round(least) < round(average):
        notes.append(phrase(words, "broadcast.average_least", count=words.number(round(least))))
    coverage = one.audience.coverage
    if coverage is not None:
        notes.append(phrase(words, "broadcast.airtime_seen", percent=words.percent(coverage)))
    return _card(words, "broadcast.average", value, notes)


def _hours(one: BroadcastModel, words: Words) -> str:
    hours = one.audience.hours_watched
    value = None if hours is None else count(words, round(hours))
    return _card(words, "broadcast.hours", value, [phrase(words, "broadcast.hours_what")])


def _rates(one: BroadcastModel, words: Words) -> str:
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
