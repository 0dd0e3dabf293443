"""What a count means, and since when."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.definitions import in_force, load, named, refresh_seconds
from storage.model import Kind, Metric
from storage.store.frames import UTC_TIME

CHANGED = datetime(2026, 8, 24, tzinfo=UTC)
PLATFORMS = sorted({one.platform for one in load()})


@pytest.mark.parametrize(
    ("platform", "source", "day", "key"),
    [
        ("youtube", "videos", datetime(2026, 8, 23, 23, 59, tzinfo=UTC), "youtube@2005-04-23"),
        ("youtube", "videos", datetime(2026, 8, 24, tzinfo=UTC), "youtube@2026-08-24"),
        ("youtube", "videos:batchGetStats", datetime(2026, 9, 1, tzinfo=UTC), "youtube@2026-08-24"),
        ("youtube", "rss", datetime(2026, 8, 23, tzinfo=UTC), "youtube.rss@2005-04-23"),
        ("youtube", "rss", datetime(2026, 9, 1, tzinfo=UTC), "youtube.rss@2026-08-24"),
        ("icecast", "status-json", datetime(2026, 5, 17, tzinfo=UTC), "icecast@2.4"),
        ("x", "tweets", datetime(2026, 5, 17, tzinfo=UTC), "x@2"),
        ("x", "broadcasts", datetime(2026, 5, 17, tzinfo=UTC), "x.broadcasts@2"),
        ("tiktok", "video/query", datetime(2026, 5, 17, tzinfo=UTC), "tiktok@2"),
        ("linkedin", "socialMetadata", datetime(2026, 5, 17, tzinfo=UTC), "linkedin@2026"),
        ("elsewhere", "videos", datetime(2026, 5, 17, tzinfo=UTC), None),
    ],
)
def test_the_narrowest_and_newest_definition_is_in_force(platform, source, day, key):
    row = pl.DataFrame({"platform": [platform], "source": [source], "observed_at": [day]})
    assert row.select(in_force(load())).item() == key


sources = st.sampled_from([*(name for one in load() for name in one.sources), "videos"])
instants = st.integers(-400 * 24, 400 * 24).map(lambda hours: CHANGED + timedelta(hours=hours))


@given(st.lists(st.tuples(st.sampled_from([*PLATFORMS, "elsewhere"]), sources, instants)))
@settings(deadline=None)
def test_a_tick_is_named_as_each_of_its_rows_would_be(rows):
    names = {"platform": pl.String(), "source": pl.String(), "observed_at": UTC_TIME}
    frame = pl.DataFrame(rows, schema=names, orient="row")
    assert named(load(), frame).to_list() == frame.select(in_force(load())).to_series().to_list()


def test_every_count_says_what_it_counts_and_where_that_is_said():
    for definition in load():
        assert definition.meanings
        for meaning in definition.meanings:
            assert meaning.counts
            assert meaning.source.startswith("https://")
            gauge = meaning.metric is Metric.CONCURRENT_VIEWERS
            assert meaning.kind is (Kind.GAUGE if gauge else Kind.COUNTER)


def test_a_repeated_key_is_refused(tmp_path):
    entry = '[[definition]]\nkey = "x@1"\nplatform = "x"\nsources = []\nmetrics = {}\n'
    (tmp_path / "twice.toml").write_text(entry * 2)
    with pytest.raises(ValueError, match="repeats"):
        load(tmp_path / "twice.toml")


def test_the_quickest_source_tells_how_often_a_count_is_renewed():
    assert refresh_seconds(load(), "youtube", Metric.VIEWS) == 300
    assert refresh_seconds(load(), "icecast", Metric.CONCURRENT_VIEWERS) == 1
    assert refresh_seconds(load(), "icecast", Metric.VIEWS) is None
