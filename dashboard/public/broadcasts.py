"""The broadcasts of the public page: on air, coming up, or last."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from dashboard.i18n.markup import attribute, bdi, phrase, title_of, untrusted
from dashboard.i18n.words import Words
from dashboard.public.viewers_unit import viewers_unit
from dashboard.view_model.edition import BroadcastRow, EditionModel
from dashboard.view_model.platforms import name
from storage.analysis.freshness import Freshness
from storage.analysis.sight import EditionPhase
from storage.model import Status

_LISTED = 12
_LONGEST_TITLE = 240


def broadcasts(edition: EditionModel, phase: EditionPhase, words: Words, now: datetime) -> str:
    """List what is on air; when nothing is, what comes up and what was last."""
    if edition.on_air:
        key = "onair.heading_unsure" if phase is EditionPhase.UNSURE else "onair.heading"
        return _listing(key, edition.on_air, words, now)
    upcoming = [row for row in edition.broadcasts if row.status is Status.UPCOMING]
    upcoming.sort(key=lambda row: row.scheduled_at or edition.ends_at)
    over = [row for row in edition.broadcasts if row.status is Status.ENDED]
    return _listing("onair.next", upcoming[:3], words, now) + _listing(
        "onair.latest", over[:5], words, now
    )


def _listing(key: str, listed: Sequence[BroadcastRow], words: Words, now: datetime) -> str:
    if not listed:
        return ""
    rows = "".join(_row(row, words, now) for row in listed[:_LISTED])
    return f'<section><h2>{phrase(words, key)}</h2><ul class="list">{rows}</ul></section>'


def _row(row: BroadcastRow, words: Words, now: datetime) -> str:
    title = title_of(words, row.title)
    title = title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"
    who = [
        f'<span class="chip {attribute(row.platform)}"></span>{bdi(untrusted(row.account))}',
        _link(row, words),
    ]
    if row.status is Status.UPCOMING and row.scheduled_at:
        who.append(bdi(words.moment(row.scheduled_at, now)))
    much = ""
    if row.status is Status.LIVE and row.concurrent_viewers is not None:
        old = row.freshness is not Freshness.FRESH
        much = _much(words, row.concurrent_viewers, viewers_unit(words, old=old))
    elif row.views is not None:
        much = _much(words, row.views, phrase(words, "tile.views"))
    return (
        f'<li><span class="title">{bdi(title)}</span>'
        f'<span class="who">{" · ".join(who)}</span>{much}</li>'
    )


def _much(words: Words, count: int, unit: str) -> str:
    return f'<span class="much"><b>{bdi(words.number(count), ltr=True)}</b> <small>{unit}</small></span>'


def _link(row: BroadcastRow, words: Words) -> str:
    """Return a link to the broadcast; its platform's name where no address may be followed."""
    if not _may_be_followed(row.url):
        return bdi(name(row.platform))
    text = phrase(words, "public.watch", platform=name(row.platform))
    return f'<a href="{attribute(row.url or "")}" rel="noopener noreferrer">{text}</a>'


def _may_be_followed(url: str | None) -> bool:
    try:
        address = urlsplit(url or "")
    except ValueError:
        return False
    return address.scheme == "https" and bool(address.hostname)
