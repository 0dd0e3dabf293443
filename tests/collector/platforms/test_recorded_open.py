"""Bodies recorded by others, through the parser that would meet them: their own numbers or an error.

YouTube's recordings go through the whole collector in tests/end_to_end/test_recorded_bodies.py.
"""

import json
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from pydantic import SecretStr

from collector.contract.errors import AuthFailed, QuotaExceeded, Rejected, Unreadable
from collector.contract.exchange import Exchange, Response
from collector.contract.readings import Readings
from collector.platforms.owncast import Owncast
from collector.platforms.peertube import PeerTube
from collector.platforms.telegram import Telegram
from collector.platforms.youtube import YouTube
from storage.model import Account, Broadcast, Metric, Status

NOW = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
PEERTUBE = PeerTube(PeerTube.Settings())
OWNCAST = Owncast(Owncast.Settings())
TELEGRAM = Telegram(Telegram.Settings())
YOUTUBE = YouTube(YouTube.Settings(api_key=SecretStr("a-key")))
YOUTUBE_FEED = YouTube(YouTube.Settings())


def account(platform, native_id) -> Account:
    return Account(
        key=f"{platform}:a",
        platform=platform,
        handle="https://any.example/c/a",
        name="a",
        native_id=native_id,
        resolved_at=None,
    )


def broadcast(platform, native_id, **facts: Any) -> Broadcast:
    blank = dict.fromkeys(("published_at", "scheduled_at", "started_at", "ended_at"))
    told = {"title": "before", "url": "", "status": Status.LIVE, **blank, **facts}
    return Broadcast(
        key=f"{platform}:{native_id}",
        platform=platform,
        account=f"{platform}:a",
        native_id=native_id,
        discovered_at=NOW,
        **told,
    )


def driven(exchange: Exchange[Any], *answers: bytes | tuple[int, bytes]) -> Any:
    """Send each answer in turn, HTTP 200 unless it says so, and the last one ever after."""
    waiting = [(200, one) if isinstance(one, bytes) else one for one in answers]
    try:
        request = next(exchange)
        for _ in range(20):
            status, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            request = exchange.send(
                Response(
                    platform=request.platform,
                    source=request.source,
                    status=status,
                    headers={},
                    body=body,
                    received_at=NOW,
                )
            )
    except StopIteration as end:
        return end.value
    raise AssertionError(f"asks on and on: {request}")


def polled(platform, broadcasts, owner, *answers) -> Readings:
    return driven(platform.poll(broadcasts, {owner.key: owner}, NOW), *answers)


def counts_of(readings: Readings) -> dict[str, dict[str, int]]:
    """What each snapshot says, without what it leaves unsaid."""
    return {
        one.broadcast.split(":", 1)[1]: {
            str(metric): told for metric in Metric if (told := getattr(one, metric)) is not None
        }
        for one in readings.snapshots
    }


