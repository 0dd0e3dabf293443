"""The vocabulary: what LiveTally talks about, as frozen values without behaviour.

Counts are ``int | None`` everywhere: ``None`` means that the platform did not say (hidden, not
offered), ``0`` that it said zero, and no snapshot at all that we did not ask or that it failed,
in which case there is a gap. The three never mix. All times are aware and in UTC.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self


class Status(StrEnum):
    """The states of a broadcast."""

    UNKNOWN = "unknown"  # discovered, and no platform answer has told its state yet
    UPCOMING = "upcoming"
    LIVE = "live"
    ENDED = "ended"
    GONE = "gone"  # the platform no longer knows it: deleted or made private
    UPLOAD = "upload"  # an ordinary video: remembered so that it is not asked about, never counted


class GapReason(StrEnum):
    """Why a stretch of time was not seen."""

    TIMEOUT = "timeout"
    DNS = "dns"  # the name of the platform's host did not resolve
    UNREACHABLE = "unreachable"
    SERVER_ERROR = "server_error"
    RATE_LIMITED = "rate_limited"
    QUOTA = "quota"
    AUTH = "auth"  # the credential was refused
    NO_CREDENTIAL = "no_credential"  # there is none: nobody was asked
    REJECTED = "rejected"
    BAD_PAYLOAD = "bad_payload"
    MISSING = "missing"  # asked for, and silently absent from the answer
    COLLECTOR_DOWN = "collector_down"
    NOT_KEPT = "not_kept"  # asked, perhaps seen, and then lost by our own disk or database
    LATE = "late"  # polled, but more than three intervals after the last answer
    CLOCK_STEP = "clock_step"  # the clock was set, or the machine slept: times around it are unsure
    NOT_FOUND_YET = (
        "not_found_yet"  # on the air, as the platform told later, before it was first seen
    )
    NOT_FOLLOWED = "not_followed"  # its account is not in the configuration any more
    NOT_IMPORTED = "not_imported"  # within imported history, which says nothing of it


#: The keys of broadcasts that were not measured but imported begin so.
IMPORTED = "imported:"


class HistoryStanding(StrEnum):
    """Whether imported history counts."""

    COUNTED = "counted"
    MEASURED = "measured"  # the edition was measured by us: it stands beside
    SAME_AGAIN = "same_again"  # another series of the platform is finer, or of its parts
    NO_EDITION = "no_edition"  # of none that is configured


#: An answer that comes later than this many planned intervals leaves a gap even if no poll failed.
LATE_INTERVALS = 3
#: A broadcast that drops and is back within this time is one airing.
AIRING_RESUMES_WITHIN = timedelta(minutes=15)


class Unit(StrEnum):
    """What a limit counts; not every limit is one of units."""

    UNIT = "units"  # the platform's own weighing of calls
    CALL = "calls"
    POINT = "points"
    POST = "posts"  # read, of X
    PER_CENT = "per_cent"  # of what an app may do at this hour; how much that is, nobody tells
    TENTH_OF_A_CENT = "dollars"  # of spend, in US dollars when written out


TENTHS_OF_A_CENT = 1000  # in a dollar


class SourceState(StrEnum):
    """How a source fares: a platform, or one bucket of its allowance. From best to worst."""

    OK = "ok"
    LATE = "late"  # what is due has not been asked for yet
    RATE_LIMITED = "rate_limited"  # the platform wants fewer calls
    PAUSED = "paused"  # its allowance is used up
    FAILING = "failing"  # it does not answer, or not what its documents say
    NO_CREDENTIAL = "no_credential"  # it cannot be asked without one: a person has to act
    NEEDS_LOGIN = "needs_login"  # it refuses the credential: a person has to act
    GONE = "gone"  # it knows none of the accounts: a person has to act


#: From this state no source comes back by itself.
NEEDS_A_PERSON = frozenset({SourceState.NO_CREDENTIAL, SourceState.NEEDS_LOGIN, SourceState.GONE})


class Kind(StrEnum):
    """Whether a count accumulates or holds at an instant."""

    COUNTER = "counter"  # a fall is a correction
    GAUGE = "gauge"


class Metric(StrEnum):
    """The counts a snapshot may carry, in the order of their columns; words: docs/architecture.md.

    Columns, queries, growth and corrections follow from what is declared here. A new one also takes
    its field of :class:`Snapshot` and a migration that adds its columns.
    """

    kind: Kind

    def __new__(cls, name: str, kind: Kind) -> Self:
        """Make the member ``name``; only the declarations below come here."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.kind = kind
        return member

    VIEWS = "views", Kind.COUNTER
    CONCURRENT_VIEWERS = "concurrent_viewers", Kind.GAUGE
    LIKES = "likes", Kind.COUNTER
    COMMENTS = "comments", Kind.COUNTER
    SHARES = "shares", Kind.COUNTER
    IMPRESSIONS = "impressions", Kind.COUNTER  # times a post was on a screen; never added to views
    OFF_AIR_VIEWERS = "off_air_viewers", Kind.GAUGE  # told in a waiting room, or after the end


