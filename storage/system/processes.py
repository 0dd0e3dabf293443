"""Processes that are kept running, and that end with whoever started them.

A child's lifeline is its standard input: a pipe whose other end its parent alone holds, and that the
kernel closes when the parent is gone, by whatever signal, on Linux and macOS alike.
"""

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from storage.errors import Exit

logger = logging.getLogger(__name__)

#: Set for a child whose standard input is its lifeline.
LIFELINE = "LIVETALLY_LIFELINE"
#: How long a process has to end in order before it is killed.
STOP_SECONDS = 30.0
#: The longest wait before a start, and how long a child runs before its failures are forgotten.
LONGEST_WAIT_SECONDS = 60.0
#: What no quick restart mends: the configuration, and a disk that refuses to be written.
_UNHURRIED = (Exit.USAGE, Exit.UNWRITABLE)
_LOOK_SECONDS = 0.1


def stop_signals() -> list[signal.Signals]:
    """Return what asks for an orderly end; a closed terminal does, unless ``nohup`` said otherwise."""
    ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    return [signal.SIGTERM, signal.SIGINT, *([] if ignored else [signal.SIGHUP])]


def start_child(
    argv: Sequence[str],
    environment: Mapping[str, str],
    *,
    output: IO[bytes] | int | None = None,
    pass_fds: Collection[int] = (),
    start_new_session: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a process that ends with this one, if it calls :func:`end_with_parent`.

    ``output`` takes what it prints, as of :class:`subprocess.Popen`; None: our own terminal does.
    """
    return subprocess.Popen(  # noqa: S603 - our own commands, no shell
        argv,
        env={**environment, LIFELINE: "stdin"},
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        pass_fds=pass_fds,
        start_new_session=start_new_session,
    )


def end_with_parent() -> None:
    """End this process as SIGTERM does when the one that started it is gone; call it once, early."""
    if os.environ.pop(LIFELINE, None) is not None:
        threading.Thread(target=_end_when_alone, name="lifeline", daemon=True).start()


def _end_when_alone() -> None:
    while os.read(0, 1):  # nobody writes: it returns when the pipe is closed
        pass
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def restart_wait(failures: int, code: int) -> float:
    """Return the seconds until a child that ended ``failures`` times in a row is started again."""
    if code in _UNHURRIED:
        return LONGEST_WAIT_SECONDS
    return min(2.0 ** min(failures - 1, 10), LONGEST_WAIT_SECONDS)


@dataclass(kw_only=True)
class Child:
    """A process that is kept running; the exit codes ``final`` end it, and all others with it.

    They do so until it ``has_worked``: then there is something to show, and the others go on without it.
    ``at_first`` are words of its first command alone: a person's consent to one start. ``on_end`` is
    given each exit code.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    final: Collection[int] = ()
    at_first: Sequence[str] = ()
    has_worked: Callable[[], bool] = lambda: False
    on_end: Callable[[int], None] = lambda _code: None
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    _at: float = 0.0  # when it was started, or is to be

    def keep_running(self) -> int | None:
        """Start it where it is time to; return its exit code when it ended for good."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._at:
                self._start(now)
            return None
        code = self.process.poll()
        if code is None:
            if self.failures and now - self._at >= LONGEST_WAIT_SECONDS:
                logger.info("%s: running again", self.name)
                self.failures = 0
            return None
        self.on_end(code)
        if code in self.final and not self.has_worked():
            return code
        self._wait(now, code, f"ended {_ending(code)}")
        return None

    def _start(self, now: float) -> None:
        try:
            # A group of its own: Ctrl-C reaches the parent alone, which ends all in order.
            argv = [*self.argv, *self.at_first]
            self.process = start_child(argv, self.environment, start_new_session=True)
        except OSError as error:  # no memory or no descriptor at this moment
            self._wait(now, Exit.FAILED, f"cannot be started ({error.strerror})")
        else:
            self._at, self.at_first = now, ()

    def _wait(self, now: float, code: int, what: str) -> None:
        self.process, self.failures = None, self.failures + 1
        self._at = now + restart_wait(self.failures, code)
        if self.failures == 1:
            logger.error("%s: %s; restarting with growing waits, the others go on", self.name, what)


def supervise(children: Sequence[Child]) -> int:
    """Keep the children running until a signal comes, or one ends for good; return the exit code.

    Whichever it is, all are then ended, last one first.
    """
    stopping = threading.Event()
    for number in stop_signals():
        signal.signal(number, lambda _number, _frame: stopping.set())
    code = 0
    while not stopping.is_set() and not code:
        for child in children:
            ended = child.keep_running()
            if ended is not None:
                code = ended
                what = _ending(ended)
                logger.error(
                    "%s: ended %s; a person has to mend that, so all stops", child.name, what
                )
        time.sleep(_LOOK_SECONDS)
    running = [child.process for child in reversed(children) if child.process]
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    return code


def _ending(code: int) -> str:
    return (
        f"with exit code {code}" if code >= 0 else f"by signal {-code} ({signal.strsignal(-code)})"
    )
