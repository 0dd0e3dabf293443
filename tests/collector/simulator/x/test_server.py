"""X's API v2: shapes, both spellings, paging, money, rate limits and rotating tokens."""

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from collector.simulator.platforms import Platforms, SocialTerms
from collector.simulator.wire.server import serving
from collector.simulator.world.protocol import Video
from collector.simulator.world.scenario import Scenario
from collector.simulator.x.server import XTerms
from tests.support.body_shapes import contains, shape
from tests.support.simulator_examples import START, Clock

FIELDS = "public_metrics,created_at,entities,attachments"
MEDIA = {"expansions": "attachments.media_keys", "media.fields": "public_metrics,type,duration_ms"}
BEARER = {"Authorization": f"Bearer {XTerms().bearer}"}


@pytest.fixture
def user(event: Scenario) -> str:
    return event.others.x.channel_id


@pytest.fixture
def x(fresh: Platforms) -> Any:
    base = f"{fresh.address}/x/2"
    with httpx.Client(base_url=base, headers=BEARER, trust_env=False) as client:
        yield client


@pytest.fixture
def clip(event: Scenario, user: str) -> Video:
    shown = (
        video.observe(START)
        for video in event.world.videos
        if video.channel_id == user and video.clip
    )
    return next(video for video in shown if video and video.views)


def test_a_user_is_found_by_name_and_another_stands_in_errors(
    x: httpx.Client, event: Scenario, user: str
) -> None:
    handle = event.others.x.handle
    body = x.get("users/by", params={"usernames": f"{handle.upper()},nobody"}).json()
    assert body["data"] == [{"id": user, "username": handle, "name": event.others.x.title}]
    [lost] = body["errors"]
    assert lost["resource_id"] == "nobody"
    assert lost["type"].endswith("/resource-not-found")


def test_an_announcement_links_to_its_broadcast_and_counts_impressions_only(
    x: httpx.Client, on_air: Callable[[str], Video]
) -> None:
    post = on_air("x")
    params = {"ids": post.native_id, "post.fields": FIELDS, **MEDIA}
    body = x.get("tweets", params=params).json()
    [shown] = body["data"]
    metrics = shown["public_metrics"]
    assert metrics["impression_count"] == post.impressions
    assert metrics["like_count"] == post.likes
    assert metrics["reply_count"] == post.comments
    assert metrics["repost_count"] + metrics["quote_count"] == post.shares
    [link] = shown["entities"]["urls"]
    assert link["expanded_url"].startswith("https://x.com/i/broadcasts/")
    assert len(link["expanded_url"].rsplit("/", 1)[-1]) == 13
    assert shown["text"][link["start"] : link["end"]] == link["url"]
    assert "attachments" not in shown
    assert "includes" not in body


def test_a_recording_carries_a_medium_with_views(
    x: httpx.Client, clip: Video, example_json: Callable[[str], Any]
) -> None:
    body = x.get("tweets", params={"ids": clip.native_id, "post.fields": FIELDS, **MEDIA}).json()
    [medium] = body["includes"]["media"]
    assert body["data"][0]["attachments"]["media_keys"] == [medium["media_key"]]
    assert medium["public_metrics"] == {"view_count": clip.views}
    documented = example_json("x/media_view_count_docs.json")
    for of_media in documented["includes"]["media"]:
        del of_media["non_public_metrics"]  # their owner's
    documented["data"] = [documented["data"]]
    assert contains(shape(body), shape(documented))


def test_metrics_are_those_of_the_specification(
    x: httpx.Client, clip: Video, example_json: Callable[[str], Any]
) -> None:
    specified = example_json("x/openapi_2.167_schemas_excerpt.json")["PostPublicMetrics"]
    [post] = x.get("tweets", params={"ids": clip.native_id, "post.fields": FIELDS}).json()["data"]
    assert set(post["public_metrics"]) == set(specified["required"])


def test_the_older_parameter_is_answered_in_the_older_words(x: httpx.Client, clip: Video) -> None:
    [post] = x.get("tweets", params={"ids": clip.native_id, "tweet.fields": FIELDS}).json()["data"]
    assert "retweet_count" in post["public_metrics"]
    assert post["edit_history_tweet_ids"] == [clip.native_id]


def test_missing_ids_stand_in_errors_of_a_200_as_documented(
    x: httpx.Client, clip: Video, example_json: Callable[[str], Any]
) -> None:
    body = x.get("tweets", params={"ids": f"{clip.native_id},456"}).json()
    documented = example_json("x/partial_error_docs.json")
    assert contains(shape(body["errors"]), shape(documented["errors"]))
    alone = x.get("tweets", params={"ids": "456"})
    assert (alone.status_code, set(alone.json())) == (200, {"errors"})


def test_the_timeline_is_paged_and_ends_at_what_was_seen(x: httpx.Client, user: str) -> None:
    path, params = f"users/{user}/tweets", {"max_results": "20", "exclude": "replies,retweets"}
    ids: list[str] = []
    while True:
        body = x.get(path, params=params).json()
        ids += [post["id"] for post in body["data"]]
        assert body["meta"]["result_count"] == len(body["data"])
        if "next_token" not in body["meta"]:
            break
        params["pagination_token"] = body["meta"]["next_token"]
    assert ids == sorted(ids, key=int, reverse=True)
    assert len(ids) > 100
    newer = x.get(path, params={"since_id": ids[2], "max_results": "5"}).json()
    assert [post["id"] for post in newer["data"]] == ids[:2]
    nothing = x.get(path, params={"since_id": ids[0]}).json()
    assert nothing == {"meta": {"result_count": 0}}


