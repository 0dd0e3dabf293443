"""What a platform must be able to do: the contract behind which all of them look alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

from pydantic import BaseModel

from collector.contract.errors import Unreadable
from collector.contract.exchange import Exchange, Response
from storage.model import Account, Broadcast, Metric, Snapshot


class Period(StrEnum):
    """How long an allowance lasts."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """An allowance of units that we count ourselves, before they are spent.

    Its period begins at midnight in ``time_zone``. The last ``reserve_units`` are kept for
    requests that say they may use them: finding broadcasts must stay possible when polling has
    spent the rest.
    """

    name: str
    units: int
    time_zone: str
    reserve_units: int = 0
    period: Period = Period.DAY


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """What an answer's headers say of a limit the platform counts itself.

    ``used`` of ``limit`` in the platform's own unit (calls, points, per cent); all of it is there
    again at ``resets_at``. ``source`` is the one kind of request it holds for, ``None`` for all.
    """

    name: str
    used: int
    limit: int
    resets_at: datetime
    source: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """What authorises calls. A time that is ``None`` never comes, or was not told."""

    access_token: str = field(repr=False)
    obtained_at: datetime
    expires_at: datetime | None = None
    refresh_token: str | None = field(default=None, repr=False)
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """One visit to a platform's consent page; ``verifier`` proves that the code is ours (PKCE)."""

    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


class Grant(Protocol):
    """How a platform's tokens are had and renewed; its methods are exchanges without I/O."""

    @property
    def needs_person(self) -> bool:
        """Tell whether someone has to consent; an app's own token needs nobody."""
        ...

    @property
    def renew_before_seconds(self) -> float:
        """How long before its end a token is renewed."""
        ...

    def consent_address(self, consent: Consent) -> str:
        """Return the address of the page where the account's owner consents."""
        ...

    def redeem(self, code: str, consent: Consent, account: Account) -> Exchange[Token]:
        """Turn the code of a consent into a token for ``account``."""
        ...

    def renew(self, token: Token | None) -> Exchange[Token]:
        """Return a token with more time; ``None``: the first, where nobody has to consent.

        Raises:
            AuthFailed: a person has to consent (again).
        """
        ...

    def inspect(self, token: Token) -> Exchange[Token]:
        """Return the token with its end as the platform tells it."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """What one poll said: counts, changed facts, absences and what could not be read.

    ``ended_at`` of a broadcast is only what the platform tells: without it, one that was live ends
    at the second answer that says so.
    ``missing`` holds the keys of broadcasts that were asked for and silently absent, which means
    deleted or private. ``unlisted`` ones fell off a list that shows only the newest: not seen, and
    not known to be gone.
    """

    snapshots: tuple[Snapshot, ...] = ()
    broadcasts: tuple[Broadcast, ...] = ()
    missing: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovery:
    """The broadcasts an account shows, and what could not be read."""

    broadcasts: tuple[Broadcast, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


class Platform(Protocol):
    """A service that carries live video, as generators that do no I/O.

    Every method yields :class:`~collector.contract.exchange.Request` and is sent a ``Response``; it raises
    only errors of the tree in :mod:`collector.contract.errors`.
    """

    name: ClassVar[str]
    metrics: ClassVar[Mapping[Metric, str]]
    tracked_after_end_seconds: ClassVar[float]  # how long its counts are worth asking for
    paid_discovery_seconds: ClassVar[float]  # how often units may be spent on finding broadcasts

    class Settings(BaseModel):
        """The platform's own section of the configuration."""

    @property
    def batch_size(self) -> int:
        """How many broadcasts one poll may ask for."""
        ...

    @property
    def buckets(self) -> Sequence[Bucket]:
        """The quota buckets its requests are charged to; empty when it has none."""
        ...

    @property
    def grant(self) -> Grant | None:
        """How its tokens are had; ``None`` when no request of its names a token."""
        ...

    def limits(self, response: Response) -> Sequence[Limit]:
        """Read what the answer's headers say of the platform's own limits."""
        ...

    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which broadcasts may share a poll: those of equal group."""
        ...

    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn a handle or URL into the platform's own id; asked once, then stored."""
        ...

    def probe(self, account: Account) -> Exchange[str]:
        """Make one cheap call that proves the credential; tell in words what was learned."""
        ...

    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """Find the account's broadcasts that are not ``known``, the cheapest way first.

        Of those known, the ones come again whose ``playlists`` changed; nothing else of them is read.
        Units are spent only if ``may_spend``. ``now`` is when the call is made.
        """
        ...

    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Ask for the counts of up to ``batch_size`` broadcasts at once.

        They are of one group, or fill up a call that was made anyway. ``accounts`` holds theirs
        by key; ``now`` is when the call is made.
        """
        ...
