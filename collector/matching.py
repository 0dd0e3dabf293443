"""Matching of broadcasts to editions, with reasons. Pure.

A reason is a short text that a person can read and a dashboard can translate:

``included`` · ``playlist:PL…`` · ``time`` · ``time+keyword:أبواب`` · ``time+hashtag:#DGSN`` say why
it belongs; ``excluded`` · ``no keyword of fez-2023`` · ``no edition was on`` · ``no time is known``
why it belongs to none. What belongs to none is kept and listed, and counts towards no edition.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from storage.definitions.platforms import known_platforms
from storage.model import Broadcast, Edition, Status
from storage.text_search import forms, hashtags, words

#: Announced or begun a little before the opening, it still belongs to the edition.
MARGIN = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A keyword or hashtag to look for; ``label`` is how reasons call it."""

    label: str
    words: tuple[str, ...]
    joined: str  # its words in one piece, as hashtags write them


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


def search_term(kind: str, text: str) -> Term:
    """Return the term to look for; ``kind`` is ``keyword`` or ``hashtag``.

    A keyword's own article counts: ``أبواب`` also finds ``الأبواب``, and ``الجديدة`` the city, but
    not ``جديدة``. What a text glues before a word is looked through: ``والأبواب``, ``بفاس``.

    Raises:
        ValueError: it has neither letter nor digit.
    """
    parts = words(text)
    if not parts:
        raise ValueError("neither letter nor digit; expected at least one")
    return Term(label=f"{kind}:{text}", words=parts, joined="".join(parts))


def match(broadcast: Broadcast, rules: Sequence[Rule]) -> Match:
    """Return the edition, decided in this order: exclusion, inclusion, playlists, time and keywords."""
    open_to = [
        rule for rule in rules if not any(refers_to(entry, broadcast) for entry in rule.exclude)
    ]
    for rule in open_to:
        if any(refers_to(entry, broadcast) for entry in rule.include):
            return Match(edition=rule.edition.key, reason="included")
    for rule in open_to:
        for playlist in rule.playlists:
            if playlist in broadcast.playlists:
                return Match(edition=rule.edition.key, reason=f"playlist:{playlist}")
    at = broadcast.started_at or broadcast.scheduled_at or broadcast.published_at
    in_time = [rule for rule in open_to if at and _is_near(rule.edition, at)]
    for rule in in_time:
        if not rule.terms:
            return Match(edition=rule.edition.key, reason="time")
        if term := _first_match(rule.terms, broadcast):
            return Match(edition=rule.edition.key, reason=f"time+{term.label}")
    return Match(edition=None, reason=_why_none(at, in_time, excluded=len(open_to) < len(rules)))


def rematch(broadcast: Broadcast, rules: Sequence[Rule]) -> Match:
    """Return the edition of a broadcast that may have been counted in one already.

    It leaves that one by a rule that a person edited, or for another's list or playlist, and never
    because a platform changed a date or a title: what placed it has to be gone from the rules.
    """
    new = match(broadcast, rules)
    old = Match(edition=broadcast.edition, reason=broadcast.match_reason or "")
    if broadcast.observed_at is None or broadcast.status is Status.UPCOMING:
        return new
    if new.edition == old.edition or _rank(new) < _rank(old) or new.reason == "excluded":
        return new
    return old if any(_still_places(rule, old, broadcast) for rule in rules) else new


def _rank(belongs: Match) -> int:
    """Return how strong a reason is, from 0; 3 where it belongs to none."""
    kind = belongs.reason.partition(":")[0]
    return {"included": 0, "playlist": 1}.get(kind, 2) if belongs.edition else 3


def _still_places(rule: Rule, belongs: Match, broadcast: Broadcast) -> bool:
    """Tell whether the rule still says what placed the broadcast in its edition."""
    if rule.edition.key != belongs.edition or any(
        refers_to(entry, broadcast) for entry in rule.exclude
    ):
        return False
    kind, _, name = belongs.reason.partition(":")
    if kind == "included":
        return any(refers_to(entry, broadcast) for entry in rule.include)
    if kind == "playlist":
        return name in rule.playlists
    dates = (broadcast.started_at, broadcast.scheduled_at, broadcast.published_at)
    labels = {f"time+{term.label}" for term in rule.terms} or {"time"}
    return belongs.reason in labels and any(at and _is_near(rule.edition, at) for at in dates)


def is_on(now: datetime, editions: Sequence[Edition]) -> bool:
    """Tell whether an edition is on, or about to open, at ``now``."""
    return any(_is_near(edition, now) for edition in editions)


def seconds_to_opening(now: datetime, editions: Iterable[Edition]) -> float | None:
    """Return how long until an edition is on, 0 while one is; ``None`` where none is to come."""
    waits = [
        max((edition.starts_at - MARGIN - now).total_seconds(), 0.0)
        for edition in editions
        if now < edition.ends_at
    ]
    return min(waits, default=None)


def refers_to(entry: str, broadcast: Broadcast) -> bool:
    """Tell whether ``entry`` is the broadcast's key, its address, or another address of it.

    Platforms have several addresses for one broadcast; they all carry its id as a part.
    """
    if entry == broadcast.key or _normalized(entry) == _normalized(broadcast.url):
        return True
    if "://" not in entry:
        return False
    address = urlsplit(entry)
    if _site(entry) != _site(broadcast.url):
        return False
    parts = [*address.path.split("/"), *(value for _, value in parse_qsl(address.query))]
    return broadcast.native_id in parts


def _normalized(address: str) -> str:
    """Drop what does not tell two addresses apart."""
    rest = address.partition("://")[2] or address
    return rest.removeprefix("www.").rstrip("/")


def _site(address: str) -> str:
    """Return the end of an address's host: ``m.youtube.com`` is of ``youtube.com``."""
    site = ".".join(urlsplit(address).netloc.lower().split(".")[-2:])
    for facts in known_platforms().values():
        site = facts.other_sites.get(site, site)
    return site


def _is_near(edition: Edition, at: datetime) -> bool:
    return edition.starts_at - MARGIN <= at < edition.ends_at


def _first_match(terms: Sequence[Term], broadcast: Broadcast) -> Term | None:
    """Return the first term that the title contains, or else the description."""
    for text in (broadcast.title, broadcast.description):
        spoken = [forms(word) for word in words(text)]
        tags = hashtags(text)
        for term in terms:
            if term.joined in tags or _contains(spoken, term.words):
                return term
    return None


def _contains(spoken: Sequence[frozenset[str]], wanted: Sequence[str]) -> bool:
    """Tell whether the ``wanted`` words stand in a text one after the other."""
    return any(
        all(word in spoken[start + place] for place, word in enumerate(wanted))
        for start in range(len(spoken) - len(wanted) + 1)
    )


def _why_none(at: datetime | None, in_time: Sequence[Rule], *, excluded: bool) -> str:
    if in_time:
        return f"no keyword of {in_time[0].edition.key}"
    if excluded:
        return "excluded"
    return "no edition was on" if at else "no time is known"
