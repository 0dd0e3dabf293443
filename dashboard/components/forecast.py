"""The forecast's pieces as HTML: the range first, then the middle, and how far to trust them. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import polars as pl

from dashboard.components.table import (
    Column,
    Sheet,
    SheetColumn,
    count,
    csv_bytes,
    muted,
    sheet_of,
    table,
)
from dashboard.i18n.markup import bdi, phrase, plural
from dashboard.i18n.words import Words
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.forecasts import EVERY, CachedForecast
from dashboard.view_model.platforms import name
from storage.analysis.forecast.conformal import PUBLIC
from storage.analysis.forecast.preconditions import NoForecast, NoForecastReason
from storage.analysis.forecast.result import (
    PATH,
    Forecast,
    ForecastFigure,
    TargetForecast,
    TargetTime,
)

USUAL = 0.8
_LEVELS = {0.5: "half", USUAL: "usual", 0.95: "wide"}
_TENTHS = 10
_FIGURE = 'style="font-size:clamp(1.9rem,5.4vw,4.6rem);line-height:1.1;white-space:normal"'


def chance(words: Words, share: float) -> str:
    """Return a chance in words, 8 in 10; it is never none and never all."""
    tenths = round(share * _TENTHS)
    if tenths <= 0:
        return phrase(words, "forecast.chance_least")
    if tenths >= _TENTHS:
        return phrase(words, "forecast.chance_most")
    return phrase(words, "forecast.chance", count=words.number(tenths))


def key_of(forecast: Forecast, key: str) -> str:
    """Return the key of words that name what is forecast: views, or hours watched."""
    return f"forecast.{key}" if forecast.of is ForecastFigure.VIEWS else f"forecast.hours.{key}"


def headline(forecast: Forecast, words: Words, now: datetime) -> str:
    """Return the range of the final sum, then its middle and what is there now."""
    usual = next(total for total in forecast.ranges if total.level == USUAL)
    label = phrase(words, key_of(forecast, "label"), at=words.full(forecast.ends_at))
    low, high = words.compact(usual.low), words.compact(usual.high)
    views, at = words.compact(forecast.views), words.moment(forecast.as_of, now)
    under = (
        f"<b>{phrase(words, 'forecast.held')}</b>",
        phrase(words, "forecast.middle", middle=words.compact(forecast.middle)),
        phrase(words, key_of(forecast, "now"), views=views, at=at),
    )
    spans = "".join(f"<span>{part}</span>" for part in under)
    note = ""
    if forecast.of is ForecastFigure.HOURS_WATCHED:
        note = muted(phrase(words, "forecast.hours.note"))
    return (
        f'<section class="lt-hero"><p class="label">{label}</p>'
        f'<p class="figure" {_FIGURE}>{phrase(words, "forecast.range", low=low, high=high)}</p>'
        f'<p class="lt-under">{spans}</p>{note}</section>'
    )


def target(forecast: Forecast, words: Words, now: datetime) -> str:
    """Return the target's chance, its time and the pace it needs, a tile each."""
    goal = forecast.target
    if goal is None and forecast.of is ForecastFigure.HOURS_WATCHED:
        return ""
    if goal is None:
        return muted(phrase(words, "total.no_target"))
    views = words.number(goal.target)
    if goal.passed:
        return f'<p class="lt-under"><b>{phrase(words, "forecast.passed", target=views)}</b></p>'
    note = phrase(words, "forecast.of_target", target=views)
    tiles = [_tile(words, "forecast.chance_of", chance(words, goal.chance), [note])]
    tiles.append(_hours(goal, words, now))
    if goal.pace and goal.pace.views_per_hour is not None:
        pace = words.compact(round(goal.pace.views_per_hour))
        missing = phrase(words, "total.to_go", views=words.number(goal.pace.missing))
        value = phrase(words, "forecast.pace_value", views=pace)
        tiles.append(_tile(words, "forecast.pace", value, [missing]))
    return f'<section class="lt-tiles">{"".join(tiles)}</section>'


def when(span: TargetTime, words: Words, now: datetime) -> str:
    """Return a range of times in words."""
    early, late = words.moment(span.early, now), words.moment(span.late, now)
    return phrase(words, "forecast.when_between", early=early, late=late)


def ranges(forecast: Forecast, words: Words, now: datetime) -> str:
    """Tabulate the three ranges: of the final sum, and of when the target is passed if it is."""
    goal = forecast.target if forecast.target and _middle_hour(forecast.target) else None
    times: Iterable[TargetTime | None] = goal.ranges if goal else [None] * len(forecast.ranges)
    rows = [
        (
            phrase(words, f"forecast.level.{_LEVELS[total.level]}"),
            count(words, total.low),
            count(words, total.high),
            *([when(at, words, now)] if at else []),
        )
        for total, at in zip(forecast.ranges, times, strict=True)
    ]
    return _table(
        words, "ranges", ["often", "low", "high", *(["when"] if goal else [])], rows[::-1]
    )


