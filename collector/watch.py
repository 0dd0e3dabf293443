"""Knows which sources are paused and says so once: on the way down and on recovery."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from collector.errors import AuthFailed, PlatformError, QuotaExceeded, RateLimited
from storage.model import GapReason, Pause

logger = logging.getLogger(__name__)

#: A refused credential is tried again this rarely: a person has to act.
AUTH_PROBE = timedelta(hours=1)
#: Failures in a row lengthen the interval up to this many times.
LONGEST_BACKOFF = 15


class Watch:
    """The condition of one platform, in memory; pauses are saved by whoever asks for them."""

    def __init__(self, platform: str, pauses: Iterable[Pause]) -> None:
        self.platform = platform
        self.failures = 0  # in a row, of those that no pause answers
        self.is_troubled = False
        self.pauses = {pause.bucket: pause for pause in pauses if pause.platform == platform}

    def paused(self, now: datetime, bucket: str | None = None) -> Pause | None:
        """Return the pause in force of ``bucket``, or of the whole platform."""
        pause = self.pauses.get(bucket)
        return pause if pause and (pause.until is None or now < pause.until) else None

    def backoff(self) -> int:
        """Return by how much the interval is lengthened after failures in a row."""
        return min(2 ** max(self.failures - 1, 0), LONGEST_BACKOFF)

    def failed(
        self, error: PlatformError, now: datetime, resets_at: datetime | None
    ) -> Pause | None:
        """Take note of a failure; return the pause it asks for."""
        if not self.is_troubled:
            logger.warning("%s is failing: %s", self.platform, error.detail)
        self.is_troubled = True
        pause = _pause_for(error, now, resets_at)
        if pause is None:
            self.failures += 1
        else:
            known = self.pauses.get(pause.bucket)
            if known is None or known.reason is not pause.reason:
                until = pause.until.isoformat(timespec="seconds") if pause.until else "told"
                logger.warning("%s is not asked until %s: %s", self.platform, until, error.detail)
            self.pauses[pause.bucket] = pause
        return pause

    def succeeded(self) -> list[Pause]:
        """Take note of an answer; return the pauses of the platform that it ends."""
        if self.is_troubled:
            logger.info("%s answers again", self.platform)
        self.failures, self.is_troubled = 0, False
        ended = self.pauses.pop(None, None)
        return [ended] if ended else []


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
