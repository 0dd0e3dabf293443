"""Real bodies of X, TikTok and LinkedIn, read as a person reads them.

They are read in place. Each meets the parser that its endpoint's answer would meet, and is then
fed to every other method too: none may crash, and no number may come out that did not go in. The
body of a look-up of one post is put into the list that a look-up of many has.
"""

import json
from datetime import UTC, datetime, timedelta
from itertools import combinations_with_replacement
from typing import Any

import pytest
from pydantic import SecretStr

from collector.contract.errors import (
    AuthFailed,
    PlatformError,
    QuotaExceeded,
    RateLimited,
    Rejected,
    Unreadable,
)
from collector.contract.exchange import Response
from collector.platforms.linkedin import LinkedIn
from collector.platforms.tiktok import TikTok
from collector.platforms.x import X
from storage.model import Account, Broadcast, Metric, Status

AT = datetime(2026, 5, 17, 10, 0, tzinfo=UTC)
READY = {
    "x": X(X.Settings(bearer_token=SecretStr("t"))),
    "tiktok": TikTok(TikTok.Settings(client_key="k", client_secret=SecretStr("s"))),
    "linkedin": LinkedIn(LinkedIn.Settings(access_token=SecretStr("t"))),
}
FOLDERS = {
    "recordings/x": 16,
    "recordings/tiktok": 4,
    "platforms/examples/x": 12,
    "platforms/examples/tiktok": 2,
    "platforms/examples/linkedin": 5,
}
X_RECORDED, X_EXAMPLES = "recordings/x/x-{}.json", "platforms/examples/x/{}.json"
#: What a poll of the posts in a body reads: the counts told, by post.
POLLED = {
    X_RECORDED.format("tweets"): {"1261326399320715264": {}, "1278347468690915330": {}},
    X_RECORDED.format("tweet"): {"1067094924124872705": {}},
    X_RECORDED.format("timeline"): {
        "1364275610764201984": {"likes": 37, "comments": 2, "shares": 11},
        "1362876655061073928": {"likes": 58, "comments": 7, "shares": 22},
        "1362439338978467841": {"likes": 9, "comments": 2, "shares": 0},
        "1362439338169016324": {"likes": 8, "comments": 2, "shares": 1},
        "1362439336910675970": {"likes": 74, "comments": 9, "shares": 19},
    },
    X_RECORDED.format("search-query"): {
        "1276035977375477760": {},
        "1275882613572583424": {},
        "1275763727908798470": {},
        "1275653067283759104": {},
    },
    X_RECORDED.format("tweet-model"): {
        "1212092628029698048": {"likes": 40, "comments": 2, "shares": 9}
    },
    X_RECORDED.format("tweepy-tweets-ids"): {"1293593516040269825": {}, "1293595870563381249": {}},
    X_RECORDED.format("tweepy-tweet"): {"1293593516040269825": {}},
    X_RECORDED.format("tweepy-users-tweets"): {
        "1577730467436138524": {},
        "1565318587736285184": {},
    },
    X_EXAMPLES.format("media_view_count_docs"): {"1234567890": {"views": 12543}},
    X_EXAMPLES.format("post_public_metrics_docs_prose"): {
        "1234567890": {"likes": 234, "comments": 12, "shares": 55, "impressions": 5432}
    },
    "recordings/tiktok/tx-v1-video-zero-counts.json": {
        "7084117582483279150": {"views": 0, "likes": 0, "comments": 0, "shares": 0}
    },
    "recordings/tiktok/doc-v2-video-list.json": {"12345123451234512345": {}},
    "platforms/examples/tiktok/video_query_constructed_from_schema.json": {
        "1234568030997662933": {"views": 123456, "likes": 345, "comments": 6, "shares": 7}
    },
}
#: The status that the body stands for and the error it is.
REFUSED = {
    X_RECORDED.format("stream-delete-error"): (400, Rejected, "One or more parameters"),
    X_EXAMPLES.format("error_400_docs"): (400, Rejected, "'query' parameter is required"),
    X_EXAMPLES.format("error_402_credits_observed"): (402, QuotaExceeded, "any credits"),
    X_EXAMPLES.format("error_429_docs"): (429, RateLimited, "Rate limit exceeded"),
    X_EXAMPLES.format("error_usage_capped_observed"): (429, QuotaExceeded, "Monthly product cap"),
    "recordings/tiktok/doc-v2-access-token-invalid.json": (401, AuthFailed, "access_token_invalid"),
    "recordings/tiktok/doc-v2-scope-not-authorized.json": (401, AuthFailed, "scope_not_authorized"),
    "platforms/examples/tiktok/error_401_observed_fixture.json": (
        401,
        AuthFailed,
        "access_token_invalid",
    ),
    "platforms/examples/linkedin/error_401_docs.json": (401, AuthFailed, "Empty oauth2"),
    "platforms/examples/linkedin/error_401_expired_observed.json": (401, AuthFailed, "has expired"),
    "platforms/examples/linkedin/error_403_observed.json": (403, AuthFailed, "Unpermitted fields"),
    "platforms/examples/linkedin/error_429_docs_mirror.json": (429, QuotaExceeded, "throttle"),
}
#: Answers of endpoints that are not asked, or of another shape: nothing may be read out of them.
FOREIGN = {
    X_RECORDED.format("counts-recent"),
    X_RECORDED.format("tweepy-counts"),
    X_RECORDED.format("space"),
    X_RECORDED.format("spaces"),
    X_RECORDED.format("tweepy-search-spaces"),
    X_RECORDED.format("user-metrics"),
    X_EXAMPLES.format("activity_broadcast_chat"),
    X_EXAMPLES.format("activity_broadcast_end"),
    X_EXAMPLES.format("activity_broadcast_start"),
    X_EXAMPLES.format("openapi_2.167_schemas_excerpt"),
}
#: Those with a test of their own below.
READ_BELOW = {
    X_RECORDED.format("tweepy-search"),
    X_EXAMPLES.format("partial_error_docs"),
    X_EXAMPLES.format("usage_tweets_docs"),
    "platforms/examples/linkedin/social_metadata_fixture.json",
}


