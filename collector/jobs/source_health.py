"""Health of a platform's sources: which are paused, logged once on the way down and on recovery."""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus

from collector.contract.errors import (
    AccessDenied,
    AuthFailed,
    CredentialMissing,
    PlatformError,
    QuotaExceeded,
    RateLimited,
    Rejected,
)
from storage.model import GapReason, Pause, Poll, SourceState

logger = logging.getLogger(__name__)

#: What was refused is tried again this rarely: a person has to act.
AUTH_PROBE = timedelta(hours=1)
#: What waits for a person is over once what was refused is not what is configured any more.
UNTIL_MENDED = frozenset({GapReason.AUTH, GapReason.REJECTED})
#: After so many ticks in a row in which nothing answered, one poll at a time tries again.
BAD_TICKS_UNTIL_PAUSE = 5
FIRST_PROBE = timedelta(minutes=1)
LONGEST_PROBE = timedelta(minutes=15)
#: How a platform says that it does not know an account; 200: its answer is without it.
NOT_THERE = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

#: What is due and has not been asked for this long is late: a tick is never longer than a minute.
LATE_AFTER_SECONDS = 90.0
#: What asks for its own pause, said by the platform or by the quota meter, or asks nobody.
_ANSWERED_ALREADY = frozenset(
    {GapReason.AUTH, GapReason.NO_CREDENTIAL, GapReason.QUOTA, GapReason.RATE_LIMITED}
)
_OF_PAUSE = {
    GapReason.AUTH: SourceState.NEEDS_LOGIN,
    GapReason.QUOTA: SourceState.PAUSED,
    GapReason.RATE_LIMITED: SourceState.RATE_LIMITED,
}
_SAYS = {
    SourceState.FAILING: "is failing",
    SourceState.LATE: "is late",
    SourceState.NO_CREDENTIAL: "cannot be asked",
    SourceState.NEEDS_LOGIN: "needs a person, its credential is refused",
    SourceState.PAUSED: "is paused",
    SourceState.RATE_LIMITED: "is asked less",
}


def source_state(
    *,
    pause: Pause | None,
    failures: int,
    is_gone: bool,
    overdue_seconds: float,
    lacks_credential: bool = False,
) -> SourceState:
    """Return the state of a platform, or of one bucket of it; what a person must mend comes first.

    Args:
        pause: the one in force, or that of a refused credential which no answer has ended yet.
        failures: in a row, of those that no pause answers.
        is_gone: the platform knows none of its accounts.
        overdue_seconds: how long the poll that is due next has waited; negative before its time.
        lacks_credential: one of its accounts cannot be asked without one.
    """
    if pause is not None and pause.reason is GapReason.AUTH:
        return SourceState.NEEDS_LOGIN
    if lacks_credential:
        return SourceState.NO_CREDENTIAL
    if is_gone:
        return SourceState.GONE
    if pause is not None:
        # Any other was made after failures in a row: the platform asked for none.
        return _OF_PAUSE.get(pause.reason, SourceState.FAILING)
    if failures:
        return SourceState.FAILING
    return SourceState.LATE if overdue_seconds > LATE_AFTER_SECONDS else SourceState.OK


@dataclass(frozen=True, kw_only=True, slots=True)
class Lack:
    """A credential that an account cannot be asked without; ``fingerprint`` is of what there was."""

    detail: str
    fingerprint: str


