"""The broadcasts of the public page: on air, coming up, or last."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from dashboard.i18n.markup import attribute, bdi, phrase, title_of, untrusted
from dashboard.i18n.words import Words
from dashboard.public.phase import EditionPhase
from dashboard.public.viewers_now import viewers_claim
from dashboard.view_model.edition import BroadcastRow, EditionModel
from dashboard.view_model.freshness import Freshness
from dashboard.view_model.platforms import name
from storage.model import Status

_LISTED = 12
_LONGEST_TITLE = 240


def broadcasts(edition: EditionModel, phase: EditionPhase, words: Words, now: datetime) -> str:
    """What is on air; when nothing is, what comes up and what was last."""
    if edition.on_air:
        key = "onair.heading_unsure" if phase is EditionPhase.UNSURE else "onair.heading"
        return _listing(key, edition.on_air, words, now)
    upcoming = [one for one in edition.broadcasts if one.status is Status.UPCOMING]
    upcoming.sort(key=lambda one: one.scheduled_at or edition.ends_at)
    over = [one for one in edition.broadcasts if one.status is Status.ENDED]
    return _listing("onair.next", upcoming[:3], words, now) + _listing(
        "onair.latest", over[:5], words, now
    )


def _listing(key: str, listed: Sequence[BroadcastRow], words: Words, now: datetime) -> str:
    if not listed:
        return ""
    rows = "".join(_row(one, words, now) for one in listed[:_LISTED])
    return f'<section><h2>{phrase(words, key)}</h2><ul class="list">{rows}</ul></section>'


def _row(one: BroadcastRow, words: Words, now: datetime) -> str:
    title = title_of(words, one.title)
    title = title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"
    who = [
        f'<span class="chip {attribute(one.platform)}"></span>{bdi(untrusted(one.account))}',
        _link(one, words),
    ]
    if one.status is Status.UPCOMING and one.scheduled_at:
        who.append(bdi(words.moment(one.scheduled_at, now)))
    much = ""
    if one.status is Status.LIVE and one.concurrent_viewers is not None:
        old = one.freshness is not Freshness.FRESH
        then, now_or_then = (
            phrase(words, "tile.watched"),
            viewers_claim(words, "tile.watching", "tile.watched"),
        )
        much = _much(words, one.concurrent_viewers, then if old else now_or_then)
    elif one.views is not None:
        much = _much(words, one.views, phrase(words, "tile.views"))
    return (
        f'<li><span class="title">{bdi(title)}</span>'
        f'<span class="who">{" · ".join(who)}</span>{much}</li>'
    )


def _much(words: Words, count: int, told: str) -> str:
    return f'<span class="much"><b>{bdi(words.number(count), ltr=True)}</b> <small>{told}</small></span>'


def _link(one: BroadcastRow, words: Words) -> str:
    """A link to the broadcast; its platform's name where the address is not one to follow."""
    if not _may_be_followed(one.url):
        return bdi(name(one.platform))
    told = phrase(words, "public.watch", platform=name(one.platform))
    return f'<a href="{attribute(one.url or "")}" rel="noopener noreferrer">{told}</a>'


def _may_be_followed(url: str | None) -> bool:
    try:
        place = urlsplit(url or "")
    except ValueError:
        return False
    return place.scheme == "https" and bool(place.hostname)
