"""Which broadcasts are one airing, and which carried one moment of the programme. Pure.

An airing goes on when the same account is back within 15 minutes with a like title, under whatever
id. Airings of several accounts that run at the same time with like titles are one session, a
simulcast. Keys are those of the broadcast found first, so they stay as the rest is found; what the
configuration names wins over all of this.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import polars as pl

from storage import schema
from storage.model import AIRING_RESUMES_WITHIN, Broadcast, Status
from storage.text_search import bare_text, words

#: An end is seen a few polls late, when the return may have begun already.
END_SEEN_LATE = timedelta(minutes=5)
#: Broadcasts that begin this close to one another begin together.
TOGETHER = timedelta(minutes=15)
#: The share of the shorter one that has to run beside the longer.
OVERLAP = 0.5
#: Of two titles' words, how many have to be in both: 2·shared / (one's + the other's). More than
#: half: an opening and a closing ceremony share one word of two.
ALIKE = 0.6

#: Still on the air: it counts as longer than whatever has ended.
LASTING = datetime(9000, 1, 1, tzinfo=UTC)
#: Words that say "live", not which moment; in normalised form.
_LIVE_WORDS = frozenset("live direct en مباشر مباشره بث نقل".split())  # noqa: SIM905 - a line of words reads best


@dataclass(frozen=True, kw_only=True, slots=True)
class AiringSpan:
    """A broadcast that has begun: when it ran, and its title's words."""

    broadcast: Broadcast
    started_at: datetime
    ended_at: datetime
    title: frozenset[str]
    moment: frozenset[str]  # the title's words that do not only name the event


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionGroups:
    """Rows of :data:`storage.schema.SEGMENTS` and :data:`storage.schema.SESSIONS`."""

    segments: pl.DataFrame
    sessions: pl.DataFrame


def group_sessions(
    broadcasts: Iterable[Broadcast],
    segments: pl.DataFrame,
    planned: pl.DataFrame,
    *,
    event_names: Iterable[str],
) -> SessionGroups:
    """Group ``broadcasts`` into airings and sessions.

    ``segments`` are those seen (broadcast, started_at, ended_at), ``planned`` the sessions that the
    configuration names, ``event_names`` the names whose words tell no moment.
    """
    of_broadcast: dict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for key, started_at, ended_at in segments.sort("broadcast", "started_at").iter_rows():
        of_broadcast[key].append((started_at, ended_at))
    event = _words_of_event(event_names)
    spans = [
        span
        for broadcast in broadcasts
        if (span := _span_of(broadcast, of_broadcast.get(broadcast.key, []), event))
    ]
    spans.sort(key=lambda span: (span.started_at, span.broadcast.key))
    goes_on = _returns(spans)
    return SessionGroups(
        segments=_segment_rows(spans, of_broadcast, goes_on),
        sessions=_session_rows(spans, goes_on, planned),
    )


def _words_of_event(names: Iterable[str]) -> frozenset[str]:
    """Return the words that tell no moment: those of the event's ``names``, and "live"."""
    return frozenset(bare_text(word) for name in names for word in words(name)) | _LIVE_WORDS


def _span_of(
    broadcast: Broadcast,
    segments: Sequence[tuple[datetime, datetime | None]],
    event: frozenset[str],
) -> AiringSpan | None:
    """Return when a broadcast ran, as the platform tells it or else its ``segments``; ``None``: it did not.

    ``event`` are the :func:`_words_of_event`.
    """
    starts = [at for at in (broadcast.started_at, segments[0][0] if segments else None) if at]
    has_run = starts or broadcast.status in (Status.LIVE, Status.ENDED)
    if broadcast.status is Status.UPLOAD or not has_run:
        return None
    started_at = min(starts, default=broadcast.published_at or broadcast.discovered_at)
    ended_at = LASTING
    if broadcast.status is not Status.LIVE:
        ended_at = broadcast.ended_at or (segments[-1][1] if segments else None) or started_at
    title = _title_words(broadcast.title)
    return AiringSpan(
        broadcast=broadcast,
        started_at=started_at,
        ended_at=max(started_at, ended_at),
        title=title,
        moment=title - event,
    )


@lru_cache(maxsize=8_192)  # titles hardly change, and reading one costs more than all that follows
def _title_words(title: str) -> frozenset[str]:
    return frozenset(bare_text(word) for word in words(title))


def _alike(earlier: AiringSpan, later: AiringSpan) -> bool:
    """Tell whether two titles name the same moment; where one only names the event, all words count."""
    a, b = earlier.moment, later.moment
    if not (a and b):
        a, b = earlier.title, later.title
    return bool(a) and 2 * len(a & b) >= ALIKE * (len(a) + len(b))


def _returns(spans: Sequence[AiringSpan]) -> dict[str, str]:
    """Return, for each broadcast that goes on with an earlier one of its account, the earlier one."""
    goes_on: dict[str, str] = {}
    of_account: dict[str, list[AiringSpan]] = defaultdict(list)
    for span in spans:
        account = span.broadcast.account
        before = [
            past
            for past in of_account[account]
            if span.started_at <= past.ended_at + AIRING_RESUMES_WITHIN
        ]
        near = [past for past in before if _begins_at_the_end(past, span) and _alike(past, span)]
        if near:
            last = max(near, key=lambda past: (past.ended_at, past.broadcast.key))
            goes_on[span.broadcast.key] = last.broadcast.key
        of_account[account] = [*before, span]
    return goes_on


