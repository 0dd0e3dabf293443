"""The forecast's pieces as HTML: the range first, then the middle, and how far to trust them. Pure."""

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from dashboard.components.tables import Sheet, SheetColumn, csv_bytes, sheet_of
from dashboard.i18n.markup import bdi, phrase, plural
from dashboard.i18n.words import Words
from dashboard.view_model.edition import EditionModel
from dashboard.view_model.forecasts import EVERY, CachedForecast
from dashboard.view_model.platforms import name
from storage.analysis.forecast.past_errors import SERIES
from storage.analysis.forecast.preconditions import NoForecast, NoForecastReason
from storage.analysis.forecast.result import PATH, FinalTotal, Forecast, TargetForecast, TargetTime

USUAL = 0.8
_LEVELS = {0.5: "half", USUAL: "usual", 0.95: "wide"}
_TENTHS = 10
_FIGURE = 'style="font-size:clamp(1.9rem,5.4vw,4.6rem);line-height:1.1;white-space:normal"'


def chance(words: Words, share: float) -> str:
    """A chance in words: 8 in 10. It is never none and never all."""
    tenths = round(share * _TENTHS)
    if tenths <= 0:
        return phrase(words, "forecast.chance_least")
    if tenths >= _TENTHS:
        return phrase(words, "forecast.chance_most")
    return phrase(words, "forecast.chance", count=words.number(tenths))


def headline(found: Forecast, words: Words, now: datetime) -> str:
    """The range of the final sum, then its middle and what is there now."""
    usual = next(one for one in found.ranges if one.level == USUAL)
    label = phrase(words, "forecast.label", at=words.full(found.ends_at))
    figure = phrase(
        words, "forecast.range", low=words.compact(usual.low), high=words.compact(usual.high)
    )
    under = (
        f"<b>{phrase(words, 'forecast.held')}</b>",
        phrase(words, "forecast.middle", middle=words.compact(found.middle)),
        phrase(
            words,
            "forecast.now",
            views=words.compact(found.views),
            at=words.moment(found.as_of, now),
        ),
    )
    spans = "".join(f"<span>{part}</span>" for part in under)
    return (
        f'<section class="lt-hero"><p class="label">{label}</p>'
        f'<p class="figure" {_FIGURE}>{figure}</p><p class="lt-under">{spans}</p></section>'
    )


def target(found: Forecast, words: Words, now: datetime) -> str:
    """The target's chance, its time and the pace it needs, a tile each."""
    goal = found.target
    if goal is None:
        return f'<p class="muted">{phrase(words, "total.no_target")}</p>'
    if goal.passed:
        text = phrase(words, "forecast.passed", target=words.number(goal.target))
        return f'<p class="lt-under"><b>{text}</b></p>'
    tiles = [_tile(words, "forecast.chance_of", chance(words, goal.chance), [_of(goal, words)])]
    tiles.append(_hours(goal, words, now))
    if goal.pace and goal.pace.views_per_hour is not None:
        pace = words.compact(round(goal.pace.views_per_hour))
        missing = phrase(words, "total.to_go", views=words.number(goal.pace.missing))
        value = phrase(words, "forecast.pace_value", views=pace)
        tiles.append(_tile(words, "forecast.pace", value, [missing]))
    return f'<section class="lt-tiles">{"".join(tiles)}</section>'


def when(span: TargetTime, words: Words, now: datetime) -> str:
    """A range of times in words."""
    early, late = words.moment(span.early, now), words.moment(span.late, now)
    return phrase(words, "forecast.when_between", early=early, late=late)


def ranges(found: Forecast, words: Words, now: datetime) -> str:
    """The three ranges as a table: of the final sum, and of when the target is passed if it is."""
    goal = found.target if found.target and _middle_hour(found.target) else None
    times: Iterable[TargetTime | None] = goal.ranges if goal else [None] * len(found.ranges)
    rows = [_range(one, at, words, now) for one, at in zip(found.ranges, times, strict=True)]
    heads = ["often", "low", "high", *(["when"] if goal else [])]
    return _table(words, "ranges", heads, reversed(rows))


def _range(one: FinalTotal, at: TargetTime | None, words: Words, now: datetime) -> list[str]:
    cells = [
        phrase(words, f"forecast.level.{_LEVELS[one.level]}"),
        bdi(words.number(one.low), ltr=True),
        bdi(words.number(one.high), ltr=True),
    ]
    return [*cells, when(at, words, now)] if at else cells


