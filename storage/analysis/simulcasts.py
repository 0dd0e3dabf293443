"""Which broadcasts of different accounts run at the same time under like titles. Pure.

Found by the words of their titles: what is on the air at once is not compared pair by pair.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from storage.model import Broadcast

#: Broadcasts that begin this close to one another begin together.
TOGETHER = timedelta(minutes=15)
#: The share of the shorter one that has to run beside the longer.
OVERLAP = 0.5
#: Of two titles' words, how many have to be in both: 2·shared / (one's + the other's). More than
#: half: an opening and a closing ceremony share one word of two.
ALIKE = 0.6

#: Still on the air: it counts as longer than whatever has ended.
LASTING = datetime(9000, 1, 1, tzinfo=UTC)

TitleWords = frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class AiringSpan:
    """A broadcast that has begun: when it ran, and its title's words."""

    broadcast: Broadcast
    started_at: datetime
    ended_at: datetime
    title: frozenset[str]
    moment: frozenset[str]  # the title's words that do not only name the event


class BroadcastGroups:
    """Sets of broadcasts that are united pair by pair."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.leader = {key: key for key in keys}

    def group_of(self, key: str) -> str:
        """Return the group that ``key`` is in, by the name of one of its members."""
        while self.leader[key] != key:
            self.leader[key] = key = self.leader[self.leader[key]]
        return key

    def unite(self, key: str, other: str) -> None:
        """Make the groups of two keys one."""
        self.leader[self.group_of(key)] = self.group_of(other)


def are_alike(earlier: AiringSpan, later: AiringSpan) -> bool:
    """Tell whether two titles name the same moment; where one only names the event, all words count."""
    a, b = earlier.moment, later.moment
    if not (a and b):
        a, b = earlier.title, later.title
    return bool(a) and _are_alike(a, b)


def _are_alike(a: TitleWords, b: TitleWords) -> bool:
    return 2 * len(a & b) >= ALIKE * (len(a) + len(b))


def unite_simulcasts(spans: Sequence[AiringSpan], groups: BroadcastGroups) -> None:
    """Unite broadcasts of one edition and different accounts that run together under like titles.

    ``spans`` are in the order of their starts.
    """
    of_edition: dict[str | None, list[AiringSpan]] = defaultdict(list)
    for span in spans:
        if span.title:
            of_edition[span.broadcast.edition].append(span)
    for of_one in of_edition.values():
        _unite_in_edition(of_one, groups)


def _unite_in_edition(spans: Sequence[AiringSpan], groups: BroadcastGroups) -> None:
    of_moments = Counter(word for span in spans for word in span.moment)
    of_titles = Counter(word for span in spans for word in span.title)
    # A title that only names the event is compared whole, and with whole ones.
    moments, titles, bare = _Index(of_moments), _Index(of_titles), _Index(of_titles)
    for span in spans:
        if span.moment:
            moments.unite_with(span, span.moment, groups)
            bare.unite_with(span, span.title, groups)
            moments.put(span, span.moment)
            titles.put(span, span.title)
        else:
            bare.unite_with(span, span.title, groups)
            titles.unite_with(span, span.title, groups)
            bare.put(span, span.title)


class _Index:
    """Broadcasts that have begun, by the words of their titles.

    With the rarest words first, two titles that share n words share one of the first that leave out
    n - 1: only those are looked up.
    """

    def __init__(self, often: Mapping[str, int]) -> None:
        self._often = often
        self._shelves: dict[int, dict[str, _Shelf]] = {}  # by how many words there are

    def put(self, span: AiringSpan, words: TitleWords) -> None:
        """Add one under its words."""
        shelves = self._shelves.setdefault(len(words), {})
        for place, word in enumerate(self._ordered(words)):
            shelves.setdefault(word, _Shelf()).put(_Member(span, words, place))

    def unite_with(self, span: AiringSpan, words: TitleWords, groups: BroadcastGroups) -> None:
        """Make one group of ``span`` and those here that it is a simulcast with."""
        ordered = self._ordered(words)
        for size, shelves in self._shelves.items():
            shared = math.ceil(ALIKE / 2 * (len(words) + size) - 1e-9)
            for word in ordered[: max(0, len(words) - shared + 1)]:
                if word in shelves:
                    shelves[word].unite_with(_Member(span, words, size - shared), groups)

    def _ordered(self, words: TitleWords) -> list[str]:
        return sorted(words, key=lambda word: (self._often[word], word))


class _Member(NamedTuple):
    """A broadcast under one of its words; ``place``: which, the rarest is 0; of a search the last."""

    span: AiringSpan
    words: TitleWords
    place: int

    def is_simulcast_of(self, member: "_Member") -> bool:
        """Tell whether the two are one moment on two accounts; ``member`` began before."""
        return (
            member.place <= self.place
            and member.span.broadcast.account != self.span.broadcast.account
            and _are_alike(member.words, self.words)
            and _run_together(member.span, self.span)
        )


@dataclass(slots=True)
class _Shelf:
    """Broadcasts whose titles share a word: those that are in no simulcast by account, others by group.

    Of a group that one is in already none is looked at, nor is any alone on its own account.
    """

    alone: dict[str, list[_Member]] = field(default_factory=dict[str, list[_Member]])
    grouped: dict[str, list[_Member]] = field(default_factory=dict[str, list[_Member]])

    def put(self, member: _Member) -> None:
        """Add one that has begun."""
        self.alone.setdefault(member.span.broadcast.account, []).append(member)

    def unite_with(self, new: _Member, groups: BroadcastGroups) -> None:
        """Make one group of ``new`` and those here that it is a simulcast with."""
        key, account = new.span.broadcast.key, new.span.broadcast.account
        for name in [name for name in self.alone if name != account]:
            staying: list[_Member] = []
            for member in self.alone.pop(name):
                if not _may_run_beside(member.span, new.span):
                    continue
                if new.is_simulcast_of(member):
                    groups.unite(member.span.broadcast.key, key)
                    self.grouped.setdefault(member.span.broadcast.key, []).append(member)
                else:
                    staying.append(member)
            if staying:
                self.alone[name] = staying
        for name in list(self.grouped):
            members = self.grouped.pop(name)
            if groups.group_of(name) != groups.group_of(key):
                members = [member for member in members if _may_run_beside(member.span, new.span)]
                if any(map(new.is_simulcast_of, reversed(members))):
                    groups.unite(name, key)
            if members:
                of_group = self.grouped.setdefault(groups.group_of(name), [])
                of_group += members


def _may_run_beside(earlier: AiringSpan, later: AiringSpan) -> bool:
    begin_together = later.started_at - earlier.started_at <= TOGETHER
    return earlier.ended_at > later.started_at or begin_together


def _run_together(earlier: AiringSpan, later: AiringSpan) -> bool:
    if later.started_at - earlier.started_at <= TOGETHER:
        return True
    beside = min(earlier.ended_at, later.ended_at) - later.started_at
    lengths = (span.ended_at - span.started_at for span in (earlier, later))
    return beside >= OVERLAP * min(lengths)