def _begins_at_the_end(earlier: AiringSpan, later: AiringSpan) -> bool:
    if earlier.ended_at is LASTING or earlier.started_at == later.started_at:
        return False
    return later.started_at >= earlier.ended_at - END_SEEN_LATE


def _segment_rows(
    spans: Sequence[AiringSpan],
    segments: Mapping[str, Sequence[tuple[datetime, datetime | None]]],
    goes_on: Mapping[str, str],
) -> pl.DataFrame:
    """Name the airing of each segment; a return after more than 15 minutes is another."""
    airing: dict[str, str] = {}  # the airing with which each broadcast ended
    rows: list[tuple[str, str, datetime, datetime | None]] = []
    for span in spans:
        key = span.broadcast.key
        airing[key] = airing[goes_on[key]] if key in goes_on else key
        ended_before: datetime | None = None
        for started_at, ended_at in segments.get(key, ()):
            if ended_before and started_at - ended_before > AIRING_RESUMES_WITHIN:
                airing[key] = f"{key}@{started_at:%Y%m%dT%H%M%SZ}"
            if ended_at is None and span.ended_at is not LASTING:
                # No answer said that it ended; it is no longer shown.
                ended_at = max(started_at, span.ended_at)  # noqa: PLW2901 - the row's own end
            rows.append((airing[key], key, started_at, ended_at))
            ended_before = ended_at
    return pl.DataFrame(rows, schema=schema.SEGMENTS, orient="row").sort("started_at", "broadcast")


def _session_rows(
    spans: Sequence[AiringSpan], goes_on: Mapping[str, str], planned: pl.DataFrame
) -> pl.DataFrame:
    groups = _Groups(span.broadcast.key for span in spans)
    for key, earlier in goes_on.items():
        groups.unite(key, earlier)
    plan = {key: row for row in planned.iter_rows(named=True) for key in row["broadcasts"]}
    named: dict[str, str] = {}  # group -> its planned session; the first that claims it
    for key, row in plan.items():
        if key in groups.leader:
            named.setdefault(groups.group_of(key), row["session"])
    _unite_simulcasts(
        [span for span in spans if groups.group_of(span.broadcast.key) not in named], groups
    )
    members: dict[str, list[AiringSpan]] = defaultdict(list)
    for span in spans:
        key = span.broadcast.key
        group = groups.group_of(key)
        members[plan[key]["session"] if key in plan else named.get(group, group)].append(span)
    plans = {row["session"]: row for row in planned.iter_rows(named=True)}
    rows = [_session_row(of_session, plans.get(key)) for key, of_session in members.items()]
    return pl.DataFrame(rows, schema=schema.SESSIONS).sort("started_at", "session")


def _session_row(
    spans: Sequence[AiringSpan], plan: Mapping[str, object] | None
) -> dict[str, object]:
    """Compose one session from its spans, earliest first."""
    first = min(
        spans, key=lambda span: (span.broadcast.discovered_at, span.broadcast.key)
    ).broadcast
    ended_at = max(span.ended_at for span in spans)
    accounts = list(dict.fromkeys(span.broadcast.account for span in spans))
    return {
        "session": plan["session"] if plan else first.key,
        "edition": plan["edition"] if plan else first.edition,
        "title": first.title,
        **{name: plan[name] if plan else None for name in ("name_ar", "name_fr", "name_en")},
        "started_at": spans[0].started_at,
        "ended_at": None if ended_at is LASTING else ended_at,
        "broadcasts": [span.broadcast.key for span in spans],
        "accounts": accounts,
        "platforms": list(dict.fromkeys(span.broadcast.platform for span in spans)),
        "is_simulcast": len(accounts) > 1,
    }


def _unite_simulcasts(spans: Sequence[AiringSpan], groups: "_Groups") -> None:
    """Unite broadcasts of different accounts that run at the same time under like titles."""
    # By group: one that fits is enough, whatever the group's size.
    running: list[list[AiringSpan]] = []
    for span in spans:
        joined, others = [span], list[list[AiringSpan]]()
        for members in running:
            on_air = [member for member in members if _may_run_beside(member, span)]
            if not on_air:
                continue
            fits = groups.group_of(on_air[0].broadcast.key) == groups.group_of(span.broadcast.key)
            if fits or any(_is_simulcast(member, span) for member in on_air):
                groups.unite(on_air[0].broadcast.key, span.broadcast.key)
                joined += on_air
            else:
                others.append(on_air)
        running = [*others, joined]


def _may_run_beside(earlier: AiringSpan, later: AiringSpan) -> bool:
    begin_together = later.started_at - earlier.started_at <= TOGETHER
    return earlier.ended_at > later.started_at or begin_together


def _is_simulcast(earlier: AiringSpan, later: AiringSpan) -> bool:
    return (
        earlier.broadcast.account != later.broadcast.account
        and earlier.broadcast.edition == later.broadcast.edition
        and _alike(earlier, later)
        and _run_together(earlier, later)
    )


def _run_together(earlier: AiringSpan, later: AiringSpan) -> bool:
    if later.started_at - earlier.started_at <= TOGETHER:
        return True
    beside = min(earlier.ended_at, later.ended_at) - later.started_at
    lengths = (span.ended_at - span.started_at for span in (earlier, later))
    return beside >= OVERLAP * min(lengths)


class _Groups:
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
