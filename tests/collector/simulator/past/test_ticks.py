"""The past loads into the real store and says there what the world says."""

from collections import Counter
from collections.abc import Generator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from collector.contract.exchange import Response, replay
from collector.platforms.icecast import Icecast
from collector.simulator.icecast import status_page
from collector.simulator.past.polls import official_accounts
from collector.simulator.past.ticks import blackouts_of, simulate_history
from collector.simulator.world.scenario import SETTLED_AFTER, Scenario
from storage.model import GapReason, Metric, Status, Tick
from storage.store import Store
from tests.support.simulator_examples import START

ADDRESS = "http://127.0.0.1:8900"


@pytest.fixture(scope="module")
def ticks(event: Scenario) -> list[Tick]:
    return list(simulate_history(event, address=ADDRESS, next_poll_id=count(1).__next__))


@pytest.fixture(scope="module")
def loaded(
    event: Scenario, ticks: list[Tick], tmp_path_factory: pytest.TempPathFactory
) -> Generator[Store]:
    path: Path = tmp_path_factory.mktemp("history") / "livetally.duckdb"
    store = Store.open(path, now=lambda: START, simulated=True)
    store.event.save_programme(event.programme, event.editions)
    store.event.save_accounts(official_accounts(event, ADDRESS))
    for tick in ticks:
        store.record(tick)
    yield store
    store.close()


def test_the_store_takes_it_all_and_finds_nothing_wrong(loaded: Store, ticks: list[Tick]) -> None:
    assert loaded.verify() == []
    keys = {broadcast.key for tick in ticks for broadcast in tick.broadcasts}
    assert {tracked.broadcast.key for tracked in loaded.tracked()} == keys


def test_the_store_ends_where_the_demo_starts(loaded: Store) -> None:
    with loaded.reading() as (database, _):
        recorded_at = database.rows("SELECT max(finished_at) FROM poll").item()
    assert timedelta(0) < START - recorded_at < timedelta(minutes=3)


def test_ticks_are_few_and_in_order_of_time(ticks: list[Tick]) -> None:
    at = [tick.at for tick in ticks]
    assert at == sorted(at)
    assert len(ticks) < 40
    assert 15_000 < sum(len(tick.snapshots) for tick in ticks) < 100_000


def test_every_snapshot_is_what_the_stage_says_of_that_instant(
    event: Scenario, ticks: list[Tick]
) -> None:
    snapshots = [snapshot for tick in ticks for _, snapshot in tick.snapshots]
    for snapshot in snapshots[::97]:
        platform, native_id = snapshot.broadcast.split(":", 1)
        if platform == "icecast":
            assert snapshot.views is None
            continue
        video = event.world.video(native_id, snapshot.observed_at)
        assert video is not None
        for metric in Metric:
            assert getattr(snapshot, metric) in (getattr(video, metric), None)
        assert snapshot.views == video.views or snapshot.source == "live_media"
        assert snapshot.status is (Status.UNKNOWN if platform in ("x", "tiktok") else video.status)


def test_each_platform_is_recorded_by_the_calls_that_give_its_counts(ticks: list[Tick]) -> None:
    sources: dict[str, set[str]] = {}
    for tick in ticks:
        for _, snapshot in tick.snapshots:
            sources.setdefault(snapshot.broadcast.split(":")[0], set()).add(snapshot.source)
    assert sources == {
        "youtube": {"videos", "videos:batchGetStats"},
        "facebook": {"live_videos", "video_insights"},
        "instagram": {"live_media", "media"},
        "x": {"tweets"},
        "tiktok": {"video/query"},
        "icecast": {"status-json"},
    }


