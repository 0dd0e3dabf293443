"""TikTok's Display API: the envelope, paging by milliseconds, limits and rotating tokens."""

import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from collector.simulator.platforms import Platforms, SocialTerms
from collector.simulator.tiktok.server import TikTokTerms
from collector.simulator.wire.server import serving
from collector.simulator.world.scenario import Scenario
from tests.support.body_shapes import contains, shape
from tests.support.simulator_examples import START, Clock

FIELDS = "id,title,create_time,duration,share_url,view_count,like_count,comment_count,share_count"
OK = {"code": "ok", "message": ""}


@pytest.fixture
def tiktok(fresh: Platforms, event: Scenario) -> Any:
    token = fresh.tiktok.tokens[event.others.tiktok.handle].access_token
    headers = {"Authorization": f"Bearer {token}"}
    base = f"{fresh.address}/tiktok/v2"
    with httpx.Client(base_url=base, headers=headers, trust_env=False) as client:
        yield client


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def listing(client: httpx.Client, fields: str = FIELDS, **body: Any) -> httpx.Response:
    return client.post("/video/list/", params={"fields": fields}, json=body)


def query(client: httpx.Client, *ids: str) -> httpx.Response:
    body = {"filters": {"video_ids": list(ids)}}
    return client.post("/video/query/", params={"fields": FIELDS}, json=body)


def test_the_list_pages_from_the_newest_by_milliseconds_and_gives_the_counts(
    tiktok: httpx.Client, event: Scenario
) -> None:
    videos: list[dict[str, Any]] = []
    body: dict[str, Any] = {"max_count": 20}
    while True:
        answer = listing(tiktok, **body).json()
        assert answer["error"] == OK | {"log_id": answer["error"]["log_id"]}
        videos += answer["data"]["videos"]
        body["cursor"] = answer["data"]["cursor"]
        if not answer["data"]["has_more"]:
            break
    times = [video["create_time"] for video in videos]
    assert times == sorted(times, reverse=True)
    assert body["cursor"] == times[-1] * 1000
    assert len({video["id"] for video in videos}) == len(videos) > 100
    for video in videos[::20]:
        truth = event.world.video(video["id"], START)
        counts = (
            video["view_count"],
            video["like_count"],
            video["comment_count"],
            video["share_count"],
        )
        assert counts == (truth.views, truth.likes, truth.comments, truth.shares)


def test_a_query_is_the_example_and_leaves_out_what_is_not_there(
    tiktok: httpx.Client, example_json: Callable[[str], Any]
) -> None:
    first = listing(tiktok, max_count=1).json()["data"]["videos"][0]
    answer = query(tiktok, first["id"], "7000000000000000000").json()
    assert [video["id"] for video in answer["data"]["videos"]] == [first["id"]]
    documented = example_json("tiktok/video_query_constructed_from_schema.json")
    documented = documented.get("_response", documented)
    documented = {name: documented[name] for name in ("data", "error")}
    assert contains(
        shape(answer), shape({**documented, "data": {"videos": documented["data"]["videos"][:1]}})
    )


def test_the_person_is_told_who_they_are(tiktok: httpx.Client, event: Scenario) -> None:
    fields = {"fields": "open_id,username,display_name"}
    person = tiktok.get("/user/info/", params=fields).json()["data"]["user"]
    assert person["open_id"] == event.others.tiktok.channel_id
    assert person["username"] == event.others.tiktok.handle


def test_mistakes_are_invalid_params(tiktok: httpx.Client) -> None:
    for answer in (
        listing(tiktok, max_count=21),
        listing(tiktok, fields=""),
        listing(tiktok, fields="id,viewers"),
        listing(tiktok, cursor="yesterday"),
        query(tiktok),
        query(tiktok, *(str(number) for number in range(21))),
        tiktok.post("/video/list/", params={"fields": "id"}, data={"max_count": "1"}),
    ):
        assert code_of(answer) == (400, "invalid_params")


