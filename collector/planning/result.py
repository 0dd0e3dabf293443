"""Results of planning: the plan of a bucket, a platform, an edition, and of a rehearsal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from collector.config.expected import Expected
from collector.contract.quota import Period
from collector.planning.peak_error import PeakError
from collector.quota.throttle import Priority
from storage.model import Edition


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketPlan:
    """A bucket in the period that uses most of it, in the bucket's own units.

    ``used_in_all`` is of all the time planned. ``refused`` would not be asked for want of units,
    even at the slowest. ``discovery_if_the_free_way_fails`` is a day's.
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
    given_up: tuple[Priority, ...]

    @property
    def holds(self) -> bool:
        """Tell whether all polls fit, be it at the slowest."""
        return self.refused == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformPlan:
    """The busiest day of one platform.

    ``polls`` and ``discovery_calls`` are calls a day and may be fractions; the last three fields
    are ``None`` where nothing is ever live on it, the last one also beyond what was measured.
    """

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
    peak_under_read: PeakError | None

    @property
    def holds(self) -> bool:
        """Tell whether every bucket holds."""
        return all(bucket.holds for bucket in self.buckets)


@dataclass(frozen=True, kw_only=True, slots=True)
class EditionPlan:
    """The plan of an edition; ``unready`` are the platforms without a credential yet."""

    edition: Edition
    expected: tuple[Expected, ...]
    platforms: tuple[PlatformPlan, ...]
    unready: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Tell whether every platform's buckets hold."""
        return all(platform.holds for platform in self.platforms)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Calls that one platform got in the hours rehearsed; ``units`` by bucket."""

    platform: str
    polls: int
    discovery_calls: int
    units: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class RehearsalResult:
    """The plan of some hours and what was measured; ``left_out`` platforms cannot be simulated."""

    begins: datetime
    ends: datetime
    plan: EditionPlan
    measured: tuple[Measured, ...]
    left_out: tuple[str, ...]
