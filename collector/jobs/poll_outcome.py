"""Outcome of one poll for each broadcast asked for: snapshots, misses, changed facts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from collector.contract.errors import PlatformError, Unreadable
from collector.contract.readings import Readings
from collector.redaction import LONGEST_SHOWN, both_ends
from collector.scheduling.cadence import ABSENCES_UNTIL_GONE
from collector.scheduling.due_queue import QueueEntry
from storage.model import Broadcast, GapReason, Miss, Poll, SetAside, Snapshot, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class PollOutcome:
    """The result of one poll, ready to be recorded; ``broadcasts`` are those whose facts changed.

    ``ending`` are those said to be over for the first time, which the next answer has to confirm.
    """

    poll: Poll
    snapshots: tuple[tuple[int, Snapshot], ...]
    misses: tuple[Miss, ...]
    set_aside: tuple[SetAside, ...]
    broadcasts: tuple[Broadcast, ...]
    failed: bool
    ending: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class PollAttempt:
    """One poll that was made, of whom; ``poll`` does not yet say what came of it."""

    poll: Poll
    entries: Sequence[QueueEntry]


def answered_outcome(attempt: PollAttempt, readings: Readings) -> PollOutcome:
    """Return what an answered poll means for each broadcast asked for."""
    by_key = {entry.broadcast.key: entry for entry in attempt.entries}
    by_native_id = {entry.broadcast.native_id: entry for entry in attempt.entries}
    reasons = dict.fromkeys(readings.missing, GapReason.MISSING)
    # What could not be read, and names nobody, may be whatever was not seen.
    are_named = all(error.native_id in by_native_id for error in readings.unreadable)
    unseen = GapReason.MISSING if are_named else GapReason.BAD_PAYLOAD
    reasons |= dict.fromkeys(readings.unlisted, unseen)
    for error in readings.unreadable:
        if error.native_id in by_native_id:
            reasons[by_native_id[error.native_id].broadcast.key] = GapReason.BAD_PAYLOAD
    reasons |= {key: error.reason for key, error in readings.failures.items()}
    answered = {snapshot.broadcast for snapshot in readings.snapshots}
    ending: set[str] = set()
    changed: dict[str, Broadcast] = {}
    for broadcast in readings.broadcasts:
        entry = by_key[broadcast.key]
        broadcast = _with_first_dates(broadcast, entry.broadcast)  # noqa: PLW2901 - the same, dated
        if _is_unsure(broadcast, entry):
            ending.add(broadcast.key)
            # One odd answer must not end what is on the air: a second one is waited for.
            changed[broadcast.key] = replace(
                broadcast, status=Status.LIVE, ended_at=entry.broadcast.ended_at
            )
        else:
            changed[broadcast.key] = _with_end(broadcast, entry, attempt)
    for key in readings.missing:
        entry = by_key[key]
        if entry.absences + 1 >= ABSENCES_UNTIL_GONE and entry.broadcast.status != Status.GONE:
            ended_at = entry.broadcast.ended_at or attempt.poll.finished_at
            changed[key] = replace(entry.broadcast, status=Status.GONE, ended_at=ended_at)
    # An answer may leave one out without a word about it: that too is a stretch not seen.
    unmentioned = [key for key in by_key if key not in answered and key not in reasons]
    reasons |= dict.fromkeys(unmentioned, unseen)
    # What asks for a pause, or for a person, comes first.
    errors = [
        *sorted(readings.failures.values(), key=lambda error: not error.pauses),
        *readings.unreadable,
    ]
    detail = "; ".join(dict.fromkeys(error.detail for error in errors))
    poll = replace(
        attempt.poll,
        answered=len(readings.snapshots),
        outcome=errors[0].reason if errors else "ok",
        error=both_ends(detail, LONGEST_SHOWN) or None,
    )
    return PollOutcome(
        poll=poll,
        snapshots=tuple((poll.poll_id, snapshot) for snapshot in readings.snapshots),
        misses=tuple(_miss(poll, key, reason) for key, reason in reasons.items()),
        set_aside=tuple(
            set_aside(poll, error, by_native_id.get(error.native_id or ""))
            for error in readings.unreadable
        ),
        broadcasts=tuple(changed.values()),
        failed=readings.failed,
        ending=frozenset(ending),
    )


def failed_outcome(attempt: PollAttempt, error: PlatformError) -> PollOutcome:
    """Return what a failed poll means: a gap with its reason for each broadcast asked for."""
    poll = replace(attempt.poll, outcome=error.reason, error=error.detail)
    return PollOutcome(
        poll=poll,
        snapshots=(),
        misses=tuple(_miss(poll, entry.broadcast.key, error.reason) for entry in attempt.entries),
        set_aside=(set_aside(poll, error),) if isinstance(error, Unreadable) else (),
        broadcasts=(),
        failed=True,
    )


def set_aside(poll: Poll, error: Unreadable, entry: QueueEntry | None = None) -> SetAside:
    """Return what could not be read, with its body; ``entry`` is whose it is, if it said so."""
    return SetAside(
        poll_id=poll.poll_id,
        platform=poll.platform,
        broadcast=entry.broadcast.key if entry else None,
        at=poll.finished_at,
        reason=error.detail,
        body=error.body,
    )


def _with_first_dates(answered: Broadcast, known: Broadcast) -> Broadcast:
    """Return a broadcast with the dates that placed it: once begun, they are facts of the past.

    Platforms date anew what they publish again: a replay, an edited video, another session.
    """
    if known.status not in (Status.LIVE, Status.ENDED, Status.GONE):
        return answered
    return replace(
        answered,
        published_at=known.published_at or answered.published_at,
        scheduled_at=known.scheduled_at or answered.scheduled_at,
    )


def _is_unsure(answered: Broadcast, entry: QueueEntry) -> bool:
    """Tell whether an end is reported for the first time, and without the time of it."""
    ends = entry.broadcast.status is Status.LIVE and answered.status is Status.ENDED
    return ends and answered.ended_at is None and entry.end_seen_at is None


def _with_end(changed: Broadcast, entry: QueueEntry, attempt: PollAttempt) -> Broadcast:
    """Return an ended broadcast with the time we saw it end, where the platform does not tell it."""
    if changed.status is Status.ENDED and changed.ended_at is None:
        seen_at = entry.broadcast.ended_at or entry.end_seen_at or attempt.poll.finished_at
        return replace(changed, ended_at=seen_at)
    return changed


def _miss(poll: Poll, key: str, reason: GapReason) -> Miss:
    return Miss(broadcast=key, at=poll.finished_at, reason=reason, poll_id=poll.poll_id)
