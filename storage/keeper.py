"""The right to keep what works on a database running: one `livetally up` at a time."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.database.lock import WriterLock
from storage.errors import LiveTallyError, StoreLocked, StoreUnwritable

#: How long what a killed `up` has left behind may take to end.
_LEFTOVERS_SECONDS = 15.0
_SERVICES = "livetally-collector livetally-dashboard livetally-public"


class AlreadyRunning(LiveTallyError):
    """LiveTally, or a part of it, works on this database already; the text names all that runs."""

    def __init__(
        self, *, keeper: StoreLocked | None, writer: StoreLocked | None, pages: Sequence[str]
    ) -> None:
        processes = {"`livetally up`": keeper, "collector": writer}
        running = [
            f"{name} (process {held.pid or 'unknown'})" for name, held in processes.items() if held
        ]
        super().__init__(f"LiveTally runs here already: {', '.join([*running, *pages])}")
        if keeper:
            self.remedy = (
                f"Ctrl-C where it was started, or `kill {keeper.pid or 'PID'}`, ends all of it"
            )
        elif writer:
            self.remedy = (
                f"end the collector with Ctrl-C where it was started, or `kill {writer.pid or 'PID'}`, "
                f"and what serves pages likewise; services with `systemctl stop {_SERVICES}`"
            )


@contextmanager
def kept_running_once(database: Path, pages: Callable[[], Sequence[str]]) -> Generator[None]:
    """Hold the right while the block runs; ``pages`` names the pages that are served already.

    Raises:
        AlreadyRunning: somebody else has it, or a collector goes on that a killed one did not leave.
    """
    keeper = own = None
    with suppress(StoreUnwritable):  # the collector will say so, and is tried again
        try:
            own = WriterLock(database.with_name(f"{database.name}.up"))
        except StoreLocked as other:
            keeper = other
    try:
        deadline = time.monotonic() + (0 if keeper else _LEFTOVERS_SECONDS)
        while (writer := _writer_of(database)) and time.monotonic() < deadline:
            time.sleep(0.2)
        if keeper or writer:
            raise AlreadyRunning(keeper=keeper, writer=writer, pages=pages())
        yield
    finally:
        if own:
            own.release()


def _writer_of(database: Path) -> StoreLocked | None:
    with suppress(StoreUnwritable):
        try:
            WriterLock(database).release()
        except StoreLocked as other:
            return other
    return None
