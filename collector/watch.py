"""Knows which sources are paused and says so once: on the way down and on recovery."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from collector.errors import AuthFailed, PlatformError, QuotaExceeded, RateLimited
from storage.model import GapReason, Pause, Poll

logger = logging.getLogger(__name__)

#: A refused credential is tried again this rarely: a person has to act.
AUTH_PROBE = timedelta(hours=1)
#: After so many ticks in a row in which nothing answered, one poll at a time tries again.
BAD_TICKS_UNTIL_PAUSE = 5
FIRST_PROBE = timedelta(minutes=1)
LONGEST_PROBE = timedelta(minutes=15)


class Watch:
    """The condition of one platform, in memory; pauses are saved by whoever asks for them.

    A pause is of the whole platform (``None``), of a bucket, or of one account.
    """

    def __init__(self, platform: str, pauses: Iterable[Pause]) -> None:
        self.platform = platform
        self.bad_ticks = 0  # in a row
        self.is_troubled = False
        self.pauses = {pause.bucket: pause for pause in pauses if pause.platform == platform}

    @property
    def is_on_probation(self) -> bool:
        """Tell whether nothing has answered since the platform was paused: one poll has to try."""
        return None in self.pauses

    def paused(self, now: datetime, bucket: str | None = None) -> Pause | None:
        """Return the pause in force of ``bucket`` or account, or of the whole platform."""
        pause = self.pauses.get(bucket)
        return pause if pause and (pause.until is None or now < pause.until) else None

    def pause_of(self, account: str, now: datetime) -> Pause | None:
        """Return the pause in force that keeps the account from being asked."""
        return self.paused(now) or self.paused(now, account)

    def shown(self, accounts: Iterable[str], now: datetime) -> Pause | None:
        """Return the pause to tell a person of: the platform's, or else an account's."""
        theirs = (self.paused(now, account) for account in accounts)
        return self.paused(now) or next(filter(None, theirs), None)

    def failed(
        self,
        error: PlatformError,
        now: datetime,
        resets_at: datetime | None,
        *,
        account: str | None = None,
    ) -> Pause | None:
        """Take note of a failure; return the pause it asks for.

        A refused credential that is one ``account``'s own pauses that account alone.
        """
        if not self.is_troubled:
            logger.warning("%s is failing: %s", self.platform, error.detail)
        self.is_troubled = True
        pause = _pause_for(error, now, resets_at, account)
        if pause is not None:
            self._put(pause)
        return pause

    def succeeded(self, asked_at: datetime, account: str | None = None) -> list[Pause]:
        """Take note of an answer to a poll; return the pauses it ends: those older than it."""
        ended = [
            pause
            for bucket in {None, account}
            if (pause := self.pauses.get(bucket)) and pause.at < asked_at
        ]
        for pause in ended:
            del self.pauses[pause.bucket]
        return ended

    def ticked(self, failed: Sequence[Poll], answered: int, now: datetime) -> None:
        """Take note of a whole tick: after too many in which nothing answered, polls pause."""
        if answered:
            self.bad_ticks = 0
        unpaused = [poll for poll in failed if poll.outcome not in _PAUSING]
        if not answered and unpaused:
            self.bad_ticks += 1
            self._pause_after(unpaused[0], now)
        if not failed:
            self.recovered()

    def recovered(self) -> None:
        """Say that the platform answers again, unless polls have not shown it yet."""
        if self.is_troubled and not self.bad_ticks and not self.is_on_probation:
            logger.info("%s answers again", self.platform)
            self.is_troubled = False

    def _pause_after(self, poll: Poll, now: datetime) -> None:
        doublings = self.bad_ticks - BAD_TICKS_UNTIL_PAUSE
        if doublings < 0:
            return
        # Longer than the longest there is no need to double.
        wait = min(FIRST_PROBE * 2 ** min(doublings, 10), LONGEST_PROBE)
        self._put(
            Pause(
                platform=self.platform,
                bucket=None,
                reason=GapReason(poll.outcome),
                until=now + wait,
                detail=poll.error or "",
                at=now,
            )
        )

    def _put(self, pause: Pause) -> None:
        known = self.pauses.get(pause.bucket)
        if known is None or known.reason is not pause.reason:
            until = pause.until.isoformat(timespec="seconds") if pause.until else "told"
            logger.warning("%s is not asked until %s: %s", self.platform, until, pause.detail)
        self.pauses[pause.bucket] = pause


#: What asks for its own pause, told by the platform or the ledger.
_PAUSING = frozenset({GapReason.AUTH, GapReason.QUOTA, GapReason.RATE_LIMITED})


def _pause_for(
    error: PlatformError, now: datetime, resets_at: datetime | None, account: str | None
) -> Pause | None:
    bucket: str | None = None
    match error:
        case AuthFailed():
            bucket, until, reason = account, now + AUTH_PROBE, GapReason.AUTH
        case QuotaExceeded():
            bucket, until, reason = error.bucket, error.until or resets_at, GapReason.QUOTA
        case RateLimited():
            wait = timedelta(seconds=error.retry_after_seconds)
            bucket, until, reason = error.bucket, now + wait, GapReason.RATE_LIMITED
        case _:
            return None
    return Pause(
        platform=error.platform,
        bucket=bucket,
        reason=reason,
        until=until,
        detail=error.detail,
        at=now,
    )
