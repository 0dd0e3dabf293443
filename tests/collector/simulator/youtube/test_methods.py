"""What the methods answer: absences, limits, pages, states."""

import httpx
import pytest

from collector.simulator.world.scenario import Scenario
from storage.model import Status
from tests.support.simulator_examples import Clock

ALL = "snippet,statistics,liveStreamingDetails"


def videos(client: httpx.Client, *ids: str, part: str = ALL) -> dict:
    answer = client.get("/youtube/v3/videos", params={"part": part, "id": ",".join(ids)})
    assert answer.status_code == 200
    return {item["id"]: item for item in answer.json()["items"]}


def reason(answer: httpx.Response) -> str:
    return answer.json()["error"]["errors"][0]["reason"]


def test_ids_that_are_not_public_are_silently_absent(
    client: httpx.Client, ids_by_status: dict[Status, list[str]]
) -> None:
    live = ids_by_status[Status.LIVE][0]
    assert list(videos(client, "not-a-video", live)) == [live]


def test_a_deleted_video_is_absent_from_then_on(
    client: httpx.Client, clock: Clock, event: Scenario
) -> None:
    deleted = next(video for video in event.world.videos if video.deleted_at)
    assert deleted.deleted_at is not None
    clock.at = deleted.deleted_at
    assert videos(client, deleted.native_id) == {}
    clock.advance(seconds=-1)
    assert list(videos(client, deleted.native_id)) == [deleted.native_id]


def test_counts_are_strings_and_hidden_ones_have_no_key(
    client: httpx.Client, event: Scenario
) -> None:
    hidden = next(video for video in event.world.videos if video.likes_share is None)
    statistics = videos(client, hidden.native_id)[hidden.native_id]["statistics"]
    assert isinstance(statistics["viewCount"], str)
    assert "likeCount" not in statistics


def test_what_another_platform_shows_is_not_there(client: httpx.Client, event: Scenario) -> None:
    others = {channel.channel_id for channel in event.others}
    elsewhere = [video.native_id for video in event.world.videos if video.channel_id in others]
    assert videos(client, *elsewhere[:5]) == {}


def test_hidden_viewers_have_no_key_while_live(client: httpx.Client, event: Scenario) -> None:
    own = {event.main.channel_id, event.second.channel_id}
    hidden = next(
        video for video in event.world.videos if video.viewers_hidden and video.channel_id in own
    )
    video = videos(client, hidden.native_id)[hidden.native_id]
    assert video["snippet"]["liveBroadcastContent"] == "live"
    assert "concurrentViewers" not in video["liveStreamingDetails"]


@pytest.mark.parametrize(
    ("status", "content", "keys"),
    [
        (Status.UPCOMING, "upcoming", {"scheduledStartTime", "activeLiveChatId"}),
        (Status.ENDED, "none", {"scheduledStartTime", "actualStartTime", "actualEndTime"}),
        (Status.UPLOAD, "none", set()),
    ],
)
def test_each_state_tells_only_what_is_true_of_it(
    client: httpx.Client,
    ids_by_status: dict[Status, list[str]],
    status: Status,
    content: str,
    keys: set[str],
) -> None:
    native_id = ids_by_status[status][0]
    video = videos(client, native_id)[native_id]
    assert video["snippet"]["liveBroadcastContent"] == content
    assert set(video.get("liveStreamingDetails", {})) == keys


def test_viewers_are_told_only_while_live(
    client: httpx.Client, ids_by_status: dict[Status, list[str]]
) -> None:
    for status in (Status.UPCOMING, Status.ENDED):
        for video in videos(client, *ids_by_status[status][:50]).values():
            assert "concurrentViewers" not in video["liveStreamingDetails"]


