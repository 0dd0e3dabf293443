"""The read model: whole generations, shared closed days, readers that never wait."""

import json
from datetime import timedelta

import polars as pl
import pytest

from storage.model import Annotation, GapReason, Names, Pause, QuotaUsage, SourceState, Tick
from storage.read_model.history_reader import History
from storage.read_model.publisher import Publisher
from storage.read_model.reader import READ_MODEL_VERSION, NotPublished, OtherVersion, ReadModel
from storage.schema import TABLES
from tests.support.builders import NOON, broadcast, seen, snapshot
from tests.support.published_manifest import as_without_sums, change_manifest


def after(**amount):
    return NOON + timedelta(**amount)


@pytest.fixture
def publisher(store, tmp_path, clock):
    return Publisher(store, tmp_path / "published", now=clock, version="test")


@pytest.fixture
def model(tmp_path):
    return ReadModel(tmp_path / "published")


def test_every_table_has_exactly_its_published_columns(store, publisher, model):
    store.record(seen(after(seconds=60), A=1))
    publisher.publish([])
    read = model.open()
    apart = {"edition_minutes", "broadcast_minutes"}
    for name in (name for name in TABLES if name not in apart and not name.startswith("history_")):
        assert getattr(read, name)().schema == TABLES[name]
    for name in ("state", "gaps", "segments"):
        assert getattr(model.open_as(History), name)().schema == TABLES[f"history_{name}"]
    assert read.edition_minutes("test-2026").schema == TABLES["edition_minutes"]
    assert read.broadcast_minutes(None, None).schema == TABLES["broadcast_minutes"]


def test_annotations_go_on_until_others_are_given(store, publisher, model, tmp_path, clock):
    opening = Annotation(at=NOON, names=Names(ar="حفل الافتتاح", fr="Ouverture", en="Opening"))
    publisher.publish([], [opening])
    publisher.publish([])
    assert model.open().manifest.annotations == (opening,)
    later = Publisher(store, tmp_path / "published", now=clock, version="test")
    later.republish_all()
    assert model.open().manifest.annotations == (opening,)
    later.publish([], [])
    assert model.open().manifest.annotations == ()


def test_a_manifest_of_before_annotations_is_read(publisher, model, tmp_path):
    publisher.publish([])
    folder = tmp_path / "published"
    as_without_sums(folder)
    fields = json.loads((folder / "manifest.json").read_text("utf-8"))
    del fields["annotations"]
    (folder / "manifest.json").write_text(json.dumps(fields), "utf-8")
    assert model.open().manifest.annotations == ()


def test_nothing_published_yet_is_said_so(model):
    with pytest.raises(NotPublished):
        model.open()


def test_another_version_is_named_and_republishing_makes_it_readable(publisher, model, tmp_path):
    publisher.publish([])
    change_manifest(tmp_path / "published", schema_version=900)
    with pytest.raises(
        OtherVersion, match=f"version 900, this program reads {READ_MODEL_VERSION}"
    ) as caught:
        model.open()
    assert caught.value.version == 900
    publisher.republish_all()
    assert model.open().state().height == 3


def test_a_half_written_manifest_does_not_stop_the_next_one(store, publisher, model, tmp_path):
    publisher.publish([])
    (tmp_path / "published" / "manifest.json").write_text('{"generation": 3, "fi')
    with pytest.raises(NotPublished):
        model.open()
    store.record(seen(after(seconds=60), A=1))
    publisher.publish([])
    assert model.open().state().height == 3


def test_a_reader_of_an_old_generation_goes_on_reading_it(store, publisher, model, clock):
    store.record(seen(after(seconds=60), A=1))
    publisher.publish([])
    old = model.open()
    for step in range(2, 6):
        store.record(seen(after(seconds=60 * step), A=step))
        clock.forward(5)
        publisher.publish([])
    assert old.state()["views"].max() == 1
    assert model.open().state()["views"].max() == 5


@pytest.fixture
def files(tmp_path):
    """The files of edition minutes in the newest generation, by stretch."""

    def read():
        manifest = json.loads((tmp_path / "published" / "manifest.json").read_text())
        return manifest["days"]["edition_minutes"]

    return read


def test_hours_of_the_open_day_are_written_once_and_shared(store, publisher, model, clock, files):
    store.record(seen(after(seconds=60), A=1))
    publisher.publish([])
    first = files()
    clock.forward(3_600)
    store.record(seen(after(hours=1, seconds=60), A=5))
    publisher.publish([])
    assert list(files()) == ["2026-05-17T12", "2026-05-17T13"]
    assert files()["2026-05-17T12"] == first["2026-05-17T12"]
    store.record(seen(after(seconds=90), B=7))
    publisher.publish([])
    assert files()["2026-05-17T12"] != first["2026-05-17T12"], "a late row makes its file anew"
    assert model.open().edition_minutes("test-2026")["views_delta"].sum() == 12


def test_a_day_that_is_over_becomes_one_file(store, publisher, model, clock, files):
    for hour in range(3):
        store.record(seen(after(hours=hour), A=10 * (hour + 1)))
    publisher.publish([])
    minutes = model.open().broadcast_minutes()
    assert len(files()) == 3
    clock.forward(86_400)
    publisher.publish([])
    assert list(files()) == ["2026-05-17"]
    whole = files()["2026-05-17"]
    assert model.open().broadcast_minutes().equals(minutes)
    store.record(seen(after(days=1, seconds=60), A=50))
    publisher.publish([])
    assert files() == {"2026-05-17": whole, "2026-05-18T12": files()["2026-05-18T12"]}
    store.record(seen(after(seconds=90), B=7))
    publisher.publish([])
    assert files()["2026-05-17"] != whole, "a late row makes its day's file anew"
    assert model.open().edition_minutes("test-2026")["views_delta"].sum() == 57
    assert model.open().broadcast_minutes(since=after(hours=20)).height == 1


