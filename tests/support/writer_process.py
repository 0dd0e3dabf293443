"""A writer in a process of its own: records ticks, and says of each when it is kept.

``python -m tests.support.writer_process DATABASE TICKS`` writes a line ``kept N`` or ``refused N`` a tick.
:func:`writing` starts one from a process that has imported all it needs, for a test of many kills.
"""

import multiprocessing
import signal
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from unittest import mock

from storage.errors import StoreUnwritable
from storage.model import Tick
from storage.store import Store
from tests.support.builders import broadcast
from tests.support.ticks import opened, poll, seen, tick, told

KEYS = [f"youtube:V{number}" for number in range(50)]


Say = Callable[[str, int], None]
_FORKED = multiprocessing.get_context("forkserver")


class Writer:
    """A writer that :func:`writing` started; ``kept`` are the numbers of the ticks it acknowledged."""

    def __init__(self, path: Path, *, checkpoint_every: int) -> None:
        """Start, and wait until the database is open."""
        self._told, tells = _FORKED.Pipe(duplex=False)
        self._process = _FORKED.Process(
            target=_write, args=(path, checkpoint_every, tells), daemon=True
        )
        # A new process runs the main module first: whatever script a test of pages has left there.
        with mock.patch.dict(sys.modules, __main__=ModuleType("__main__")):
            self._process.start()
        tells.close()
        assert self._told.recv() == ("open", 0)

    def kill(self, then: Callable[[], None] = lambda: None) -> list[int]:
        """Kill it; give the numbers of the ticks that it acknowledged.

        ``then`` is called before the kernel has finished what the process was about.
        """
        self._process.kill()
        then()
        self._process.join()
        assert self._process.exitcode == -signal.SIGKILL
        kept: list[int] = []
        with suppress(EOFError):
            while True:
                word, number = self._told.recv()
                kept += [number] if word == "kept" else []
        return kept


def writing(path: Path, *, checkpoint_every: int) -> Writer:
    """Start a writer that brings the log into the file after so many ticks, again and again."""
    _FORKED.set_forkserver_preload([__name__])
    return Writer(path, checkpoint_every=checkpoint_every)


def _write(path: Path, checkpoint_every: int, tells: Connection) -> None:
    main(
        path,
        1_000_000,
        say=lambda word, number: tells.send((word, number)),
        checkpoint_every=checkpoint_every,
    )


def _print(word: str, number: int) -> None:
    print(*([word] if word == "open" else [word, number]), flush=True)  # noqa: T201 - this is how it speaks


def main(path: Path, ticks: int, *, say: Say = _print, checkpoint_every: int = 0) -> None:
    with closing(_opened(path, say)) as store:
        first = store.next_poll_id()
        facts = told(*(broadcast(key.partition(":")[2]) for key in KEYS))
        waiting: list[tuple[int, Tick]] = [(0, facts)]
        say("open", 0)
        for number in range(first, first + ticks):
            counts = (seen(key, number, number * 7) for key in KEYS)
            waiting.append((number, tick(*counts, polls=[poll(number, number)])))
            try:
                while waiting:
                    store.record(waiting[0][1])
                    say("kept", waiting.pop(0)[0])
                if checkpoint_every and not number % checkpoint_every:
                    store.checkpoint()
            except StoreUnwritable:
                say("refused", number)


def _opened(path: Path, say: Say) -> Store:
    """Open it, however often the disk refuses; a test that waits for it has a time limit."""
    while True:
        try:
            return opened(path)
        except StoreUnwritable:
            say("refused", 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
