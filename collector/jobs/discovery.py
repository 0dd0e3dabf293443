"""The discovery job: the accounts' new broadcasts, put into the queue to be polled at once."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collector.contract.errors import PlatformError, Unreadable
from collector.contract.readings import Discovery
from collector.jobs.poll_outcome import set_aside
from collector.jobs.tracker import Tracker
from collector.transport.client import Tally
from storage.model import Account, Broadcast, Poll, Tick

logger = logging.getLogger(__name__)

#: After a look that failed comes the next, then after twice as long, up to the interval.
FIRST_AGAIN = timedelta(minutes=1)
#: A tick that comes a moment early must not wait for the next.
GRACE = timedelta(seconds=0.5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """The last look at one account, or the last one that was paid for; ``failures`` in a row."""

    at: datetime
    failures: int = 0
    not_before: datetime | None = None  # there is nothing to be asked sooner

    def next_at(self, every: timedelta, *, was_paused: bool = False) -> datetime:
        """Return when the next look is due; at once where a pause is over, unless it fails on and on."""
        failures = self.failures - was_paused
        if was_paused and failures <= 0:
            wait = timedelta(0)
        elif failures <= 0:
            wait = every
        else:  # longer than the longest interval there is no need to double
            wait = min(FIRST_AGAIN * 2 ** min(failures - 1, 20), every)
        return max(self.at + wait, self.not_before or self.at)

    def again(self, at: datetime, *, failed: bool) -> "Look":
        """Return the look that follows on this one."""
        return Look(at=at, failures=self.failures + 1 if failed else 0)


class Discoverer:
    """Finds the broadcasts of one platform's accounts; each account waits by itself."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self.looks: dict[str, Look] = {}  # by account
        self.paid: dict[str, Look] = {}  # by account
        self._paused: set[str] = set()  # those that a pause kept waiting since their last look
        self._next_probe_at: datetime | None = None  # of a platform on probation

    async def discover_due(self, every_seconds: float) -> list[Broadcast]:
        """Ask for the accounts whose time has come: asked at each tick, an edition may open."""
        tracker, every = self._tracker, timedelta(seconds=every_seconds)
        await tracker.forget_mended()
        due = self._due(every)
        new = await self._discover_each(due)
        next_at = min((self._next_at(key, every) for key in tracker.accounts), default=None)
        tracker.changed |= next_at != tracker.next_look_at
        tracker.next_look_at = next_at
        return new

    async def discover_all(self) -> list[Broadcast]:
        """Ask for every account in turn; return what is new. One account cannot stop the next."""
        await self._tracker.forget_mended()
        return await self._discover_each(list(self._tracker.accounts))

    def _due(self, every: timedelta) -> list[str]:
        """Return the accounts to be asked now, the longest due first."""
        now = self._tracker.now()
        due_at = {key: self._next_at(key, every) for key in self._tracker.accounts}
        for key in due_at:
            self._note_pause(key)
        due = [key for key, at in due_at.items() if at <= now + GRACE]
        return sorted(due, key=lambda key: due_at[key])

    def _note_pause(self, key: str) -> None:
        """Note that a pause keeps an account from being asked: its end is a look."""
        if self._tracker.health.pause_of(key, self._tracker.now()):
            self._paused.add(key)

    def _next_at(self, key: str, every: timedelta) -> datetime:
        """Return when an account is asked next."""
        now, health = self._tracker.now(), self._tracker.health
        look, pause = self.looks.get(key), health.pause_of(key, now)
        at, is_mended = now, key in self._tracker.mended
        if look is not None and look.at <= now and not is_mended:  # or the clock was set back
            at = look.next_at(every, was_paused=key in self._paused)
        if health.is_on_probation and self._next_probe_at:
            at = max(at, self._next_probe_at)
        return max(at, pause.until or now + every) if pause else at

    async def _discover_each(self, keys: Iterable[str]) -> list[Broadcast]:
        health, discovered = self._tracker.health, list[Broadcast]()
        self._next_probe_at = self._next_probe_at if health.is_on_probation else None
        for key in keys:
            now = self._tracker.now()
            if health.paused(now):
                break
            if health.pause_of(key, now):
                continue
            new = await self._discover(key)
            if new is None and health.is_on_probation:
                # A platform that is paused is tried with one call, not with one an account.
                self._next_probe_at = self.looks[key].next_at(timedelta.max)
                break
            discovered.extend(new or [])
        return discovered

    async def _discover(self, key: str) -> list[Broadcast] | None:
        """Ask for one account and record what came of it, a failure too: ``None``."""
        tracker = self._tracker
        poll_id = tracker.recorder.next_poll_id()
        started_at, tally = tracker.now(), Tally()
        discovery, error = Discovery(), None
        try:
            account = await self._resolve(tracker.accounts[key], tally)
            discovery = await self._ask(account, started_at, tally)
        except PlatformError as caught:
            error = caught
        if error is None and not tally.requests:
            self._wait_for_paid(key, started_at)
            return []
        self._paused.discard(key)
        before = self.looks.get(key)
        if before is None or key in tracker.mended:
            before = Look(at=started_at)
        tracker.mended.discard(key)
        self.looks[key] = before.again(started_at, failed=error is not None)
        if error:
            await tracker.note_failure(error, account=key, token=tally.token, is_look=True)
            self._note_pause(key)
        else:
            await tracker.note_listed(started_at, account=key, token=tally.token)
        entries = tracker.queue.entries
        new = [
            tracker.matched(broadcast)
            for broadcast in discovery.broadcasts
            if broadcast.key not in entries
        ]
        relisted = [broadcast for broadcast in discovery.broadcasts if broadcast.key in entries]
        changed = [changed for broadcast in relisted if (changed := self._relist(broadcast))]
        unreadable = [*discovery.unreadable]
        if isinstance(error, Unreadable):
            unreadable.append(error)
        poll = Poll(
            poll_id=poll_id,
            platform=tracker.platform.name,
            purpose="discovery",
            source=key,
            started_at=started_at,
            finished_at=tracker.now(),
            asked=1,
            answered=0 if error else 1,
            requests=tally.requests,
            outcome=error.reason if error else "ok",
            error=error.detail if error else None,
        )
        await tracker.record(
            Tick(
                at=started_at,
                polls=(poll,),
                broadcasts=(*new, *changed),
                set_aside=tuple(set_aside(poll, part) for part in unreadable),
            )
        )
        for broadcast in new:
            logger.info("found %s: %r", broadcast.key, broadcast.title)
            tracker.queue.add(broadcast, tracker.now())
        return None if error else new

    def _relist(self, listed: Broadcast) -> Broadcast | None:
        """Note the playlists in which a known broadcast stands now; None: those we knew."""
        entry = self._tracker.queue.entries[listed.key]
        # A poll may have changed its other facts since the platform was asked.
        updated = replace(entry.broadcast, playlists=listed.playlists)
        if updated == entry.broadcast:
            return None
        entry.broadcast = self._tracker.matched(updated)
        return entry.broadcast

    async def _resolve(self, account: Account, tally: Tally) -> Account:
        """Return the account with the platform's own id, asking for it only once."""
        if account.native_id is not None:
            return account
        tracker = self._tracker
        answered = await tracker.transport.run(tracker.platform.resolve(account), tally)
        resolved = replace(answered, resolved_at=tracker.now())
        await tracker.recorder.save_accounts([resolved])
        tracker.accounts[account.key] = resolved
        return resolved

    def _wait_for_paid(self, key: str, now: datetime) -> None:
        """Note a turn in which nothing was asked: it is none, and there is nothing to ask for yet."""
        paid_every = timedelta(seconds=self._tracker.platform.paid_discovery_seconds)
        look, paid = self.looks.get(key) or Look(at=now), self.paid.get(key) or Look(at=now)
        self.looks[key] = replace(look, not_before=paid.next_at(paid_every))

    async def _ask(self, account: Account, now: datetime, tally: Tally) -> Discovery:
        tracker = self._tracker
        paid = self.paid.get(account.key)
        every = timedelta(seconds=tracker.platform.paid_discovery_seconds)
        exchange = tracker.platform.discover(
            account,
            tracker.queue.of_account(account.key),
            now,
            may_spend=paid is None or now >= paid.next_at(every) or now < paid.at,
        )
        units, failed = tally.units, True
        try:
            discovery = await tracker.transport.run(exchange, tally)
            failed = discovery.paid_failed
        finally:
            if tally.units > units:
                self.paid[account.key] = (paid or Look(at=now)).again(now, failed=failed)
        return discovery
