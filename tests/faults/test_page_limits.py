"""A limit that is one account's: it pauses that account, and the other one is read on."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.contract.errors import PlatformError
from collector.contract.exchange import Request, Response
from collector.platforms import platforms
from tests.support.collector_process import Clock, stored
from tests.support.refusing_server import Answer, refusing_server
from tests.support.two_accounts import opened, set_secrets, tick, write_config

pytestmark = pytest.mark.end_to_end
START = datetime(2021, 4, 20, 10, tzinfo=UTC)
PAGES = ("1001", "1002")
MINUTES = 7

PAGE_LIMIT = {"error": {"code": 32, "message": "Page request limit reached"}}
BUSINESS_LIMIT = {"error": {"code": 80002, "message": "There have been too many calls"}}
FULL_PAGE = {"x-page-usage": '{"call_count": 100, "total_time": 9, "total_cputime": 9}'}
FULL_CASE = {
    "x-business-use-case-usage": '{"1001": [{"type": "instagram", "call_count": 100,'
    ' "estimated_time_to_regain_access": 30}]}'
}


def on_the_air(name, page):
    """Return the list of a page that has one broadcast on the air."""
    facebook = {"status": "LIVE", "title": "Live", "permalink_url": f"/{page}", "live_views": 5}
    instagram = {"permalink": f"https://www.instagram.com/{page}", "live_status": "STARTED"}
    video = {"facebook": facebook, "instagram": instagram}[name]
    return {"data": [{"id": f"9{page}", "timestamp": "2021-04-20T09:00:00+0000", **video}]}


@pytest.mark.fault(row=49)
@pytest.mark.parametrize(
    "case",
    [
        ("facebook", "page_token", Answer(status=400, body=PAGE_LIMIT)),
        ("facebook", "page_token", Answer(body=on_the_air("facebook", "1001"), headers=FULL_PAGE)),
        ("instagram", "access_token", Answer(status=400, body=BUSINESS_LIMIT)),
        (
            "instagram",
            "access_token",
            Answer(body=on_the_air("instagram", "1001"), headers=FULL_CASE),
        ),
    ],
    ids=["code 32", "x-page-usage", "code 80002", "x-business-use-case-usage"],
)
def test_a_page_at_its_limit_pauses_itself_alone(tmp_path, monkeypatch, fault_record, case):
    clock, (name, way, limited) = Clock(START), case

    async def go(server):
        def answer(path):
            page = next(page for page in PAGES if f"/{page}/" in path)
            if page == "1001" and clock.at > START:
                return limited
            return Answer(body=on_the_air(name, page))

        server.answer = answer
        set_secrets(monkeypatch, name, (way,), "mine")
        path = write_config(tmp_path, name, list(PAGES), server.address)
        async with opened(path, clock) as ready:
            await tick(ready, clock, seconds=0)
            server.asked.clear()
            for _ in range(MINUTES - 3):
                await tick(ready, clock, seconds=60)
            asked = [path for path, _ in server.asked if "/1001/" in path]
            [tracker] = ready.trackers
            first, second = tracker.accounts
            assert tracker.health.pause_of(first, clock.at).reason == "rate_limited"
            assert tracker.health.pause_of(second, clock.at) is None
            return asked

    with refusing_server() as server:
        asked = asyncio.run(go(server))
    assert len(asked) == 1, "nothing before it may"
    counts = dict(
        stored(
            tmp_path,
            "SELECT account, count(*) FROM snapshot JOIN broadcast USING (broadcast) GROUP BY 1",
        )
    )
    assert counts[f"{name}:1002"] == MINUTES - 2
    fault_record(
        49,
        "one page at its limit",
        "Facebook's code 32 or a full `x-page-usage`, Instagram's code 80002 or a full business case,"
        " of one of two accounts",
        "that page rests until the platform takes it again; the other is read every minute",
        None,
    )


@pytest.mark.parametrize(
    ("name", "code", "bearer", "is_of_account"),
    [
        ("facebook", 4, True, False),
        ("facebook", 17, True, False),
        ("facebook", 17, False, True),
        ("facebook", 32, True, True),
        ("threads", 80002, True, True),
        ("threads", 4, False, False),
        ("instagram", 613, False, False),
    ],
)
def test_whose_limit_it_is_follows_from_its_code_and_whose_the_token_is(
    name, code, bearer, is_of_account
):
    token = "page_token" if name == "facebook" else "access_token"
    settings = {token: "mine"} if bearer else {"app_id": "1", "app_secret": "hush"}
    platform: Any = platforms()[name](platforms()[name].Settings(**settings))
    response = Response(
        platform=name,
        source="list",
        status=400,
        headers={},
        body=f'{{"error": {{"code": {code}, "message": "no"}}}}'.encode(),
        received_at=START,
    )
    with pytest.raises(PlatformError, match=str(code)) as caught:
        platform._graph.fields_in(response)
    assert getattr(caught.value, "of_account", False) is is_of_account


def test_who_logged_in_at_x_has_limits_of_their_own():
    def bucket(settings):
        platform: Any = platforms()["x"](platforms()["x"].Settings(**settings))
        request = platform._call("users/by", "x:a", {})
        assert isinstance(request, Request)
        return request.bucket

    assert bucket({"bearer_token": "apps"}) == "x.users/by"
    assert bucket({"client_id": "app"}) == "x.users/by of x:a"
