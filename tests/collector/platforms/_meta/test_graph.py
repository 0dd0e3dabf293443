"""What Meta's platforms share beyond what their transcripts show."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from collector.auth.refresher import TokenRefresher
from collector.auth.token_files import TokenFiles
from collector.contract.errors import Rejected
from collector.contract.exchange import Response, replay
from collector.contract.grants import Consent, Token
from collector.platforms._meta.errors import graph_error_of
from collector.platforms._meta.facebook_login import page_name
from collector.platforms._meta.fields import render_fields
from collector.platforms._meta.graph import insight_value, parts_of, time_of
from collector.platforms._meta.usage import limits_of, wait_seconds
from collector.platforms.facebook import LIVE_VIDEOS, VIDEOS, Facebook
from collector.platforms.instagram import LIVE_COUNTS, LIVE_FACTS, REPLAY, Instagram
from collector.platforms.threads import POST, Threads
from collector.redaction import Secrets
from collector.transport.address_guard import Addresses
from collector.transport.client import Transport, Unmetered
from storage.model import Status
from tests.support.builders import NOON, account, broadcast
from tests.support.loopback_server import reply, serving

TOKEN = "a-token"
PAGE = account(key="facebook:page", platform="facebook", handle="page", native_id="100")
CONSENT = Consent(redirect_uri="http://127.0.0.1:8499/", state="a-state", verifier="v" * 64)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def granted(platform: Any) -> Any:
    """How the platform's tokens are obtained; it has a grant."""
    assert platform.grant is not None
    return platform.grant


def answer(body, status=200, headers=None):
    return Response(
        platform="facebook",
        source="live_videos",
        status=status,
        headers=headers or {},
        body=json.dumps(body).encode(),
        received_at=NOON,
    )


def refusal(field):
    message = f"(#100) Tried accessing nonexisting field ({field}) on node type (LiveVideo)"
    return answer({"error": {"code": 100, "message": message}}, 400)


@pytest.mark.parametrize(
    ("handle", "name"),
    [
        ("dgsn.maroc", "dgsn.maroc"),
        ("@dgsn.maroc", "dgsn.maroc"),
        ("100200300400", "100200300400"),
        ("https://www.facebook.com/dgsn.maroc/?ref=page", "dgsn.maroc"),
        ("facebook.com/dgsn.maroc", "dgsn.maroc"),
        ("https://m.facebook.com/profile.php?id=100200300400&sk=about", "100200300400"),
        ("https://www.facebook.com/profile.php", ""),
        ("https://www.facebook.com/people/DGSN/100200300400/", "100200300400"),
        ("https://www.facebook.com/pages/DGSN/100200300400", "100200300400"),
        ("https://www.facebook.com/p/DGSN-Maroc-100200300400/", "100200300400"),
        ("https://www.facebook.com/", ""),
    ],
)
def test_a_page_is_named_in_many_ways(handle, name):
    assert page_name(handle) == name


def test_a_refused_field_is_not_asked_for_again_until_the_next_discovery():
    platform, accounts = Facebook(Facebook.Settings(page_token=SecretStr(TOKEN))), {PAGE.key: PAGE}
    one = broadcast("9001", platform="facebook", account=PAGE.key)
    item = answer({"data": [{"id": "9001", "status": "LIVE"}]})
    asked = []

    def poll(*answers):
        exchange = platform.poll([one], accounts, NOON)
        asked.append(next(exchange).params["fields"])
        try:
            for one_answer in answers:
                exchange.send(one_answer)
        except StopIteration as end:
            return end.value
        raise AssertionError("the poll wants more answers")

    assert poll(refusal("total_views"), item).snapshots
    assert poll(item).snapshots
    replay(platform.discover(PAGE, [], NOON, may_spend=True), [answer({"data": []})])
    poll(item)
    assert ["total_views" in fields for fields in asked] == [True, False, True]


def test_fields_are_refused_a_few_times_and_no_more():
    platform = Facebook(Facebook.Settings(page_token=SecretStr(TOKEN)))
    one = broadcast("9001", platform="facebook", account=PAGE.key)
    exchange = platform.poll([one], {PAGE.key: PAGE}, NOON)
    request, refused = next(exchange), 0
    with pytest.raises(Rejected):  # noqa: PT012 - it ends somewhere in the loop
        while refused < 50:
            refused += 1
            fields = request.params.get("fields", "")
            if request.form:
                said = answer({"error": {"code": 100, "message": "Invalid parameter"}}, 400)
            else:
                said = refusal([name for name in str(fields).split(",") if "{" not in name][-1])
            request = exchange.send(said)
    assert refused <= 10


