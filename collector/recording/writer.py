"""The writer thread: lets the event loop use the store, one call at a time.

DuckDB's commit waits for the disk; in the loop it would delay the stamping of answers.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from storage.system.panics import panics_as_errors

P = ParamSpec("P")
T = TypeVar("T")


class Writer:
    """The one thread that uses the store while the collector runs."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``function`` after all calls before it, and return its result."""
        loop, guarded = asyncio.get_running_loop(), panics_as_errors()(function)
        return await loop.run_in_executor(self._thread, lambda: guarded(*args, **kwargs))

    def close(self) -> None:
        """Finish the calls that wait, then end the thread."""
        self._thread.shutdown(wait=True)
