"""What calls cost, as the platforms' own first requests say it."""

from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from collector.platforms.icecast import Icecast
from collector.platforms.threads import Threads
from collector.platforms.x import POSTS, SPEND, X
from collector.platforms.youtube import STATISTICS_UNITS, UNITS, YouTube
from collector.quota.request_cost import RequestCosts, discovery_cost
from storage.model import Status
from tests.support.builders import account, broadcast

NOW = datetime(2026, 5, 18, 12, tzinfo=UTC)
YOUTUBE = YouTube(YouTube.Settings(api_key=SecretStr("key")))
THREADS = Threads(Threads.Settings())
ON_X = X(X.Settings(bearer_token=SecretStr("token")))


def test_a_call_to_youtube_costs_a_unit_of_the_bucket_that_its_age_decides():
    costs = RequestCosts(YOUTUBE, {})
    live = costs.cost_of(broadcast(), NOW)
    assert (live.call, live.each) == ({UNITS: 1}, {})
    ended = broadcast(status=Status.ENDED, ended_at=NOW - timedelta(days=1))
    assert costs.cost_of(ended, NOW).call == {STATISTICS_UNITS: 1}
    assert costs.highest(UNITS) == 1


def test_each_post_of_x_costs_once_a_day_and_nothing_after_that():
    costs = RequestCosts(ON_X, {})
    old = broadcast(platform="x", discovered_at=NOW - timedelta(days=2))
    assert costs.cost_of(old, NOW).call == {}
    assert costs.cost_of(old, NOW).each == {POSTS: 1, SPEND: 5}
    today = broadcast(platform="x", discovered_at=NOW)
    assert costs.cost_of(today, NOW).each == {}


def test_a_platform_that_reads_one_broadcast_a_call_is_asked_for_no_more():
    theirs = account(key="threads:dgsn", platform="threads", native_id="1")
    cost = RequestCosts(THREADS, {theirs.key: theirs}).cost_of(
        broadcast(platform="threads", account=theirs.key), NOW
    )
    assert (cost.call, cost.each) == ({}, {})


def test_finding_broadcasts_is_free_on_youtube_until_its_feed_fails():
    found = discovery_cost(YOUTUBE, account(), NOW)
    assert (found.call, found.each, found.fallback) == ({}, {}, {UNITS: 1})


def test_finding_posts_costs_on_x_what_comes_back():
    theirs = account(key="x:other", platform="x", handle="other", native_id="12")
    found = discovery_cost(ON_X, theirs, NOW)
    assert (found.call, found.each, found.fallback) == ({}, {POSTS: 1, SPEND: 5}, {})


def test_a_platform_without_prices_costs_nothing():
    radio = account(key="icecast:http://r/live", platform="icecast", handle="http://r/live")
    found = discovery_cost(Icecast(Icecast.Settings()), radio, NOW)
    assert (found.call, found.each, found.fallback) == ({}, {}, {})
