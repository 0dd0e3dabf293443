"""A writer in a process of its own: records ticks, and says of each when it is kept.

``python -m tests.support.writer_process DATABASE TICKS`` writes a line ``kept N`` or ``refused N`` a tick.
"""

import sys
from contextlib import closing
from pathlib import Path

from storage.errors import StoreUnwritable
from storage.model import Tick
from storage.store import Store
from tests.support.builders import broadcast
from tests.support.ticks import opened, poll, seen, tick, told

KEYS = [f"youtube:V{number}" for number in range(50)]


def main(path: Path, ticks: int) -> None:
    with closing(_opened(path)) as store:
        first = store.next_poll_id()
        facts = told(*(broadcast(key.partition(":")[2]) for key in KEYS))
        waiting: list[tuple[int, Tick]] = [(0, facts)]
        print("open", flush=True)  # noqa: T201 - this is how it speaks
        for number in range(first, first + ticks):
            counts = (seen(key, number, number * 7) for key in KEYS)
            waiting.append((number, tick(*counts, polls=[poll(number, number)])))
            try:
                while waiting:
                    store.record(waiting[0][1])
                    print("kept", waiting.pop(0)[0], flush=True)  # noqa: T201 - as above
            except StoreUnwritable:
                print("refused", number, flush=True)  # noqa: T201 - as above


def _opened(path: Path) -> Store:
    """Open it, however often the disk refuses; a test that waits for it has a time limit."""
    while True:
        try:
            return opened(path)
        except StoreUnwritable:
            print("refused 0", flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
