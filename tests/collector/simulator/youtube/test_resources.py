"""Bodies have the keys and types of the examples: a parser that reads one reads the other."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from collector.simulator.platforms import Platforms
from collector.simulator.world.scenario import Scenario
from storage.model import Status
from tests.support.body_shapes import contains, shape

SELECTOR = (
    "items(id,etag,snippet(title,channelId,liveBroadcastContent,publishedAt),"
    "statistics,liveStreamingDetails)"
)


@pytest.fixture
def live_with_all_counts(event: Scenario, ids_by_status: dict[Status, list[str]]) -> str:
    shown = (event.world.video(native_id, event.start) for native_id in ids_by_status[Status.LIVE])
    return next(video.native_id for video in shown if video.concurrent_viewers and video.likes)


def test_a_live_broadcast_looks_like_the_example(
    client: httpx.Client, example_json: Callable[[str], Any], live_with_all_counts: str
) -> None:
    params = {"part": "snippet,statistics,liveStreamingDetails", "id": live_with_all_counts}
    body = client.get("/youtube/v3/videos", params=params).json()
    assert contains(
        shape(body), shape(example_json("youtube/videos_list_live_constructed_from_schema.json"))
    )


def test_a_selection_holds_exactly_what_was_selected(
    client: httpx.Client, example_json: Callable[[str], Any], live_with_all_counts: str
) -> None:
    params = {
        "part": "snippet,statistics,liveStreamingDetails",
        "id": live_with_all_counts,
        "fields": SELECTOR,
    }
    body = client.get("/youtube/v3/videos", params=params).json()
    expected = shape(example_json("youtube/videos_list_live_constructed_from_schema.json"))
    expected = {"items": expected["items"]}
    del expected["items"][0]["kind"]
    assert shape(body) == expected


def test_statistics_in_batches_look_like_the_example(
    client: httpx.Client, example_json: Callable[[str], Any], ids_by_status: dict[Status, list[str]]
) -> None:
    params = {
        "part": "id,snippet,statistics,contentDetails",
        "id": ids_by_status[Status.ENDED][0],
    }
    body = client.get("/youtube/v3/videos:batchGetStats", params=params).json()
    assert shape(body) == shape(example_json("youtube/batchGetStats_constructed_from_schema.json"))


def test_a_wrong_key_gets_the_body_that_was_observed(
    client: httpx.Client, example_json: Callable[[str], Any]
) -> None:
    params = {"part": "id", "id": "x"}
    answer = client.get("/youtube/v3/videos", params=params, headers={"X-Goog-Api-Key": "wrong"})
    assert answer.status_code == 400
    assert answer.json() == example_json("youtube/error_400_invalid_key_observed.json")


def test_no_key_is_forbidden(served: Platforms) -> None:
    answer = httpx.get(f"{served.youtube_api}/videos?part=id&id=x", trust_env=False)
    assert answer.status_code == 403
    assert answer.json()["error"]["status"] == "PERMISSION_DENIED"


def test_a_key_may_also_be_a_parameter(served: Platforms) -> None:
    key = served.youtube.terms.key
    answer = httpx.get(f"{served.youtube_api}/videos?part=id&id=x&key={key}", trust_env=False)
    assert answer.status_code == 200


def test_a_recorded_partial_answer_has_the_shape_of_ours(
    client: httpx.Client, example_json: Callable[[str], Any], live_with_all_counts: str
) -> None:
    params = {
        "part": "snippet,contentDetails",
        "id": live_with_all_counts,
        "fields": "items(id,snippet(title,channelTitle,channelId),contentDetails(duration))",
    }
    body = client.get("/youtube/v3/videos", params=params).json()
    recorded = example_json("../../recordings/youtube/mop-videos-fields-filter.json")
    assert shape(body) == shape(recorded)


@pytest.mark.parametrize(
    ("recording", "params"),
    [
        ("jl-video-response-2", {"part": "snippet,contentDetails,statistics"}),
        ("yt-live-ended-past", {"part": "liveStreamingDetails"}),
    ],
)
def test_recorded_videos_have_no_type_that_differs(
    client: httpx.Client,
    example_json: Callable[[str], Any],
    ids_by_status: dict[Status, list[str]],
    recording: str,
    params: dict[str, str],
) -> None:
    recorded = shape(example_json(f"../../recordings/youtube/{recording}.json"))
    query = params | {"id": ids_by_status[Status.ENDED][0]}
    ours = shape(client.get("/youtube/v3/videos", params=query).json())
    assert disagreements(ours, recorded) == []


def test_recorded_channels_and_playlists_have_no_type_that_differs(
    client: httpx.Client, event: Scenario, example_json: Callable[[str], Any]
) -> None:
    query = {"part": "snippet,statistics", "id": event.main.channel_id}
    channels = shape(client.get("/youtube/v3/channels", params=query).json())
    recorded = shape(example_json("../../recordings/youtube/pyt-channel-single.json"))
    assert disagreements(channels, recorded) == []

    listed = {"part": "snippet", "playlistId": event.main.uploads}
    entries = shape(client.get("/youtube/v3/playlistItems", params=listed).json())
    recorded = shape(example_json("../../recordings/youtube/pyt-playlistitems-p1.json"))
    assert disagreements(entries, recorded) == []


def disagreements(ours: Any, theirs: Any, at: str = "") -> list[str]:
    """Where both have a key and its types differ; keys that only one has are no disagreement."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        shared = ours.keys() & theirs.keys()
        return [
            disagreement
            for name in shared
            for disagreement in disagreements(ours[name], theirs[name], f"{at}.{name}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list):
        both = ours and theirs
        return disagreements(ours[0], theirs[0], f"{at}[]") if both else []
    return [] if ours == theirs else [f"{at}: {ours} is not {theirs}"]
