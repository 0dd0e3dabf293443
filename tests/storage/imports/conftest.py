"""The event that figures are brought into."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage.read_model.publisher import Publisher
from tests.support.import_files import AS_OF, Place, opening, store_in
from tests.support.ticks import seen, tick, told

HOUR = timedelta(hours=1)


@pytest.fixture
def place(tmp_path):
    """An event of which the opening was measured until it had 1,200,000 views, and then no more."""
    store = store_in(tmp_path)
    began = datetime(2025, 5, 17, 9, 30, tzinfo=UTC)
    store.record(told(opening()))
    for hour, (views, watching) in enumerate([(100, 9_000), (900_000, 18_000), (1_200_000, None)]):
        one = seen("youtube:opening2025", 0, views, concurrent_viewers=watching)
        store.record(tick(replace(one, observed_at=began + hour * HOUR)))
    Publisher(store, tmp_path / "published", now=lambda: AS_OF, version="test").publish([])
    store.close()
    return Place(tmp_path / "livetally.duckdb", tmp_path / "published")