def trust(cached: CachedForecast, forecast: Forecast, words: Words, now: datetime) -> str:
    """Say how far it missed at comparable moments, what the ranges come from, and when it was made."""
    public = _percent(words, forecast.public_missed)
    lines = [
        phrase(words, "forecast.error_public", series=words.number(PUBLIC.series), percent=public)
    ]
    if forecast.missed is None:
        held = _percent(words, PUBLIC.first.held, 0)
        lines.append(phrase(words, "forecast.editions_none", percent=held))
    else:
        own, editions = _percent(words, forecast.missed), forecast.tried_editions
        lines.append(plural(words, "forecast.editions", editions, percent=own))
    if forecast.coverage is not None:
        lines.append(phrase(words, "forecast.coverage", percent=words.percent(forecast.coverage)))
    lines.append(
        phrase(
            words,
            "forecast.made",
            at=words.moment(cached.made_at, now),
            as_of=words.moment(forecast.as_of, now),
            minutes=words.number(int(EVERY.total_seconds() // 60)),
        )
    )
    listed = "".join(f"<li>{line}</li>" for line in lines)
    return f'<h2>{phrase(words, "forecast.trust")}</h2><ul class="lt-notes">{listed}</ul>'


def methods(forecast: Forecast, words: Words) -> str:
    """Say what each method expects of the final sum, and how much it counts."""
    rows = [
        (
            phrase(words, f"forecast.method.{method.method}"),
            count(words, method.final),
            bdi(_percent(words, method.weight, 0)),
        )
        for method in forecast.methods
    ]
    return _table(words, "methods", ["method_name", "says", "weight"], rows)


def sheet(cached: CachedForecast, forecast: Forecast, words: Words, *, simulated: bool) -> Sheet:
    """Return the sums to come by the hour, to be shown under the chart and taken along."""
    what = "views" if forecast.of is ForecastFigure.VIEWS else "viewers, in hours watched"
    source = "simulated" if simulated else f"computed by LiveTally from platform-reported {what}"
    sums = list(PATH)[1:]
    columns = [
        SheetColumn(name="at", heading="growth.time", kind="moment"),
        *(SheetColumn(name=key, heading=f"forecast.column.{key}", kind="number") for key in sums),
    ]
    file = csv_bytes(
        forecast.path.select(
            pl.col("at").dt.strftime("%Y-%m-%dT%H:%MZ").alias("at_utc"),
            *sums,
            edition=pl.lit(forecast.edition),
            views_as_of_utc=pl.lit(f"{forecast.as_of:%Y-%m-%dT%H:%MZ}"),
            made_at_utc=pl.lit(f"{cached.made_at:%Y-%m-%dT%H:%MZ}"),
            source=pl.lit(f"forecast, {source}"),
        )
    )
    name = f"livetally-forecast-{forecast.edition}.csv"
    return sheet_of(forecast.path, columns, words, csv=file, file_name=name)


def refused(refusal: NoForecast, edition: EditionModel, words: Words, now: datetime) -> str:
    """Say why there is none, and from when there may be one; after the end what is final."""
    over = refusal.reason is NoForecastReason.OVER
    title = "forecast.final" if over else "forecast.none"
    platforms = words.say("health.comma").join(name(platform) for platform in refusal.platforms)
    share = "" if refusal.coverage is None else words.percent(refusal.coverage)
    key = f"forecast.refused.{refusal.reason.value}"
    parts = [phrase(words, key, platforms=platforms, percent=share)]
    if refusal.available_at is not None:
        at = words.moment(refusal.available_at, now)
        parts.append(phrase(words, "forecast.available", at=at))
    if edition.total.views is not None:
        parts.append(_counted(edition, words, edition.total.views, over=over))
    body = "".join(f"<p>{part}</p>" for part in parts)
    return f'<section class="lt-empty"><h2>{phrase(words, title)}</h2>{body}</section>'


def _counted(edition: EditionModel, words: Words, views: int, *, over: bool) -> str:
    """Say what is counted, and after the end how it stands to the target."""
    counted = f"<b>{phrase(words, 'forecast.counted', views=words.number(views))}</b>"
    if not over or not edition.target_views:
        return counted
    verdict = phrase(
        words,
        "total.passed" if views >= edition.target_views else "forecast.missed",
        target=words.number(edition.target_views),
        views=words.number(abs(views - edition.target_views)),
    )
    return f"{counted} {verdict}"


def _middle_hour(goal: TargetForecast) -> datetime | None:
    """Return the middle of the hours; None where no hour is worth saying: passed, or too unlikely."""
    return None if goal.passed or round(goal.chance * _TENTHS) <= 0 else goal.middle


def _hours(goal: TargetForecast, words: Words, now: datetime) -> str:
    middle = _middle_hour(goal)
    if middle is None:
        return _tile(words, "forecast.when", phrase(words, "forecast.when_unlikely"), [])
    usual = next(span for span in goal.ranges if span.level == USUAL)
    notes = [
        phrase(words, "forecast.when_held"),
        phrase(words, "forecast.middle", middle=words.moment(middle, now)),
    ]
    return _tile(words, "forecast.when", when(usual, words, now), notes)


def _tile(words: Words, heading: str, value: str, notes: list[str]) -> str:
    under = "".join(f"<span>{note}</span>" for note in notes)
    return (
        '<article class="lt-tile" style="--c:var(--lt-accent)">'
        f"<h3>{phrase(words, heading)}</h3>"
        f'<p class="value" style="font-size:1.5rem;white-space:normal">{value}</p>'
        f'<p class="notes">{under}</p></article>'
    )


def _table(
    words: Words, title: str, keys: Sequence[str], rows: Iterable[Sequence[str | None]]
) -> str:
    """Tabulate rows of a text, two numbers and words, under a heading."""
    head = [Column(cls, f"forecast.{key}") for cls, key in zip("tnnr", keys, strict=False)]
    heading = f"<h2>{phrase(words, f'forecast.{title}')}</h2>"
    return heading + table(words, head, rows, caption=words.say(f"forecast.{title}"))


def _percent(words: Words, share: float, digits: int = 1) -> str:
    return words.say("forecast.percent", value=words.decimal(100 * share, digits))
