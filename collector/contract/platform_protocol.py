"""What a platform must be able to do: the contract behind which all of them look alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Protocol

from pydantic import BaseModel

from collector.contract.exchange import Exchange, Response
from collector.contract.grants import Grant
from collector.contract.quota import Bucket, Limit
from collector.contract.readings import Discovery, Readings
from storage.model import Account, Broadcast, Metric


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
