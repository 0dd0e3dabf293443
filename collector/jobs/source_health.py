"""Health of a platform's sources: which are paused, logged once on the way down and on recovery."""

import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from collector.contract.errors import (
    AuthFailed,
    PlatformError,
    QuotaExceeded,
    RateLimited,
    Rejected,
)
from storage.model import GapReason, Pause, Poll, SourceState

logger = logging.getLogger(__name__)

#: A refused credential is tried again this rarely: a person has to act.
AUTH_PROBE = timedelta(hours=1)
#: After so many ticks in a row in which nothing answered, one poll at a time tries again.
BAD_TICKS_UNTIL_PAUSE = 5
FIRST_PROBE = timedelta(minutes=1)
LONGEST_PROBE = timedelta(minutes=15)
#: How a platform says that it does not know an account; 200: its answer is without it.
NOT_THERE = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

#: What is due and has not been asked for this long is late: a tick is never longer than a minute.
LATE_AFTER_SECONDS = 90.0
#: What asks for its own pause, said by the platform or by the quota meter.
_PAUSING = frozenset({GapReason.AUTH, GapReason.QUOTA, GapReason.RATE_LIMITED})
_OF_PAUSE = {
    GapReason.AUTH: SourceState.NEEDS_LOGIN,
    GapReason.QUOTA: SourceState.PAUSED,
    GapReason.RATE_LIMITED: SourceState.RATE_LIMITED,
}
_SAYS = {
    SourceState.FAILING: "is failing",
    SourceState.LATE: "is late",
    SourceState.NEEDS_LOGIN: "needs a person to log in",
    SourceState.PAUSED: "is paused",
    SourceState.RATE_LIMITED: "is asked less",
}


def source_state(
    *, pause: Pause | None, failures: int, is_gone: bool, overdue_seconds: float
) -> SourceState:
    """Return the state of a platform, or of one bucket of it; what a person must mend comes first.

    Args:
        pause: the one in force, or that of a refused credential which no answer has ended yet.
        failures: in a row, of those that no pause answers.
        is_gone: the platform knows none of its accounts.
        overdue_seconds: how long the poll that is due next has waited; negative before its time.
    """
    if pause is not None and pause.reason is GapReason.AUTH:
        return SourceState.NEEDS_LOGIN
    if is_gone:
        return SourceState.GONE
    if pause is not None:
        # Any other was made after failures in a row: the platform asked for none.
        return _OF_PAUSE.get(pause.reason, SourceState.FAILING)
    if failures:
        return SourceState.FAILING
    return SourceState.LATE if overdue_seconds > LATE_AFTER_SECONDS else SourceState.OK


