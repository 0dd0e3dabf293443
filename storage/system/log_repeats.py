"""Says a repeated log record once, with a count: a fault that recurs must not fill the disk.

The same text is said once a minute, and a warning of one form with ever other values a hundred times.
What was left out is counted, and said when the minute is over, or at the end.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TextIO

WINDOW_SECONDS = 60.0
MOST_OF_ONE_FORM = 100
_MOST_KEYS = 5_000


@dataclass(slots=True)
class _Occurrences:
    """A text, or a form of texts, in its minute; ``record`` is the last that was left out."""

    since: float
    times: int = 0
    left_out: int = 0
    record: logging.LogRecord | None = None


class Repeats:
    """Which records to say; safe to use from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._recent: dict[Hashable, _Occurrences] = {}

    def admit_record(self, record: logging.LogRecord) -> list[logging.LogRecord]:
        """Return what is to be said now: counts that are due, and ``record`` if it is not repeated."""
        cause = record.exc_info[0] if record.exc_info else None
        form = (record.name, record.levelno, str(record.msg))
        with self._lock:
            due = self._counts(self._clock())
            keys: list[tuple[Hashable, int]] = [((*form, record.getMessage(), cause), 1)]
            if record.levelno >= logging.WARNING:
                keys.append((form, MOST_OF_ONE_FORM))
            for key, most in keys:
                occurrences = self._recent.setdefault(key, _Occurrences(since=self._clock()))
                if occurrences.times >= most:
                    occurrences.left_out, occurrences.record = occurrences.left_out + 1, record
                    return due
            for key, _ in keys:
                self._recent[key].times += 1
        return [*due, record]

    def rest(self) -> list[logging.LogRecord]:
        """Return the counts that were not said yet."""
        with self._lock:
            return self._counts(float("inf"))

    def _counts(self, now: float) -> list[logging.LogRecord]:
        """Forget what is older than its minute, or too much; return the counts of what was left out."""
        counts: list[logging.LogRecord] = []
        while self._recent:
            key, occurrences = next(iter(self._recent.items()))  # the oldest
            if now - occurrences.since < WINDOW_SECONDS and len(self._recent) <= _MOST_KEYS:
                break
            del self._recent[key]
            if occurrences.record:
                counts.append(_count_of(occurrences.record, occurrences.left_out))
        return counts


def _count_of(record: logging.LogRecord, times: int) -> logging.LogRecord:
    first = record.getMessage().partition("\n")[0]
    text = f"said {times} more times within a minute: {first}"
    return logging.LogRecord(record.name, record.levelno, record.pathname, record.lineno, text, None, None)  # fmt: skip


class SaidOnceHandler(logging.StreamHandler[TextIO]):
    """Writes to a stream what is not repeated, whichever library logs it."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._repeats = Repeats()

    def handle(self, record: logging.LogRecord) -> bool:
        """Write the record, unless it was said within the minute."""
        written = [
            super(SaidOnceHandler, self).handle(each) for each in self._repeats.admit_record(record)
        ]
        return any(written)

    def close(self) -> None:
        """Say what was left out and not counted yet."""
        for each in self._repeats.rest():
            if not self.stream.closed:
                super().handle(each)
        super().close()


class SaidOnceLogger(logging.Logger):
    """The same for a process whose libraries bring handlers of their own: see ``setLoggerClass``."""

    _repeats = Repeats()

    def handle(self, record: logging.LogRecord) -> None:
        """Pass the record on, unless it was said within the minute."""
        for each in self._repeats.admit_record(record):
            super().handle(each)
