"""A panic of a library is an error like others, wherever something promises to go on."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime

import pytest

from collector.recording.writer import Writer
from dashboard.view_model.cache import SingleFlightCache
from storage.store import Store
from storage.system.panics import LibraryPanicked, panics_as_errors
from tests.support.panics import panic_at, spoilt_file


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    return spoilt_file(tmp_path_factory.mktemp("spoilt"))


def test_a_panic_is_no_exception_by_itself(spoilt):
    with pytest.raises(BaseException) as caught:
        panic_at(spoilt)
    assert not isinstance(caught.value, Exception)


def test_a_panic_is_an_error_that_keeps_its_text(spoilt):
    with pytest.raises(LibraryPanicked, match=r"a library panicked: ."), panics_as_errors():
        panic_at(spoilt)
    with pytest.raises(LibraryPanicked):
        panics_as_errors()(panic_at)(spoilt)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, ValueError])
def test_nothing_else_is_changed(kind):
    with pytest.raises(kind), panics_as_errors():
        raise kind


def test_the_store_goes_on_after_a_panic_of_what_reads_it(spoilt, tmp_path):
    store = Store.open(tmp_path / "s.duckdb", now=lambda: datetime.now(UTC), simulated=False)
    with closing(store):
        with pytest.raises(LibraryPanicked), store.reading():
            panic_at(spoilt)
        assert store.verify() == []


def test_the_collector_s_writer_goes_on_after_a_panic(spoilt):
    async def write() -> int:
        writer = Writer()
        with pytest.raises(LibraryPanicked):
            await writer(panic_at, spoilt)
        answered = await writer(lambda: 1)
        writer.close()
        return answered

    assert asyncio.run(write()) == 1


def test_a_viewer_whose_picture_panics_leaves_no_lock_behind(spoilt):
    cache = SingleFlightCache()
    with pytest.raises(LibraryPanicked):
        cache.get_or_build("chart", 1, lambda: panic_at(spoilt))
    assert cache.get_or_build("chart", 1, lambda: "drawn") == "drawn"