@pytest.mark.parametrize(
    "params",
    [
        {"ids": ",".join(str(number) for number in range(101))},
        {"ids": "abc"},
        {},
        {"ids": "1", "post.fields": "everything"},
        {"ids": "1", "unheard_of": "1"},
    ],
)
def test_parameters_out_of_range_are_invalid_requests(
    x: httpx.Client, params: dict[str, str]
) -> None:
    refused = x.get("tweets", params=params)
    assert refused.status_code == 400
    assert refused.json()["type"].endswith("/invalid-request")


@pytest.mark.parametrize(
    "name", [("max_results", "4"), ("since_id", "x"), ("pagination_token", "")]
)
def test_a_timeline_takes_no_nonsense(x: httpx.Client, user: str, name: tuple[str, str]) -> None:
    assert x.get(f"users/{user}/tweets", params=dict([name])).status_code == 400


def test_a_post_is_paid_for_once_a_utc_day_and_without_credits_there_is_a_402(
    event: Scenario, clock: Clock, clip: Video, example_json: Callable[[str], Any]
) -> None:
    social = SocialTerms(x=XTerms(post_credits=2))
    with serving(event.world, now=clock, social=social) as served:
        url = f"{served.address}/x/2/tweets?ids={clip.native_id}"
        for _ in range(3):
            assert httpx.get(url, headers=BEARER, trust_env=False).status_code == 200
        assert served.x.paid == 1
        clock.advance(hours=24)
        assert httpx.get(url, headers=BEARER, trust_env=False).status_code == 200
        assert served.x.paid == 2
        clock.advance(hours=24)
        refused = httpx.get(url, headers=BEARER, trust_env=False)
    assert refused.status_code == 402
    assert refused.json() == example_json("x/error_402_credits_observed.json")


def test_the_usage_is_told_as_documented(
    x: httpx.Client, clip: Video, example_json: Callable[[str], Any]
) -> None:
    x.get("tweets", params={"ids": clip.native_id})
    usage = x.get("usage/tweets", params={"days": "1"}).json()
    assert usage["data"]["project_usage"] == 1
    assert contains(shape(usage), shape(example_json("x/usage_tweets_docs.json")))


def test_an_app_is_nobody(x: httpx.Client) -> None:
    assert x.get("users/me").status_code == 401


def test_limits_stand_in_headers_and_one_call_too_many_is_a_429(
    event: Scenario, clock: Clock, clip: Video, example_json: Callable[[str], Any]
) -> None:
    with serving(event.world, now=clock, social=SocialTerms(x=XTerms(posts=2))) as served:
        url = f"{served.address}/x/2/tweets?ids={clip.native_id}"
        answers = [httpx.get(url, headers=BEARER, trust_env=False) for _ in range(3)]
        assert [answer.headers["x-rate-limit-remaining"] for answer in answers] == ["1", "0", "0"]
        reset = int((clock.at + timedelta(minutes=15)).timestamp())
        assert answers[2].headers["x-rate-limit-reset"] == str(reset)
        assert answers[2].status_code == 429
        assert answers[2].json() == example_json("x/error_429_docs.json")
        clock.advance(minutes=15)
        assert httpx.get(url, headers=BEARER, trust_env=False).status_code == 200
        assert served.x.calls == {"tweets": 4}


def test_without_a_token_nothing_is_answered(caller: httpx.Client) -> None:
    refused = caller.get("/x/2/tweets?ids=1")
    assert refused.status_code == 401
    assert refused.json()["title"] == "Unauthorized"


def test_a_refresh_token_is_good_for_one_use(
    fresh: Platforms, caller: httpx.Client, clock: Clock, clip: Video
) -> None:
    verifier, redirect = "v" * 50, "http://127.0.0.1:1/back"
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": fresh.x.client.client_id,
        "redirect_uri": redirect,
        "state": "s1",
        "scope": "tweet.read users.read offline.access",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }

    def code() -> str:
        consent = caller.get("/x/i/oauth2/authorize", params=query)
        assert consent.status_code == 302
        return httpx.URL(consent.headers["location"]).params["code"]

    def token(**form: str) -> httpx.Response:
        client = {"client_id": fresh.x.client.client_id}
        return caller.post("/x/2/oauth2/token", data={**client, **form})

    grant = {"grant_type": "authorization_code", "redirect_uri": redirect}
    wrong = token(**grant, code=code(), code_verifier="w" * 50)
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    first = token(**grant, code=code(), code_verifier=verifier).json()
    assert (first["token_type"], first["expires_in"]) == ("bearer", 7200)
    url = f"/x/2/tweets?ids={clip.native_id}"
    mine = {"Authorization": f"Bearer {first['access_token']}"}
    assert caller.get(url, headers=mine).status_code == 200
    clock.advance(hours=2)
    assert caller.get(url, headers=mine).status_code == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = token(**refresh).json()
    assert second["refresh_token"] != first["refresh_token"]
    mine = {"Authorization": f"Bearer {second['access_token']}"}
    assert caller.get(url, headers=mine).status_code == 200
    again = token(**refresh)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
