"""A disk that is full, and has room again while the store is open."""

import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from storage.errors import StoreUnwritable
from storage.store import Store
from tests.support.builders import broadcast
from tests.support.ticks import at, due, known, miss, opened, poll, rows, seen, tick, told

NAMES = [f"V{number:03d}" for number in range(300)]
KEYS = [f"youtube:{name}" for name in NAMES]
TICKS = 150


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Refuse what a full disk would refuse: no file of this process may grow beyond ``size``."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def noisy(minute: int):
    """A tick that does not compress, with something of each kind."""
    chance = random.Random(minute)
    counts = [chance.randrange(10**15) for _ in KEYS]
    return tick(
        *(seen(key, minute, count, likes=count) for key, count in zip(KEYS, counts, strict=True)),
        misses=[miss("youtube:MISSED", minute)],
        dues=[due("youtube:MISSED", minute + 1)],
        polls=[poll(minute, minute)],
    )


@pytest.mark.parametrize(
    ("checkpoint_threshold", "size", "connection_ends"),
    [
        pytest.param("1MB", 3_000_000, True, id="while the log is emptied"),
        pytest.param("1GB", 2_000_000, False, id="while the log grows"),
    ],
)
def test_a_full_disk_costs_only_the_ticks_it_refuses(
    path, checkpoint_threshold, size, connection_ends
):
    store = opened(path)
    store.record(told(*map(broadcast, [*NAMES, "MISSED"])))
    store.quota.spend("youtube.units", at(0).date(), 7)
    with store.reading() as (database, _):
        database.execute(f"SET checkpoint_threshold = '{checkpoint_threshold}'")
        before = database.rows("SELECT current_setting('checkpoint_threshold')").item()
    kept, refused = [], {}
    with files_no_larger_than(size):
        for minute in range(1, TICKS):
            try:
                store.record(noisy(minute))
                kept.append(minute)
            except StoreUnwritable as error:
                refused[minute] = error
    with store.reading() as (database, _):
        threshold = database.rows("SELECT current_setting('checkpoint_threshold')").item()
    assert (threshold != before) is connection_ends, "what is set goes with the connection"
    assert refused
    assert all(str(path) in str(error) for error in refused.values())
    assert sorted(kept) == _minutes(store), "a tick that was refused left nothing"
    assert known(store, "youtube:MISSED")["missed_polls"] == len(kept)

    for minute in refused:
        store.record(noisy(minute))
    assert _minutes(store) == list(range(1, TICKS))
    assert len(rows(store, "SELECT 1 FROM poll")) == TICKS - 1
    assert store.quota.spent("youtube.units", at(0).date()) == 7
    assert store.next_poll_id() == TICKS
    assert store.verify() == []
    before = sorted(store.tracked(), key=str)
    store.close()

    again = opened(path)
    assert sorted(again.tracked(), key=str) == before
    assert again.verify() == []
    again.close()


def test_a_store_that_cannot_be_opened_anew_refuses_until_it_can(path, store: Store, monkeypatch):
    monkeypatch.setattr(store, "_stale", True)
    original = path.rename(path.with_suffix(".away"))
    path.mkdir()
    with pytest.raises(StoreUnwritable):
        store.record(tick(seen("youtube:A", 0, 5)))
    path.rmdir()
    original.rename(path)
    store.record(tick(seen("youtube:A", 0, 5)))
    assert store.verify() == []


def _minutes(store: Store) -> list[int]:
    """The minutes of which every snapshot is there; half a tick fails."""
    found = rows(store, "SELECT observed_at, count(*) AS n FROM snapshot GROUP BY ALL")
    assert {number for _, number in found} == {len(KEYS)}
    return sorted(int((observed_at - at(0)).total_seconds() / 60) for observed_at, _ in found)
