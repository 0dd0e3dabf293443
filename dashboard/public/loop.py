"""The loop that publishes again and again while it serves what it published."""

import logging
import signal
import socket
import threading
from collections.abc import Callable
from datetime import datetime
from types import FrameType
from urllib.parse import urlsplit

import uvicorn

from dashboard.public.publisher import PagePublisher, Public
from dashboard.public.server import server
from storage.errors import LiveTallyError
from storage.processes import stop_signals

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
    stopped, serving = threading.Event(), _serve(public) if public.port else None

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in stop_signals():
        signal.signal(number, stop)
    publisher, failing = PagePublisher(public, now=now), False
    while not stopped.is_set():
        try:
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
        serving.should_exit = True


def _serve(public: Public) -> uvicorn.Server:
    """Serve in a thread, on a socket that is ours before it starts."""
    listening = socket.create_server(("127.0.0.1", public.port))
    named = urlsplit(public.url).hostname
    pages = server(public.folder, embed=public.embed, hosts=(named,) if named else ())
    threading.Thread(target=pages.run, args=([listening],), name="public", daemon=True).start()
    return pages