@pytest.mark.parametrize("method", ["videos", "videos:batchGetStats"])
def test_more_than_fifty_ids_are_refused(client: httpx.Client, method: str) -> None:
    def ask(count: int) -> httpx.Response:
        ids = ",".join(f"id{number}" for number in range(count))
        return client.get(f"/youtube/v3/{method}", params={"part": "statistics", "id": ids})

    assert ask(50).status_code == 200
    assert ask(51).status_code == 400
    assert reason(ask(51)) == "invalidFilters"


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        ("videos", {"id": "x"}, "missingRequiredParameter"),
        ("videos", {"part": "snippet"}, "missingRequiredParameter"),
        ("videos", {"part": "nonsense", "id": "x"}, "unknownPart"),
        ("videos:batchGetStats", {"part": "liveStreamingDetails", "id": "x"}, "unknownPart"),
        ("videos", {"part": "id", "id": "x", "fields": "items(id"}, "invalidParameter"),
        ("playlistItems", {"part": "id"}, "missingRequiredParameter"),
        (
            "playlistItems",
            {"part": "id", "playlistId": "UU", "maxResults": "51"},
            "invalidParameter",
        ),
        ("playlistItems", {"part": "id", "playlistId": "UU", "pageToken": "?"}, "invalidPageToken"),
        ("channels", {"part": "id"}, "missingRequiredParameter"),
    ],
)
def test_what_google_refuses_is_refused(
    client: httpx.Client, path: str, params: dict[str, str], expected: str
) -> None:
    answer = client.get(f"/youtube/v3/{path}", params=params)
    assert answer.status_code == 400
    assert reason(answer) == expected


def test_pages_of_a_playlist_hold_each_video_once_newest_first(
    client: httpx.Client, event: Scenario
) -> None:
    params = {"part": "contentDetails", "playlistId": event.main.uploads, "maxResults": "20"}
    listed: list[str] = []
    while True:
        page = client.get("/youtube/v3/playlistItems", params=params).json()
        listed += [entry["contentDetails"]["videoId"] for entry in page["items"]]
        if "nextPageToken" not in page:
            break
        params |= {"pageToken": page["nextPageToken"]}
    assert listed == list(event.world.listing(event.main.channel_id, event.start))
    assert page["pageInfo"] == {"totalResults": len(listed), "resultsPerPage": 20}


def test_the_playlist_of_broadcasts_leaves_uploads_out(
    client: httpx.Client, event: Scenario, ids_by_status: dict[Status, list[str]]
) -> None:
    params = {"part": "contentDetails", "playlistId": event.main.broadcasts, "maxResults": "50"}
    page = client.get("/youtube/v3/playlistItems", params=params).json()
    listed = {entry["contentDetails"]["videoId"] for entry in page["items"]}
    assert set(ids_by_status[Status.LIVE]) & listed
    assert not set(ids_by_status[Status.UPLOAD]) & listed


@pytest.mark.parametrize("playlist", ["UUnobody", "UULVnobody", "PLother"])
def test_a_playlist_that_does_not_exist_is_not_found(client: httpx.Client, playlist: str) -> None:
    params = {"part": "contentDetails", "playlistId": playlist}
    answer = client.get("/youtube/v3/playlistItems", params=params)
    assert answer.status_code == 404
    assert reason(answer) == "playlistNotFound"


def test_a_channel_that_has_not_broadcast_yet_has_no_playlist_of_broadcasts(
    client: httpx.Client, clock: Clock, event: Scenario
) -> None:
    clock.at = event.earlier.starts_at.replace(year=event.earlier.starts_at.year - 1)
    params = {"part": "contentDetails", "playlistId": event.main.broadcasts}
    assert client.get("/youtube/v3/playlistItems", params=params).status_code == 404
    params = {"part": "contentDetails", "playlistId": event.main.uploads}
    assert client.get("/youtube/v3/playlistItems", params=params).json()["items"] == []


@pytest.mark.parametrize("handle", ["@OpenDaysSimulated", "opendayssimulated"])
def test_a_handle_leads_to_the_channel(client: httpx.Client, event: Scenario, handle: str) -> None:
    params = {"part": "id,contentDetails", "forHandle": handle}
    channel = client.get("/youtube/v3/channels", params=params).json()["items"][0]
    assert channel["id"] == event.main.channel_id
    assert channel["contentDetails"]["relatedPlaylists"]["uploads"] == event.main.uploads


def test_an_unknown_handle_leads_nowhere(client: httpx.Client) -> None:
    params = {"part": "id", "forHandle": "@nobody"}
    assert "items" not in client.get("/youtube/v3/channels", params=params).json()
