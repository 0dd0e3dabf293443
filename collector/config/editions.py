"""``match:`` and ``sessions:`` of an edition: what belongs to it, as config.yaml says it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from collector.config.base import NamesSection, Section
from collector.config.expected import ExpectedSection
from collector.config.programme import ReportedSection
from collector.config.yaml_lines import Lines, line_of
from collector.contract.errors import ConfigError
from collector.matching import Rule, term
from collector.platforms import platforms
from storage.model import Edition, PlannedSession

#: Where something is wrong, as keys and places in lists, and what.
Fault = tuple[tuple[str | int, ...], str]

_PLAYLIST = re.compile(r"[A-Za-z0-9_-]{10,64}")


def _quoted(value: object) -> object:
    """A ``#`` without quotes begins a comment, so the hashtag after it is not there."""
    if value is None:
        raise ValueError('nothing stands here; write a hashtag in quotes: "#DGSN"')
    return value


def _searchable(text: str) -> str:
    term("keyword", text)
    return text


def _playlist_id(text: str) -> str:
    found = parse_qs(urlsplit(text).query).get("list", [text])[0]
    if not _PLAYLIST.fullmatch(found):
        raise ValueError("no playlist; allowed: its id (PL…) or an address with list=PL…")
    return found


def _broadcast_key(text: str) -> str:
    platform, _, native_id = text.partition(":")
    if platform in platforms() and native_id:
        return text
    raise ValueError("no broadcast; allowed: a platform's name and its id, like youtube:ID")


def _broadcast_named(text: str) -> str:
    address = urlsplit(text)
    if address.scheme in ("http", "https") and address.netloc:
        return text
    try:
        return _broadcast_key(text)
    except ValueError as error:
        raise ValueError(f"{error}, or an address with https://") from None


Searched = Annotated[str, BeforeValidator(_quoted), AfterValidator(_searchable)]
PlaylistId = Annotated[str, AfterValidator(_playlist_id)]
BroadcastKey = Annotated[str, AfterValidator(_broadcast_key)]
BroadcastNamed = Annotated[str, AfterValidator(_broadcast_named)]


class MatchSection(Section):
    """What belongs to an edition beside its time; see :mod:`collector.matching`."""

    keywords: tuple[Searched, ...] = ()
    hashtags: tuple[Searched, ...] = ()
    playlists: tuple[PlaylistId, ...] = ()
    include: tuple[BroadcastNamed, ...] = ()
    exclude: tuple[BroadcastNamed, ...] = ()

    def rule(self, edition: Edition) -> Rule:
        """Return it ready to be asked."""
        keywords = [term("keyword", text) for text in self.keywords]
        tags = [term("hashtag", f"#{text.lstrip('#')}") for text in self.hashtags]
        return Rule(
            edition=edition,
            terms=(*keywords, *tags),
            playlists=self.playlists,
            include=self.include,
            exclude=self.exclude,
        )


class SessionSection(Section):
    """One moment of the programme, named beforehand with the broadcasts that carry it."""

    key: str = Field(pattern=r"^[a-z0-9-]+$")
    names: NamesSection
    broadcasts: tuple[BroadcastKey, ...] = Field(min_length=1)

    def value(self) -> PlannedSession:
        """Return it as the vocabulary has it."""
        return PlannedSession(key=self.key, names=self.names.value(), broadcasts=self.broadcasts)


def check_editions(
    editions: Sequence[tuple[MatchSection, Sequence[SessionSection]]],
    listed: Iterable[str],
    lines: Lines,
    file: Path,
) -> None:
    """Refuse lists that contradict one another; ``listed`` playlists are read by an account.

    Raises:
        ConfigError: with the line of each contradiction.
    """
    faults = [
        *_faults_of_matches([match for match, _ in editions], frozenset(listed)),
        *_faults_of_sessions([sessions for _, sessions in editions]),
    ]
    if faults:
        raise ConfigError(
            "\n".join(
                f"{file}:{line_of(lines, place)}: {'.'.join(map(str, place))}: {text}"
                for place, text in faults
            )
        )


def _faults_of_matches(
    matches: Sequence[MatchSection], listed: AbstractSet[str]
) -> Iterator[Fault]:
    included: set[str] = set()
    for number, match in enumerate(matches):
        at = ("editions", number, "match")
        for place, playlist in enumerate(match.playlists):
            if playlist not in listed:
                yield (*at, "playlists", place), "no account lists it; name it under accounts too"
        for place, entry in enumerate(match.include):
            if entry in match.exclude:
                yield (*at, "include", place), "it is excluded too; keep one of the two"
            if entry in included:
                yield (*at, "include", place), "it is included before; keep one of the two"
            included.add(entry)


def _faults_of_sessions(editions: Sequence[Sequence[SessionSection]]) -> Iterator[Fault]:
    in_session: set[str] = set()
    for number, sessions in enumerate(editions):
        keys: set[str] = set()
        for place, session in enumerate(sessions):
            at = ("editions", number, "sessions", place)
            if session.key in keys:
                yield (*at, "key"), "another session has this key; give each its own"
            keys.add(session.key)
            for index, broadcast in enumerate(session.broadcasts):
                if broadcast in in_session:
                    yield (*at, "broadcasts", index), "it is in a session already; keep one"
                in_session.add(broadcast)


class EditionSection(Section):
    """One occurrence of the programme; both days are local and inclusive."""

    key: str = Field(pattern=r"^[a-z0-9-]+$")
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
            message = f"edition ends on {self.ends_on}, before it starts on {self.starts_on}"
            raise ValueError(message)
        return self