def test_the_newest_views_sum_to_what_the_scenario_promises(
    event: Scenario, ticks: list[Tick]
) -> None:
    newest = {
        snapshot.broadcast: snapshot.views
        for tick in ticks
        for _, snapshot in tick.snapshots
        if snapshot.views is not None
    }
    edition = {broadcast.key: broadcast.edition for tick in ticks for broadcast in tick.broadcasts}
    totals: Counter[str | None] = Counter()
    for key, views in newest.items():
        totals[edition[key]] += views
    assert 14e6 < totals[event.current.key] < 16e6
    assert 19.5e6 < totals[event.earlier.key] < 20.7e6
    assert set(totals) == {event.current.key, event.earlier.key}


def test_every_poll_says_that_it_is_simulated_history(ticks: list[Tick]) -> None:
    polls = [poll for tick in ticks for poll in tick.polls]
    assert {(poll.purpose, poll.source) for poll in polls} == {("history", "simulator")}
    assert len({poll.poll_id for poll in polls}) == len(polls)
    numbered = {poll.poll_id for poll in polls}
    assert {number for tick in ticks for number, _ in tick.snapshots} <= numbered
    assert {miss.poll_id for tick in ticks for miss in tick.misses} <= numbered


def test_two_stretches_were_not_seen(event: Scenario, ticks: list[Tick]) -> None:
    misses = [miss for tick in ticks for miss in tick.misses]
    assert {miss.reason for miss in misses} == {GapReason.UNREACHABLE, GapReason.SERVER_ERROR}
    for blackout in blackouts_of(event):
        silent = [
            snapshot
            for tick in ticks
            for _, snapshot in tick.snapshots
            if blackout.covers(snapshot.broadcast.split(":")[0], snapshot.observed_at)
        ]
        assert silent == []
        assert any(blackout.since <= miss.at < blackout.until for miss in misses)


def test_the_deleted_broadcast_is_left_for_the_collector_to_miss(
    event: Scenario, loaded: Store
) -> None:
    deleted = next(video for video in event.world.videos if video.deleted_at)
    tracked = {entry.broadcast.native_id: entry for entry in loaded.tracked()}[deleted.native_id]
    assert tracked.broadcast.status is Status.ENDED
    assert tracked.observed_at is not None
    assert deleted.deleted_at is not None
    assert tracked.observed_at < deleted.deleted_at


def test_uploads_and_what_is_not_public_yet_are_left_to_be_found(
    event: Scenario, ticks: list[Tick]
) -> None:
    recorded = {broadcast.native_id for tick in ticks for broadcast in tick.broadcasts}
    for video in event.world.videos:
        is_upload = video.status(video.begins_at) is Status.UPLOAD
        if is_upload or video.published_at >= START:
            assert video.native_id not in recorded


def test_the_earlier_edition_is_followed_until_it_has_settled(
    event: Scenario, ticks: list[Tick]
) -> None:
    settled_at = event.earlier.ends_at + SETTLED_AFTER
    last = max(tick.at for tick in ticks if tick.at < event.current.starts_at)
    assert timedelta(0) < settled_at - last < timedelta(days=1)


def test_mounts_on_the_air_are_the_broadcasts_that_the_platform_finds(
    event: Scenario, ticks: list[Tick]
) -> None:
    """Else the collector would count a second broadcast from the first poll on."""
    account = next(
        account for account in official_accounts(event, ADDRESS) if account.platform == "icecast"
    )
    page = status_page(event.world.mounts(START), START)
    response = Response(
        platform="icecast",
        source="status-json",
        status=200,
        headers={},
        body=page.encode(),
        received_at=START,
    )
    platform = Icecast(Icecast.Settings())
    broadcasts = replay(
        platform.discover(account, [], START, may_spend=False), [response]
    ).broadcasts
    facts = {broadcast.key: broadcast for tick in ticks for broadcast in tick.broadcasts}
    assert len(broadcasts) == 2
    for broadcast in broadcasts:
        assert facts[broadcast.key].account == broadcast.account
        assert facts[broadcast.key].url == broadcast.url
        assert facts[broadcast.key].started_at == broadcast.started_at
        assert facts[broadcast.key].status is Status.LIVE
