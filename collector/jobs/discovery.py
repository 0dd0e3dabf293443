"""The discovery job: the accounts' new broadcasts, put into the queue to be polled at once."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from collector.contract.errors import PlatformError, Unreadable
from collector.contract.readings import Discovery
from collector.jobs.poll_outcome import set_aside
from collector.jobs.tracker import Tracker
from collector.transport.client import Tally
from storage.model import Account, Broadcast, Poll, Tick

logger = logging.getLogger(__name__)


class Discoverer:
    """Finds the broadcasts of one platform's accounts."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self.paid_at: dict[str, datetime] = {}  # by account
        self._asked_at: datetime | None = None

    def is_due(self, every_seconds: float) -> bool:
        """Tell whether it is time to discover again: asked at each tick, an edition may open."""
        if self._asked_at is None:
            return True
        # Half a second of grace: a tick that comes a moment early must not wait for the next.
        waited = (self._tracker.now() - self._asked_at).total_seconds()
        return not 0 <= waited < every_seconds - 0.5

    async def discover_all(self) -> list[Broadcast]:
        """Ask for every account in turn; return what is new. One account cannot stop the next."""
        self._asked_at = self._tracker.now()
        discovered: list[Broadcast] = []
        for key in list(self._tracker.accounts):
            health, now = self._tracker.health, self._tracker.now()
            if health.paused(now):
                break
            if health.paused(now, key):
                continue
            new = await self._discover(key)
            if new is None and health.is_on_probation:
                break  # a platform that is paused is tried with one call, not with one an account
            discovered.extend(new or [])
        return discovered

    async def _discover(self, key: str) -> list[Broadcast] | None:
        """Ask for one account and record what came of it, a failure too: ``None``."""
        tracker = self._tracker
        poll_id = await tracker.recorder.next_poll_id()
        started_at, tally = tracker.now(), Tally()
        discovery, error = Discovery(), None
        try:
            account = await self._resolve(tracker.accounts[key], tally)
            discovery = await self._ask(account, started_at, tally)
        except PlatformError as caught:
            error = caught
            await tracker.note_failure(caught, account=key, token=tally.token)
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

    async def _ask(self, account: Account, now: datetime, tally: Tally) -> Discovery:
        tracker = self._tracker
        paid_at = self.paid_at.get(account.key)
        pause = timedelta(seconds=tracker.platform.paid_discovery_seconds)
        exchange = tracker.platform.discover(
            account,
            tracker.queue.of_account(account.key),
            now,
            may_spend=paid_at is None or now - paid_at >= pause,
        )
        units = tally.units
        try:
            return await tracker.transport.run(exchange, tally)
        finally:
            if tally.units > units:
                self.paid_at[account.key] = now