def trust(seen: CachedForecast, found: Forecast, words: Words, now: datetime) -> str:
    """How far it missed before, what the ranges come from, and when it was made."""
    own = (
        phrase(words, "forecast.error_none")
        if found.missed is None
        else plural(
            words, "forecast.error_own", found.tried_hours, percent=_percent(words, found.missed)
        )
    )
    lines = [
        own,
        phrase(
            words,
            "forecast.error_public",
            series=words.number(SERIES),
            percent=_percent(words, found.public_missed),
        ),
        plural(words, "forecast.editions", found.tried_editions)
        if found.tried_editions
        else phrase(words, "forecast.editions_none"),
    ]
    if found.coverage is not None:
        lines.append(phrase(words, "forecast.coverage", percent=words.percent(found.coverage)))
    lines.append(
        phrase(
            words,
            "forecast.made",
            at=words.moment(seen.made_at, now),
            as_of=words.moment(found.as_of, now),
            minutes=words.number(int(EVERY.total_seconds() // 60)),
        )
    )
    listed = "".join(f"<li>{line}</li>" for line in lines)
    return f'<h2>{phrase(words, "forecast.trust")}</h2><ul class="lt-notes">{listed}</ul>'


def methods(found: Forecast, words: Words) -> str:
    """What each method says of the final sum, and how much it counts."""
    rows = [
        [
            phrase(words, f"forecast.method.{one.method}"),
            bdi(words.number(one.final), ltr=True),
            bdi(_percent(words, one.weight, 0)),
        ]
        for one in found.methods
    ]
    return _table(words, "methods", ["method_name", "says", "weight"], rows)


def sheet(seen: CachedForecast, found: Forecast, words: Words, *, simulated: bool) -> Sheet:
    """The sums to come by the hour, to be shown under the chart and taken along."""
    source = "simulated" if simulated else "computed by LiveTally from platform-reported views"
    columns = [
        SheetColumn(name="at", heading="growth.time", kind="moment"),
        *(
            SheetColumn(name=column, heading=f"forecast.column.{column}", kind="number")
            for column in list(PATH)[1:]
        ),
    ]
    file = csv_bytes(
        found.path.select(
            pl.col("at").dt.strftime("%Y-%m-%dT%H:%MZ").alias("at_utc"),
            *list(PATH)[1:],
            edition=pl.lit(found.edition),
            views_as_of_utc=pl.lit(f"{found.as_of:%Y-%m-%dT%H:%MZ}"),
            made_at_utc=pl.lit(f"{seen.made_at:%Y-%m-%dT%H:%MZ}"),
            source=pl.lit(f"forecast, {source}"),
        )
    )
    name = f"livetally-forecast-{found.edition}.csv"
    return sheet_of(found.path, columns, words, csv=file, file_name=name)


def refused(found: NoForecast, edition: EditionModel, words: Words, now: datetime) -> str:
    """Why there is none, and from when there may be one; after the end what is final."""
    over = found.reason is NoForecastReason.OVER
    title = "forecast.final" if over else "forecast.none"
    platforms = words.say("health.comma").join(name(one) for one in found.platforms)
    share = "" if found.coverage is None else words.percent(found.coverage)
    parts = [
        phrase(words, f"forecast.refused.{found.reason.value}", platforms=platforms, percent=share)
    ]
    if found.available_at is not None:
        parts.append(phrase(words, "forecast.available", at=words.moment(found.available_at, now)))
    if edition.total.views is not None:
        parts.append(_told(edition, words, edition.total.views, over=over))
    body = "".join(f"<p>{part}</p>" for part in parts)
    return f'<section class="lt-empty"><h2>{phrase(words, title)}</h2>{body}</section>'


def _told(edition: EditionModel, words: Words, views: int, *, over: bool) -> str:
    """What is counted, and after the end how it stands to the target."""
    told = phrase(words, "forecast.counted", views=words.number(views))
    if not over or not edition.target_views:
        return f"<b>{told}</b>"
    reached = views >= edition.target_views
    verdict = phrase(
        words,
        "total.passed" if reached else "forecast.missed",
        target=words.number(edition.target_views),
        views=words.number(abs(views - edition.target_views)),
    )
    return f"<b>{told}</b> {verdict}"


def _middle_hour(goal: TargetForecast) -> datetime | None:
    """The middle of the hours; None where it is not worth saying when: passed, or too unlikely."""
    return None if goal.passed or round(goal.chance * _TENTHS) <= 0 else goal.middle


def _hours(goal: TargetForecast, words: Words, now: datetime) -> str:
    middle = _middle_hour(goal)
    if middle is None:
        return _tile(words, "forecast.when", phrase(words, "forecast.when_unlikely"), [])
    usual = next(one for one in goal.ranges if one.level == USUAL)
    notes = [
        phrase(words, "forecast.when_held"),
        phrase(words, "forecast.middle", middle=words.moment(middle, now)),
    ]
    return _tile(words, "forecast.when", when(usual, words, now), notes)


def _of(goal: TargetForecast, words: Words) -> str:
    return phrase(words, "forecast.of_target", target=words.number(goal.target))


def _tile(words: Words, heading: str, value: str, notes: list[str]) -> str:
    under = "".join(f"<span>{note}</span>" for note in notes)
    return (
        '<article class="lt-tile" style="--c:var(--lt-accent)">'
        f"<h3>{phrase(words, heading)}</h3>"
        f'<p class="value" style="font-size:1.5rem;white-space:normal">{value}</p>'
        f'<p class="notes">{under}</p></article>'
    )


def _table(words: Words, title: str, heads: list[str], rows: Iterable[list[str]]) -> str:
    head = "".join(
        f'<th scope="col" class="{_cell_kind(place)}">{phrase(words, f"forecast.{key}")}</th>'
        for place, key in enumerate(heads)
    )
    labels = [words.say(f"forecast.{key}") for key in heads]
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{_cell_kind(place)}" data-label="{label}">{cell}</td>'
            for place, (cell, label) in enumerate(zip(row, labels, strict=True))
        )
        + "</tr>"
        for row in rows
    )
    return (
        f"<h2>{phrase(words, f'forecast.{title}')}</h2>"
        f'<div class="lt-scroll cards"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _cell_kind(place: int) -> str:
    """The first column is text; the two after it are numbers; what follows is words."""
    return ("t", "n", "n", "r")[place]


def _percent(words: Words, share: float, digits: int = 1) -> str:
    return words.say("forecast.percent", value=words.decimal(100 * share, digits))
