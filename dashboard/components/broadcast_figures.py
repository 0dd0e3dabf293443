"""What one broadcast had and how it compares, as HTML: its views, then its audience. Pure."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.components.badge import badge
from dashboard.components.links import outward
from dashboard.components.table import count
from dashboard.i18n.markup import bdi, phrase, plural
from dashboard.i18n.words import Words
from dashboard.view_model.broadcast import BroadcastModel
from dashboard.view_model.platforms import name
from dashboard.view_model.watch_links import moment_address
from storage.analysis.freshness import Freshness
from storage.analysis.viewers.audience import AudienceFigures
from storage.model import Metric, Status


def figures(broadcast: BroadcastModel, words: Words, now: datetime) -> str:
    """Return the views, and beside them what its audience came to."""
    cards = (
        _watching(broadcast, words, now),
        _peak(broadcast, words, now),
        _usual(broadcast, words),
        _average(broadcast, words),
        _hours(broadcast, words),
        _rates(broadcast, words, now),
    )
    return f'{_views(broadcast, words, now)}<section class="lt-figures">{"".join(cards)}</section>'


def _card(words: Words, key: str, value: str | None, notes: Sequence[str], cls: str = "") -> str:
    none = " none" if value is None else ""
    listed = "".join(f"<span>{note}</span>" for note in notes if note)
    return (
        f'<div class="lt-figure {cls}"><h2>{phrase(words, key)}</h2>'
        f'<p class="value{none}">{"—" if value is None else value}</p>'
        f'<p class="notes">{listed}</p></div>'
    )


def _views(broadcast: BroadcastModel, words: Words, now: datetime) -> str:
    shown = broadcast.shown
    if shown.views is None:
        notes = [phrase(words, "broadcast.views_none")]
    else:
        at = words.moment(shown.views_at, now) if shown.views_at else ""
        notes = [phrase(words, "broadcast.views_at", at=at)]
        if shown.from_feed:
            notes.append(phrase(words, "tile.from_feed"))
        notes.append(_frozen(broadcast, Metric.VIEWS, words, now))
    return _card(words, "broadcasts.views", count(words, shown.views), notes, "lead")


def _watching(broadcast: BroadcastModel, words: Words, now: datetime) -> str:
    shown = broadcast.shown
    if shown.status is not Status.LIVE:
        return ""
    key = "watching" if shown.freshness is Freshness.FRESH else "watched"
    notes = [badge(words, shown.freshness, shown.observed_at, now)]
    notes.append(_frozen(broadcast, Metric.CONCURRENT_VIEWERS, words, now))
    return _card(words, f"broadcast.{key}", count(words, shown.concurrent_viewers), notes)


def _peak(broadcast: BroadcastModel, words: Words, now: datetime) -> str:
    peak, shown = broadcast.audience.peak, broadcast.shown
    if peak is None:
        return _card(words, "broadcast.peak", None, [phrase(words, "broadcast.peak_none")])
    notes = [phrase(words, "broadcast.peak_at", at=words.moment(peak.at, now))]
    url = moment_address(shown.platform, broadcast.url, shown.started_at, broadcast.peak_at)
    if url is not None:
        jump = phrase(words, "broadcast.jump", platform=name(shown.platform))
        notes.append(outward(url, jump) or "")
    above = peak.hardly_above
    notes.append(
        phrase(words, "broadcast.peak_bound")
        if above is None
        else phrase(words, "broadcast.peak_above", count=words.number(above))
    )
    if peak.wide:
        notes.append(phrase(words, f"broadcast.peak_wide_{peak.wide}"))
    without = _without(broadcast)
    notes.append(_doubt(words, without and without.peak and without.peak.viewers, peak.viewers))
    return _card(words, "broadcast.peak", count(words, peak.viewers), notes)


def _usual(broadcast: BroadcastModel, words: Words) -> str:
    usual = broadcast.usual
    if usual is None or usual.times is None:
        key = "usual_none" if broadcast.shown.started_at else "usual_unstarted"
        return _card(words, "broadcast.usual", None, [phrase(words, f"broadcast.{key}")])
    times = bdi(words.say("broadcast.usual_times", times=words.decimal(usual.times)), ltr=True)
    what = phrase(
        words,
        "broadcast.usual_what",
        views=words.number(usual.views),
        age=words.age(usual.age.total_seconds()),
        expected=words.number(round(usual.expected)),
    )
    notes = [what, plural(words, "broadcast.usual_from", usual.earlier)]
    return _card(words, "broadcast.usual", times, notes)


def _average(broadcast: BroadcastModel, words: Words) -> str:
    audience, notes = broadcast.audience, list[str]()
    average = None if audience.average is None else round(audience.average)
    least = None if audience.average_at_least is None else round(audience.average_at_least)
    if least is not None and average is not None and least < average:
        notes.append(phrase(words, "broadcast.average_least", count=words.number(least)))
    if audience.coverage is not None:
        percent = words.percent(audience.coverage)
        notes.append(phrase(words, "broadcast.airtime_seen", percent=percent))
    if audience.doubtful is not None:
        notes.append(plural(words, "broadcast.doubtful", audience.doubtful.readings.height))
        notes.append(_doubt(words, audience.doubtful.without.average, average))
    return _card(words, "broadcast.average", count(words, average), notes)


def _hours(broadcast: BroadcastModel, words: Words) -> str:
    hours = broadcast.audience.hours_watched
    value = None if hours is None else count(words, round(hours))
    without = _without(broadcast)
    in_doubt = _doubt(words, without and without.hours_watched, hours)
    return _card(words, "broadcast.hours", value, [phrase(words, "broadcast.hours_what"), in_doubt])


def _without(broadcast: BroadcastModel) -> AudienceFigures | None:
    doubtful = broadcast.audience.doubtful
    return doubtful.without if doubtful else None


def _doubt(words: Words, without: float | None, figure: float | None) -> str:
    """Say what a figure is without doubtful readings, where that makes a difference."""
    if without is None or figure is None or round(without) == round(figure):
        return ""
    return phrase(words, "broadcast.without", count=words.number(round(without)))


def _frozen(broadcast: BroadcastModel, metric: Metric, words: Words, now: datetime) -> str:
    """Say beside a figure that it stands still while others of the broadcast move."""
    since = broadcast.frozen.get(metric)
    return "" if since is None else phrase(words, "broadcast.frozen", at=words.moment(since, now))


def _rates(broadcast: BroadcastModel, words: Words, now: datetime) -> str:
    if not broadcast.rated:
        return _card(words, "broadcast.rate", None, [phrase(words, "broadcast.rate_none")])
    rates = "".join(
        f"<span><b>{bdi(words.decimal(broadcast.per_thousand(metric) or 0), ltr=True)}</b>"
        f" {phrase(words, f'metric.{metric}')} {_frozen(broadcast, metric, words, now)}</span>"
        for metric in broadcast.rated
    )
    heading = phrase(words, "broadcast.rate")
    return f'<div class="lt-figure"><h2>{heading}</h2><p class="rates">{rates}</p></div>'
