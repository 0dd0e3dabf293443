"""Says how a source fares from what is known of it: pure, one answer for logs, pages and scripts."""

from storage.model import GapReason, Pause, SourceState

#: What is due and has not been asked for this long is late: a tick is never longer than a minute.
LATE_AFTER_SECONDS = 90.0

_OF_PAUSE = {
    GapReason.AUTH: SourceState.NEEDS_LOGIN,
    GapReason.QUOTA: SourceState.PAUSED,
    GapReason.RATE_LIMITED: SourceState.RATE_LIMITED,
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