class SourceHealth:
    """The health of one platform, in memory; pauses are saved by whoever asks for them.

    A pause is of the whole platform (``None``), of a bucket, or of one account.
    """

    def __init__(self, platform: str, pauses: Iterable[Pause]) -> None:
        self.platform = platform
        self.bad_ticks = 0  # in a row
        self.failures = 0  # since the last answer, of those that no pause answers
        self.absent: set[str] = set()  # accounts that the platform does not know
        self.pauses = {pause.bucket: pause for pause in pauses if pause.platform == platform}
        self._reported = {bucket: _state_of_pause(pause) for bucket, pause in self.pauses.items()}

    @property
    def is_on_probation(self) -> bool:
        """Tell whether nothing has answered since the platform was paused: one poll has to try."""
        return None in self.pauses

    @property
    def is_troubled(self) -> bool:
        """Tell whether the platform was said to be worse than late, and not yet to be well again."""
        return self._reported.get(None) not in {None, SourceState.LATE}

    def paused(self, now: datetime, bucket: str | None = None) -> Pause | None:
        """Return the pause in force of ``bucket`` or account, or of the whole platform."""
        pause = self.pauses.get(bucket)
        return pause if pause and (pause.until is None or now < pause.until) else None

    def pause_of(self, account: str, now: datetime) -> Pause | None:
        """Return the pause in force that keeps the account from being asked."""
        return self.paused(now) or self.paused(now, account)

    def pause_to_show(self, accounts: Iterable[str], now: datetime) -> Pause | None:
        """Return the pause to show to a person: the platform's, or else an account's."""
        theirs = (self.paused(now, account) for account in accounts)
        return self.paused(now) or next(filter(None, theirs), None)

    def state(
        self,
        now: datetime,
        *,
        accounts: Collection[str],
        overdue_seconds: float,
        bucket: str | None = None,
    ) -> SourceState:
        """Return how the platform fares, or ``bucket`` of it.

        One account's refused credential is the platform's state: a person has to act, though the
        others go on.
        """
        pauses = (self.pauses.get(bucket) for bucket in (None, *accounts))
        refused = next(
            (pause for pause in pauses if pause and pause.reason is GapReason.AUTH), None
        )
        return source_state(
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

        ``account`` is the one whose own credential was refused, which pauses that account alone, or
        else the one that was asked about: the platform may not know it.
        """
        pause = _pause_for(error, now, resets_at, account)
        if pause is not None:
            self._put(pause)
            return pause
        self.failures += 1
        if account and isinstance(error, Rejected) and error.status in NOT_THERE:
            self.absent.add(account)
        if not self.is_troubled:
            self._went_down(None, SourceState.FAILING, error.detail)
        return None

    def succeeded(self, asked_at: datetime, *, account: str | None = None) -> list[Pause]:
        """Take note of an answer to a poll; return the pauses it ends.

        Those of the platform and of ``account`` if they are older than it, and those of buckets whose
        time is over.
        """
        self.absent.discard(account or "")
        self.failures = 0
        older = self._older(asked_at, {None, account})
        over = [
            pause
            for bucket, pause in self.pauses.items()
            # What is refused to another account stays so until that account is answered.
            if bucket not in {None, account}
            and pause.reason is not GapReason.AUTH
            and not self.paused(asked_at, bucket)
        ]
        return self._end([*older, *over])

    def listed(self, asked_at: datetime, *, account: str, token: str | None) -> list[Pause]:
        """Take note of a list of an account's broadcasts; return the pauses it ends.

        A list may be had another way than counts: it ends no pause of the polls, except that of a
        credential which was taken for it.
        """
        self.absent.discard(account)
        older = self._older(asked_at, {None, token}) if token else []
        ended = self._end(pause for pause in older if pause.reason is GapReason.AUTH)
        self.recovered()
        return ended

    def ticked(self, failed: Sequence[Poll], answered: int, now: datetime) -> None:
        """Take note of a whole tick: after too many in which nothing answered, polls pause."""
        if answered:
            self.bad_ticks = self.failures = 0
        unpaused = [poll for poll in failed if poll.outcome not in _PAUSING]
        if not answered and unpaused:
            self.bad_ticks += 1
            self._pause_after(unpaused[0], now)
        if not failed:
            self.recovered()

    def recovered(self) -> None:
        """Say that the platform answers again, unless polls have not shown it yet."""
        if self.bad_ticks or self.is_on_probation:
            return
        self.failures = 0
        if self.is_troubled:
            self._came_back(None)

    def report_lateness(self, state: SourceState, overdue_seconds: float) -> bool:
        """Log once that polls are late, and once that they no longer are; return whether it did."""
        reported = self._reported.get(None)
        if state is SourceState.LATE and reported is None:
            waited = f"what is due has waited for {overdue_seconds:.0f} s"
            self._went_down(None, SourceState.LATE, waited)
            return True
        if reported is SourceState.LATE and state is not SourceState.LATE:
            del self._reported[None]
            logger.info("%s is on time again", self.platform)
            return True
        return False

    def _older(self, asked_at: datetime, buckets: set[str | None]) -> list[Pause]:
        """Return the pauses that an answer ends: one of the same tick may have asked for a pause."""
        pauses = (self.pauses.get(bucket) for bucket in sorted(buckets, key=str))
        return [pause for pause in pauses if pause and pause.at < asked_at]

    def _end(self, pauses: Iterable[Pause]) -> list[Pause]:
        ended = list(pauses)
        for pause in ended:
            del self.pauses[pause.bucket]
            # Of a pause after bad ticks, a whole good tick tells the end: its probe is one poll.
            if pause.reason in _PAUSING:
                self._came_back(pause.bucket)
        return ended

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
        self.pauses[pause.bucket] = pause
        until = f" (until {pause.until:%Y-%m-%d %H:%M:%S} UTC)" if pause.until else ""
        self._went_down(pause.bucket, _state_of_pause(pause), pause.detail + until)

    def _went_down(self, bucket: str | None, state: SourceState, detail: str) -> None:
        if self._reported.get(bucket) is not state:
            logger.warning("%s %s: %s", bucket or self.platform, _SAYS[state], detail)
        self._reported[bucket] = state

    def _came_back(self, bucket: str | None) -> None:
        if self._reported.pop(bucket, None):
            logger.info("%s answers again", bucket or self.platform)


def _state_of_pause(pause: Pause) -> SourceState:
    return source_state(pause=pause, failures=0, is_gone=False, overdue_seconds=0.0)


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