def platform_of(name):
    return READY[name.split("/")[-2]]


def account_of(platform):
    return Account(
        key=f"{platform.name}:a",
        platform=platform.name,
        handle="a",
        name="a",
        native_id="22",
        resolved_at=None,
    )


def broadcast_of(platform, native_id):
    return Broadcast(
        key=f"{platform.name}:{native_id}",
        platform=platform.name,
        account=f"{platform.name}:a",
        native_id=native_id,
        title="t",
        url="",
        status=Status.UNKNOWN,
        published_at=None,
        scheduled_at=None,
        started_at=None,
        ended_at=None,
        discovered_at=AT - timedelta(days=1),
    )


def read(shared, name):
    return json.loads((shared / name).read_text("utf-8"))


def as_list(body):
    """The body of one post as a look-up of many would have it; of a bare post too."""
    if "data" not in body and "id" in body:
        return {"data": [body]}
    return {**body, "data": [body["data"]]} if "id" in body.get("data", []) else body


def fed(exchange, body, status=200) -> Any:
    """Give the exchange this one body however often it asks, and return what it makes of it."""
    try:
        request = next(exchange)
        for _ in range(20):
            answer = Response(
                platform=request.platform,
                source=request.source,
                status=status,
                headers={},
                body=json.dumps(body).encode(),
                received_at=AT,
            )
            if request.settle:
                assert all(units >= 0 for units in request.settle(answer).values())
            request = exchange.send(answer)
    except StopIteration as end:
        return end.value
    except PlatformError as error:
        return error
    return None


def polled(name, body, ids, status=200) -> Any:
    platform = platform_of(name)
    account = account_of(platform)
    asked = [broadcast_of(platform, one) for one in ids]
    return fed(platform.poll(asked, {account.key: account}, AT), body, status)


def told(snapshot):
    counts = {str(metric): getattr(snapshot, metric) for metric in Metric}
    return {name: value for name, value in counts.items() if value is not None}


@pytest.mark.parametrize("name", POLLED)
def test_a_poll_reads_what_a_person_reads(shared, name):
    readings = polled(name, as_list(read(shared, name)), POLLED[name])
    by_key = {one.broadcast: told(one) for one in readings.snapshots}
    platform = platform_of(name).name
    assert by_key == {f"{platform}:{one}": counts for one, counts in POLLED[name].items()}
    assert readings.missing == readings.unreadable == readings.broadcasts == ()


@pytest.mark.parametrize("name", REFUSED)
def test_an_error_has_the_remedy_that_it_asks_for(shared, name):
    status, error, words = REFUSED[name]
    found = polled(name, read(shared, name), ["21"], status)
    assert type(found) is error
    assert words in found.detail


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_another_endpoints_answer_is_no_reading(shared, name):
    found = polled(name, read(shared, name), ["21"])
    if isinstance(found, PlatformError):
        assert type(found) is Unreadable
    else:
        assert found.snapshots == found.missing == ()
        assert found.unreadable


def test_a_timeline_without_broadcasts_costs_its_posts_and_is_not_read_again(shared):
    platform = X(X.Settings(bearer_token=SecretStr("t")))
    account = account_of(platform)
    body = read(shared, X_RECORDED.format("timeline"))
    exchange = platform.discover(account, [], AT, may_spend=True)
    request = next(exchange)
    assert "since_id" not in request.params
    answer = Response(
        platform="x",
        source=request.source,
        status=200,
        headers={},
        body=json.dumps(body).encode(),
        received_at=AT,
    )
    assert request.settle(answer) == {"x.posts": 5, "x.spend": 25}
    with pytest.raises(StopIteration) as end:
        exchange.send(answer)
    assert end.value.value.broadcasts == end.value.value.unreadable == ()
    again = next(platform.discover(account, [], AT, may_spend=True))
    assert again.params["since_id"] == "1364275610764201984"


