"""Every path, parameter and field of youtube.py against Google's own discovery document.

The document is the one in google-api-python-client. Its host is another name of the one that the
reference names. An answer built from its schemas alone must give every fact.
"""

import json
import re
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import googleapiclient
import pytest
from pydantic import SecretStr

from collector.contract.exchange import Response, replay
from collector.platforms.youtube import YouTube
from collector.platforms.youtube.owner import LIFE_CYCLE
from storage.model import Account, Broadcast, Status
from tests.support.transcripts import CONSENT

DOCUMENTS = Path(googleapiclient.__file__).parent / "discovery_cache/documents"
DOCUMENT: dict[str, Any] = json.loads((DOCUMENTS / "youtube.v3.json").read_text("utf-8"))
NOW = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
BASE = "https://www.googleapis.com/"
PLATFORM = YouTube(YouTube.Settings(api_key=SecretStr("k")))
BY_OWNER = YouTube(
    YouTube.Settings(
        api_key=SecretStr("k"), owner=True, client_id="c", client_secret=SecretStr("s")
    )
)
ACCOUNT = Account(
    key="youtube:@a",
    platform="youtube",
    handle="@a",
    name="a",
    native_id="UC0000000000000000000000",
    resolved_at=None,
)
BROADCAST = Broadcast(
    key="youtube:v",
    platform="youtube",
    account=ACCOUNT.key,
    native_id="v",
    title="before",
    url="",
    status=Status.LIVE,
    published_at=None,
    scheduled_at=None,
    started_at=None,
    ended_at=None,
    discovered_at=NOW,
)
LONG_ENDED = replace(BROADCAST, status=Status.ENDED, ended_at=NOW - timedelta(days=2))


OWNERS_GRANT: Any = BY_OWNER.grant


def answer(request, body, status=200) -> Response:
    return Response(
        platform="youtube",
        source=request.source,
        status=status,
        headers={},
        body=json.dumps(body).encode(),
        received_at=NOW,
    )


def requests():
    """Every request to the Data API that youtube.py makes."""
    yield next(PLATFORM.resolve(ACCOUNT))
    yield next(PLATFORM.probe(ACCOUNT))
    yield next(PLATFORM.poll([BROADCAST], {}, NOW))
    yield next(PLATFORM.poll([LONG_ENDED], {}, NOW))
    discovery = PLATFORM.discover(ACCOUNT, [], NOW, may_spend=True)
    first = discovery.send(answer(next(discovery), {}, status=404))
    yield first
    yield discovery.send(answer(first, {}, status=404))
    discovery = BY_OWNER.discover(ACCOUNT, [], NOW, may_spend=True)
    active = next(discovery)
    yield active
    yield discovery.send(answer(active, {"items": []}))


def methods(resources: dict[str, Any] = DOCUMENT["resources"]) -> dict[str, dict[str, Any]]:
    """Every method that is a GET, by its path."""
    found: dict[str, dict[str, Any]] = {}
    for resource in resources.values():
        for method in resource.get("methods", {}).values():
            if method["httpMethod"] == "GET":
                found[method["flatPath"]] = method
        found |= methods(resource.get("resources", {}))
    return found


METHODS = methods()


def schema(name: str) -> dict[str, Any]:
    return DOCUMENT["schemas"][name]["properties"]


def item_of(path: str) -> dict[str, Any]:
    """The properties of what a method lists."""
    listing = schema(METHODS[path]["response"]["$ref"])
    return schema(listing["items"]["items"]["$ref"])


def unknown_fields(said: str, properties: dict[str, Any]) -> list[str]:
    """What of a ``fields`` parameter, ``a,b(c,d)``, is in no schema."""
    unknown, rest = [], said
    while rest:
        name = re.match(r"\w+", rest)[0]
        rest = rest[len(name) :]
        inner, rest = _bracket(rest)
        found = properties.get(name)
        if found is None:
            unknown.append(name)
        elif inner:
            reference = found.get("$ref") or found["items"]["$ref"]
            unknown += unknown_fields(inner, schema(reference))
        rest = rest.removeprefix(",")
    return unknown


def _bracket(rest: str) -> tuple[str, str]:
    """What stands in the bracket that ``rest`` begins with, and what follows it."""
    depth = 0
    for index, sign in enumerate(rest):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return rest[1:index], rest[index + bool(index) :]
    return "", rest


def unknown_names(request) -> list[str]:
    """What the document does not know of a request."""
    path = request.url.removeprefix(BASE)
    if path not in METHODS:
        return [request.url]
    known = {**DOCUMENT["parameters"], **METHODS[path]["parameters"]}
    unknown = [name for name in request.params if name not in known]
    for name, value in request.params.items():
        allowed = known.get(name, {}).get("enum", [value])
        unknown += [f"{name}={value}"] if value not in allowed else []
    parts = request.params.get("part", "id").split(",")
    unknown += [f"part={part}" for part in parts if part not in item_of(path)]
    listing = schema(METHODS[path]["response"]["$ref"])
    return unknown + unknown_fields(request.params.get("fields", ""), listing)


def sample(properties: dict[str, Any], numbers=None, deep=3) -> dict[str, Any]:
    """An object of a schema; each of its counts is another one."""
    numbers, told = numbers or count(1000), {}
    for name, kind in properties.items():
        if "enum" in kind:
            told[name] = kind["enum"][-1]
        elif kind.get("format") == "date-time":
            told[name] = "2026-05-17T09:00:00Z"
        elif kind.get("format") in ("uint64", "int64"):
            told[name] = str(next(numbers))
        elif kind.get("type") == "string":
            told[name] = name
        elif "$ref" in kind and deep:
            told[name] = sample(schema(kind["$ref"]), numbers, deep - 1)
    return told