def test_an_unknown_or_ended_token_is_a_401(
    tiktok: httpx.Client, clock: Clock, example_json: Callable[[str], Any]
) -> None:
    assert code_of(listing(tiktok)) == (200, "ok")
    clock.advance(hours=2)
    ended = listing(tiktok)
    assert code_of(ended) == (401, "access_token_invalid")
    observed = example_json("tiktok/error_401_observed_fixture.json")
    observed = observed.get("_response", observed)
    assert set(ended.json()["error"]) == set(observed["error"])


def test_what_was_not_consented_to_is_refused_in_two_ways(event: Scenario, clock: Clock) -> None:
    social = SocialTerms(tiktok=TikTokTerms(scope="user.info.basic"))
    with serving(event.world, now=clock, social=social) as served:
        token = served.tiktok.tokens[event.others.tiktok.handle].access_token
        headers = {"Authorization": f"Bearer {token}"}
        base = f"{served.address}/tiktok/v2"
        with httpx.Client(base_url=base, headers=headers, trust_env=False) as client:
            assert code_of(listing(client)) == (401, "scope_not_authorized")
            named = client.get("/user/info/", params={"fields": "open_id,username"})
            assert code_of(named) == (200, "scope_permission_missed")


def test_a_minute_takes_so_many_calls_of_each_kind(event: Scenario, clock: Clock) -> None:
    social = SocialTerms(tiktok=TikTokTerms(calls_a_minute=2))
    with serving(event.world, now=clock, social=social) as served:
        token = served.tiktok.tokens[event.others.tiktok.handle].access_token
        headers = {"Authorization": f"Bearer {token}"}
        base = f"{served.address}/tiktok/v2"
        with httpx.Client(base_url=base, headers=headers, trust_env=False) as client:
            assert [listing(client).status_code for _ in range(3)] == [200, 200, 429]
            assert code_of(listing(client)) == (429, "rate_limit_exceeded")
            assert query(client, "1").status_code == 200
            clock.advance(seconds=61)
            assert listing(client).status_code == 200
        assert served.tiktok.calls == {"video/list": 5, "video/query": 1}


def test_tokens_last_two_hours_and_refresh_tokens_rotate(
    fresh: Platforms, caller: httpx.Client, event: Scenario, clock: Clock
) -> None:
    app = {
        "client_key": fresh.tiktok.client.client_id,
        "client_secret": fresh.tiktok.client.client_secret,
    }
    redirect = "http://127.0.0.1:1/back"
    query = {"client_key": app["client_key"], "redirect_uri": redirect, "state": "s1"}
    query["scope"] = "user.info.basic,video.list"
    # TikTok's challenge is in hexadecimal, unlike everybody else's.
    query["code_challenge"] = hashlib.sha256(b"v" * 50).hexdigest()
    consent = caller.get("/tiktok/v2/auth/authorize/", params={**query, "response_type": "code"})
    code = httpx.URL(consent.headers["location"]).params["code"]

    def token(**form: str) -> dict[str, Any]:
        answer = caller.post("/tiktok/v2/oauth/token/", data={**app, **form})
        assert answer.status_code == 200  # refusals too
        return answer.json()

    grant = {"grant_type": "authorization_code", "code_verifier": "v" * 50}
    first = token(**grant, code=code, redirect_uri=redirect)
    assert first["open_id"] == event.others.tiktok.channel_id
    assert (first["expires_in"], first["refresh_expires_in"]) == (7200, 180 * 86_400)
    clock.advance(hours=3)
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = token(**refresh)
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    base = f"{fresh.address}/tiktok/v2"
    with httpx.Client(base_url=base, headers=headers, trust_env=False) as client:
        assert code_of(listing(client)) == (200, "ok")
    again = token(**refresh)
    assert set(again) == {"error", "error_description", "log_id"}
    assert again["error"] == "invalid_grant"
    app["client_secret"] = "wrong"
    assert token(**refresh)["error"] == "invalid_client"
