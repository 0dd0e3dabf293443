"""What a platform must be able to do: the contract behind which all of them look alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from pydantic import BaseModel

from collector.errors import Unreadable
from collector.exchange import Exchange
from storage.model import Account, Broadcast, Metric, Snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """A daily allowance of units. The day begins at midnight in ``time_zone``.

    The last ``reserve_units`` are kept for requests that say they may use them: finding
    broadcasts must stay possible when polling has spent the rest.
    """

    name: str
    daily_units: int
    time_zone: str
    reserve_units: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """What one poll said: counts, changed facts, absences and what could not be read.

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

    Every method yields :class:`~collector.exchange.Request` and is sent a ``Response``; it raises
    only errors of the tree in :mod:`collector.errors`.
    """

    name: ClassVar[str]
    metrics: ClassVar[Mapping[Metric, str]]
    tracked_after_end_seconds: ClassVar[float]  # how long its counts are worth asking for

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
        self, account: Account, known: Sequence[Broadcast], *, may_spend: bool
    ) -> Exchange[Discovery]:
        """Find the account's broadcasts that are not ``known``, the cheapest way first.

        Units are spent only if ``may_spend``.
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
