"""Instagram's graph: what is live now and nothing else, replays, insights and limits."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from facebook_business.adobjects.igmedia import IGMedia

from collector.simulator.meta.instagram import InstagramNodes, page_id_of, replay_id_of
from collector.simulator.meta.server import GraphTerms
from collector.simulator.platforms import Platforms, SocialTerms
from collector.simulator.wire.server import serving
from collector.simulator.world.protocol import Video
from collector.simulator.world.scenario import Scenario
from tests.support.body_shapes import shape
from tests.support.simulator_examples import START, Clock

FIELDS = (
    "id,media_type,media_product_type,timestamp,permalink,username,video_title,live_status,"
    "current_live_viewer_count,view_count,total_views_count,like_count,total_like_count,"
    "comments_count,total_comments_count,shares_count,live_reactions"
)
BASE = "/instagram/v26.0"


@pytest.fixture
def account(event: Scenario) -> str:
    return event.others.instagram.channel_id


@pytest.fixture
def graph(fresh: Platforms) -> Any:
    headers = {"Authorization": f"Bearer {fresh.instagram.tokens.user_token}"}
    with httpx.Client(
        base_url=f"{fresh.address}{BASE}", headers=headers, trust_env=False
    ) as client:
        yield client


def test_a_page_and_its_person_lead_to_the_account(
    graph: httpx.Client, account: str, event: Scenario
) -> None:
    linked = {"id": account, "username": event.others.instagram.handle}
    fields = {"fields": "instagram_business_account{id,username}"}
    page = graph.get(page_id_of(account), params=fields).json()
    assert page["instagram_business_account"] == linked
    [mine] = graph.get("me/accounts", params=fields).json()["data"]
    assert mine == page


def test_what_is_live_is_listed_with_all_counts_and_vanishes_at_its_end(
    graph: httpx.Client,
    fresh: Platforms,
    account: str,
    clock: Clock,
    on_air: Callable[[str], Video],
) -> None:
    live = on_air("instagram")
    listed = graph.get(f"{account}/live_media", params={"fields": FIELDS}).json()["data"]
    body = next(medium for medium in listed if medium["id"] == live.native_id)
    assert set(body) == set(FIELDS.split(","))
    assert body["current_live_viewer_count"] == live.concurrent_viewers
    assert (body["view_count"], body["like_count"]) == (live.views, live.likes)
    assert (body["comments_count"], body["shares_count"]) == (live.comments, live.shares)
    clock.advance(hours=1)
    listed = graph.get(f"{account}/live_media", params={"fields": "id"}).json()["data"]
    assert live.native_id not in [medium["id"] for medium in listed]
    assert graph.get(live.native_id).json()["error"]["error_subcode"] == 33
    assert fresh.instagram.calls == {"live_media": 2, "node": 1}


def test_the_replay_is_another_medium_that_goes_on_counting(
    graph: httpx.Client, account: str, clock: Clock, event: Scenario, on_air: Callable[[str], Video]
) -> None:
    live = on_air("instagram")
    replay = replay_id_of(live.native_id)
    assert graph.get(replay).json()["error"]["error_subcode"] == 33
    clock.advance(hours=1)
    fields = "id,media_type,timestamp,caption,insights.metric(views).period(lifetime){name,values}"
    params = {"fields": fields, "since": str(int(START.timestamp())), "limit": "50"}
    listed = graph.get(f"{account}/media", params=params).json()["data"]
    body = next(medium for medium in listed if medium["id"] == replay)
    now = event.world.video(live.native_id, clock.at)
    assert body["caption"] == live.title
    assert body["insights"]["data"] == [{"name": "views", "values": [{"value": now.views}]}]
    assert body["timestamp"] > START.isoformat()
    before = {**params, "until": str(int((START - timedelta(days=400)).timestamp())), "since": "0"}
    assert graph.get(f"{account}/media", params=before).json() == {"data": []}


def test_known_fields_are_those_of_the_sdk(event: Scenario, on_air: Callable[[str], Video]) -> None:
    node = InstagramNodes(event.world).node(on_air("instagram").native_id, START)
    sdk = {value for name, value in vars(IGMedia.Field).items() if not name.startswith("_")}
    assert set(node.fields) == sdk


def test_an_unknown_field_fails_the_whole_call(graph: httpx.Client, account: str) -> None:
    unknown = graph.get(f"{account}/live_media", params={"fields": "id,viewers"})
    assert unknown.status_code == 400
    assert unknown.json()["error"]["code"] == 100


def test_a_dead_metric_fails_the_whole_call(
    graph: httpx.Client,
    clock: Clock,
    on_air: Callable[[str], Video],
    example_json: Callable[[str], Any],
) -> None:
    replay = replay_id_of(on_air("instagram").native_id)
    clock.advance(hours=1)
    dead = graph.get(f"{replay}/insights", params={"metric": "views,impressions,replies"})
    observed = example_json("instagram/error_100_metric_not_supported_observed.json")
    assert dead.json()["error"]["message"] == observed["error"]["message"]
    assert shape(dead.json()) == shape(observed)


def test_an_account_has_a_limit_of_its_own(event: Scenario, clock: Clock, account: str) -> None:
    social = SocialTerms(instagram=GraphTerms(account_calls_a_day=1))
    with serving(event.world, now=clock, social=social) as served:
        headers = {"Authorization": f"Bearer {served.instagram.tokens.user_token}"}
        url = f"{served.address}{BASE}/{account}/live_media"
        assert httpx.get(url, headers=headers, trust_env=False).status_code == 200
        refused = httpx.get(url, headers=headers, trust_env=False)
    assert refused.json()["error"]["code"] == 80002
    assert '"type": "instagram"' in refused.headers["x-business-use-case-usage"]