def test_a_clock_set_back_counts_no_minute_twice(store, publisher, model, clock, files):
    store.record(seen(after(seconds=60), A=1))
    clock.forward(86_400)
    publisher.publish([])
    clock.forward(-86_400)
    store.record(seen(after(seconds=120), A=5))
    publisher.publish([])
    assert list(files()) == ["2026-05-17"]
    assert model.open().edition_minutes("test-2026")["views_delta"].to_list() == [1, 4]


def test_a_broadcast_that_moves_takes_its_hours_along(store, publisher, model, files):
    for hour in range(3):
        store.record(seen(after(hours=hour), A=10 * (hour + 1), B=1))
    publisher.publish([])
    store.record(Tick(at=NOON, broadcasts=(broadcast("A", edition=None),)))
    publisher.publish([])
    assert model.open().edition_minutes("test-2026")["views_delta"].sum() == 1
    assert set(model.open().broadcast_minutes(["youtube:A"])["edition"]) == {None}


def test_old_generations_go_in_the_end(store, publisher, clock, tmp_path):
    for step in range(1, 12):
        store.record(seen(after(seconds=60 * step), A=step))
        clock.forward(60)
        publisher.publish([])
    states = list((tmp_path / "published" / "state").glob("*.parquet"))
    assert 1 <= len(states) <= 4


def test_republish_gives_the_same_numbers(store, publisher, model):
    for step in range(1, 5):
        store.record(seen(after(seconds=60 * step), A=step * 10, B=step))
    publisher.publish([])
    before = model.open()
    publisher.republish_all()
    again = model.open()
    assert again.manifest.generation > before.manifest.generation
    assert again.state().equals(before.state())
    assert again.edition_minutes("test-2026").equals(before.edition_minutes("test-2026"))
    assert again.broadcast_minutes(None, None).equals(before.broadcast_minutes(None, None))


def test_minutes_keep_last_told_and_largest(store, publisher, model):
    for second, views in ((60, 10), (80, 12), (100, None)):
        store.record(seen(after(seconds=second), A=views))
    publisher.publish([])
    minutes = model.open().broadcast_minutes(["youtube:A"], None)
    assert minutes.select("minute", "views", "snapshots").rows() == [(after(seconds=60), 12, 3)]


def test_impressions_are_published_beside_views_and_never_added_to_them(store, publisher, model):
    for second, impressions in ((60, 900), (120, 800)):
        counts = {"views": 10, "impressions": impressions}
        one = snapshot("youtube:A", after(seconds=second), **counts)
        store.record(Tick(at=NOON, snapshots=((1, one),)))
    publisher.publish([])
    read = model.open()
    [row] = read.state().filter(pl.col("broadcast") == "youtube:A").rows(named=True)
    assert (row["views"], row["impressions"]) == (10, 800)
    assert read.broadcast_minutes()["impressions"].to_list() == [900, 800]
    assert read.edition_minutes("test-2026")["views_delta"].sum() == 10
    [fall] = read.corrections().rows(named=True)
    assert (fall["metric"], fall["before"], fall["after"]) == ("impressions", 900, 800)
    assert store.verify() == []


def test_a_long_description_is_published_by_its_beginning(store, publisher, model):
    store.record(Tick(at=NOON, broadcasts=(broadcast("A", description="ش" * 1_500),)))
    assert max(len(one.broadcast.description) for one in store.tracked()) == 1_000
    publisher.publish([])
    assert model.open().state()["description"].str.len_chars().max() == 300


def test_health_shows_quota_pause_and_gaps(store, publisher, model):
    pause = Pause(
        platform="youtube",
        bucket=None,
        reason=GapReason.AUTH,
        until=after(hours=1),
        detail="no",
        at=NOON,
    )
    allowance = QuotaUsage(
        platform="youtube",
        bucket="youtube.units",
        used=3,
        limit=10,
        resets_at=after(hours=9),
        next_poll_at=after(seconds=60),
        pause=pause,
        token_expires_at=after(days=50),
        given_up=("archived", "cooling"),
        state=SourceState.NEEDS_LOGIN,
    )
    store.record(seen(after(seconds=60), A=1))
    publisher.publish([allowance])
    [row] = model.open().health().iter_rows(named=True)
    assert (row["used"], row["limit"], row["paused_reason"]) == (3, 10, "auth")
    assert row["token_expires_at"] == after(days=50)
    assert row["given_up"] == ["archived", "cooling"]
    assert row["tracked"] == 3
    assert row["state"] == "needs_login"
    publisher.republish_all()
    assert model.open().health()["state"].to_list() == [None]


def test_the_heartbeat_is_read_without_a_new_generation(publisher, model, clock):
    assert model.heartbeat_at() is None
    publisher.heartbeat()
    assert model.heartbeat_at() == NOON
    clock.forward(5)
    publisher.heartbeat()
    assert model.heartbeat_at() == after(seconds=5)


def test_anyone_may_read_it_with_polars_alone(store, publisher, tmp_path):
    store.record(seen(after(seconds=60), A=1))
    publisher.publish([])
    folder = tmp_path / "published"
    name = json.loads((folder / "manifest.json").read_text())["tables"]["state"]
    frame = pl.read_parquet(folder / name)
    assert frame.filter(pl.col("broadcast") == "youtube:A")["views"].to_list() == [1]