class SourceHealth:
    """The health of one platform, in memory; pauses are saved by whoever asks for them.

    A pause is of the whole platform (``None``), of a bucket, of one account, or of one of the
    ``servers``, which are by account; what fails is counted for each server apart.
    """

    def __init__(
        self,
        platform: str,
        pauses: Iterable[Pause],
        servers: Mapping[str, str] | None = None,
    ) -> None:
        self.platform = platform
        self.servers = dict(servers or {})
        self.bad_ticks = Counter[str | None]()  # in a row
        self.failures = Counter[
            str | None
        ]()  # since the last answer, of those that no pause answers
        self.absent: set[str] = set()  # accounts that the platform does not know
        self.lacks: dict[str, Lack] = {}  # by account
        self.pauses = {pause.bucket: pause for pause in pauses if pause.platform == platform}
        self._reported: dict[str | None, SourceState] = {}

    @property
    def is_on_probation(self) -> bool:
        """Tell whether nothing has answered since the platform was paused: one poll has to try."""
        return None in self.pauses

    @property
    def is_troubled(self) -> bool:
        """Tell whether the platform was said to be worse than late, and not yet to be well again."""
        return bool(set(self._reported.values()) - {SourceState.LATE})

    def paused(self, now: datetime, bucket: str | None = None) -> Pause | None:
        """Return the pause in force of ``bucket`` or account, or of the whole platform."""
        pause = self.pauses.get(bucket)
        return pause if pause and (pause.until is None or now < pause.until) else None

    def pause_of(self, account: str, now: datetime) -> Pause | None:
        """Return the pause in force that keeps the account from being asked."""
        pause = self.paused(now) or self.paused(now, account)
        return pause or self.paused(now, self.servers.get(account))

    def pause_to_show(
        self, accounts: Iterable[str], now: datetime
    ) -> tuple[Pause | None, tuple[str, ...]]:
        """Return the pause to show to a person, and which accounts alone it keeps from being asked.

        The platform's comes first; one of all its accounts is as good as the platform's.
        """
        if of_platform := self.paused(now):
            return of_platform, ()
        theirs = {account: self.pause_of(account, now) for account in accounts}
        paused = {account: pause for account, pause in theirs.items() if pause}
        first = next(iter(paused.values()), None)
        return first, () if len(paused) == len(theirs) else tuple(paused)

    def report_pauses(self, now: datetime) -> None:
        """Say which pauses are in force: those that were carried over a restart, or an edit."""
        for bucket, pause in self.pauses.items():
            if self.paused(now, bucket):
                self._report_pause(pause)

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
        shown, _ = self.pause_to_show(accounts, now)
        return source_state(
            pause=refused or shown or self.paused(now, bucket),
            failures=self.failures.total(),
            is_gone=bool(accounts) and self.absent.issuperset(accounts),
            overdue_seconds=overdue_seconds,
            lacks_credential=bool(self.lacks),
        )

    def failed(
        self,
        error: PlatformError,
        now: datetime,
        resets_at: datetime | None,
        *,
        account: str | None = None,
        may_be_absent: bool = True,
        fingerprint: str = "",
    ) -> Pause | None:
        """Take note of a failure; return the pause it asks for.

        ``account`` is the one whose own credential was refused, which pauses that account alone, or
        else the one that was asked about: the platform may not know it, if it ``may_be_absent``.
        """
        if isinstance(error, CredentialMissing):
            self._lack(account or "", Lack(detail=error.detail, fingerprint=fingerprint))
            return None
        server = self.servers.get(account or "")
        pause = _pause_for(error, now, resets_at, account, server)
        if pause is not None:
            pause = replace(pause, fingerprint=fingerprint)
            self._put(pause)
            return pause
        self.failures[server] += 1
        if account and may_be_absent and isinstance(error, Rejected) and error.status in NOT_THERE:
            self.absent.add(account)
        if not {None, server} & self._reported.keys() - self._late():
            self._went_down(server, SourceState.FAILING, error.detail)
        return None

    def succeeded(
        self, asked_at: datetime, *, account: str | None = None, accounts: Iterable[str] = ()
    ) -> list[Pause]:
        """Take note of an answer to a poll; return the pauses it ends.

        Those of the platform and of ``account``, whose token was taken, if they are older than it;
        those of the ``accounts`` that it tells of, and of their server, but for a refused token; and
        those of buckets whose time is over.
        """
        self.absent.discard(account or "")
        for each in (account or "", *accounts):
            self.lacks.pop(each, None)
        servers = {self.servers.get(each) for each in accounts}
        for server in servers or {None}:
            del self.failures[server]
        answered = [
            pause
            for pause in self._older(asked_at, {*accounts, *servers} - {account})
            if pause.reason is not GapReason.AUTH
        ]
        older = [*self._older(asked_at, {None, account}), *(p for p in answered if p.bucket)]
        over = [
            pause
            for bucket, pause in self.pauses.items()
            # What is refused to another account stays so until that account is answered.
            if pause not in older
            and bucket is not None
            and pause.reason not in UNTIL_MENDED
            and not self.paused(asked_at, bucket)
        ]
        return self._end([*older, *over])

    def listed(self, asked_at: datetime, *, account: str, token: str | None) -> list[Pause]:
        """Take note of a list of an account's broadcasts; return the pauses it ends.

        A list may be had another way than counts: it ends no pause of the polls, except that of a
        credential which was taken for it.
        """
        self.absent.discard(account)
        self.lacks.pop(account, None)
        server = self.servers.get(account)
        # Of a server of its own, lists and counts are had from the same place.
        older = self._older(asked_at, {server}) if server else []
        older += self._older(asked_at, {None, token} - {server}) if token else []
        ended = self._end(pause for pause in older if server or pause.reason is GapReason.AUTH)
        self.recovered(server)
        return ended

    def ticked(
        self, failed: Sequence[Poll], answered: int, now: datetime, server: str | None = None
    ) -> None:
        """Take note of a whole tick: after too many in which nothing answered, polls pause.

        Of one ``server``, where each account has its own.
        """
        if answered:
            del self.bad_ticks[server], self.failures[server]
        unpaused = [poll for poll in failed if poll.outcome not in _ANSWERED_ALREADY]
        if not answered and unpaused:
            self.bad_ticks[server] += 1
            self._pause_after(unpaused[0], now, server)
        if not failed:
            self.recovered(server)

    def recovered(self, server: str | None = None) -> None:
        """Say that the platform or the server answers again, unless polls have not shown it yet."""
        if self.bad_ticks[server] or server in self.pauses:
            return
        del self.failures[server]
        if server not in self._late():
            self._came_back(server)

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
            if not self.bad_ticks[pause.bucket]:
                self._came_back(pause.bucket)
        return ended

    def forget(self, pause: Pause) -> None:
        """Drop a pause, whatever it says: what it was made for is not so any more."""
        del self.pauses[pause.bucket]
        self._reported.pop(pause.bucket, None)

    def _lack(self, account: str, lack: Lack) -> None:
        """Note what is missing, and say it once of all the accounts that lack the same."""
        if lack.detail not in (known.detail for known in self.lacks.values()):
            logger.warning("%s %s: %s", account, _SAYS[SourceState.NO_CREDENTIAL], lack.detail)
        self.lacks[account] = lack

    def _name(self, bucket: str | None) -> str:
        if bucket in self.servers.values():
            return f"{self.platform} at {bucket}"
        return bucket or self.platform

    def _late(self) -> set[str | None]:
        return {bucket for bucket, state in self._reported.items() if state is SourceState.LATE}

    def _pause_after(self, poll: Poll, now: datetime, server: str | None) -> None:
        doublings = self.bad_ticks[server] - BAD_TICKS_UNTIL_PAUSE
        if doublings < 0:
            return
        # Longer than the longest there is no need to double.
        wait = min(FIRST_PROBE * 2 ** min(doublings, 10), LONGEST_PROBE)
        self._put(
            Pause(
                platform=self.platform,
                bucket=server,
                reason=GapReason(poll.outcome),
                until=now + wait,
                detail=poll.error or "",
                at=now,
            )
        )

    def _put(self, pause: Pause) -> None:
        self.pauses[pause.bucket] = pause
        self._report_pause(pause)

    def _report_pause(self, pause: Pause) -> None:
        again = f" (asked again at {pause.until:%Y-%m-%d %H:%M:%S} UTC)" if pause.until else ""
        self._went_down(pause.bucket, _state_of_pause(pause), pause.detail + again)

    def _went_down(self, bucket: str | None, state: SourceState, detail: str) -> None:
        if self._reported.get(bucket) is not state:
            logger.warning("%s %s: %s", self._name(bucket), _SAYS[state], detail)
        self._reported[bucket] = state

    def _came_back(self, bucket: str | None) -> None:
        if self._reported.pop(bucket, None):
            logger.info("%s answers again", self._name(bucket))


def _state_of_pause(pause: Pause) -> SourceState:
    return source_state(pause=pause, failures=0, is_gone=False, overdue_seconds=0.0)


def _pause_for(
    error: PlatformError,
    now: datetime,
    resets_at: datetime | None,
    account: str | None,
    server: str | None,
) -> Pause | None:
    match error:
        case AuthFailed():
            bucket, until, reason = account, now + AUTH_PROBE, GapReason.AUTH
        case AccessDenied():
            bucket, until, reason = server, now + AUTH_PROBE, error.reason
        case QuotaExceeded():
            bucket, until, reason = error.bucket, error.until or resets_at, GapReason.QUOTA
        case RateLimited():
            wait = timedelta(seconds=error.retry_after_seconds)
            bucket = error.bucket or (account if error.of_account else server)
            until, reason = now + wait, GapReason.RATE_LIMITED
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
