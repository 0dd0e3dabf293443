"""The polling job: whatever is due, in as few calls as possible, recorded in one transaction."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from collector.contract.errors import PlatformError, Unavailable
from collector.contract.readings import Readings
from collector.jobs.poll_outcome import PollAttempt, PollOutcome, answered_outcome, failed_outcome
from collector.jobs.tracker import Tracker
from collector.scheduling.batching import batch_broadcasts
from collector.scheduling.due_queue import QueueEntry
from collector.transport.client import Tally
from storage.model import Due, GapReason, Miss, Poll, Status, Tick

#: As many calls of one platform at a time as its connection pool keeps alive.
CALLS_AT_ONCE = 5

Batch = Sequence[QueueEntry]


async def poll_due(tracker: Tracker, *, deadline_seconds: float) -> int:
    """Poll everything that is due now; return how many polls were made.

    What has not answered after ``deadline_seconds`` is a gap: the next tick must find a free way.
    """
    clock = asyncio.get_running_loop().time
    begun = clock()
    try:
        return await _poll_due(tracker, deadline_seconds)
    finally:
        tracker.metrics.observe_tick_seconds(tracker.platform.name, clock() - begun)


async def _poll_due(tracker: Tracker, deadline_seconds: float) -> int:
    await tracker.forget_mended()
    await tracker.update_pacing()
    now = tracker.now()
    due = tracker.queue.take_due(now)
    if not due:
        return 0
    paused = {account: tracker.health.pause_of(account, now) for account in tracker.accounts}
    free = [entry for entry in due if not paused.get(entry.broadcast.account)]
    ripe = [entry for entry in tracker.queue.ripest(now) if not paused.get(entry.broadcast.account)]
    batches = batch_broadcasts(
        free, ripe, size=tracker.platform.batch_size, group=tracker.platform.group, now=now
    )
    polled = await _poll_batches(tracker, batches, deadline_seconds)
    outcomes = [outcome for _, outcome in polled]
    dues = [due for batch, outcome in polled for due in _apply(tracker, batch, outcome)]
    polled_keys = {entry.broadcast.key for batch, _ in polled for entry in batch}
    held = [entry for entry in due if entry.broadcast.key not in polled_keys]
    failures = [outcome.poll for outcome in outcomes if outcome.failed]
    _note_tick(tracker, polled, now)
    misses = [miss for outcome in outcomes for miss in outcome.misses]
    for entry in held:
        pause = tracker.health.pause_of(entry.broadcast.account, now)
        # Without a pause it waits for the one poll that tried and failed.
        reason = pause.reason if pause else GapReason(failures[0].outcome)
        misses.append(Miss(broadcast=entry.broadcast.key, at=now, reason=reason, poll_id=0))
        dues.append(tracker.reschedule(entry, now))
    tick = Tick(
        at=now,
        polls=tuple(outcome.poll for outcome in outcomes),
        snapshots=tuple(pair for outcome in outcomes for pair in outcome.snapshots),
        misses=tuple(misses),
        set_aside=tuple(aside for outcome in outcomes for aside in outcome.set_aside),
        broadcasts=tuple(
            tracker.queue.entries[broadcast.key].broadcast
            for outcome in outcomes
            for broadcast in outcome.broadcasts
        ),
        dues=tuple(dues),
    )
    await tracker.record(tick)
    return len(outcomes)


def _note_tick(
    tracker: Tracker, polled: Iterable[tuple[Batch, PollOutcome]], now: datetime
) -> None:
    """Tell each server's polls apart; those of one service are all of a piece."""
    by_server: defaultdict[str | None, list[PollOutcome]] = defaultdict(list)
    for batch, outcome in polled:
        by_server[tracker.health.servers.get(batch[0].broadcast.account)].append(outcome)
    for server, outcomes in by_server.items():
        failed = [outcome.poll for outcome in outcomes if outcome.failed]
        tracker.health.ticked(failed, len(outcomes) - len(failed), now, server)


