"""The polling job: whatever is due, in as few calls as possible, recorded in one transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from collector.batches import batches_of
from collector.contract import Readings
from collector.errors import PlatformError, Unavailable
from collector.outcomes import Attempt, Outcome, answered, failed
from collector.roster import Entry
from collector.tracker import Tracker
from collector.transport import Tally
from storage.model import Due, GapReason, Miss, Pause, Tick

#: As many calls of one platform at a time as its connection pool keeps alive.
CALLS_AT_ONCE = 5


async def poll_due(tracker: Tracker, *, deadline_seconds: float) -> int:
    """Poll everything that is due now; return how many polls were made.

    What has not answered after ``deadline_seconds`` is a gap: the next tick must find a free way.
    """
    await tracker.look_at_budget()
    now = tracker.now()
    due = tracker.roster.take_due(now)
    if not due:
        return 0
    pause = tracker.watch.paused(now)
    if pause:
        await tracker.record(_paused(tracker, due, pause))
        return 0
    batches = batches_of(
        due,
        tracker.roster.ripest(now),
        size=tracker.platform.batch_size,
        group=tracker.platform.group,
        now=now,
    )
    turns = asyncio.Semaphore(CALLS_AT_ONCE)
    polls = (_poll(tracker, batch, turns, deadline_seconds) for batch in batches)
    outcomes = await asyncio.gather(*polls)
    dues = [
        due
        for batch, outcome in zip(batches, outcomes, strict=True)
        for due in _apply(tracker, batch, outcome)
    ]
    broadcasts = tuple(
        tracker.roster.entries[one.key].broadcast
        for outcome in outcomes
        for one in outcome.broadcasts
    )
    tick = Tick(
        at=now,
        polls=tuple(outcome.poll for outcome in outcomes),
        snapshots=tuple(pair for outcome in outcomes for pair in outcome.snapshots),
        misses=tuple(miss for outcome in outcomes for miss in outcome.misses),
        set_aside=tuple(aside for outcome in outcomes for aside in outcome.set_aside),
        broadcasts=broadcasts,
        dues=tuple(dues),
    )
    await tracker.record(tick)
    return len(batches)


async def _poll(
    tracker: Tracker, batch: Sequence[Entry], turns: asyncio.Semaphore, deadline_seconds: float
) -> Outcome:
    poll_id = await tracker.writer(tracker.store.next_poll_id)
    async with turns:
        started_at, tally = tracker.now(), Tally()
        broadcasts = [entry.broadcast for entry in batch]
        result: Readings | PlatformError
        try:
            async with asyncio.timeout(deadline_seconds):
                exchange = tracker.platform.poll(broadcasts, tracker.accounts, started_at)
                result = await tracker.transport.run(exchange, tally)
        except PlatformError as caught:
            result = caught
        except TimeoutError:
            late = f"no answer within {deadline_seconds:g} s"
            result = Unavailable(tracker.platform.name, late, reason=GapReason.TIMEOUT)
        attempt = Attempt(
            poll_id=poll_id,
            platform=tracker.platform.name,
            entries=batch,
            started_at=started_at,
            finished_at=tracker.now(),
            requests=tally.requests,
            source=tally.source,
        )
    if isinstance(result, PlatformError):
        await tracker.note_failure(result)
        return failed(attempt, result)
    await tracker.note_success()
    return answered(attempt, result)


def _apply(tracker: Tracker, batch: Sequence[Entry], outcome: Outcome) -> list[Due]:
    """Bring the roster up to date and plan the next poll of each entry."""
    facts = {one.key: one for one in outcome.broadcasts}
    observed_at = {snapshot.broadcast: snapshot.observed_at for _, snapshot in outcome.snapshots}
    absent = {miss.broadcast for miss in outcome.misses if miss.reason is GapReason.MISSING}
    backoff = tracker.watch.backoff() if outcome.failed else 1
    dues: list[Due] = []
    for entry in batch:
        key = entry.broadcast.key
        seen = replace(
            facts.get(key, entry.broadcast),
            observed_at=observed_at.get(key, entry.broadcast.observed_at),
            playlists=entry.broadcast.playlists,  # discovery's, which may have run meanwhile
        )
        entry.broadcast = tracker.matched(seen) if key in facts else seen
        entry.absences = entry.absences + 1 if key in absent else 0
        dues.append(tracker.reschedule(entry, outcome.poll.started_at, backoff=backoff))
    return dues


def _paused(tracker: Tracker, due: Sequence[Entry], pause: Pause) -> Tick:
    """Return the gaps of what is due while the platform is not asked."""
    now = tracker.now()
    return Tick(
        at=now,
        misses=tuple(
            Miss(broadcast=entry.broadcast.key, at=now, reason=pause.reason, poll_id=0)
            for entry in due
        ),
        dues=tuple(tracker.reschedule(entry, now, backoff=1) for entry in due),
    )
