"""Sections of an edition: its days, what belongs to it (``match:``) and its ``sessions:``."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from collector.config.base import Key, NamesSection, Section
from collector.config.expected import ExpectedSection
from collector.config.programme import ReportedSection
from collector.config.yaml_lines import KeyPath
from collector.matching import Rule, search_term
from collector.platforms import platforms
from storage.model import Edition, PlannedSession

_PLAYLIST = re.compile(r"[A-Za-z0-9_-]{10,64}")


def _not_empty(value: object) -> object:
    if value is None:
        raise ValueError('empty value; quote hashtags, e.g. "#event" (an unquoted # is a comment)')
    return value


def _searchable(text: str) -> str:
    search_term("keyword", text)
    return text


def _playlist_id(text: str) -> str:
    native_id = parse_qs(urlsplit(text).query).get("list", [text])[0]
    if not _PLAYLIST.fullmatch(native_id):
        raise ValueError("invalid playlist; expected its id (PL…) or an address with list=PL…")
    return native_id


def _is_broadcast_key(text: str) -> bool:
    platform, _, native_id = text.partition(":")
    return platform in platforms() and bool(native_id)


def _broadcast_key(text: str) -> str:
    if not _is_broadcast_key(text):
        raise ValueError("invalid broadcast; expected a platform's name and its id: youtube:ID")
    return text


def _broadcast_key_or_address(text: str) -> str:
    address = urlsplit(text)
    if not (address.scheme in ("http", "https") and address.netloc) and not _is_broadcast_key(text):
        raise ValueError(
            "invalid broadcast; expected a platform's name and its id: youtube:ID, "
            "or an address with https://"
        )
    return text


SearchText = Annotated[str, BeforeValidator(_not_empty), AfterValidator(_searchable)]
PlaylistId = Annotated[str, AfterValidator(_playlist_id)]
BroadcastKey = Annotated[str, AfterValidator(_broadcast_key)]
BroadcastReference = Annotated[str, AfterValidator(_broadcast_key_or_address)]


class MatchSection(Section):
    """What belongs to an edition beside its time; see :mod:`collector.matching`."""

    keywords: tuple[SearchText, ...] = ()
    hashtags: tuple[SearchText, ...] = ()
    playlists: tuple[PlaylistId, ...] = ()
    include: tuple[BroadcastReference, ...] = ()
    exclude: tuple[BroadcastReference, ...] = ()

    def as_rule(self, edition: Edition) -> Rule:
        """Return the rule by which broadcasts are matched to ``edition``."""
        keywords = [search_term("keyword", text) for text in self.keywords]
        tags = [search_term("hashtag", f"#{text.lstrip('#')}") for text in self.hashtags]
        return Rule(
            edition=edition,
            terms=(*keywords, *tags),
            playlists=self.playlists,
            include=self.include,
            exclude=self.exclude,
        )


class SessionSection(Section):
    """One moment of the programme, named beforehand with the broadcasts that carry it."""

    key: Key
    names: NamesSection
    broadcasts: tuple[BroadcastKey, ...] = Field(min_length=1)

    def as_session(self) -> PlannedSession:
        """Return the value of the vocabulary."""
        names = self.names.as_names()
        return PlannedSession(key=self.key, names=names, broadcasts=self.broadcasts)


class EditionSection(Section):
    """One occurrence of the programme; both days are local and inclusive."""

    key: Key
    names: NamesSection
    city: NamesSection
    starts_on: date
    ends_on: date
    target_views: int | None = Field(default=None, ge=1)
    reported: ReportedSection = ReportedSection()
    match: MatchSection = MatchSection()
    sessions: tuple[SessionSection, ...] = ()
    expected: tuple[ExpectedSection, ...] = ()

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "EditionSection":
        if self.ends_on < self.starts_on:
            message = f"ends_on {self.ends_on} is before starts_on {self.starts_on}: swap them"
            raise ValueError(message)
        return self

    def as_edition(self, zone: ZoneInfo) -> Edition:
        """Return the edition from local midnight to midnight, in UTC; ``zone`` is the programme's."""
        views, visitors = self.reported.views, self.reported.visitors
        day_after = self.ends_on + timedelta(days=1)
        return Edition(
            key=self.key,
            names=self.names.as_names(),
            city=self.city.as_names(),
            starts_at=datetime.combine(self.starts_on, time(), zone).astimezone(UTC),
            ends_at=datetime.combine(day_after, time(), zone).astimezone(UTC),
            target_views=self.target_views,
            reported_views=views.as_reported() if views else None,
            reported_visitors=visitors.as_reported() if visitors else None,
            sessions=tuple(session.as_session() for session in self.sessions),
        )


def contradictions(
    editions: Sequence[EditionSection], accounts: Sequence[str], playlists: Sequence[str]
) -> Iterator[tuple[KeyPath, str]]:
    """Yield where the editions contradict one another or the accounts, and what is wrong.

    ``accounts`` are the keys of the accounts, and ``playlists`` those that they list.
    """
    included: set[str] = set()
    in_session: set[str] = set()
    for number, edition in enumerate(editions):
        faults = (
            *_faults_of_match(edition.match, playlists, included),
            *_faults_of_sessions(edition.sessions, in_session),
            *_faults_of_expected(edition.expected, accounts),
        )
        for path, text in faults:
            yield ("editions", number, *path), text


def _faults_of_match(
    match: MatchSection, playlists: Sequence[str], included: set[str]
) -> Iterator[tuple[KeyPath, str]]:
    for place, playlist in enumerate(match.playlists):
        if playlist not in playlists:
            text = "no account lists this playlist: add it under accounts too"
            yield ("match", "playlists", place), text
    for place, reference in enumerate(match.include):
        at = ("match", "include", place)
        if reference in match.exclude:
            yield at, "listed in both include and exclude: remove one"
        if reference in included:
            yield at, "listed twice in include: remove one"
        included.add(reference)


def _faults_of_sessions(
    sessions: Sequence[SessionSection], in_session: set[str]
) -> Iterator[tuple[KeyPath, str]]:
    keys = [session.key for session in sessions]
    for place, session in enumerate(sessions):
        at = ("sessions", place)
        if session.key in keys[:place]:
            yield (*at, "key"), f"two sessions have the key {session.key!r}: give each its own"
        for index, broadcast in enumerate(session.broadcasts):
            if broadcast in in_session:
                text = "broadcast is already in another session: remove one"
                yield (*at, "broadcasts", index), text
            in_session.add(broadcast)


def _faults_of_expected(
    expected: Sequence[ExpectedSection], accounts: Sequence[str]
) -> Iterator[tuple[KeyPath, str]]:
    remedy = f"expected one of {', '.join(accounts)}" if accounts else "add it under accounts"
    for place, source in enumerate(expected):
        if source.account not in (None, *accounts):
            yield ("expected", place, "account"), f"unknown account: {source.account!r}; {remedy}"
