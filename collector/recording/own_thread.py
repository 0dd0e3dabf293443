"""A thread beside the writer's, for work that the event loop, the store and the process's end never wait for."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import ParamSpec, TypeVar, cast

from storage.system.panics import panics_as_errors

#: How long a thread may take to end: the disk may let it hang.
CLOSE_SECONDS = 0.3

P = ParamSpec("P")
T = TypeVar("T")


class OwnThread:
    """Runs one call at a time, in order, also after whoever awaited one has been cancelled."""

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``function`` after all calls before it, and return its result."""
        loop, guarded = asyncio.get_running_loop(), panics_as_errors()(function)
        outcome: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: Exception | None) -> None:
            if outcome.done():
                return  # nobody waits any more
            if error:
                outcome.set_exception(error)
            else:
                outcome.set_result(cast("T", result))

        def call() -> None:
            result, error = None, None
            try:
                result = guarded(*args, **kwargs)
            except Exception as caught:  # noqa: BLE001 - whoever awaits it gets it
                error = caught
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(settle, result, error)

        self._calls.put(call)
        return await outcome

    def close(self) -> None:
        """End the thread after the calls that wait; it is not waited for long."""
        self._calls.put(None)
        self._thread.join(timeout=CLOSE_SECONDS)

    def _run(self) -> None:
        while call := self._calls.get():
            call()
