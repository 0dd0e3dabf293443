"""Knows which sources are paused and says so once: on the way down and on recovery."""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from http import HTTPStatus

from collector.condition import state_of
from collector.errors import AuthFailed, PlatformError, QuotaExceeded, RateLimited, Rejected
from storage.model import GapReason, Pause, SourceState

logger = logging.getLogger(__name__)

#: A refused credential is tried again this rarely: a person has to act.
AUTH_PROBE = timedelta(hours=1)
#: Failures in a row lengthen the interval up to this many times.
LONGEST_BACKOFF = 15
#: How a platform says that it does not know an account; 200: its answer is without it.
NOT_THERE = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

_SAYS = {
    SourceState.FAILING: "is failing",
    SourceState.LATE: "is late",
    SourceState.NEEDS_LOGIN: "needs a person to log in",
    SourceState.PAUSED: "is paused",
    SourceState.RATE_LIMITED: "is asked less",
}


class Watch:
    """The condition of one platform, in memory; pauses are saved by whoever asks for them."""

    def __init__(self, platform: str, pauses: Iterable[Pause]) -> None:
        self.platform = platform
        self.failures = 0  # in a row, of those that no pause answers
        self.absent: set[str] = set()  # accounts that the platform does not know
        self.pauses = {pause.bucket: pause for pause in pauses if pause.platform == platform}
        self._told = {bucket: _state_of_pause(one) for bucket, one in self.pauses.items()}

    def paused(self, now: datetime, bucket: str | None = None) -> Pause | None:
        """Return the pause in force of ``bucket``, or of the whole platform."""
        pause = self.pauses.get(bucket)
        return pause if pause and (pause.until is None or now < pause.until) else None

    def backoff(self) -> int:
        """Return by how much the interval is lengthened after failures in a row."""
        return min(2 ** max(self.failures - 1, 0), LONGEST_BACKOFF)

    def state(
        self,
        now: datetime,
        *,
        accounts: Collection[str],
        overdue_seconds: float,
        bucket: str | None = None,
    ) -> SourceState:
        """Return how the platform fares, or ``bucket`` of it."""
        unanswered = self.pauses.get(None)
        refused = unanswered if unanswered and unanswered.reason is GapReason.AUTH else None
        return state_of(
            pause=refused or self.paused(now) or self.paused(now, bucket),
            failures=self.failures,
            is_gone=bool(accounts) and self.absent.issuperset(accounts),
            overdue_seconds=overdue_seconds,
        )

    def failed(
        self,
        error: PlatformError,
        now: datetime,
        resets_at: datetime | None,
        *,
        account: str | None = None,
    ) -> Pause | None:
        """Take note of a failure; return the pause it asks for.

        ``account`` is the one that was asked about; the platform may not know it.
        """
        pause = _pause_for(error, now, resets_at)
        if pause is None:
            self.failures += 1
            if account and isinstance(error, Rejected) and error.status in NOT_THERE:
                self.absent.add(account)
            self._went_down(None, SourceState.FAILING, error.detail)
            return None
        self.pauses[pause.bucket] = pause
        until = f" (until {pause.until:%Y-%m-%d %H:%M:%S} UTC)" if pause.until else ""
        self._went_down(pause.bucket, _state_of_pause(pause), error.detail + until)
        return pause

    def succeeded(self, now: datetime, *, account: str | None = None) -> list[Pause]:
        """Take note of an answer; return the pauses that are over with it."""
        self.absent.discard(account or "")
        self.failures = 0
        over = [one for one in self.pauses if one is None or not self.paused(now, one)]
        for bucket in sorted({None, *over} & self._told.keys(), key=str):
            del self._told[bucket]
            logger.info("%s answers again", bucket or self.platform)
        return [self.pauses.pop(bucket) for bucket in over]

    def noted(self, state: SourceState, overdue_seconds: float) -> bool:
        """Tell once that polls are late, and once that they are not any more; say if it was now."""
        told = self._told.get(None)
        if state is SourceState.LATE and told is None:
            waited = f"what is due has waited for {overdue_seconds:.0f} s"
            self._went_down(None, SourceState.LATE, waited)
            return True
        if told is SourceState.LATE and state is not SourceState.LATE:
            del self._told[None]
            logger.info("%s is on time again", self.platform)
            return True
        return False

    def _went_down(self, bucket: str | None, state: SourceState, detail: str) -> None:
        if self._told.get(bucket) is not state:
            logger.warning("%s %s: %s", bucket or self.platform, _SAYS[state], detail)
        self._told[bucket] = state


def _state_of_pause(pause: Pause) -> SourceState:
    return state_of(pause=pause, failures=0, is_gone=False, overdue_seconds=0.0)


def _pause_for(error: PlatformError, now: datetime, resets_at: datetime | None) -> Pause | None:
    bucket: str | None = None
    match error:
        case AuthFailed():
            until, reason = now + AUTH_PROBE, GapReason.AUTH
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
