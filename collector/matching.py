"""Which edition a broadcast belongs to, and why. Pure.

A reason is a short text that a person can read and a dashboard can translate:

``included`` · ``playlist:PL…`` · ``time`` · ``time+keyword:أبواب`` · ``time+hashtag:#DGSN`` say why
it belongs; ``excluded`` · ``no keyword of fez-2023`` · ``no edition was on`` · ``no time is known``
why it belongs to none. What belongs to none is kept and listed, and counts towards no edition.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from storage.definitions.platforms import known_platforms
from storage.model import Broadcast, Edition
from storage.text_search import forms, hashtags, words

#: Announced or begun a little before the opening, it still belongs to the edition.
MARGIN = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A keyword or hashtag to look for; ``said`` is how reasons call it."""

    said: str
    words: tuple[str, ...]
    whole: str  # its words in one piece, as hashtags write them


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What belongs to an edition besides falling into its time.

    ``include`` and ``exclude`` hold broadcasts' keys and addresses.
    """

    edition: Edition
    terms: tuple[Term, ...] = ()
    playlists: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """The edition that a broadcast belongs to, ``None`` for none, with the reason."""

    edition: str | None
    reason: str


def term(kind: str, text: str) -> Term:
    """Give the term to look for; ``kind`` is ``keyword`` or ``hashtag``.

    A keyword's own article counts: ``أبواب`` also finds ``الأبواب``, and ``الجديدة`` the city, but
    not ``جديدة``. What a text glues before a word is looked through: ``والأبواب``, ``بفاس``.

    Raises:
        ValueError: it has neither letter nor digit.
    """
    found = words(text)
    if not found:
        raise ValueError(f"{text!r} has neither letter nor digit")
    return Term(said=f"{kind}:{text}", words=found, whole="".join(found))


def match(broadcast: Broadcast, rules: Sequence[Rule]) -> Match:
    """Decide by, in this order: exclusion, inclusion, playlists, time and keywords."""
    open_to = [rule for rule in rules if not _names(rule.exclude, broadcast)]
    for rule in open_to:
        if _names(rule.include, broadcast):
            return Match(edition=rule.edition.key, reason="included")
    for rule in open_to:
        for playlist in rule.playlists:
            if playlist in broadcast.playlists:
                return Match(edition=rule.edition.key, reason=f"playlist:{playlist}")
    at = broadcast.started_at or broadcast.scheduled_at or broadcast.published_at
    in_time = [rule for rule in open_to if at and _holds(rule.edition, at)]
    for rule in in_time:
        if not rule.terms:
            return Match(edition=rule.edition.key, reason="time")
        if found := _first_found(rule.terms, broadcast):
            return Match(edition=rule.edition.key, reason=f"time+{found.said}")
    return Match(edition=None, reason=_why_none(at, in_time, excluded=len(open_to) < len(rules)))


def is_on(now: datetime, editions: Sequence[Edition]) -> bool:
    """Tell whether an edition is on, or about to open, at ``now``."""
    return any(_holds(edition, now) for edition in editions)


def names(entry: str, broadcast: Broadcast) -> bool:
    """Tell whether ``entry`` is the broadcast's key, its address, or another address of it.

    Platforms have several addresses for one broadcast; they all carry its id as a part.
    """
    if entry == broadcast.key or _place(entry) == _place(broadcast.url):
        return True
    if "://" not in entry:
        return False
    address = urlsplit(entry)
    if _site(entry) != _site(broadcast.url):
        return False
    parts = [*address.path.split("/"), *(value for _, value in parse_qsl(address.query))]
    return broadcast.native_id in parts


def _names(entries: Sequence[str], broadcast: Broadcast) -> bool:
    return any(names(entry, broadcast) for entry in entries)


def _place(address: str) -> str:
    """Drop what does not tell two addresses apart."""
    place = address.partition("://")[2] or address
    return place.removeprefix("www.").rstrip("/")


def _site(address: str) -> str:
    """Return the end of an address's host: ``m.youtube.com`` is of ``youtube.com``."""
    site = ".".join(urlsplit(address).netloc.lower().split(".")[-2:])
    for facts in known_platforms().values():
        site = facts.other_sites.get(site, site)
    return site


def _holds(edition: Edition, at: datetime) -> bool:
    return edition.starts_at - MARGIN <= at < edition.ends_at


def _first_found(terms: Sequence[Term], broadcast: Broadcast) -> Term | None:
    """Return the first term that the title says, or else the description."""
    for text in (broadcast.title, broadcast.description):
        said = [forms(word) for word in words(text)]
        tags = hashtags(text)
        for one in terms:
            if one.whole in tags or _says(said, one.words):
                return one
    return None


def _says(said: Sequence[frozenset[str]], wanted: Sequence[str]) -> bool:
    """Tell whether the ``wanted`` words stand in a text one after the other."""
    return any(
        all(word in said[start + place] for place, word in enumerate(wanted))
        for start in range(len(said) - len(wanted) + 1)
    )


def _why_none(at: datetime | None, in_time: Sequence[Rule], *, excluded: bool) -> str:
    if in_time:
        return f"no keyword of {in_time[0].edition.key}"
    if excluded:
        return "excluded"
    return "no edition was on" if at else "no time is known"