def test_a_refused_name_does_not_take_a_longer_one_along():
    fault = graph_error_of(refusal("views"))
    assert fault
    assert fault.may_be_a_field
    assert render_fields(["id", "video.length", "video.views"], {}) == "id,video{length,views}"


def test_broadcasts_share_a_poll_by_page_and_by_how_their_views_are_told():
    platform = Facebook(Facebook.Settings())
    ended = NOON - timedelta(days=3)

    def group(native_id="9001", status=Status.LIVE, ended_at=None, handle="page"):
        one = broadcast(native_id, platform="facebook", account=handle, status=status)
        return platform.group(broadcast(**{**facts(one), "ended_at": ended_at}), NOON)

    def facts(one):
        return {"native_id": one.native_id, "platform": "facebook", "account": one.account,
                "status": one.status}  # fmt: skip

    assert group() == group("9002") == group(status=Status.ENDED, ended_at=NOON)
    assert len({group(), group(handle="other"), group("video-1"),
                group(status=Status.ENDED, ended_at=ended)}) == 4  # fmt: skip


@pytest.mark.parametrize(
    ("platform", "more", "host", "scope"),
    [
        (Facebook, {}, "www.facebook.com", "pages_read_engagement"),
        (Instagram, {}, "www.facebook.com", "instagram_manage_insights"),
        (Instagram, {"login": "instagram"}, "www.instagram.com", "instagram_business_basic"),
        (Threads, {}, "threads.net", "threads_manage_insights"),
    ],
)
def test_the_consent_page_is_the_platforms_own_and_holds_no_secret(platform, more, host, scope):
    grant = platform(platform.Settings(app_id="4711", app_secret=TOKEN, **more)).grant
    address = grant.consent_address(CONSENT)
    query = parse_qs(urlsplit(address).query)
    assert urlsplit(address).hostname == host
    assert query["client_id"] == ["4711"]
    assert (query["state"], query["redirect_uri"]) == (["a-state"], ["http://127.0.0.1:8499/"])
    assert scope in query["scope"][0].split(",")
    assert TOKEN not in address
    assert TOKEN not in repr(grant)


@pytest.mark.parametrize("platform", [Facebook, Instagram, Threads])
def test_a_token_in_the_environment_needs_no_login(platform):
    name = "page_token" if platform is Facebook else "access_token"
    own = platform.Settings(app_id="4711", app_secret=SecretStr(TOKEN), **{name: TOKEN})
    assert platform(own).grant is None
    assert TOKEN not in repr(own)


def test_times_come_as_text_or_as_unix_seconds():
    told = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)
    assert (
        time_of({"at": 1779019200}, "at")
        == told
        == time_of({"at": "2026-05-17T12:00:00+0000"}, "at")
    )
    assert time_of({}, "at") is None
    for wrong in (10**18, "1779019200", True):
        with pytest.raises(ValueError, match="at is"):
            time_of({"at": wrong}, "at")


@settings(deadline=None)  # a loaded machine is no finding
@given(ANYTHING, ANYTHING)
def test_headers_of_any_shape_say_something_or_nothing(app, business):
    headers = {"x-app-usage": json.dumps(app), "x-business-use-case-usage": json.dumps(business)}
    assert all(limit.used >= 0 for limit in limits_of(answer({}, headers=headers)))
    assert 300 <= wait_seconds(answer({}, headers=headers)) <= 86_400


@settings(deadline=None)  # a loaded machine is no finding
@given(ANYTHING, st.sampled_from([200, 400, 500]))
def test_errors_of_any_shape_are_faults_or_nothing(error, status):
    fault = graph_error_of(answer({"error": error}, status))
    assert fault is None or len(str(fault)) < 300


@settings(deadline=None)  # a loaded machine is no finding
@given(ANYTHING)
def test_insights_of_any_shape_are_a_count_or_refused(data):
    try:
        told = insight_value({"data": data}, "views")
    except ValueError:
        return
    assert told is None or told >= 0


