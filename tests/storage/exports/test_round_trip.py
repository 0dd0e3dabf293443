"""What is exported raw and brought in as owners' figures is exported the same."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.model import Snapshot
from storage.read_model.publisher import Publisher
from storage.tables.long_form import LARGEST
from tests.support.builders import account, broadcast, edition, programme
from tests.support.commands import run_storage
from tests.support.export_readers import exported
from tests.support.published_hostile import HOSTILE, Place, published
from tests.support.ticks import at, opened, poll, seen, tick, told

PLATFORMS = ("youtube", "facebook", "x")
LAST_MINUTE = 40
titles = st.sampled_from([*HOSTILE.values()]) | st.text(max_size=20)
count = st.none() | st.integers(min_value=0, max_value=9) | st.integers(0, LARGEST)
sights = st.builds(
    seen,
    st.sampled_from([f"{one}:B{number}" for number, one in enumerate(PLATFORMS)]),
    st.integers(min_value=0, max_value=2 * LAST_MINUTE).map(lambda step: step / 2),
    count,
    concurrent_viewers=count,
    likes=count,
    comments=count,
    shares=count,
)
histories = st.lists(
    sights, min_size=1, max_size=12, unique_by=lambda one: (one.broadcast, one.observed_at)
)


def recorded(folder: Path, titled: Sequence[str], history: Sequence[Snapshot]) -> Place:
    """A published edition of three broadcasts on three platforms, seen as ``history`` says."""
    store = opened(folder / "livetally.duckdb", at=at(-60))
    store.event.save_programme(programme(), [edition(target_views=1_000)])
    store.event.save_accounts([account()])
    facts = zip(PLATFORMS, titled, strict=True)
    store.record(
        told(
            *(broadcast(f"B{n}", platform=one, title=title) for n, (one, title) in enumerate(facts))
        )
    )
    for number, one in enumerate(sorted(history, key=lambda one: one.observed_at), start=1):
        minute = (one.observed_at - at(0)).total_seconds() / 60
        store.record(tick(one, polls=[poll(number, minute)]))
    published_at = at(LAST_MINUTE + 1)
    Publisher(store, folder / "published", now=lambda: published_at, version="test").publish([])
    store.close()
    return Place(folder / "livetally.duckdb", folder / "published")


def brought_in(place: Place, *files: Path):
    done = run_storage(place, "import", *files)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_export_import_export_is_identical(place, tmp_path, form):
    assert_identical(place, tmp_path, form)


@pytest.mark.parametrize("form", ["csv", "parquet"])
@settings(deadline=None, max_examples=5)
@given(titled=st.tuples(titles, titles, titles), history=histories)
def test_so_it_is_whatever_was_seen_and_however_it_was_called(form, titled, history):
    with TemporaryDirectory() as folder:
        place = recorded(Path(folder), titled, history)
        assert_identical(place, Path(folder), form)


def assert_identical(place: Place, folder: Path, form: str) -> None:
    """Bring a raw export into an empty store, what is exported there into another, and compare."""
    first = exported(place, folder, "raw", form)
    files = []
    for name in ("second", "third"):
        beside = folder / name
        beside.mkdir()
        other = published(beside)
        brought_in(other, first if not files else files[-1])
        files.append(exported(other, beside, "reported", form))
    if form == "csv":
        assert files[0].read_bytes() == files[1].read_bytes()
        assert sorted(first.read_bytes().splitlines()) == sorted(files[0].read_bytes().splitlines())
        return
    rows, twice, thrice = (pl.read_parquet(file) for file in (first, *files))
    assert twice.equals(thrice, null_equal=True), "but for when it was published"
    assert twice.equals(rows.sort(rows.columns), null_equal=True)
