"""Stores in the states that tests start from, on real files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.store import Store
from tests.storage.sights import opened, told


@pytest.fixture
def empty_store(tmp_path: Path) -> Iterator[Store]:
    store = opened(tmp_path / "store.duckdb")
    yield store
    store.close()


@pytest.fixture
def store(empty_store: Store) -> Store:
    """A store that was told of broadcasts A and B, and has seen nothing."""
    empty_store.record(told())
    return empty_store