@settings(deadline=None)  # a loaded machine is no finding
@given(st.lists(ANYTHING, max_size=3))
def test_a_batch_of_any_shape_gives_as_many_parts_as_were_asked_for(listed):
    parts = parts_of(answer(listed), len(listed))
    assert [part is None for part in parts] == [one is None for one in listed]


def test_half_a_letter_in_a_batch_does_no_harm():
    [part] = parts_of(answer([{"code": 200, "body": '{"id": "1\ud800"}'}]), 1)
    assert part.json() == {"id": "1?"}


def test_over_the_wire_the_token_of_a_login_stands_in_a_header_alone(tmp_path):
    vault, secrets = TokenFiles(tmp_path), Secrets()
    vault.save(PAGE.key, Token(access_token=TOKEN, obtained_at=NOON))
    item = {"id": "9001", "status": "LIVE", "live_views": 5}
    answers = [
        reply(b'{"data": []}', "200 OK", 'X-App-Usage: {"call_count": 12}'),
        reply(json.dumps([{"code": 200, "body": json.dumps(item)}]).encode()),
    ]
    observed = []

    class Watched(Unmetered):
        def observe(self, limits):
            observed.extend((limit.name, limit.used) for limit in limits)

    async def go():
        async with serving(*answers) as server:
            own = {"api_url": server.address, "app_id": "4711", "app_secret": "an-app-secret"}
            platform = Facebook(Facebook.Settings(**own))
            one = broadcast("9001", platform="facebook", account=PAGE.key)
            transport = Transport(
                "facebook",
                now=lambda: NOON,
                budget=Watched(),
                deadline_seconds=3,
                secrets=secrets,
                addresses=Addresses(private=True),
                limits=platform.limits,
                tokens=lambda run: TokenRefresher(
                    "facebook",
                    granted(platform),
                    run,
                    files=vault,
                    secrets=secrets,
                    now=lambda: NOON,
                ),
            )
            async with transport:
                readings = await transport.run(platform.poll([one], {PAGE.key: PAGE}, NOON))
            return readings, server.asked

    readings, (listed, batch) = asyncio.run(go())
    assert [one.concurrent_viewers for one in readings.snapshots] == [5]
    assert listed.startswith("GET /v26.0/100/live_videos?fields=id%2Cstatus")
    assert batch.startswith("POST /v26.0/ HTTP")
    for head in (listed, batch):
        assert f"authorization: bearer {TOKEN}\r\n" in head.lower()
        assert TOKEN not in head.partition("\r\n")[0]
    assert observed == [("facebook.app", 12)]


NAMES = st.sampled_from(
    [
        *(*LIVE_VIDEOS.facts, *LIVE_VIDEOS.counts, *VIDEOS.facts, *VIDEOS.counts),
        *(*LIVE_FACTS, *LIVE_COUNTS, *REPLAY, *POST),
        *("video", "video_insights"),
    ]
)
HOSTILE = st.dictionaries(NAMES, ANYTHING | st.dictionaries(NAMES, ANYTHING), max_size=6)


@settings(deadline=None)
@given(HOSTILE, ANYTHING, st.sampled_from([Status.LIVE, Status.ENDED]))
def test_items_of_any_shape_are_read_or_set_aside(item, paging, status):
    said = {"data": [{**item, "id": "9001"}, item], "paging": paging}
    for platform in (
        Facebook(Facebook.Settings(page_token=SecretStr(TOKEN))),
        Instagram(Instagram.Settings(access_token=SecretStr(TOKEN))),
        Threads(Threads.Settings(access_token=SecretStr(TOKEN))),
    ):
        own = account(key=f"{platform.name}:x", platform=platform.name, handle="x", native_id="1")
        one = broadcast(
            "9001",
            platform=platform.name,
            account=own.key,
            status=status,
            ended_at=NOON - timedelta(days=3) if status is Status.ENDED else None,
        )
        for exchange in (
            platform.poll([one], {own.key: own}, NOON),
            platform.discover(own, [], NOON, may_spend=True),
        ):
            result = replay(exchange, [answer(said)])
            for snapshot in getattr(result, "snapshots", ()):
                assert snapshot.broadcast == one.key
            assert all(one.key for one in result.broadcasts)
