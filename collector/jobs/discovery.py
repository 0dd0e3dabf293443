"""The discovery job: the accounts' new broadcasts, put on the roster to be polled at once."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from collector.contract.errors import PlatformError, Unreadable
from collector.contract.readings import Discovery
from collector.jobs.tracker import Tracker
from collector.transport.client import Tally
from storage.model import Account, Broadcast, Poll, SetAside, Tick

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
        found: list[Broadcast] = []
        for key in list(self._tracker.accounts):
            watch, now = self._tracker.watch, self._tracker.now()
            if watch.paused(now):
                break
            if watch.paused(now, key):
                continue
            new = await self._discover(key)
            if new is None and watch.is_on_probation:
                break  # a platform that is paused is tried with one call, not with one an account
            found.extend(new or [])
        return found

    async def _discover(self, key: str) -> list[Broadcast] | None:
        """Ask for one account and record what came of it, a failure too: ``None``."""
        tracker = self._tracker
        poll_id = await tracker.writer(tracker.store.next_poll_id)
        started_at, tally = tracker.now(), Tally()
        discovery, error = Discovery(), None
        try:
            account = await self._resolved(tracker.accounts[key], tally)
            discovery = await self._ask(account, started_at, tally)
        except PlatformError as caught:
            error = caught
            await tracker.note_failure(caught, account=key, token=tally.token)
        else:
            await tracker.note_listed(started_at, account=key, token=tally.token)
        entries = tracker.roster.entries
        new = [tracker.matched(one) for one in discovery.broadcasts if one.key not in entries]
        relisted = [one for one in discovery.broadcasts if one.key in entries]
        changed = [changed for one in relisted if (changed := self._listed_anew(one))]
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
        aside = tuple(_set_aside(poll, one) for one in unreadable)
        tick = Tick(at=started_at, polls=(poll,), broadcasts=(*new, *changed), set_aside=aside)
        await tracker.record(tick)
        for broadcast in new:
            logger.info("found %s: %r", broadcast.key, broadcast.title)
            tracker.roster.add(broadcast, tracker.now())
        return None if error else new

    def _listed_anew(self, found: Broadcast) -> Broadcast | None:
        """Note the playlists in which a known broadcast stands now; None: those we knew."""
        entry = self._tracker.roster.entries[found.key]
        # A poll may have changed its other facts since the platform was asked.
        listed = replace(entry.broadcast, playlists=found.playlists)
        if listed == entry.broadcast:
            return None
        entry.broadcast = self._tracker.matched(listed)
        return entry.broadcast

    async def _resolved(self, account: Account, tally: Tally) -> Account:
        """Return the account with the platform's own id, asking for it only once."""
        if account.native_id is not None:
            return account
        tracker = self._tracker
        found = await tracker.transport.run(tracker.platform.resolve(account), tally)
        resolved = replace(found, resolved_at=tracker.now())
        await tracker.writer(tracker.store.save_accounts, [resolved])
        tracker.accounts[account.key] = resolved
        return resolved

    async def _ask(self, account: Account, now: datetime, tally: Tally) -> Discovery:
        tracker = self._tracker
        paid_at = self.paid_at.get(account.key)
        pause = timedelta(seconds=tracker.platform.paid_discovery_seconds)
        exchange = tracker.platform.discover(
            account,
            tracker.roster.of_account(account.key),
            now,
            may_spend=paid_at is None or now - paid_at >= pause,
        )
        units = tally.units
        try:
            return await tracker.transport.run(exchange, tally)
        finally:
            if tally.units > units:
                self.paid_at[account.key] = now


def _set_aside(poll: Poll, error: Unreadable) -> SetAside:
    return SetAside(
        poll_id=poll.poll_id,
        platform=poll.platform,
        broadcast=None,
        at=poll.finished_at,
        reason=error.detail,
        body=error.body,
    )