def test_a_video_of_two_minutes_is_a_clip_and_of_any_length_a_recording_if_one_says_so(shared):
    body = as_list(read(shared, X_RECORDED.format("tweet")))
    found = {}
    for shortest in (600, 0):
        platform = X(X.Settings(bearer_token=SecretStr("t"), shortest_video_seconds=shortest))
        discovery = fed(platform.discover(account_of(platform), [], AT, may_spend=True), body)
        found[shortest] = [one.title for one in discovery.broadcasts]
    assert found[600] == []
    (title,) = found[0]
    assert title.startswith("Just getting started with Twitter APIs?")
    assert title.endswith("Watch this video!")


def test_a_search_asks_for_its_next_page_by_the_token_it_was_given(shared):
    platform = X(X.Settings(bearer_token=SecretStr("t")))
    known = [broadcast_of(platform, "1")]
    exchange = platform.discover(account_of(platform), known, AT, may_spend=True)
    body = read(shared, X_RECORDED.format("tweepy-search"))
    first = next(exchange)
    answer = Response(
        platform="x",
        source=first.source,
        status=200,
        headers={},
        body=json.dumps(body).encode(),
        received_at=AT,
    )
    second = exchange.send(answer)
    assert second.params["pagination_token"] == "b26v89c19zqg8o3fpzbn1e0ffhxjiofzw6po136rvbnul"
    assert second.params["since_id"] == "1"


def test_a_partial_error_leaves_what_was_found_and_names_what_is_gone(shared):
    name = X_EXAMPLES.format("partial_error_docs")
    readings = polled(name, read(shared, name), ["123", "456"])
    assert [(one.broadcast, told(one)) for one in readings.snapshots] == [("x:123", {})]
    assert readings.missing == ("x:456",)
    assert readings.unreadable == ()


def test_usage_that_was_not_told_is_not_made_up(shared):
    body = read(shared, X_EXAMPLES.format("usage_tweets_docs"))
    platform = READY["x"]
    said = fed(platform.probe(account_of(platform)), body)
    assert said == "the bearer token works; ? of 10000000 posts read this month"


def test_reactions_of_all_kinds_are_likes(shared):
    metadata = read(shared, "platforms/examples/linkedin/social_metadata_fixture.json")
    body = {"results": {metadata["entity"]: metadata}, "elements": []}
    readings = polled("linkedin/x", body, [metadata["entity"]])
    assert [told(one) for one in readings.snapshots] == [{"likes": 10, "comments": 3}]


def test_titles_and_times_are_read_from_a_real_list(shared):
    body = read(shared, "recordings/tiktok/tx-v1-video-zero-counts.json")
    platform = READY["tiktok"]
    discovery = fed(platform.discover(account_of(platform), [], AT, may_spend=True), body)
    (video,) = discovery.broadcasts
    assert video.title == video.description == "When cat hear birds sing"
    assert video.published_at == datetime(2022, 4, 8, 6, 34, 19, tzinfo=UTC)
    assert video.url == "https://www.tiktok.com/@wangneng12/video/7084117582483279150"
    assert video.status is Status.UNKNOWN


def test_every_body_there_is_has_been_read(shared):
    found = {
        folder: sorted(f"{folder}/{path.name}" for path in (shared / folder).glob("*.json"))
        for folder in FOLDERS
    }
    assert {folder: len(names) for folder, names in found.items()} == FOLDERS
    every = {name for names in found.values() for name in names}
    assert every == {*POLLED, *REFUSED, *FOREIGN, *READ_BELOW}


def numbers_in(value):
    """Every number of a body, also where it is written as digits, and how many things it has."""
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return {number for one in inside for number in numbers_in(one)}
    if isinstance(value, str):
        return {int(value)} if value.isdecimal() else set()
    return {value} if type(value) is int else set()


def ids_in(value):
    if isinstance(value, list):
        return [one for each in value for one in ids_in(each)]
    if not isinstance(value, dict):
        return []
    own = [value["id"]] if isinstance(value.get("id"), str) else []
    return own + [one for each in value.values() for one in ids_in(each)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_whatever_meets_whatever_none_crashes_and_none_invents_a_number(shared, folder):
    read_at_all = 0
    for path in sorted((shared / folder).glob("*.json")):
        body = json.loads(path.read_text("utf-8"))
        for shape in (body, as_list(body)):
            ids = list(dict.fromkeys(ids_in(shape)))[:20] or ["21"]
            numbers = {0, *numbers_in(shape)}
            sums = {a + b for a, b in combinations_with_replacement(sorted(numbers)[:400], 2)}
            for platform in READY.values():
                account = account_of(platform)
                asked = [broadcast_of(platform, one) for one in ids]
                for status in (200, 400, 401, 429, 503):
                    found = fed(platform.poll(asked, {account.key: account}, AT), shape, status)
                    for snapshot in getattr(found, "snapshots", ()):
                        read_at_all += 1
                        assert set(told(snapshot).values()) <= numbers | sums, path.name
                    fed(platform.discover(account, asked, AT, may_spend=True), shape, status)
                    fed(platform.resolve(account), shape, status)
                    fed(platform.probe(account), shape, status)
    assert read_at_all or folder.endswith("linkedin")
