"""The base class of every platform: what it must be able to do, and the facts that are true of it alone."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar
from urllib.parse import SplitResult

from pydantic import BaseModel, ConfigDict

from collector.contract.exchange import Exchange, Response
from collector.contract.grants import Renewable
from collector.contract.profile_pages import handle_at
from collector.contract.quota import Bucket, Limit
from collector.contract.readings import Discovery, Readings
from storage.model import Account, Broadcast, Metric, Status, Unit


class PlatformSettings(BaseModel):
    """A platform's own section of the configuration; secrets come from the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)


SettingsT_co = TypeVar("SettingsT_co", bound=PlatformSettings, covariant=True)


class Platform(ABC, Generic[SettingsT_co]):
    """A service that carries live video, as generators that do no I/O.

    Every method yields :class:`~collector.contract.exchange.Request` and is sent a ``Response``; it
    raises only errors of the tree in :mod:`collector.contract.errors`.
    """

    name: ClassVar[str]
    Settings: ClassVar[Any] = PlatformSettings  # its own kind of them, a class each
    metrics: ClassVar[Mapping[Metric, str]]  # what each count that it gives means
    batch_size: ClassVar[int]  # how many broadcasts one poll may ask for
    tracked_after_end_seconds: ClassVar[float]  # how long its counts are worth asking for
    paid_discovery_seconds: ClassVar[float] = 0.0  # how often units may be spent on discovery

    # How it is shown. What storage and dashboard need of it is in storage/definitions/platforms.toml,
    # which python -m tests.test_readme makes.
    display_name: ClassVar[str]  # as people know it
    order: ClassVar[int | None] = None  # its place in lists; those without follow by name
    colors: ClassVar[tuple[str, str] | None] = None  # on light and on dark; ``None``: spare ones
    keyless_source: ClassVar[str | None] = None  # gives views only, and late
    other_sites: ClassVar[Mapping[str, str]] = {}  # second names of its site
    #: How an account is written in the configuration: an example of each form.
    handle_examples: ClassVar[Sequence[str]]
    #: The sites of its pages; those that are empty have servers of everyone's own.
    sites: ClassVar[Sequence[str]] = ()
    #: Where an account's page is below them, and its handle: see :mod:`collector.contract.profile_pages`.
    profile_pages: ClassVar[Mapping[str, str]] = {"{}": "{}"}
    #: First words of paths that name no account.
    other_pages: ClassVar[Collection[str]] = ()
    #: What makes a recording's address one of a moment: ``{seconds}``, or ``{hms}`` as 1h17m43s.
    moment_address: ClassVar[str] = ""
    recording_path: ClassVar[str] = ""  # how the path begins only where there is a recording

    # What its limits and terms are, and what it can show.
    documented_limit: ClassVar[str] = "not documented"
    unit: ClassVar[Unit] = Unit.CALL  # what its limits count
    bucket_units: ClassVar[Mapping[str, Unit]] = {}  # what single buckets count instead
    retention_terms: ClassVar[str] = ""  # what its terms say of keeping statistics; "": not known
    post_status: ClassVar[Status | None] = None  # of a post, where it shows posts and nothing else
    has_playlists: ClassVar[bool] = False  # whether an account's playlists are read
    #: Calls that a poll makes beside its first one, for each broadcast in it or those on the air.
    further_calls: ClassVar[int] = 0
    further_live_calls: ClassVar[int] = 0

    def __init__(self, settings: SettingsT_co) -> None:
        self.settings = settings
        #: The quota buckets that its requests are charged to.
        self.buckets: Sequence[Bucket] = ()
        #: How its tokens are obtained; ``None`` when no request of its names a token.
        self.grant: Renewable | None = None

    @property
    def tells_state(self) -> bool:
        """Tell whether its answers say what is on the air: where it shows posts alone, none does."""
        return self.post_status is None

    def limits(self, response: Response) -> Sequence[Limit]:
        """Read what the answer's headers say of the platform's own limits; most say nothing."""
        del response
        return ()

    def server_of(self, account: Account) -> str | None:
        """Return the server that an account lives on; ``None`` where one service carries them all.

        What one server refuses is refused by it alone.
        """
        del account
        return None

    @classmethod
    def handle_at(cls, address: SplitResult) -> str | None:
        """Return the handle of the account whose page that is; ``None``: nobody's."""
        return handle_at(address, cls.profile_pages, cls.other_pages)

    @abstractmethod
    def group(self, broadcast: Broadcast, now: datetime) -> str:
        """Tell which broadcasts may share a poll: those of equal group."""

    @abstractmethod
    def resolve(self, account: Account) -> Exchange[Account]:
        """Turn a handle or URL into the platform's own id; asked once, then stored."""

    @abstractmethod
    def probe(self, account: Account) -> Exchange[str]:
        """Make one cheap call that proves the credential; tell in words what was learned."""

    @abstractmethod
    def discover(
        self, account: Account, known: Sequence[Broadcast], now: datetime, *, may_spend: bool
    ) -> Exchange[Discovery]:
        """Find the account's broadcasts that are not ``known``, the cheapest way first.

        Of those known, the ones come again whose ``playlists`` changed; nothing else of them is read.
        Units are spent only if ``may_spend``. ``now`` is when the call is made.
        """

    @abstractmethod
    def poll(
        self, broadcasts: Sequence[Broadcast], accounts: Mapping[str, Account], now: datetime
    ) -> Exchange[Readings]:
        """Ask for the counts of up to ``batch_size`` broadcasts at once.

        They are of one group, or fill up a call that was made anyway. ``accounts`` holds theirs
        by key; ``now`` is when the call is made.
        """


#: A platform of which only the contract is known, whatever its settings are.
AnyPlatform: TypeAlias = Platform[PlatformSettings]
