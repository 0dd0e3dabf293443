"""Real bodies of Meta's interfaces, recorded by others: read as a person reads them, or refused.

They are read where they lie. Each goes through the parser that would meet it, and then through
every other: none crashes, and none tells a number that does not stand in the body.
"""

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from collector.contract.errors import PlatformError
from collector.contract.exchange import Response
from collector.contract.grants import Token
from collector.platforms._meta.graph import insight_value, parts_of
from collector.platforms._meta.usage import limits_of
from collector.platforms.facebook import Facebook
from collector.platforms.instagram import Instagram
from collector.platforms.threads import Threads
from storage.model import Metric, Status
from tests.support.builders import NOON, account, broadcast

FOLDERS = (
    "recordings/facebook",
    "recordings/instagram",
    "platforms/examples/facebook",
    "platforms/examples/instagram",
    "platforms/examples/threads",
)
KOALA = "koala-mock-responses-errors.yaml"
SECRET = "a-token"
PAGE = account(key="facebook:page", platform="facebook", handle="page", native_id="100")
IG = account(
    key="instagram:x", platform="instagram", handle="facebookfordevelopers", native_id="17"
)
TH = account(key="threads:x", platform="threads", handle="x", native_id="2400")
OLD = NOON - timedelta(days=3)


def facebook():
    return Facebook(Facebook.Settings(page_token=SecretStr(SECRET)))


def instagram(**settings):
    return Instagram(Instagram.Settings(access_token=SecretStr(SECRET), **settings))


def threads():
    return Threads(Threads.Settings(access_token=SecretStr(SECRET)))


def drive(exchange, *bodies, status=200):
    """Answer an exchange with these bodies, the last of them for as long as it asks."""
    waiting = list(bodies)
    try:
        request = next(exchange)
        for _ in range(20):
            body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            request = exchange.send(answer(request.platform, request.source, body, status))
    except StopIteration as end:
        return end.value
    raise AssertionError("it asks without end")


def answer(platform, source, body, status=200):
    said = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(
        platform=platform, source=source, status=status, headers={}, body=said, received_at=NOON
    )


@pytest.fixture
def bodies(shared):
    return {
        path.name: path.read_bytes()
        for folder in FOLDERS
        for path in sorted((shared / folder).iterdir())
    }


def live_videos(body):
    return drive(facebook().discover(PAGE, [], NOON, may_spend=True), body).broadcasts


def polled(body, *ids, **facts):
    known = [broadcast(one, platform="facebook", account=PAGE.key, **facts) for one in ids]
    return drive(facebook().poll(known, {PAGE.key: PAGE}, NOON), body)


def node(body, native_id):
    """Read a node's body as the part of a batch, which a list that is empty leads to."""
    one = broadcast(native_id, platform="facebook", account=PAGE.key)
    part = [{"code": 200, "body": body.decode()}]
    return drive(facebook().poll([one], {PAGE.key: PAGE}, NOON), {"data": []}, part)


def counts(snapshot):
    told = asdict(snapshot)
    return {str(metric): told[metric] for metric in Metric if told[metric] is not None}


def test_the_list_of_live_videos(bodies):
    body = bodies["fb-live-videos-p1.json"]
    found = live_videos(body)
    assert [(one.native_id, one.status) for one in found] == [
        ("10160659411121729", Status.ENDED),
        ("10160245287386729", Status.ENDED),
        ("10160069112711729", Status.ENDED),
    ]
    assert found[0].title == "Fidji Simo X Kati Morton Live"
    assert found[0].url == "https://www.facebook.com/facebookapp/videos/4163439280375494/"
    assert found[0].published_at == datetime(2021, 4, 23, 14, 57, 11, tzinfo=UTC)
    assert found[1].title.startswith("This Black Friday we")  # it has no title of its own
    assert "🙌" in found[1].description
    readings = polled(body, *(one.native_id for one in found))
    assert [counts(one) for one in readings.snapshots] == [{}, {}, {}]  # live_views 0 after the end


@pytest.mark.parametrize("name", ["fb-live-video-default.json", "fb-live-video-fields.json"])
def test_one_live_video(bodies, name):
    readings = node(bodies[name], "10158276101223553")
    [snapshot], [facts] = readings.snapshots, readings.broadcasts
    assert (snapshot.status, counts(snapshot)) == (Status.ENDED, {})
    assert facts.title == "F8 Refresh 2021 Sessions"


