"""Raw snapshots deleted on purpose: what stays is sound, and that they went is on record."""

from datetime import timedelta

import polars as pl
import pytest

from storage.model import Status, Tick
from storage.read_model.publisher import Publisher
from storage.read_model.reader import ReadModel
from storage.store import Store
from tests.support.builders import NOON, broadcast, snapshot

DAYS = 40
HORIZON = NOON + timedelta(days=30)
STAYING = ["views", "likes", "peak_concurrent_viewers", "peak_at", "observed_at", "status"]


def tick_of(store, at, counts):
    poll_id = store.next_poll_id()
    shots = tuple((poll_id, snapshot(name, at, **one)) for name, one in counts.items())
    return Tick(at=at, snapshots=shots)


@pytest.fixture
def kept(empty_store, clock):
    """Two broadcasts of YouTube and one of X over forty days: risen, fallen, on and off the air."""
    store = empty_store
    store.record(
        Tick(
            at=NOON,
            broadcasts=(broadcast("A"), broadcast("B"), broadcast("C", platform="x")),
        )
    )
    for hour in range(0, DAYS * 24, 6):
        at = NOON + timedelta(hours=hour)
        is_on = hour % 240 < 48
        seen = {
            "status": Status.LIVE if is_on else Status.ENDED,
            "views": 1_000 + 10 * hour - (400 if hour % 96 == 0 else 0),
            "concurrent_viewers": 500 - hour if is_on and hour < 48 else None,
            "likes": hour if hour < 100 else None,
        }
        # B was deleted early: all of it is older than the horizon.
        names = ["youtube:A", "x:C"] + ["youtube:B"] * (hour <= 200)
        store.record(tick_of(store, at, dict.fromkeys(names, seen)))
        clock.forward(6 * 3600)
    return store


@pytest.fixture
def model(kept, tmp_path, clock):
    publisher = Publisher(kept, tmp_path / "published", now=clock, version="test")
    publisher.publish([])
    return publisher, ReadModel(tmp_path / "published")


def raw(store, platform):
    with store.reading() as (database, _):
        rows = database.rows("SELECT * FROM snapshot ORDER BY broadcast, observed_at")
    return rows.filter(pl.col("broadcast").str.starts_with(f"{platform}:"))


def test_totals_peaks_and_segments_stay_and_the_database_is_sound(kept, model):
    publisher, published = model
    before = published.open()
    gone = kept.purge("youtube", before=HORIZON, at=NOON + timedelta(days=DAYS))
    assert gone > 100
    assert kept.verify() == []
    publisher.publish([])
    after = published.open()
    assert (
        after.state()
        .select("broadcast", *STAYING)
        .equals(before.state().select("broadcast", *STAYING))
    )
    assert after.segments().equals(before.segments())
    for edition in before.editions()["edition"]:
        told = after.edition_minutes(edition).group_by("platform").agg(pl.col("views_delta").sum())
        state = after.state().filter(pl.col("edition") == edition)
        views = state.group_by("platform").agg(pl.col("views").sum())
        assert dict(told.iter_rows()) == dict(views.iter_rows())


def test_only_that_platform_and_only_what_is_older_goes(kept, model):
    publisher, published = model
    others, recent = raw(kept, "x"), raw(kept, "youtube").filter(pl.col("observed_at") >= HORIZON)
    kept.purge("youtube", before=HORIZON, at=NOON + timedelta(days=DAYS))
    assert raw(kept, "x").equals(others)
    left = raw(kept, "youtube")
    assert left.filter(pl.col("observed_at") >= HORIZON).equals(recent)
    old = left.filter(pl.col("observed_at") < HORIZON)
    assert 0 < old.height < 40, "a few of each broadcast"
    publisher.publish([])
    minutes = published.open().broadcast_minutes(["youtube:A"])
    assert minutes.filter(pl.col("minute") < HORIZON).height < 20, "the published days went too"


def test_it_is_on_record_and_done_once(kept, tmp_path, clock):
    at = NOON + timedelta(days=DAYS)
    gone = kept.purge("youtube", before=HORIZON, at=at)
    assert kept.purge("youtube", before=HORIZON, at=at) == 0
    with kept.reading() as (database, _):
        [row] = database.rows("SELECT * EXCLUDE tick FROM purge").to_dicts()
    assert row == {
        "platform": "youtube",
        "before": HORIZON,
        "purged_at": at,
        "snapshots": gone,
        "broadcasts": 2,
    }


def test_what_was_purged_is_purged_after_a_restart_and_collecting_goes_on(kept, clock):
    path = kept._database.path
    kept.purge("youtube", before=HORIZON, at=NOON + timedelta(days=DAYS))
    views = {one.broadcast.key for one in kept.tracked()}
    kept.close()
    again = Store.reopen(path, now=clock)
    try:
        assert {one.broadcast.key for one in again.tracked()} == views
        at = NOON + timedelta(days=DAYS, hours=1)
        again.record(tick_of(again, at, {"youtube:A": {"views": 99_999, "status": Status.ENDED}}))
        assert again.verify() == []
    finally:
        again.close()
