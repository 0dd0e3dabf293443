"""What is seen of each account that is followed, and what may be said of an edition for it. Pure.

Every page, ``live.json``, ``status`` and exit code takes its words from here: neither the calendar
nor the absence of rows tells whether anything is on the air.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import polars as pl

from storage.analysis.freshness import (
    FAILED_ATTEMPTS,
    Freshness,
    LastObservation,
    broadcast_freshness,
    is_in_time,
    observations,
)
from storage.model import GapReason, Status

#: Counts move for some days after the end; then what stands is called final.
SETTLING = timedelta(days=3)


class Sight(StrEnum):
    """What is known of an account."""

    ON_AIR = "on_air"
    OFF_AIR = "off_air"  # asked, answered in time, and said so
    LOST = "lost"  # answered once, and not of late
    NEVER = "never"  # never answered, or never asked
    UNTOLD = "untold"  # answers, and its source does not tell whether it is on the air


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountSight:
    """What is seen of one account. ``seen_at``: when it answered last; None: never."""

    account: str
    name: str
    platform: str
    sight: Sight
    seen_at: datetime | None
    reason: str | None  # a GapReason: why it is not seen; None: not asked yet, or nothing failed

    @property
    def is_seen(self) -> bool:
        """Whether it is known to be on the air, or not to be."""
        return self.sight in {Sight.ON_AIR, Sight.OFF_AIR}

    @property
    def fails(self) -> bool:
        """Whether it was asked in vain, or is not asked; one that is late may only be slow."""
        return not self.answers and self.reason not in {None, GapReason.LATE}

    @property
    def answers(self) -> bool:
        """Whether it was asked and answered in time, whatever it can tell."""
        return self.is_seen or self.sight is Sight.UNTOLD


class EditionPhase(StrEnum):
    """Where an edition stands, from nothing published to the final count."""

    EMPTY = "empty"  # nothing is published, or no edition
    BEFORE = "before"
    LIVE = "live"
    UNSURE = "unsure"  # on air when last seen, which is a while ago
    QUIET = "quiet"  # every account was asked and answered that it is not on air
    UNKNOWN = "unknown"  # not every account is seen
    SETTLING = "settling"  # over, and counts still move
    FINAL = "final"


@dataclass(frozen=True, kw_only=True, slots=True)
class EditionFacts:
    """What the phase of an edition follows from. ``sights``: of the accounts that it is about."""

    starts_at: datetime
    ends_at: datetime
    on_air: Sequence[Freshness]  # of each broadcast last said to be on the air
    untold: int  # broadcasts that are still asked for, and whose state nobody tells
    is_counted: bool  # whether views, or where none are told, viewers were told of it
    sights: Sequence[AccountSight]


def account_sights(
    looks: pl.DataFrame, state: pl.DataFrame, gaps: pl.DataFrame, now: datetime
) -> tuple[AccountSight, ...]:
    """Return what is seen of each account of ``looks``, in its order; all three are published."""
    rows: dict[str, list[tuple[LastObservation, str | None]]] = {}
    observed = zip(state["account"], observations(state, gaps), state["gap_reason"], strict=True)
    for account, observation, reason in observed:
        rows.setdefault(account, []).append((observation, reason))
    return tuple(
        _sight_of(look, rows.get(look["account"], []), now) for look in looks.iter_rows(named=True)
    )


def unrenewed(sight: AccountSight) -> AccountSight:
    """Return what is seen of an account while nobody asks it."""
    lost = Sight.LOST if sight.seen_at else Sight.NEVER
    return replace(sight, sight=lost, reason=str(GapReason.COLLECTOR_DOWN))


def sights_of_edition(
    sights: Sequence[AccountSight],
    editions: pl.DataFrame,
    state: pl.DataFrame,
    edition: str,
    now: datetime,
) -> tuple[AccountSight, ...]:
    """Return the sights that an edition is about: all, unless a later one has begun.

    Of an earlier edition they are those of the accounts that it has broadcasts of.
    """
    starts = dict(editions.select("edition", "starts_at").iter_rows())
    later = any(starts[edition] < starts_at <= now for starts_at in starts.values())
    if not later:
        return tuple(sights)
    accounts = set(state.filter(pl.col("edition") == edition)["account"])
    return tuple(sight for sight in sights if sight.account in accounts)


def edition_phase(facts: EditionFacts, now: datetime) -> EditionPhase:
    """Return the phase of an edition at ``now``."""
    sights = facts.sights
    if facts.on_air:
        is_live = Freshness.FRESH in facts.on_air
        return EditionPhase.LIVE if is_live else EditionPhase.UNSURE
    if now < facts.starts_at and not facts.is_counted:
        return EditionPhase.BEFORE
    if now < facts.ends_at:
        is_quiet = sees_all(sights) and not facts.untold
        return EditionPhase.QUIET if is_quiet else EditionPhase.UNKNOWN
    asked_after = [sight.seen_at is not None and sight.seen_at >= facts.ends_at for sight in sights]
    is_settled = now >= facts.ends_at + SETTLING
    if facts.is_counted and is_settled and all(asked_after) and not facts.untold:
        return EditionPhase.FINAL
    known = [sight.is_seen or (facts.is_counted and sight.answers) for sight in sights]
    followed = any(known) or facts.is_counted
    all_known = all(map(any, zip(asked_after, known, strict=True)))
    return EditionPhase.SETTLING if followed and all_known else EditionPhase.UNKNOWN


def sees_all(sights: Sequence[AccountSight]) -> bool:
    """Tell whether every account that is followed is seen; not where none is."""
    return bool(sights) and all(sight.is_seen for sight in sights)


def nothing_answers(sights: Sequence[AccountSight]) -> bool:
    """Tell whether accounts are followed, and none of them answers."""
    return bool(sights) and not any(sight.answers for sight in sights)


def _sight_of(
    look: Mapping[str, Any], rows: Iterable[tuple[LastObservation, str | None]], now: datetime
) -> AccountSight:
    observed = list(rows)
    times = [row.observed_at for row, _ in observed if row.observed_at]
    freshness = [broadcast_freshness(row, now) for row, _ in observed if row.status is Status.LIVE]
    seen_at = max(filter(None, [look["answered_at"], *times]), default=None)
    reason: str | None = None
    if Freshness.FRESH in freshness:
        sight = Sight.ON_AIR
    elif look["answered_at"] is None or (reason := _unseen_reason(look, observed, now)):
        reason = reason or _failure(look, now)
        sight = Sight.LOST if seen_at else Sight.NEVER
    elif look["tells_state"] is False or any(_is_untold(row) for row, _ in observed):
        sight = Sight.UNTOLD
    else:
        sight = Sight.OFF_AIR
    return AccountSight(
        account=look["account"],
        name=look["name"],
        platform=look["platform"],
        sight=sight,
        seen_at=seen_at,
        reason=reason,
    )


def _failure(look: Mapping[str, Any], now: datetime) -> str | None:
    """Return why an account's newest look gave nothing, or none is made; None: it did, or none was."""
    until = look["paused_until"]
    if look["paused_reason"] and (until is None or now < until):
        return look["paused_reason"]
    return look["outcome"] if look["outcome"] not in {None, "ok"} else None


def _unseen_reason(
    look: Mapping[str, Any], observed: Iterable[tuple[LastObservation, str | None]], now: datetime
) -> str | None:
    """Return why it is not known whether the account is on the air; None: it is, as far as it tells."""
    if failure := _failure(look, now):
        return failure
    every = look["interval_seconds"]
    if every and not is_in_time(look["answered_at"], every, now):
        return str(GapReason.LATE)
    # What may be on the air by now, and was not seen of late.
    for row, reason in observed:
        if row.status in {Status.LIVE, Status.UPCOMING, Status.UNKNOWN} and not _is_seen(row, now):
            return reason or str(GapReason.LATE)
    return None


def _is_seen(row: LastObservation, now: datetime) -> bool:
    if not row.interval_seconds and row.status is not Status.LIVE:
        return True  # too old to be asked for
    if row.missed_polls >= FAILED_ATTEMPTS:
        return False
    return row.observed_at is None or is_in_time(row.observed_at, row.interval_seconds, now)


def _is_untold(row: LastObservation) -> bool:
    is_known = row.status is not Status.UNKNOWN and (
        row.tells_state or row.status is not Status.LIVE
    )
    return not is_known and bool(row.interval_seconds)
