import shutil
import threading
from datetime import timedelta

import pytest

from dashboard.view_model.refresher import Refresher
from tests.dashboard.conftest import publish_as
from tests.support import published_edition
from tests.support.patience import PATIENCE_SECONDS


@pytest.fixture
def copy(live, tmp_path):
    """A published folder that a test may damage."""
    return shutil.copytree(live, tmp_path / "copy")


def producer_of(folder, now) -> Refresher:
    return Refresher(folder, refresh_seconds=3600, now=lambda: now)


@pytest.mark.parametrize("exists", [True, False])
def test_an_empty_or_absent_folder_is_nothing_published_and_no_fault(tmp_path, now, exists):
    folder = tmp_path / "nothing"
    if exists:
        folder.mkdir()
    producer = producer_of(folder, now)
    producer.refresh()
    assert producer.current.model is None


def test_it_picks_up_what_is_published_later(tmp_path, now):
    producer = producer_of(tmp_path / "later", now)
    producer.refresh()
    published_edition.publish_nothing_but_editions(tmp_path / "later", now)
    producer.refresh()
    assert producer.current.model is not None
    assert producer.current.failed_since is None


@pytest.mark.parametrize("damage", ["truncated manifest", "no state", "torn state", "not json"])
def test_a_half_written_folder_keeps_the_last_picture_and_says_since_when(copy, now, damage):
    producer = producer_of(copy, now)
    producer.refresh()
    good = producer.current.model
    manifest = copy / "manifest.json"
    state = next(copy.rglob("state*"))
    state = state if state.is_file() else next(state.rglob("*.parquet"))
    if damage == "truncated manifest":
        manifest.write_text(manifest.read_text("utf-8")[:200])
    elif damage == "not json":
        manifest.write_text("<html>")
    elif damage == "no state":
        state.unlink()
    else:
        state.write_bytes(state.read_bytes()[:100])
    producer.refresh()
    assert producer.current.model is good
    assert producer.current.failed_since == now


def test_another_version_of_the_read_model_is_told_from_nothing_published(copy, now):
    producer = producer_of(copy, now)
    producer.refresh()
    good = producer.current.model
    publish_as(copy, 900)
    producer.refresh()
    assert producer.current.model is good
    assert producer.current.other_version == 900
    fresh = producer_of(copy, now)
    fresh.refresh()
    assert fresh.current.model is None
    assert fresh.current.other_version == 900


def test_once_published_anew_the_other_version_is_forgotten(copy, now):
    producer = producer_of(copy, now)
    whole = (copy / "manifest.json").read_text("utf-8")
    publish_as(copy, 900)
    producer.refresh()
    (copy / "manifest.json").write_text(whole, "utf-8")
    producer.refresh()
    assert producer.current.other_version is None
    (copy / "manifest.json").unlink()
    producer.refresh()
    assert producer.current.other_version is None
    assert producer.current.failed_since == now


def test_it_recovers_by_itself(copy, now):
    producer = producer_of(copy, now)
    producer.refresh()
    manifest = copy / "manifest.json"
    whole = manifest.read_text("utf-8")
    manifest.write_text("{")
    producer.refresh()
    manifest.write_text(whole)
    producer.refresh()
    assert producer.current.failed_since is None


def test_viewers_see_a_whole_picture_while_it_is_being_built(live, now):
    producer = producer_of(live, now)
    producer.refresh()
    torn: list[str] = []

    def look() -> None:
        for _ in range(2_000):
            picture = producer.current.model
            if picture is None or picture.edition(None).total.views is None:
                torn.append("torn")

    viewers = [threading.Thread(target=look) for _ in range(4)]
    for viewer in viewers:
        viewer.start()
    for _ in range(5):
        producer.refresh()
    for viewer in viewers:
        viewer.join()
    assert torn == []


def test_the_first_picture_is_waited_for_and_then_told(live, now, tmp_path):
    waiting = producer_of(live, now)
    assert not waiting.built.is_set()
    waiting.start()
    assert waiting.built.wait(PATIENCE_SECONDS)
    assert waiting.current.model is not None
    waiting.stop()
    empty = producer_of(tmp_path / "nothing", now).start()
    assert empty.built.wait(PATIENCE_SECONDS)  # that nothing is there is an answer too
    assert empty.current.model is None
    empty.stop()


def test_the_thread_refreshes_and_stops(live, now):
    moments = iter(now + timedelta(seconds=n) for n in range(1_000_000))
    built = threading.Event()

    def clock():
        moment = next(moments)
        if moment > now + timedelta(seconds=3):
            built.set()
        return moment

    producer = Refresher(live, refresh_seconds=0.01, now=clock).start()
    assert built.wait(PATIENCE_SECONDS)
    producer.stop()
    producer._thread.join(20)
    assert not producer._thread.is_alive()


def test_a_broadcasts_minutes_are_read_once_a_generation(live, now):
    producer = producer_of(live, now)
    producer.refresh()
    first = producer.broadcast_minutes("youtube:DAY1")
    assert first.height > 300
    assert producer.broadcast_minutes("youtube:DAY1") is first
    assert producer.broadcast_minutes("youtube:NOSUCH").is_empty()
