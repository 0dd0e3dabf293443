"""Stores in the states that tests start from, on real files, and a clock that is moved by hand."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from storage.model import Tick
from storage.store import Store
from tests.support.builders import NOON, broadcast, edition, programme


class Clock:
    """Noon, until it is moved."""

    def __init__(self) -> None:
        self._now = NOON

    def __call__(self) -> datetime:
        return self._now

    def forward(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store may be opened; its folder is not there yet."""
    return tmp_path / "data" / "livetally.duckdb"


@pytest.fixture
def empty_store(path: Path, clock: Clock) -> Iterator[Store]:
    """A store that knows the programme, and of no broadcast."""
    opened = Store.open(path, now=clock, simulated=True)
    opened.event.save_programme(programme(), [edition()])
    yield opened
    opened.close()


@pytest.fixture
def store(empty_store: Store) -> Store:
    """A store that was told of broadcasts A, B and C, and has seen nothing."""
    empty_store.record(Tick(at=NOON, broadcasts=tuple(broadcast(name) for name in "ABC")))
    return empty_store
