"""The loop that publishes again and again while it serves what it published."""

import logging
import signal
import socket
import threading
from collections.abc import Callable
from datetime import datetime
from types import FrameType
from urllib.parse import urlsplit

from dashboard.public.publisher import PagePublisher, Public
from dashboard.public.server import server
from storage.errors import LiveTallyError
from storage.system.panics import panics_as_errors
from storage.system.processes import stop_signals

logger = logging.getLogger(__name__)


def watch(
    public: Public, *, now: Callable[[], datetime], report: Callable[[list[str]], None]
) -> None:
    """Publish every few seconds, and serve, until SIGTERM or Ctrl-C.

    ``report`` gets the changed files of each publication. What hinders one, a full disk or a fault
    of ours, is logged once and tried again: whoever counts must not stop for it.

    Raises:
        OSError: the port cannot be had.
    """
    stopped, serving = threading.Event(), ServingThread(public) if public.port else None

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in stop_signals():
        signal.signal(number, stop)
    publisher, failing = PagePublisher(public, now=now), False
    while not stopped.is_set():
        try:
            if serving is not None:
                serving.keep_alive()
            with panics_as_errors():
                report(publisher.publish())
        except Exception as error:  # whatever it is: whoever counts must not stop for it
            if not failing:
                fault = not isinstance(error, LiveTallyError)  # a full disk needs no traceback
                logger.error("the public pages cannot be written: %s", error, exc_info=fault)  # noqa: TRY400 - see above
            failing = True
        else:
            if failing:
                logger.warning("the public pages are written again")
            failing = False
        stopped.wait(public.every_seconds)
    if serving is not None:
        serving.pages.should_exit = True


class ServingThread:
    """Serves in a thread, on a socket that is ours before it starts."""

    def __init__(self, public: Public) -> None:
        self._public = public
        self._start()

    def keep_alive(self) -> None:
        """Start the thread again if it has died."""
        if self._thread.is_alive():
            return
        logger.error("the thread that serves the public pages has died; starting it again")
        try:
            self._start()
        except OSError as error:  # the pages are written all the same
            logger.error("the public pages cannot be served: %s", error)  # noqa: TRY400 - no traceback

    def _start(self) -> None:
        listening = socket.create_server(("127.0.0.1", self._public.port))
        named = urlsplit(self._public.url).hostname
        hosts = (named,) if named else ()
        self.pages = server(self._public.folder, embed=self._public.embed, hosts=hosts)
        self._thread = threading.Thread(
            target=self.pages.run, args=([listening],), name="public", daemon=True
        )
        self._thread.start()
