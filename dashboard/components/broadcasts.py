"""The table of broadcasts as HTML and as a file. Pure."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from dashboard.components.badge import badge
from dashboard.components.links import Links, outward
from dashboard.components.rows import bars, cell, count, shade, table, titled, who
from dashboard.components.tables import csv_bytes
from dashboard.i18n.markup import phrase, plural
from dashboard.i18n.words import Words
from dashboard.view_model.broadcasts import ListedBroadcasts, Order
from dashboard.view_model.edition import BroadcastRow, EditionModel
from dashboard.view_model.freshness import Freshness
from dashboard.view_model.platforms import name
from storage.model import Status
from storage.schema import UTC

_SORTED = {
    Order.VIEWS: "broadcasts.views",
    Order.VIEWERS: "broadcasts.peak",
    Order.PEAK: "broadcasts.peak",
    Order.NEWEST: "broadcasts.state",
}


def listing(
    listed: Sequence[ListedBroadcasts],
    edition: EditionModel,
    words: Words,
    now: datetime,
    *,
    dark: bool,
    links: Links,
    order: Order,
) -> str:
    """The table, a row per broadcast."""
    heads = (
        ("t", "onair.broadcast"),
        ("w", "broadcasts.state"),
        ("n", "broadcasts.views"),
        ("n", "broadcasts.peak"),
        ("s", "broadcasts.audience"),
    )
    most = max((one.shown.views or 0 for one in listed), default=0)
    rows = [
        _row(
            one,
            words,
            now,
            tint=shade(edition, one.shown.platform, dark=dark),
            most=most,
            links=links,
        )
        for one in listed
    ]
    title = words.say("broadcasts.title")
    return table(words, heads, rows, name=title, cls="cards listing", sorted_by=_SORTED[order])


def counted(shown: int, every: int, words: Words) -> str:
    """How many rows there are, and how many of them stand here."""
    text = plural(words, "broadcasts.rows", every)
    if shown < every:
        text += f" · {plural(words, 'broadcasts.shown', shown, all=words.number(every))}"
    return f'<p class="muted" role="status">{text}</p>'


def _row(
    one: ListedBroadcasts, words: Words, now: datetime, *, tint: str, most: int, links: Links
) -> str:
    shown = one.shown
    platform = name(shown.platform)
    label = words.say("broadcasts.open", platform=platform)
    out = outward(one.url, phrase(words, "broadcasts.open", platform=platform), label=label) or ""
    return (
        f'<tr><td class="t">{titled(shown, words, links)}'
        f'<small class="muted"><span>{who(shown, tint)}</span> <span>{out}</span></small></td>'
        f"{cell(words, 'broadcasts.state', state(shown, words, now), 'w')}"
        f"{cell(words, 'broadcasts.views', _views(one, words, tint, most), 'n')}"
        f"{cell(words, 'broadcasts.peak', _peak(one, words), 'n')}"
        f"{cell(words, 'broadcasts.audience', bars(one.spark, words, tint), 's')}</tr>"
    )


def state(shown: BroadcastRow, words: Words, now: datetime, *, joined: bool = False) -> str:
    """Whether it is on the air and since when, on two lines or ``joined``."""
    said = badge(words, shown.freshness, shown.observed_at, now)
    if shown.status is Status.UPCOMING:
        said = _word(words, "state.upcoming", "waiting", "○")
    elif shown.status is Status.GONE:
        said = _word(words, "state.gone", "ended", "■")
    times = _times(shown, words, now)
    if joined:
        return " · ".join([said, *times])
    return f'{said}<br><small class="muted">{"<br>".join(times)}</small>'


def _word(words: Words, key: str, tone: str, shape: str) -> str:
    return f'<span class="lt-state {tone}"><span aria-hidden="true">{shape}</span> {phrase(words, key)}</span>'


def _times(shown: BroadcastRow, words: Words, now: datetime) -> list[str]:
    """When it began, and how long it ran or runs."""
    if shown.started_at is None:
        if shown.scheduled_at is None:
            return []
        return [phrase(words, "broadcasts.due", at=words.moment(shown.scheduled_at, now))]
    said = [phrase(words, "broadcasts.begun", at=words.moment(shown.started_at, now))]
    if shown.ended_at is not None:
        age = words.length((shown.ended_at - shown.started_at).total_seconds())
        said.append(phrase(words, "broadcasts.length", age=age))
    elif shown.status is Status.LIVE:
        age = words.age((now - shown.started_at).total_seconds())
        said.append(phrase(words, "broadcasts.runs", age=age))
    return said


def _views(one: ListedBroadcasts, words: Words, tint: str, most: int) -> str | None:
    views = one.shown.views
    if views is None:
        return None
    share = 100 * views / most if most else 0
    feed = (
        f'<small class="muted">{phrase(words, "tile.from_feed")}</small>'
        if one.shown.from_feed
        else ""
    )
    bar = f'<span class="lt-share" aria-hidden="true" style="--c:{tint}"><i style="width:{share:.1f}%"></i></span>'
    return f"<b>{count(words, views)}</b>{bar}{feed}"


def _peak(one: ListedBroadcasts, words: Words) -> str | None:
    watching = one.shown.concurrent_viewers
    if one.shown.status is Status.LIVE and watching is not None:
        key = "watching" if one.shown.freshness is Freshness.FRESH else "watched"
        now = phrase(words, f"broadcasts.{key}", count=words.number(watching))
        peak = (
            f'<br><small class="muted">{phrase(words, "broadcasts.peak_of", count=words.number(one.peak))}</small>'
            if one.peak is not None
            else ""
        )
        return f"{now}{peak}"
    return count(words, one.peak)


def csv(listed: Sequence[ListedBroadcasts], edition: str, *, simulated: bool) -> bytes:
    """The table as a file, with times in UTC."""
    rows = [
        (
            one.shown.broadcast,
            edition,
            one.shown.platform,
            one.shown.account,
            one.shown.title,
            one.url,
            one.shown.status.value,
            one.shown.scheduled_at,
            one.shown.started_at,
            one.shown.ended_at,
            one.shown.observed_at,
            one.shown.views,
            one.shown.views_at,
            one.shown.concurrent_viewers,
            one.peak,
            one.peak_at,
            one.shown.likes,
            "simulated" if simulated else "platform-reported, polled by LiveTally",
        )
        for one in listed
    ]
    return csv_bytes(pl.DataFrame(rows, schema=_FILE, orient="row"))


_FILE = pl.Schema(
    {
        "broadcast": pl.String,
        "edition": pl.String,
        "platform": pl.String,
        "account": pl.String,
        "title": pl.String,
        "url": pl.String,
        "status": pl.String,
        "scheduled_at": UTC,
        "started_at": UTC,
        "ended_at": UTC,
        "observed_at": UTC,
        "views": pl.Int64,
        "views_at": UTC,
        "concurrent_viewers": pl.Int64,
        "peak_concurrent_viewers": pl.Int64,
        "peak_at": UTC,
        "likes": pl.Int64,
        "source": pl.String,
    }
)