def test_videos_that_were_never_live_are_no_broadcasts(bodies):
    refusal = {"error": {"code": 100, "error_subcode": 33, "message": "Unsupported get request."}}
    for name in ("fb-videos-p1.json", "fb-videos-p2.json"):
        assert len(json.loads(bodies[name])["data"]) >= 2
        exchange = facebook().discover(PAGE, [], NOON, may_spend=True)
        found = drive(exchange, refusal, bodies[name])
        assert (found.broadcasts, found.unreadable) == ((), ())


def test_one_video(bodies):
    [snapshot] = node(bodies["fb-video-fields.json"], "video-1192957457884299").snapshots
    assert counts(snapshot) == {}


@pytest.mark.parametrize(
    "name",
    [
        "fb-live-videos-by-ids-default.json",
        "fb-videos-by-ids.json",
        "webhook_live_videos_observed.json",
    ],
)
def test_what_is_no_list_is_set_aside_whole(bodies, name):
    with pytest.raises(PlatformError, match="data is not a list"):
        live_videos(bodies[name])


def test_a_page(bodies):
    assert (
        drive(facebook().probe(PAGE), bodies["fb-page-fields.json"]) == "the token reads Facebook"
    )


def test_a_debugged_token_ends_when_its_access_to_data_or_it_ends(bodies):
    settings = Facebook.Settings(app_id="1", app_secret=SecretStr(SECRET))
    token = Token(access_token=SECRET, obtained_at=NOON)
    part = [{"code": 200, "body": bodies["fb-token-debug.json"].decode()}]
    told = drive(Facebook(settings).grant.inspect(token), part)
    assert told.expires_at == datetime(2019, 12, 26, 8, 0, tzinfo=UTC)
    assert "read_insights" in told.scopes


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("fb-error-100-ppca.json", "AuthFailed", "Pages Public Content Access"),
        ("error_100_33_not_found_observed.json", "Rejected", "100/33 Unsupported get request"),
        ("error_190_463_observed.json", "AuthFailed", "190/463"),
        ("error_190_expired_docs.json", "AuthFailed", "190/460"),
        ("error_32_page_limit_docs.json", "RateLimited", "Page request limit"),
        ("error_80001_buc_docs.json", "RateLimited", "80001"),
        ("error_100_metric_not_supported_observed.json", "Rejected", "does not support"),
    ],
)
def test_errors_have_their_remedy(bodies, name, error, text):
    for exchange in (
        facebook().discover(PAGE, [], NOON, may_spend=True),
        facebook().probe(PAGE),
        instagram().discover(IG, [], NOON, may_spend=True),
        threads().discover(TH, [], NOON, may_spend=True),
    ):
        with pytest.raises(PlatformError, match=re.escape(text)) as caught:
            drive(exchange, bodies[name], status=400)
        assert type(caught.value).__name__ == error


def test_an_object_that_is_gone_is_missing_and_nothing_else(bodies):
    body = bodies["error_100_33_not_found_observed.json"].decode()
    one = broadcast("1232138859055506", platform="facebook", account=PAGE.key)
    parts = [{"code": 404, "body": body}]
    readings = drive(facebook().poll([one], {PAGE.key: PAGE}, NOON), {"data": []}, parts)
    assert (readings.missing, readings.snapshots) == ((one.key,), ())


@pytest.mark.parametrize(
    ("name", "metric", "told"),
    [
        ("video_insights_docs.json", "total_video_views", 89),
        ("ig-media-insights.json", "impressions", 8),
        ("ig-media-insights.json", "saved", 0),
        ("ig-media-insights.json", "views", None),
        ("ig-media-insights-total-value.json", "profile_activity", 11),
        ("ig-user-insights.json", "impressions", None),  # of two days, not of a whole life
    ],
)
def test_insights(bodies, name, metric, told):
    assert insight_value(json.loads(bodies[name]), metric) == told


def test_usage_headers(bodies):
    headers = {
        f"x-{kind}-usage": bodies[f"header_x_{kind.replace('-', '_')}_usage_docs.json"].decode()
        for kind in ("app", "business-use-case")
    }
    response = Response(
        platform="facebook", source="s", status=200, headers=headers, body=b"", received_at=NOON
    )
    assert {limit.name: limit.used for limit in limits_of(response)} == {
        "facebook.app": 28,
        "facebook.pages.10153848260347724": 97,
    }


def test_a_batch(bodies):
    shape = json.loads(bodies["batch_request_docs.json"])["_response_shape"]
    first, second = parts_of(answer("facebook", "batch", shape), 2)
    assert (first.json(), second) == ({"id": "PAGE-A-ID"}, None)


