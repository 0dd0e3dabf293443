"""What owners' figures count: every one that is read has a definition in force."""

from datetime import UTC, datetime, time, timedelta

import polars as pl
import pytest

from storage.definitions import OWNER_FIGURES, in_force
from storage.imports.formats.layout import LAYOUTS
from storage.model import Kind, Metric, OwnerMetric

GAUGES = {
    Metric.CONCURRENT_VIEWERS,
    OwnerMetric.PEAK_CONCURRENT_VIEWERS,
    OwnerMetric.AVERAGE_CONCURRENT_VIEWERS,
}


def key(platform, source, at):
    row = pl.DataFrame({"platform": [platform], "source": [source], "observed_at": [at]})
    return row.select(in_force(list(OWNER_FIGURES.values()))).item()


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_count_that_is_read_is_defined(layout):
    for at in (datetime(2025, 5, 17, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)):
        found = OWNER_FIGURES[key(layout.platform, layout.source, at)]
        defined = {meaning.metric for meaning in found.meanings}
        assert set(layout.counts) <= defined


def test_youtubes_change_of_views_is_the_owners_too():
    before, after = (datetime(2026, 8, day, tzinfo=UTC) for day in (23, 24))
    assert key("youtube", "studio", before) == "youtube.studio@2005-04-23"
    assert key("youtube", "studio", after) == "youtube.studio@2026-08-24"


def test_every_count_says_what_it_counts_and_where_that_is_said():
    for definition in OWNER_FIGURES.values():
        for meaning in definition.meanings:
            assert meaning.counts
            assert meaning.source.startswith("https://")
            assert (meaning.kind is Kind.GAUGE) == (meaning.metric in GAUGES)


def test_every_definition_says_since_when_and_what_was_counted_before_does_not_bear_it():
    for definition in OWNER_FIGURES.values():
        assert definition.since is not None
        before = datetime.combine(definition.since, time(), UTC) - timedelta(seconds=1)
        for source in definition.sources:
            assert key(definition.platform, source, before) != definition.key
    for platform in ("facebook", "instagram"):
        in_may = datetime(2023, 5, 17, tzinfo=UTC)
        assert key(platform, "business_suite", in_may) != f"{platform}.business_suite@2024-11"
