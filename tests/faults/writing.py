"""A writer in a process of its own: records ticks, and says of each when it is kept.

``python -m tests.faults.writing DATABASE TICKS`` writes a line ``kept N`` or ``refused N`` a tick.
"""

import sys
from contextlib import closing
from pathlib import Path

from storage.errors import StoreUnwritable
from tests.builders import broadcast
from tests.storage.sights import opened, poll, seen, tick, told

KEYS = [f"youtube:V{number}" for number in range(50)]


def main(path: Path, ticks: int) -> None:
    with closing(opened(path)) as store:
        store.record(told(*(broadcast(key.partition(":")[2]) for key in KEYS)))
        first = store.next_poll_id()
        print("open", flush=True)  # noqa: T201 - this is how it speaks
        for number in range(first, first + ticks):
            counts = (seen(key, number, number * 7) for key in KEYS)
            try:
                store.record(tick(*counts, polls=[poll(number, number)]))
            except StoreUnwritable:
                print("refused", number, flush=True)  # noqa: T201 - as above
            else:
                print("kept", number, flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