def test_a_long_lived_token(bodies):
    for platform, name in ((Facebook, "facebook"), (Threads, "threads")):
        grant = platform(platform.Settings(app_id="1", app_secret=SecretStr(SECRET))).grant
        token = Token(access_token=SECRET, obtained_at=NOON, expires_at=NOON)
        body = bodies["long_lived_token_docs.json"]
        renewed = drive(grant.renew(token), body)
        assert renewed.expires_at == NOON + timedelta(seconds=5183944), name


def test_instagram_live(bodies):
    body = bodies["ig-live-media.json"]
    [found] = drive(instagram().discover(IG, [], NOON, may_spend=True), body).broadcasts
    assert (found.native_id, found.status, found.started_at) == (
        "90010498116233",
        Status.LIVE,
        None,
    )
    [snapshot] = drive(instagram().poll([found], {IG.key: IG}, NOON), body).snapshots
    assert (snapshot.status, counts(snapshot)) == (Status.LIVE, {})


def test_instagram_photos_are_no_replay(bodies):
    for name in ("ig-medias-p1.json", "ig-stories.json"):
        one = broadcast(
            "1791",
            platform="instagram",
            account=IG.key,
            title="1791",
            status=Status.ENDED,
            ended_at=OLD,
        )
        readings = drive(instagram().poll([one], {IG.key: IG}, NOON), bodies[name])
        assert (readings.snapshots, readings.unlisted) == ((), (one.key,))


def test_an_instagram_account(bodies):
    found = drive(instagram(login="instagram").resolve(IG), bodies["ig-user.json"])
    assert found.native_id == "17841407673135339"


@pytest.mark.parametrize("name", ["ig-discovery-p1.json", "business_discovery_docs.json"])
def test_business_discovery_is_no_list_of_what_is_live(bodies, name):
    with pytest.raises(PlatformError, match="data is not a list"):
        drive(instagram().discover(IG, [], NOON, may_spend=True), bodies[name])


def test_a_threads_post_without_link_is_none_of_ours(bodies):
    body = bodies["threads_list_docs.json"]
    found = drive(threads().discover(TH, [], NOON, may_spend=True), body)
    assert (found.broadcasts, found.unreadable) == ((), ())


def every(bodies):
    """Give every body, those inside the mock file of Koala each by itself."""
    for name, body in bodies.items():
        if name == KOALA:
            for one in re.findall(r"(?:body|token): '(.*)'$", body.decode(), re.MULTILINE):
                yield name, one.encode()
        else:
            yield name, body


def exchanges(ids):
    """Give every call that reads counts or broadcasts, for what stands in a body."""
    for native_id in ids:
        for status, ended_at in ((Status.LIVE, None), (Status.ENDED, OLD)):
            facts = {"status": status, "ended_at": ended_at}
            for name in (native_id, f"video-{native_id}"):
                one = broadcast(name, platform="facebook", account=PAGE.key, **facts)
                yield lambda one=one: facebook().poll([one], {PAGE.key: PAGE}, NOON)
            two = broadcast(native_id, platform="instagram", account=IG.key, **facts)
            yield lambda two=two: instagram().poll([two], {IG.key: IG}, NOON)
            three = broadcast(native_id, platform="threads", account=TH.key, **facts)
            yield lambda three=three: threads().poll([three], {TH.key: TH}, NOON)
    yield lambda: facebook().discover(PAGE, [], NOON, may_spend=True)
    yield lambda: facebook().resolve(PAGE)
    yield lambda: instagram().discover(IG, [], NOON, may_spend=True)
    yield lambda: instagram().resolve(IG)
    yield lambda: threads().discover(TH, [], NOON, may_spend=True)
    yield lambda: threads().resolve(TH)


def test_no_body_crashes_any_parser_or_makes_it_invent_a_number(bodies):
    read = counted = 0
    for name, body in every(bodies):
        said = body.decode().replace('\\"', '"')
        ids = re.findall(r'"id":\s*"(\w+)"', said)[:3] or ["1"]
        numbers = {int(one) for one in re.findall(r"\d{1,18}", said)}
        for exchange in exchanges(ids):
            for status in (200, 400, 500):
                read += 1
                try:
                    result = drive(exchange(), body, status=status)
                except PlatformError:
                    continue
                for snapshot in getattr(result, "snapshots", ()):
                    told = set(counts(snapshot).values())
                    counted += bool(told)
                    assert told <= numbers, f"{name}: {snapshot}"
    assert read > 5_000
    assert counted >= 5


def test_every_body_is_there(bodies):
    assert len(bodies) == 15 + 8 + 12 + 2 + 2 - 1  # both platforms' long_lived_token_docs are alike
    assert sum(1 for name, _ in every(bodies) if name == KOALA) > 60
