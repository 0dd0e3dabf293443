"""What a plan says of a platform and of each of its buckets. Pure."""

from dataclasses import dataclass

from collector.contract.platform_protocol import Period
from collector.planning.peak_error import UnderRead
from collector.quota.throttle import Rank


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketPlan:
    """A bucket in the period that uses most of it; all in the bucket's own units.

    ``used_in_all`` is of all the time planned, and ``refused`` what would not be asked for want of
    units, even at the slowest.
    """

    name: str
    period: Period
    limit: int
    reserve: int
    used: float
    used_in_all: float
    of_which_discovery: float
    discovery_if_the_free_way_fails: float
    refused: float
    given_up: tuple[Rank, ...]

    @property
    def holds(self) -> bool:
        """Tell whether all that is wanted can be asked, be it at the slowest."""
        return self.refused == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformPlan:
    """The busiest day of one platform. ``None`` where nothing is ever live on it."""

    platform: str
    accounts: int
    broadcasts_a_day: int
    live_at_once: int
    polls: float
    discovery_calls: float
    most_calls_a_minute: float
    documented_limit: str
    buckets: tuple[BucketPlan, ...]
    wanted_live_seconds: float | None
    coarsest_live_seconds: float | None
    peak_under_read: UnderRead | None

    @property
    def holds(self) -> bool:
        """Tell whether every bucket can be kept."""
        return all(bucket.holds for bucket in self.buckets)
