"""The table of broadcasts as HTML and as a file. Pure."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import polars as pl

from dashboard.components.badge import badge, mark
from dashboard.components.links import Links, outward
from dashboard.components.table import (
    Column,
    count,
    csv_bytes,
    shade,
    source_text,
    spark,
    table,
    titled,
    who,
)
from dashboard.i18n.markup import phrase, plural
from dashboard.i18n.words import Words
from dashboard.view_model.broadcasts import ListedBroadcast, Order
from dashboard.view_model.edition import BroadcastRow, EditionModel
from dashboard.view_model.platforms import name
from storage.analysis.freshness import Freshness
from storage.model import Status
from storage.schema import UTC

_SORTED = {
    Order.VIEWS: "broadcasts.views",
    Order.VIEWERS: "broadcasts.peak",
    Order.PEAK: "broadcasts.peak",
    Order.NEWEST: "broadcasts.state",
}
_HEAD = (
    Column("t", "onair.broadcast", named=True),
    Column("w", "broadcasts.state"),
    Column("n", "broadcasts.views"),
    Column("n", "broadcasts.peak"),
    Column("s", "broadcasts.audience"),
)


def listing(
    listed: Sequence[ListedBroadcast],
    edition: EditionModel,
    words: Words,
    now: datetime,
    *,
    dark: bool,
    links: Links,
    order: Order,
) -> str:
    """Return the table, a row per broadcast."""
    most = max((row.shown.views or 0 for row in listed), default=0)
    rows: list[tuple[str | None, ...]] = []
    for row in listed:
        tint = shade(edition, row.shown.platform, dark=dark)
        cells = (
            _title(row, words, tint, links),
            state(row.shown, words, now),
            _views(row, words, tint, most),
            _peak(row, words),
            spark(row.spark, words, tint),
        )
        rows.append(cells)
    title = words.say("broadcasts.title")
    return table(
        words, _HEAD, rows, caption=title, scroll="cards listing", sorted_by=_SORTED[order]
    )


def counted(shown: int, every: int, words: Words) -> str:
    """Say how many broadcasts there are, and how many of them the table shows."""
    text = plural(words, "broadcasts.rows", every)
    if shown < every:
        text += f" · {plural(words, 'broadcasts.shown', shown, all=words.number(every))}"
    return f'<p class="muted" role="status">{text}</p>'


def link_to_platform(url: str, platform: str, words: Words) -> str | None:
    """Return the link to where a broadcast is; None where its address is none of the web's."""
    label = words.say("broadcasts.open", platform=name(platform))
    return outward(url, phrase(words, "broadcasts.open", platform=name(platform)), label=label)


def _title(row: ListedBroadcast, words: Words, tint: str, links: Links) -> str:
    out = link_to_platform(row.url, row.shown.platform, words) or ""
    if row.shown.is_imported:
        out = f"<b>{phrase(words, 'imported.row')}</b>"
    return (
        f"{titled(row.shown, words, links)}"
        f'<small class="muted"><span>{who(row.shown, tint)}</span> <span>{out}</span></small>'
    )


def state(shown: BroadcastRow, words: Words, now: datetime, *, joined: bool = False) -> str:
    """Say whether it is on the air and since when, on two lines or ``joined``."""
    if shown.status is Status.UPCOMING:
        marked = mark(Freshness.WAITING, phrase(words, "state.upcoming"))
    elif shown.status is Status.GONE:
        marked = mark(Freshness.ENDED, phrase(words, "state.gone"))
    else:
        marked = badge(words, shown.freshness, shown.observed_at, now)
    times = _times(shown, words, now)
    if joined:
        return " · ".join([marked, *times])
    return f'{marked}<br><small class="muted">{"<br>".join(times)}</small>'


def _times(shown: BroadcastRow, words: Words, now: datetime) -> list[str]:
    """Say when it began, and how long it ran or runs."""
    if shown.started_at is None:
        if shown.scheduled_at is None:
            return []
        return [phrase(words, "broadcasts.due", at=words.moment(shown.scheduled_at, now))]
    times = [phrase(words, "broadcasts.begun", at=words.moment(shown.started_at, now))]
    if shown.ended_at is not None:
        age = words.length((shown.ended_at - shown.started_at).total_seconds())
        times.append(phrase(words, "broadcasts.length", age=age))
    elif shown.status is Status.LIVE:
        age = words.age((now - shown.started_at).total_seconds())
        times.append(phrase(words, "broadcasts.runs", age=age))
    return times


def feed_note(shown: BroadcastRow, words: Words) -> str:
    """Say that the views are of a feed, where they are."""
    note = phrase(words, "tile.from_feed")
    return f'<small class="muted">{note}</small>' if shown.from_feed else ""


def _views(row: ListedBroadcast, words: Words, tint: str, most: int) -> str | None:
    views = row.shown.views
    if views is None:
        return None
    share = 100 * views / most if most else 0
    bar = f'<span class="lt-share" aria-hidden="true" style="--c:{tint}"><i style="width:{share:.1f}%"></i></span>'
    return f"<b>{count(words, views)}</b>{bar}{feed_note(row.shown, words)}"


def _peak(row: ListedBroadcast, words: Words) -> str | None:
    watching = row.shown.concurrent_viewers
    if row.shown.status is not Status.LIVE or watching is None:
        return count(words, row.peak)
    key = "watching" if row.shown.freshness is Freshness.FRESH else "watched"
    now = phrase(words, f"broadcasts.{key}", count=words.number(watching))
    if row.peak is None:
        return now
    peak = phrase(words, "broadcasts.peak_of", count=words.number(row.peak))
    return f'{now}<br><small class="muted">{peak}</small>'


def csv(listed: Sequence[ListedBroadcast], edition: str, *, simulated: bool) -> bytes:
    """Write the table as a file, with times in UTC."""
    rows = [
        asdict(row.shown)
        | {"edition": edition, "url": row.url, "status": row.shown.status.value}
        | {"peak_concurrent_viewers": row.peak, "peak_at": row.peak_at}
        | {"source": source_text(simulated=simulated, imported=row.shown.is_imported)}
        for row in listed
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
