"""Audiences of two editions side by side: all of both, and of the hours that both were seen in.

Viewers are compared where views cannot be: peak, average minute audience, hours watched and airtime.
Like for like counts the whole hours since the opening in which both editions were on the air and told
viewers of nearly all of it, on the platforms that told viewers of both. Pure polars.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from storage.analysis.dataset import Dataset
from storage.analysis.editions.curve import MOST_UNSEEN, looked_at_until
from storage.analysis.intervals import close_intervals, common_intervals, unite, whole_minutes
from storage.analysis.viewers.audience import Audience, audience
from storage.schema import UTC

_HOUR = 3_600_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowedEdition:
    """What was published of an edition's broadcasts, looked at as of ``now``."""

    dataset: Dataset
    starts_at: datetime
    ends_at: datetime
    now: datetime

    @property
    def until(self) -> datetime:
        """When it is looked at last."""
        return looked_at_until(self.ends_at, self.now)

    def audience(self) -> Audience:
        """Measure all of its audience."""
        return audience(self.dataset, until=self.until)


@dataclass(frozen=True, kw_only=True, slots=True)
class AudiencePair:
    """One look at the audiences of two editions; what was never told is ``None`` in them."""

    now: Audience
    before: Audience


@dataclass(frozen=True, kw_only=True, slots=True)
class AudienceComparison:
    """Audiences of two editions.

    ``like_for_like`` is of ``hours`` whole hours since the opening and of ``platforms`` that told
    viewers of both; ``None`` where no hour was seen in both.
    """

    everything: AudiencePair
    like_for_like: AudiencePair | None
    platforms: tuple[str, ...]
    hours: int


def compare_audiences(now: FollowedEdition, before: FollowedEdition) -> AudienceComparison:
    """Compare an edition's audience with that of an earlier one."""
    platforms = sorted(_telling(now) & _telling(before))
    shared = [_on(edition, platforms) for edition in (now, before)]
    seen_now, seen_before = (_seen_hours(edition) for edition in shared)
    hours = sorted(seen_now & seen_before)
    pair = AudiencePair(now=now.audience(), before=before.audience())
    alike = [_within(edition, hours).audience() for edition in shared] if hours else None
    return AudienceComparison(
        everything=pair,
        like_for_like=AudiencePair(now=alike[0], before=alike[1]) if alike else None,
        platforms=tuple(platforms),
        hours=len(hours),
    )


def _telling(edition: FollowedEdition) -> set[str]:
    """Name the platforms that told viewers of it."""
    dataset = edition.dataset
    answers = dataset.minutes.filter(pl.col("concurrent_viewers").is_not_null()).select("broadcast")
    return set(dataset.state.join(answers.unique(), on="broadcast", how="semi")["platform"])


def _on(edition: FollowedEdition, platforms: list[str]) -> FollowedEdition:
    state = edition.dataset.state
    mine = state.filter(pl.col("platform").is_in(platforms))["broadcast"]
    return replace(edition, dataset=edition.dataset.of_broadcasts(mine))


def _seen_hours(edition: FollowedEdition) -> set[int]:
    """Return the whole hours since its opening in which it was on the air, and seen for nearly all of it."""
    until = edition.until
    on_air = unite(close_intervals(whole_minutes(edition.dataset.segments), until))
    together = unite(on_air.with_columns(broadcast=pl.lit("")))
    viewers = unite(edition.audience().viewers.select(pl.lit("").alias("broadcast"), "started_at", "ended_at"))  # fmt: skip
    hours = int((until - edition.starts_at) / timedelta(hours=1))
    watched = _by_hour(common_intervals(together, viewers), edition.starts_at).rename(
        {"length": "seen"}
    )
    by_hour = _by_hour(together, edition.starts_at).join(watched, on="hour", how="inner")
    return set(
        by_hour.filter(
            pl.col("seen") >= (1 - MOST_UNSEEN) * pl.col("length"),
            pl.col("hour").is_between(0, hours - 1),
        )["hour"]
    )


def _by_hour(intervals: pl.DataFrame, opened_at: datetime) -> pl.DataFrame:
    """Add up how long the intervals are in each hour since the opening: ``hour``, ``length``."""
    into = [
        (pl.col(name) - pl.lit(opened_at, dtype=UTC)).dt.total_microseconds()
        for name in ("started_at", "ended_at")
    ]
    cut = intervals.select(since=into[0], until=into[1]).with_columns(
        hour=pl.int_ranges(pl.col("since") // _HOUR, (pl.col("until") - 1) // _HOUR + 1)
    )
    begin = pl.col("hour") * _HOUR
    inside = pl.min_horizontal("until", begin + _HOUR) - pl.max_horizontal("since", begin)
    return cut.explode("hour").group_by("hour").agg(length=inside.sum())


def _within(edition: FollowedEdition, hours: list[int]) -> FollowedEdition:
    """Keep of its rows those of some hours since the opening: what is on the air is so in them alone."""
    dataset, opened = edition.dataset, pl.lit(edition.starts_at, dtype=UTC)
    hour = pl.duration(hours=pl.col("hour"))
    chosen = pl.DataFrame({"hour": hours}, schema={"hour": pl.Int64})
    spans = dataset.state.select("broadcast").join(
        chosen.select(started_at=opened + hour, ended_at=opened + hour + pl.duration(hours=1)),
        how="cross",
    )
    segments = common_intervals(
        unite(close_intervals(dataset.segments, edition.until)), unite(spans)
    )
    into = (pl.col("minute") - opened).dt.total_microseconds() // _HOUR
    minutes = dataset.minutes.filter(into.is_in(hours))
    return replace(
        edition,
        dataset=replace(
            dataset, segments=segments.with_columns(airing="broadcast"), minutes=minutes
        ),
    )