async def mark_clock_step(tracker: Tracker) -> None:
    """Leave a gap, closed by the next answer, in all that is live: the clock was set."""
    now = tracker.now()
    misses = tuple(
        Miss(broadcast=entry.broadcast.key, at=now, reason=GapReason.CLOCK_STEP, poll_id=0)
        for entry in tracker.queue.entries.values()
        if entry.broadcast.status is Status.LIVE
    )
    if misses:
        await tracker.record(Tick(at=now, misses=misses))


async def _poll_batches(
    tracker: Tracker, batches: Sequence[Batch], deadline_seconds: float
) -> list[tuple[Batch, PollOutcome]]:
    """Poll the batches; of a platform that was paused the rest only if one answers."""
    turns = asyncio.Semaphore(CALLS_AT_ONCE)

    async def poll_all(batches: Sequence[Batch]) -> list[tuple[Batch, PollOutcome]]:
        polls = (_poll(tracker, batch, turns, deadline_seconds) for batch in batches)
        return list(zip(batches, await asyncio.gather(*polls), strict=True))

    if not tracker.health.is_on_probation or len(batches) < 2:  # noqa: PLR2004 - one is the probe
        return await poll_all(batches)
    # In turns, so that one that always fails does not stand for the others.
    chosen = tracker.health.bad_ticks[None] % len(batches)
    probe = await poll_all([batches[chosen]])
    if probe[0][1].failed:
        return probe
    return probe + await poll_all([*batches[:chosen], *batches[chosen + 1 :]])


async def _poll(
    tracker: Tracker, batch: Batch, turns: asyncio.Semaphore, deadline_seconds: float
) -> PollOutcome:
    poll_id = tracker.recorder.next_poll_id()
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
        poll = Poll(
            poll_id=poll_id,
            platform=tracker.platform.name,
            purpose="poll",
            source=tally.source,
            started_at=started_at,
            finished_at=tracker.now(),
            asked=len(batch),
            answered=0,
            requests=tally.requests,
            outcome="ok",
            error=None,
        )
        attempt = PollAttempt(poll=poll, entries=batch)
    accounts = list(dict.fromkeys(entry.broadcast.account for entry in batch))
    if isinstance(result, PlatformError):
        await tracker.note_failure(result, account=accounts[0], token=tally.token)
        return failed_outcome(attempt, result)
    if not result.failed:
        await tracker.note_success(started_at, tally.token, accounts)
    # What pauses is no broadcast's alone; of each kind one is enough.
    errors = (each for each in result.failures.values() if each.pauses or result.failed)
    for error in {error.reason: error for error in errors}.values():
        await tracker.note_failure(error, account=accounts[0], token=tally.token)
    return answered_outcome(attempt, result)


def _apply(tracker: Tracker, batch: Batch, outcome: PollOutcome) -> list[Due]:
    """Bring the queue up to date and plan the next poll of each entry."""
    facts = {broadcast.key: broadcast for broadcast in outcome.broadcasts}
    observed_at = {snapshot.broadcast: snapshot.observed_at for _, snapshot in outcome.snapshots}
    absent = {miss.broadcast for miss in outcome.misses if miss.reason is GapReason.MISSING}
    answers = () if outcome.failed else (GapReason.MISSING, GapReason.BAD_PAYLOAD)
    failed = {miss.broadcast for miss in outcome.misses if miss.reason not in answers}
    dues: list[Due] = []
    for entry in batch:
        key = entry.broadcast.key
        polled = replace(
            facts.get(key, entry.broadcast),
            observed_at=observed_at.get(key, entry.broadcast.observed_at),
            playlists=entry.broadcast.playlists,  # discovery's, which may have run meanwhile
        )
        entry.broadcast = tracker.matched(polled) if key in facts else polled
        if key in absent:
            entry.absences += 1
        elif key not in failed:  # a failure tells nothing of what is there
            entry.absences = 0
        if key in observed_at:
            entry.end_seen_at = observed_at[key] if key in outcome.ending else None
        dues.append(tracker.reschedule(entry, outcome.poll.started_at))
    return dues