def read(path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None


# PeerTube

CHANNEL = account("peertube", "https://any.example/video-channels/a")


def things_in(document) -> list[dict[str, Any]]:
    listing = document.get("data", [document])
    return [one for one in listing if isinstance(one, dict)]


def counts_a_person_reads(video) -> dict[str, int]:
    """A video that is no live one: its viewers did not watch a broadcast."""
    names = {"views": "views", "likes": "likes", "comments": "comments"}
    names |= {"concurrent_viewers": "viewers"} if video["isLive"] else {}
    return {metric: video[name] for metric, name in names.items() if name in video}


def check_peertube(document, body: bytes, *, alone: bool) -> int:
    """Poll everything that the body names; return how many videos gave their counts."""
    named = [one for one in things_in(document) if isinstance(one.get("uuid"), str)]
    asked = {one["uuid"] for one in named} or {"asked-for"}
    broadcasts = [broadcast("peertube", one) for one in sorted(asked)]
    bodies = (b'{"data": []}', body) if alone else (body,)
    told = polled(PEERTUBE, broadcasts, CHANNEL, *bodies)
    videos = {one["uuid"]: one for one in named if "isLive" in one}
    assert counts_of(told) == {one: counts_a_person_reads(videos[one]) for one in videos}
    assert {one.status for one in told.snapshots} <= {Status.ENDED}
    titles = {one.native_id: one.title for one in told.broadcasts}
    assert titles == {one: videos[one]["name"] for one in videos}
    assert told.missing == ()
    return len(videos)


def test_peertubes_recordings_give_their_own_numbers_or_none(shared):
    paths = sorted((shared / "recordings/peertube").iterdir())
    assert len(paths) >= 38
    videos, resolved, refused = 0, 0, 0
    for path in paths:
        document, body = read(path), path.read_bytes()
        if not isinstance(document, dict):
            with pytest.raises(Unreadable):
                polled(PEERTUBE, [broadcast("peertube", "asked-for")], CHANNEL, body)
            refused += 1
            continue
        is_list = isinstance(document.get("data"), list)
        videos += check_peertube(document, body, alone=not is_list)
        if "host" in document:
            found = driven(PEERTUBE.resolve(CHANNEL), body)
            host, name = document["host"], document["name"]
            assert found.native_id == f"https://{host}/video-channels/{name}"
            resolved += 1
        else:
            with pytest.raises(Unreadable, match="no host or name"):
                driven(PEERTUBE.resolve(CHANNEL), body)
            refused += 1
    assert videos > 100
    assert resolved == 5
    assert refused == len(paths) - resolved


def test_peertubes_errors_are_told_apart(shared):
    folder = shared / "platforms/examples/peertube"
    errors = {path.name.split("_")[1]: path.read_bytes() for path in folder.iterdir()}
    assert sorted(errors) == ["400", "403", "404"]

    def asked_alone(status):
        answer = int(status), errors[status]
        return polled(PEERTUBE, [broadcast("peertube", "u")], CHANNEL, b'{"data": []}', answer)

    with pytest.raises(Rejected, match="Incorrect request parameters: id"):
        asked_alone("400")
    with pytest.raises(Rejected, match="regarding follow constraints"):
        asked_alone("403")
    assert asked_alone("404").missing == ("peertube:u",)


# Owncast and Telegram


def test_owncasts_status_gives_its_viewers_or_says_nothing(shared):
    paths = sorted((shared / "platforms/examples/owncast").iterdir())
    assert len(paths) == 2
    server = account("owncast", "https://any.example")
    for path in paths:
        document, body = read(path), path.read_bytes()
        started_at = datetime.fromisoformat(document["lastConnectTime"]).astimezone(UTC)
        (found,) = driven(OWNCAST.discover(server, [], NOW, may_spend=False), body).broadcasts
        assert (found.started_at, found.status) == (started_at, Status.LIVE)
        assert found.title == document.get("streamTitle", "a")
        viewers = document.get("viewerCount")
        told = counts_of(polled(OWNCAST, [found], server, body))
        assert told == {found.native_id: {} if viewers is None else {"concurrent_viewers": viewers}}


def test_telegrams_preview_gives_what_is_written_there(shared):
    (path,) = (shared / "platforms/examples/telegram").iterdir()
    body = path.read_bytes()
    assert b">12.3K<" in body
    channel = account("telegram", "channel")
    told = polled(TELEGRAM, [broadcast("telegram", "channel/123")], channel, body)
    assert counts_of(told) == {"channel/123": {"impressions": 12_300}}


# YouTube

OWNER = account("youtube", "UC0000000000000000000000")
ERRORS = {
    "error_400_invalid_key_observed.json": (400, AuthFailed),
    "error_401_credentials_missing_observed.json": (401, AuthFailed),
    "error_403_quotaExceeded_observed.json": (403, QuotaExceeded),
}


@pytest.mark.parametrize("name", ERRORS)
def test_youtubes_errors_are_told_apart(shared, name):
    status, error = ERRORS[name]
    body = (shared / "platforms/examples/youtube" / name).read_bytes()
    with pytest.raises(error):
        polled(YOUTUBE, [broadcast("youtube", "v")], OWNER, (status, body))


@pytest.mark.parametrize(
    "name",
    ["videos_list_live_constructed_from_schema.json", "batchGetStats_constructed_from_schema.json"],
)
def test_youtubes_videos_give_their_own_counts(shared, name):
    path = shared / "platforms/examples/youtube" / name
    (video,) = read(path)["items"]
    told = polled(YOUTUBE, [broadcast("youtube", video["id"])], OWNER, path.read_bytes())
    said = {**video["statistics"], **video.get("liveStreamingDetails", {})}
    names = {"views": "viewCount", "likes": "likeCount", "comments": "commentCount"}
    names["concurrent_viewers"] = "concurrentViewers"
    read_there = {metric: int(said[key]) for metric, key in names.items() if key in said}
    assert counts_of(told) == {video["id"]: read_there}
    assert len(read_there) >= 3


def test_youtubes_feed_gives_views_alone(shared):
    body = (shared / "platforms/examples/youtube/rss_feed_observed.xml").read_bytes()
    views = {_text(one, "videoId"): _views(one) for one in _entries(body)}
    assert views
    told = polled(YOUTUBE_FEED, [broadcast("youtube", one) for one in views], OWNER, body)
    assert counts_of(told) == {
        one: {} if told is None else {"views": told} for one, told in views.items()
    }


def _entries(body) -> list[Element]:
    return [one for one in fromstring(body) if one.tag.endswith("}entry")]


def _text(entry, name) -> str:
    return next(one.text for one in entry.iter() if one.tag.endswith(f"}}{name}"))


def _views(entry) -> int | None:
    told = [one.get("views") for one in entry.iter() if one.tag.endswith("}statistics")]
    return int(told[0]) if told else None


def test_what_is_no_answer_of_youtubes_gives_no_number(shared):
    folder = shared / "platforms/examples/youtube"
    asked = [broadcast("youtube", "v")]
    told = polled(YOUTUBE, asked, OWNER, (folder / "search_live_none_observed.json").read_bytes())
    assert (told.snapshots, told.missing) == ((), ("youtube:v",))
    table = (folder / "studio_table_data_observed_shapes.csv").read_bytes()
    for platform in (YOUTUBE, YOUTUBE_FEED):
        with pytest.raises(Unreadable):
            polled(platform, asked, OWNER, table)
    assert len(list(folder.iterdir())) == 8, "a body that no test here reads"
