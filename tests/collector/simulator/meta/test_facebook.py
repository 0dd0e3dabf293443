"""Facebook's graph: the fact sheet's shapes, traps and errors, over real HTTP."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from facebook_business.adobjects.advideo import AdVideo
from facebook_business.adobjects.livevideo import LiveVideo

from collector.simulator.meta.facebook import FacebookNodes, video_id_of
from collector.simulator.meta.server import GraphTerms
from collector.simulator.platforms import Platforms, SocialTerms
from collector.simulator.wire.server import serving
from collector.simulator.world.protocol import Video
from collector.simulator.world.scenario import Scenario
from tests.support.body_shapes import contains, shape
from tests.support.simulator_examples import START, Clock

FIELDS = (
    "id,status,title,description,permalink_url,creation_time,planned_start_time,"
    "broadcast_start_time,seconds_left,live_views,total_views,"
    "video{id,views,post_views,live_status,live_audience_count,length,post_id},"
    "reactions.summary(total_count).limit(0),comments.summary(true).limit(0)"
)
BASE = "/facebook/v26.0"


@pytest.fixture
def page(event: Scenario) -> str:
    return event.others.facebook.channel_id


@pytest.fixture
def graph(fresh: Platforms, page: str) -> Any:
    headers = {"Authorization": f"Bearer {fresh.facebook.tokens.page_token(page)}"}
    with httpx.Client(
        base_url=f"{fresh.address}{BASE}", headers=headers, trust_env=False
    ) as client:
        yield client


def error_of(answer: httpx.Response) -> tuple[int, int, int | None]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("error_subcode")


def test_a_page_lists_what_it_has_on_the_air_with_all_counts(
    graph: httpx.Client, page: str, on_air: Callable[[str], Video]
) -> None:
    params = {"broadcast_status": '["LIVE"]', "fields": FIELDS, "limit": "25"}
    listed = graph.get(f"{page}/live_videos", params=params).json()["data"]
    live = on_air("facebook")
    body = next(video for video in listed if video["id"] == live.native_id)
    assert {video["status"] for video in listed} == {"LIVE"}
    assert body["live_views"] == live.concurrent_viewers
    assert body["total_views"] == str(live.views)
    assert body["reactions"] == {"data": [], "summary": {"total_count": live.likes}}
    assert body["comments"]["summary"]["total_count"] == live.comments
    assert body["video"]["id"] != live.native_id
    assert body["video"]["live_status"] == "LIVE"
    assert body["creation_time"].endswith("+0000")


def test_one_is_asked_for_by_its_id_and_says_the_same(
    graph: httpx.Client, on_air: Callable[[str], Video]
) -> None:
    live = on_air("facebook")
    body = graph.get(live.native_id, params={"fields": "live_views,video{id}"}).json()
    video = {"id": video_id_of(live.native_id)}
    assert body == {"live_views": live.concurrent_viewers, "video": video, "id": live.native_id}


def test_known_fields_are_those_of_the_sdk(event: Scenario, on_air: Callable[[str], Video]) -> None:
    node = FacebookNodes(event.world).node(on_air("facebook").native_id, START)
    sdk = {value for name, value in vars(LiveVideo.Field).items() if not name.startswith("_")}
    assert sdk <= set(node.fields) <= sdk | {"overlay_url"}
    of_video = {value for name, value in vars(AdVideo.Field).items() if not name.startswith("_")}
    assert set(node.fields["video"].fields) <= of_video


def test_the_cursor_stands_on_the_last_page_too_and_next_only_where_there_is_more(
    graph: httpx.Client, page: str
) -> None:
    params = {"fields": "id", "limit": "10"}
    ids: list[str] = []
    pages = 0
    while True:
        body = graph.get(f"{page}/live_videos", params=params).json()
        ids += [video["id"] for video in body["data"]]
        pages += 1
        params["after"] = body["paging"]["cursors"]["after"]
        if "next" not in body["paging"]:
            break
    assert len(ids) == len(set(ids)) > 20
    assert pages == -(-len(ids) // 10)
    assert graph.get(f"{page}/live_videos", params=params).json() == {"data": []}


def test_viewers_linger_after_the_stop(
    graph: httpx.Client, clock: Clock, on_air: Callable[[str], Video]
) -> None:
    live = on_air("facebook")
    params = {"fields": "status,live_views,video{live_status,length}"}

    def shown() -> dict[str, Any]:
        return graph.get(live.native_id, params=params).json()

    while shown()["status"] == "LIVE":
        clock.advance(seconds=30)
    stopped = shown()
    assert stopped["status"] == "LIVE_STOPPED"
    assert stopped["live_views"] > 0
    assert stopped["video"]["length"] > 0
    clock.advance(minutes=2)
    assert shown()["status"] == "VOD"
    assert "live_views" not in shown()


def test_a_batch_answers_in_order_with_bodies_as_text_and_gaps(
    event: Scenario, clock: Clock, page: str, on_air: Callable[[str], Video]
) -> None:
    social = SocialTerms(facebook=GraphTerms(timed_out=frozenset({2})))
    live = on_air("facebook")
    parts = [
        {"method": "GET", "relative_url": f"v26.0/{native_id}?fields=id,status"}
        for native_id in (live.native_id, live.native_id, "1000000000000000")
    ]
    with serving(event.world, now=clock, social=social) as served:
        token = served.facebook.tokens.page_token(page)
        answer = httpx.post(
            f"{served.address}{BASE}/",
            data={"batch": json.dumps(parts), "include_headers": "false"},
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        ).json()
        assert served.facebook.calls == {"batch": 1}
        assert served.facebook.parts == {"node": 3}
    assert json.loads(answer[0]["body"]) == {"id": live.native_id, "status": "LIVE"}
    assert answer[1] is None
    assert answer[2]["code"] == 400
    assert json.loads(answer[2]["body"])["error"]["error_subcode"] == 33


def test_more_than_fifty_are_too_many_for_a_batch(graph: httpx.Client, page: str) -> None:
    parts = [{"method": "GET", "relative_url": page}] * 51
    answer = graph.post("", data={"batch": json.dumps(parts)})
    assert "Maximum batch size is 50" in answer.json()["error"]["message"]


def test_what_is_refused_is_refused_in_the_documented_way(
    graph: httpx.Client, page: str, example_json: Callable[[str], Any]
) -> None:
    assert error_of(graph.get("", params={"ids": page})) == (500, 100, None)
    gone = graph.get("1232138859055506")
    assert error_of(gone) == (400, 100, 33)
    unknown = graph.get(page, params={"fields": "id,views_of_everything"})
    assert error_of(unknown) == (400, 100, None)
    assert "views_of_everything" in unknown.json()["error"]["message"]
    statuses = {"broadcast_status": "LIVE"}
    assert error_of(graph.get(f"{page}/live_videos", params=statuses)) == (400, 100, None)
    bare = graph.get(page, headers={"Authorization": ""})
    assert error_of(bare) == (400, 104, None)
    other = graph.get(page, headers={"Authorization": "Bearer nonsense"})
    assert error_of(other) == (400, 190, None)
    observed = example_json("facebook/error_100_33_not_found_observed.json")
    assert shape(gone.json()) == shape(observed)
    assert gone.json()["error"]["message"] == observed["error"]["message"]


def test_insights_exist_after_the_end_and_one_dead_metric_fails_them_all(
    graph: httpx.Client,
    event: Scenario,
    on_air: Callable[[str], Video],
    example_json: Callable[[str], Any],
) -> None:
    live = video_id_of(on_air("facebook").native_id)
    path = f"{live}/video_insights"
    assert graph.get(path, params={"metric": "total_video_views"}).json() == {"data": []}
    ended = next(
        video
        for video in event.world.videos
        if video.channel_id == event.others.facebook.channel_id and video.ended_at < START
    )
    path = f"{video_id_of(ended.native_id)}/video_insights"
    answer = graph.get(path, params={"metric": "total_video_views", "period": "lifetime"}).json()
    assert answer["data"][0]["values"] == [{"value": ended.observe(START).views}]
    dead = graph.get(path, params={"metric": "total_video_views,total_video_impressions"})
    assert error_of(dead) == (400, 100, None)
    answer.pop("paging")
    assert contains(shape(answer), shape(example_json("facebook/video_insights_docs.json")))


def test_shares_stand_on_the_post_and_are_absent_when_there_are_none(
    graph: httpx.Client, page: str, event: Scenario, on_air: Callable[[str], Video]
) -> None:
    live = on_air("facebook")
    post = graph.get(live.native_id, params={"fields": "video{post_id}"}).json()["video"]["post_id"]
    assert graph.get(post, params={"fields": "shares"}).json()["shares"] == {"count": live.shares}
    upcoming = next(
        public
        for video in event.world.videos
        if video.channel_id == page and (public := video.observe(START)) and public.views == 0
    )
    fields = {"fields": "video{post_id}"}
    post = graph.get(upcoming.native_id, params=fields).json()["video"]["post_id"]
    assert graph.get(post, params={"fields": "shares"}).json() == {"id": post}


def test_usage_is_told_in_headers_and_refused_at_100_per_cent(
    event: Scenario, clock: Clock, page: str, example_json: Callable[[str], Any]
) -> None:
    social = SocialTerms(facebook=GraphTerms(account_calls_a_day=4, app_calls_an_hour=6))
    with serving(event.world, now=clock, social=social) as served:
        headers = {"Authorization": f"Bearer {served.facebook.tokens.page_token(page)}"}
        url = f"{served.address}{BASE}/{page}"
        answers = [httpx.get(url, headers=headers, trust_env=False) for _ in range(5)]
        usage = [
            json.loads(answer.headers["x-business-use-case-usage"])[page][0] for answer in answers
        ]
        assert [limit["call_count"] for limit in usage] == [0, 25, 50, 75, 100]
        assert usage[4]["estimated_time_to_regain_access"] == 24 * 60 + 1
        assert error_of(answers[4]) == (400, 80001, None)
        documented = example_json("facebook/header_x_business_use_case_usage_docs.json")
        assert shape(usage[0]) == shape(next(iter(documented.values()))[0])
        user = {"Authorization": f"Bearer {served.facebook.tokens.user_token}"}
        me = f"{served.address}{BASE}/me"
        mine = [httpx.get(me, headers=user, trust_env=False) for _ in range(3)]
        assert [answer.status_code for answer in mine] == [200, 200, 400]
        assert error_of(mine[2])[1] == 4
        clock.advance(hours=25)
        assert httpx.get(url, headers=headers, trust_env=False).status_code == 200


def test_a_consent_becomes_a_page_token_that_never_ends(
    fresh: Platforms, caller: httpx.Client, page: str, clock: Clock
) -> None:
    redirect = "http://127.0.0.1:1/back"
    client = fresh.facebook.tokens.client
    app = {"client_id": client.client_id, "client_secret": client.client_secret}
    query = {"client_id": client.client_id, "redirect_uri": redirect, "state": "s1"}
    consent = caller.get(f"{BASE}/dialog/oauth", params=query)
    assert consent.status_code == 302
    back = httpx.URL(consent.headers["location"])
    assert back.params["state"] == "s1"
    form = {**app, "redirect_uri": redirect, "code": back.params["code"]}
    short = caller.post(f"{BASE}/oauth/access_token", data=form).json()
    assert short["expires_in"] == 3600
    assert error_of(caller.post(f"{BASE}/oauth/access_token", data=form))[1] == 100
    exchange = {"grant_type": "fb_exchange_token", "fb_exchange_token": short["access_token"]}
    long = caller.get(f"{BASE}/oauth/access_token", params={**app, **exchange}).json()
    assert long["expires_in"] == 60 * 86_400
    me = {"Authorization": f"Bearer {long['access_token']}"}
    fields = {"fields": "id,name,access_token"}
    accounts = caller.get(f"{BASE}/me/accounts", params=fields, headers=me).json()["data"]
    [mine] = [account for account in accounts if account["id"] == page]
    clock.advance(days=61)
    query = {"input_token": mine["access_token"], "access_token": "|".join(app.values())}
    inspected = caller.get(f"{BASE}/debug_token", params=query).json()["data"]
    assert (inspected["is_valid"], inspected["expires_at"]) == (True, 0)
    ended = caller.get(f"{BASE}/me", headers=me)
    assert error_of(ended) == (400, 190, 463)
    wrong = caller.post(f"{BASE}/oauth/access_token", data={**form, "client_secret": "no"})
    assert error_of(wrong)[0] == 400


def test_unannounced_times_are_absent(graph: httpx.Client, event: Scenario, page: str) -> None:
    params = {"broadcast_status": '["SCHEDULED_UNPUBLISHED"]', "fields": FIELDS}
    [soon, *_] = graph.get(f"{page}/live_videos", params=params).json()["data"]
    assert "broadcast_start_time" not in soon
    assert "live_views" not in soon
    assert soon["planned_start_time"] > (START - timedelta(days=1)).isoformat()
    assert event.others.facebook.handle in soon["permalink_url"]


def test_a_batch_tells_the_usage_of_its_parts(graph: httpx.Client, page: str) -> None:
    parts = [{"method": "GET", "relative_url": page}] * 3
    answer = graph.post("", data={"batch": json.dumps(parts)})
    assert answer.headers["facebook-api-version"] == "v26.0"
    assert page in json.loads(answer.headers["x-business-use-case-usage"])