def polled(broadcast, item):
    request = next(PLATFORM.poll([broadcast], {}, NOW))
    return replay(PLATFORM.poll([broadcast], {}, NOW), [answer(request, {"items": [item]})])


@pytest.mark.parametrize("request_", list(requests()), ids=lambda one: one.source)
def test_the_document_knows_every_path_parameter_and_field(request_):
    assert unknown_names(request_) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"parts": "id"},
        {"part": "id,statistic"},
        {"fields": "items(id,snippet(headline))"},
        {"fields": "items(id,liveDetails)"},
    ],
)
def test_the_document_does_not_know_a_wrong_one(wrong):
    right = next(PLATFORM.poll([BROADCAST], {}, NOW))
    assert unknown_names(replace(right, params=wrong)) != []
    assert unknown_names(replace(right, url=f"{BASE}youtube/v3/video")) != []


def test_a_video_of_the_schema_gives_every_count_and_fact():
    video = {**sample(schema("Video")), "id": "v"}
    told = polled(BROADCAST, video)
    counts, (facts,) = asdict(told.snapshots[0]), told.broadcasts
    statistics, live = video["statistics"], video["liveStreamingDetails"]
    assert counts["views"] == int(statistics["viewCount"])
    assert counts["likes"] == int(statistics["likeCount"])
    assert counts["comments"] == int(statistics["commentCount"])
    assert counts["off_air_viewers"] == int(live["concurrentViewers"])  # it has an end
    nine = datetime(2026, 5, 17, 9, tzinfo=UTC)
    assert (facts.status, facts.title) == (Status.ENDED, "title")
    assert {facts.published_at, facts.scheduled_at, facts.started_at, facts.ended_at} == {nine}


def test_the_words_for_a_state_are_those_of_the_schema():
    words = schema("VideoSnippet")["liveBroadcastContent"]["enum"]
    assert set(words) == {"none", "upcoming", "live", "completed"}
    for word in ("upcoming", "live"):
        video = {"id": "v", "snippet": {"liveBroadcastContent": word}}
        assert polled(BROADCAST, video).snapshots[0].status == word


def test_statistics_of_the_schema_are_read():
    video = {**sample(item_of("youtube/v3/videos:batchGetStats")), "id": "v"}
    counts = polled(LONG_ENDED, video).snapshots[0]
    read = {str(one) for one in (counts.views, counts.likes, counts.comments)}
    assert read == {
        video["statistics"][name] for name in ("viewCount", "likeCount", "commentCount")
    }


def test_an_item_of_a_playlist_of_the_schema_is_read():
    discovery = PLATFORM.discover(ACCOUNT, [], NOW, may_spend=True)
    request = discovery.send(answer(next(discovery), {}, status=404))
    item = sample(item_of("youtube/v3/playlistItems"))
    with pytest.raises(StopIteration) as end:
        discovery.send(answer(request, {"items": [item]}))
    (found,) = end.value.value.broadcasts
    assert found.native_id == "videoId"
    assert found.published_at == datetime(2026, 5, 17, 9, tzinfo=UTC)


def test_an_owners_broadcast_of_the_schema_is_read():
    item = sample(item_of("youtube/v3/liveBroadcasts"))
    item["snippet"]["channelId"] = ACCOUNT.native_id
    item["status"] |= {"privacyStatus": "public", "lifeCycleStatus": "live"}
    discovery = BY_OWNER.discover(ACCOUNT, [], NOW, may_spend=True)
    upcoming = discovery.send(answer(next(discovery), {"items": [item]}))
    feed = discovery.send(answer(upcoming, {"items": []}))
    empty = replace(answer(feed, {}), body=b'<feed xmlns="http://www.w3.org/2005/Atom"/>')
    with pytest.raises(StopIteration) as end:
        discovery.send(empty)
    (found,) = end.value.value.broadcasts
    assert (found.native_id, found.title, found.description) == ("id", "title", "description")
    nine = datetime(2026, 5, 17, 9, tzinfo=UTC)
    assert {found.published_at, found.scheduled_at, found.started_at} == {nine}


def test_life_cycles_are_those_of_the_schema():
    known = schema("LiveBroadcastStatus")["lifeCycleStatus"]["enum"]
    assert set(LIFE_CYCLE) <= set(known)
    assert set(known) - set(LIFE_CYCLE) == {"lifeCycleStatusUnspecified", "complete", "revoked"}
    assert "private" in schema("LiveBroadcastStatus")["privacyStatus"]["enum"]


def test_the_scopes_asked_for_exist():
    analytics = json.loads((DOCUMENTS / "youtubeAnalytics.v2.json").read_text("utf-8"))
    scopes = {**DOCUMENT["auth"]["oauth2"]["scopes"], **analytics["auth"]["oauth2"]["scopes"]}
    assert set(OWNERS_GRANT.scopes) <= set(scopes)
    assert OWNERS_GRANT.scopes[0] in METHODS["youtube/v3/liveBroadcasts"]["scopes"]
    assert "access_type=offline" in OWNERS_GRANT.consent_address(CONSENT)
    assert "prompt=consent" in OWNERS_GRANT.consent_address(CONSENT)


def test_with_a_key_alone_nobody_has_to_log_in():
    assert PLATFORM.grant is None
    with pytest.raises(ValueError, match="owner: true needs client_id"):
        YouTube.Settings(api_key=SecretStr("k"), owner=True)