COUNTS = tuple(map(str, Metric))
#: Counts that accumulate.
COUNTERS = tuple(str(metric) for metric in Metric if metric.kind is Kind.COUNTER)


#: Counts of which some are taken back: of a stretch of time they are net, and may be below zero.
TAKEN_BACK = frozenset({Metric.LIKES, Metric.COMMENTS, Metric.SHARES})


class OwnerMetric(StrEnum):
    """What only an account's owner is told, beside :class:`Metric`: an export of theirs says it."""

    ENGAGED_VIEWS = "engaged_views"  # YouTube: views that went past the first frame or were clicked
    VIEWS_WHILE_LIVE = "views_while_live"  # plays during the transmission, without its replay
    PEAK_CONCURRENT_VIEWERS = "peak_concurrent_viewers"
    AVERAGE_CONCURRENT_VIEWERS = "average_concurrent_viewers"
    WATCH_HOURS = "watch_hours"
    REACH = "reach"  # persons or accounts, by the platform's own estimate; never added up


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """One name in the three languages of the dashboard."""

    ar: str
    fr: str
    en: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Programme:
    """The recurring event."""

    key: str
    names: Names
    time_zone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Annotation:
    """A moment that explains a curve, named by editors: the opening, a keynote, an outage."""

    at: datetime
    names: Names


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """A figure from a press release, never mixed with what was measured."""

    value: int
    wording: str
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedSession:
    """One moment of an edition's programme that is named beforehand, with its broadcasts' keys."""

    key: str
    names: Names
    broadcasts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """One occurrence of the programme. ``ends_at`` is exclusive."""

    key: str
    names: Names
    city: Names
    starts_at: datetime
    ends_at: datetime
    target_views: int | None
    reported_views: Reported | None
    reported_visitors: Reported | None
    sessions: tuple[PlannedSession, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """An official presence on a platform. ``native_id`` is ``None`` until it is resolved.

    ``playlists``, where its broadcasts may be found too, is as configured and not stored with it.
    """

    key: str
    platform: str
    handle: str
    name: str
    native_id: str | None
    resolved_at: datetime | None
    playlists: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Broadcast:
    """One live transmission on one account.

    ``key`` is ours (``platform:native_id``); a time is ``None`` where no answer told it. ``edition``
    is ``None`` while nothing matches it, and ``match_reason`` says why it does or does not.
    ``description`` is what the platform shows beside the title, and ``playlists`` where it lists
    the broadcast: both for matching. ``observed_at``, its newest snapshot, goes along when it is
    polled and is not stored with it.
    """

    key: str
    platform: str
    account: str
    native_id: str
    edition: str | None = None
    match_reason: str | None = None
    title: str
    description: str = ""
    url: str
    status: Status
    published_at: datetime | None = None
    scheduled_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    discovered_at: datetime
    playlists: tuple[str, ...] = ()
    observed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """The counts one poll gave for one broadcast at ``observed_at``, when the answer arrived."""

    broadcast: str
    observed_at: datetime
    status: Status
    views: int | None = None
    concurrent_viewers: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    impressions: int | None = None
    off_air_viewers: int | None = None
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Poll:
    """One attempt to read counts or to discover broadcasts, successful or not.

    ``outcome`` is ``"ok"`` or a :class:`GapReason`; ``error`` is redacted text for a person.
    """

    poll_id: int
    platform: str
    purpose: str
    source: str
    started_at: datetime
    finished_at: datetime
    asked: int
    answered: int
    requests: int
    outcome: str
    error: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Miss:
    """A broadcast that was asked for at ``at`` and gave no snapshot; opens or keeps open a gap."""

    poll_id: int
    broadcast: str
    at: datetime
    reason: GapReason


@dataclass(frozen=True, kw_only=True, slots=True)
class SetAside:
    """An unreadable answer, kept with at most 2 kB of its body so that a person can look."""

    poll_id: int
    platform: str
    broadcast: str | None
    at: datetime
    reason: str
    body: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """When a broadcast is polled next and the interval planned for it; ``None``: never again."""

    broadcast: str
    next_due_at: datetime | None
    interval_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """Everything one tick saw: recorded in one transaction, whole or not at all."""

    at: datetime
    polls: tuple[Poll, ...] = ()
    snapshots: tuple[tuple[int, Snapshot], ...] = ()  # (poll_id, snapshot)
    misses: tuple[Miss, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    broadcasts: tuple[Broadcast, ...] = ()  # those whose facts are new or changed
    dues: tuple[Due, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Tracked:
    """A broadcast with where its polling stands: what a collector resumes from."""

    broadcast: Broadcast
    observed_at: datetime | None  # newest snapshot
    next_due_at: datetime | None  # None: not polled any more
    interval_seconds: float | None  # None: never scheduled, so due at once
    missed_polls: int  # in a row, since the newest snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """A platform, one bucket or one account of it, not asked until ``until`` (``None``: open end).

    ``fingerprint`` tells one credential and handle from another without telling either; ``None`` where
    it was not noted.
    """

    platform: str
    bucket: str | None
    reason: GapReason
    until: datetime | None
    detail: str
    at: datetime
    fingerprint: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class QuotaUsage:
    """What a platform, or one quota bucket of it, has used and may still use today."""

    platform: str
    bucket: str | None
    used: int | None
    limit: int | None
    resets_at: datetime | None
    next_poll_at: datetime | None
    pause: Pause | None
    next_look_at: datetime | None = None  # for new broadcasts; None: none is planned
    paused_accounts: tuple[str, ...] = ()  # those that alone are paused; none: all, or the bucket
    token_expires_at: datetime | None = None  # None: no token, or one without an end
    given_up: tuple[str, ...] = ()  # what is polled less often than wanted, the first first
    state: SourceState | None = None  # None: nobody is asking


@dataclass(frozen=True, kw_only=True, slots=True)
class LookPlan:
    """How the broadcasts of one followed account are looked for."""

    account: Account
    interval_seconds: float
    pause: Pause | None  # None: it is asked
    tells_state: bool  # whether its source says what is on the air


@dataclass(frozen=True, kw_only=True, slots=True)
class CopyContents:
    """What a copy of the database holds: its newest poll, ``None`` if there is none, and how many.

    ``trouble`` says why it cannot take the database's place, ``None`` if it can.
    """

    name: str
    newest_poll: datetime | None
    polls: int
    trouble: str | None = None

    def fields(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return asdict(self) | {"newest_poll": _written_time(self.newest_poll)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "CopyContents":
        """Read :meth:`fields`; raises KeyError, TypeError or ValueError."""
        newest = fields["newest_poll"]
        return cls(
            name=str(fields["name"]),
            newest_poll=datetime.fromisoformat(newest) if newest else None,
            polls=int(fields["polls"]),
            trouble=fields["trouble"],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectorEnd:
    """When the collector was seen to have ended, and with which exit code; below zero by a signal."""

    at: datetime
    code: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """What a damaged database, or one that is behind what was published, may have cost.

    What was recorded from ``since`` to ``until`` may be missing; ``since`` is ``None`` when all of
    it may be. ``restored_from`` names the copy in use, ``None`` when a new database was begun or
    when it is ``behind``: then nothing was put in its place. ``quarantine`` is the folder in which
    the damaged files are, and what was published before; ``others`` are the copies that were not taken.
    """

    since: datetime | None
    until: datetime
    restored_from: str | None
    quarantine: str
    detail: str
    behind: bool = False
    others: tuple[CopyContents, ...] = ()

    def fields(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return asdict(self) | {
            "since": _written_time(self.since),
            "until": self.until.isoformat(),
            "others": [copy.fields() for copy in self.others],
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Loss":
        """Read :meth:`fields`; raises KeyError, TypeError or ValueError."""
        since = fields["since"]
        return cls(
            since=datetime.fromisoformat(since) if since else None,
            until=datetime.fromisoformat(fields["until"]),
            restored_from=fields["restored_from"],
            quarantine=str(fields["quarantine"]),
            detail=str(fields["detail"]),
            behind=bool(fields.get("behind")),  # an earlier program wrote neither
            others=tuple(map(CopyContents.from_fields, fields.get("others", ()))),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedState:
    """Of which database, and of which of its ticks, the published files are a picture."""

    store_id: str
    tick: int
    published_at: datetime


def _written_time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
