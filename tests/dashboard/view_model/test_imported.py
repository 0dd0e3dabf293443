"""Pages of an edition that another program measured: as any other's, and marked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.components import banners
from dashboard.components.broadcasts import csv, listing
from dashboard.components.editions import edition_names
from dashboard.components.links import Links
from dashboard.i18n.words import LANGUAGES, words
from dashboard.public.live import live
from dashboard.view_model.broadcasts import Order, list_broadcasts
from dashboard.view_model.edition_viewers import (
    tells_viewers_alone,
    viewers_by_hour,
    viewers_by_step,
)
from dashboard.view_model.refresher import Refresher
from storage.analysis.sight import EditionPhase
from storage.read_model.publisher import Publisher
from storage.store import Store
from tests.support.import_files import AS_OF, EDITION, Place, opening, store_in
from tests.support.imported_series import MINUTE, NOON, bring, viewers
from tests.support.ticks import seen, tick, told

LATER = AS_OF + timedelta(days=900)


@pytest.fixture
def place(tmp_path):
    store_in(tmp_path).close()
    return Place(tmp_path / "livetally.duckdb", tmp_path / "published")


def shown(place):
    producer = Refresher(place.read_model, refresh_seconds=3600, now=lambda: LATER)
    producer.refresh()
    assert producer.current.failed_since is None
    assert producer.current.model is not None
    return producer.current.model


def shown_edition(place):
    model = shown(place)
    edition = model.edition(EDITION)
    assert edition is not None
    return model, edition


def measure(place):
    """Let the collector measure the opening after all."""
    store = Store.reopen(place.database, now=lambda: AS_OF)
    store.record(told(opening()))
    store.record(tick(replace(seen("youtube:opening2025", 0, 100), observed_at=NOON)))
    Publisher(store, place.read_model, now=lambda: LATER, version="test").publish([])
    store.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_imported_edition_is_drawn_listed_and_marked_everywhere(place, language):
    bring(place, viewers(120.0, 180.0, 240.0, 200.0))
    say, (model, edition) = words(language), shown_edition(place)
    assert edition.is_imported
    assert edition.beside is None
    assert edition.curves.viewers["concurrent_viewers"].to_list() == [120, 180, 240, 200]
    for file in ("streamstats", "series.csv"):
        assert file in banners.imported_banner(edition, say)
        assert file in banners.imported_source(edition, say)
    assert edition_names(edition, say) != edition.names.en
    mark = say.say("imported.row")
    [row] = list_broadcasts(model.tables, edition)
    assert row.peak == 240
    page = listing([row], edition, say, LATER, dark=False, links=Links(query={}), order=Order.VIEWS)
    assert f"<b>{mark}</b>" in page
    assert b"not measured by LiveTally" in csv([row], EDITION, simulated=False)
    told_live = live(edition, EditionPhase.FINAL, published_at=LATER, simulated=False, page="1")
    assert b'"imported":true' in told_live


def test_beside_what_was_measured_it_is_drawn_apart_and_is_in_no_figure(place):
    measure(place)
    bring(place, viewers(120.0, 180.0, 240.0, 200.0))
    _, edition = shown_edition(place)
    assert not edition.is_imported
    assert edition.total.views == 100
    assert edition.platforms == ["youtube"]
    assert edition.beside.platforms == ["twitch"]
    assert banners.imported_banner(edition, words("en")) == ""
    assert "series.csv" in banners.imported_beside(edition, words("en"))


def test_once_an_edition_is_measured_its_imported_history_steps_aside(place):
    bring(place, viewers(120.0, 180.0))
    assert shown_edition(place)[1].is_imported
    measure(place)
    _, edition = shown_edition(place)
    assert not edition.is_imported
    assert edition.total.views == 100


def test_health_knows_nothing_of_what_was_imported(place):
    bring(place, viewers(1.0, 1.0, 1.0, None, None, None, None, 2.0))
    model, edition = shown_edition(place)
    assert model.sources == ()
    assert model.gaps.is_empty()
    assert not edition.gaps.is_empty()


def test_viewers_alone_are_drawn_by_quarters_of_an_hour_since_the_opening(place):
    bring(place, viewers(*([60.0] * 15), *([90.0] * 15), broadcast="a"))
    more = viewers(*([5.0] * 15), broadcast="b", platform="kick")
    bring(place, more, name="more.csv")
    _, edition = shown_edition(place)
    assert tells_viewers_alone(edition)
    steps = viewers_by_step(edition).rows()
    assert steps == [(NOON, 65), (NOON + 15 * MINUTE, 90)]
    hour = (NOON - edition.starts_at).total_seconds() // 3600
    assert viewers_by_hour([edition]).rows() == [(EDITION, hour, 78)]
