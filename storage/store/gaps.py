"""Keeps the stretches that were not seen: which polls open, lengthen and close a gap. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from storage.model import LATE_INTERVALS, GapReason


@dataclass(frozen=True, kw_only=True, slots=True)
class GapState:
    """How the watching of one broadcast stands; a gap is open while ``gap_started_at`` is set."""

    observed_at: datetime | None
    interval_seconds: float | None
    gap_started_at: datetime | None = None
    gap_reason: str | None = None
    gap_missed_polls: int = 0
    missed_polls: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosedGap:
    """A stretch that was not seen and has ended."""

    reason: str
    started_at: datetime
    ended_at: datetime
    missed_polls: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PollAnswer:
    """One poll of the broadcast: ``reason`` is ``None`` when it gave a snapshot."""

    at: datetime
    reason: str | None


def update_gap(
    watch: GapState, answers: Iterable[PollAnswer], *, opened_at: datetime
) -> tuple[GapState, list[ClosedGap]]:
    """Take answers in order of arrival; ``opened_at`` is when this collector began to watch."""
    closed: list[ClosedGap] = []
    for answer in answers:
        if watch.observed_at is not None and answer.at <= watch.observed_at:
            continue  # we have seen since: it tells nothing of what is unseen now
        if answer.reason is None:
            watch, ended = _after_answer(watch, answer.at, opened_at)
        else:
            watch, ended = _missed(watch, answer.at, answer.reason)
        closed += ended
    return watch, closed


def _after_answer(
    watch: GapState, at: datetime, opened_at: datetime
) -> tuple[GapState, list[ClosedGap]]:
    after = GapState(observed_at=at, interval_seconds=watch.interval_seconds)
    if watch.gap_started_at is not None:
        return after, [_close(watch, at)]
    if watch.observed_at is None or watch.interval_seconds is None:
        return after, []
    if at - watch.observed_at <= timedelta(seconds=LATE_INTERVALS * watch.interval_seconds):
        return after, []
    down = watch.observed_at < opened_at
    unseen = ClosedGap(
        reason=str(GapReason.COLLECTOR_DOWN if down else GapReason.LATE),
        started_at=watch.observed_at,
        ended_at=at,
        missed_polls=0,
    )
    return after, [unseen]


def _missed(watch: GapState, at: datetime, reason: str) -> tuple[GapState, list[ClosedGap]]:
    counted = replace(watch, missed_polls=watch.missed_polls + 1)
    if watch.gap_started_at is not None and watch.gap_reason == reason:
        return replace(counted, gap_missed_polls=watch.gap_missed_polls + 1), []
    closed: list[ClosedGap] = []
    started_at = watch.observed_at or at
    if watch.gap_started_at is not None:
        closed = [_close(watch, at)]
        started_at = at
    opened = replace(counted, gap_started_at=started_at, gap_reason=reason, gap_missed_polls=1)
    return opened, closed


def _close(watch: GapState, at: datetime) -> ClosedGap:
    started_at = watch.gap_started_at or at
    return ClosedGap(
        reason=watch.gap_reason or "",
        started_at=started_at,
        ended_at=max(at, started_at),
        missed_polls=watch.gap_missed_polls,
    )
