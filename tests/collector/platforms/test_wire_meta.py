"""Every path, parameter and field that goes to Meta is one its own SDK or documents know."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import SecretStr

from collector.contract.errors import PlatformError
from collector.contract.exchange import Request, Response
from collector.contract.grants import Consent, Token
from collector.platforms import facebook, instagram, threads
from collector.platforms._meta.facebook_login import FacebookLogin
from collector.platforms._meta.instagram_login import InstagramLogin
from collector.platforms.facebook import nodes
from storage.model import Status
from tests.support.builders import NOON, account, broadcast

#: Parameters of every list and node: developers.facebook.com/docs/graph-api/overview and /results.
EVERYWHERE = {"fields", "limit", "after"}
#: ``summary``, ``limit`` and the like behind a field are of field expansion, same document.
EXPANSION = {"summary", "limit", "metric", "period"}
#: Not in the SDK, which leaves logging in and Threads to others. Path: parameters and fields, document.
DOCUMENTED = {
    "threads me": ({"fields"}, {"id", "username"}, "docs/threads/threads-profiles"),
    "threads ID/threads": (
        {"fields", "limit"},
        {"id", "media_type", "permalink", "text", "timestamp", "link_attachment_url"},
        "docs/threads/threads-media",
    ),
    "threads ID/insights": ({"metric"}, set(), "docs/threads/insights"),
    "threads access_token": (
        {"grant_type", "client_secret", "access_token"},
        set(),
        "docs/threads/get-started/long-lived-tokens",
    ),
    "threads refresh_access_token": (
        {"grant_type", "access_token"},
        set(),
        "docs/threads/get-started/long-lived-tokens",
    ),
}
THREADS_METRICS = {"views", "likes", "replies", "reposts", "quotes", "shares", "clicks"}


TOKEN = "a-token"


def source_of(name):
    """Return the source of one of the SDK's classes: what an edge takes stands only there."""
    module = import_module(f"facebook_business.adobjects.{name.lower()}")
    return Path(str(module.__file__)).read_text(encoding="utf-8")


@dataclass
class Node:
    """A class of the SDK: its fields, and the edges that are read with their parameters."""

    name: str

    def __post_init__(self):
        self.cls = getattr(
            import_module(f"facebook_business.adobjects.{self.name.lower()}"), self.name
        )
        source = source_of(self.name)
        self.fields = {
            value for key, value in vars(self.cls.Field).items() if not key.startswith("__")
        }
        reads = re.findall(
            r"param_types = \{(.*?)\}.*?method='GET',\s+endpoint='/(\w*)'.*?target_class=(\w+)",
            source,
            re.DOTALL,
        )
        self.edges = {
            edge: (set(re.findall(r"'(\w+)':", params)), target)
            for params, edge, target in reads
            if edge
        }


class Wire:
    """Checks one request after the other; what is wrong is told by name."""

    def read(self, platform, path, params):
        parts = path.strip("/").split("/")
        if platform == "threads":
            self._documented(platform, parts, params)
            return
        if parts == ["debug_token"]:
            assert set(params) == {"input_token"}  # docs/graph-api/reference/debug_token
            return
        node = Node(self._node_of(platform, parts))
        if len(parts) == 1:
            allowed, target = set(), node.name
        else:
            assert parts[1] in node.edges, f"{node.name} has no edge {parts[1]}"
            allowed, target = node.edges[parts[1]]
        unknown = set(params) - allowed - EVERYWHERE
        assert not unknown, f"{path}: {unknown} is no parameter"
        self.fields(params["fields"], Node(target))

    def _node_of(self, platform, parts):
        if platform == "facebook":
            if parts[0] == "me":
                return "User"
            return {"9001": "LiveVideo", "7001": "AdVideo"}.get(parts[0], "Page")
        return "User" if parts[0] == "me" else "IGUser"

    def fields(self, text, node):
        for field in split(text):
            name, expansion, inner = re.fullmatch(
                r"(\w+)((?:\.\w+\(\w+\))*)(?:\{(.*)\})?", field
            ).groups()
            used = dict(re.findall(r"\.(\w+)\((\w+)\)", expansion))
            assert set(used) <= EXPANSION, f"{field}: {set(used) - EXPANSION} is no expansion"
            if name in node.edges:
                target = node.edges[name][1]
                if "metric" in used:
                    self.metric(used["metric"], used["period"], target)
                if inner:
                    self.fields(inner, Node(target))
                continue
            assert name in node.fields | LINKED.get(node.name, set()), f"{node.name} has no {name}"
            if inner:
                self.fields(inner, Node(OBJECTS[f"{node.name}.{name}"]))

    def metric(self, name, period, target):
        """Insights' names are enumerated for Instagram; Facebook's stand in its document alone."""
        result = Node(target)
        assert period in vars(result.cls.Period).values()
        known = {"total_video_views"} | set(vars(result.cls.Metric).values())
        assert name in known, f"{name} is no metric"

    def _documented(self, platform, parts, params):
        path = "/".join("ID" if part.isdecimal() else part for part in parts)
        known, fields, document = DOCUMENTED[f"{platform} {path}"]
        assert set(params) <= known, f"{document}: {set(params) - known} is no parameter of {path}"
        said = set(split(params.get("fields", "")))
        assert said <= fields, f"{document}: {said - fields} is no field of {path}"
        assert set(split(params.get("metric", ""))) <= THREADS_METRICS


#: What an object field of a node is, where its field holds another node.
OBJECTS = {"LiveVideo.video": "AdVideo", "Page.instagram_business_account": "IGUser"}
#: ``/me/accounts`` and insights of the SDK target these; ``total_value`` is of the newer result.
LINKED = {"InsightsResult": {"total_value"}}


def split(text):
    """Split a list of fields at the commas outside of braces and brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "{(") - (letter in "})")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part]


def requests_of(exchange, *bodies):
    """Drive an exchange with these answers and return what it asked for."""
    asked, waiting = [], list(bodies)
    try:
        asked.append(next(exchange))
        while True:
            body = json.dumps(waiting.pop(0) if waiting else {"data": []}).encode()
            answer = Response(
                platform=asked[-1].platform,
                source=asked[-1].source,
                status=200,
                headers={},
                body=body,
                received_at=NOON,
            )
            asked.append(exchange.send(answer))
    except StopIteration:
        return asked
    except PlatformError:  # what comes of the answers is the transcripts' business
        return asked


def facebook_requests():
    platform = facebook.Facebook(facebook.Facebook.Settings(page_token=SecretStr(TOKEN)))
    page = account(key="facebook:page", platform="facebook", handle="page", native_id="100")
    accounts = {page.key: page}
    old = NOON - timedelta(days=3)
    refusal = {"error": {"code": 100, "error_subcode": 33, "message": ""}}
    yield from requests_of(platform.resolve(page), {"id": "100"})
    yield from requests_of(platform.probe(page), {"name": "x"})
    yield from requests_of(platform.discover(page, [], NOON, may_spend=True), refusal)
    for native_id in ("9001", "video-7001"):
        for status, ended_at in ((Status.LIVE, None), (Status.ENDED, old)):
            one = broadcast(
                native_id, platform="facebook", account=page.key, status=status, ended_at=ended_at
            )
            yield from requests_of(platform.poll([one], accounts, NOON), {"data": []}, [None])


def instagram_requests(login):
    platform = instagram.Instagram(
        instagram.Instagram.Settings(access_token=SecretStr(TOKEN), login=login)
    )
    own = account(key="instagram:x", platform="instagram", handle="x", native_id="1784")
    accounts = {own.key: own}
    yield from requests_of(platform.resolve(own))
    yield from requests_of(platform.probe(own))
    yield from requests_of(platform.discover(own, [], NOON, may_spend=True))
    for status, ended_at in ((Status.LIVE, None), (Status.ENDED, NOON - timedelta(days=3))):
        one = broadcast(
            "1791", platform="instagram", account=own.key, status=status, ended_at=ended_at
        )
        yield from requests_of(platform.poll([one], accounts, NOON))


def threads_requests():
    platform = threads.Threads(threads.Threads.Settings(access_token=SecretStr(TOKEN)))
    own = account(key="threads:x", platform="threads", handle="x", native_id="2400")
    post = broadcast("3001", platform="threads", account=own.key, status=Status.ENDED)
    yield from requests_of(platform.resolve(own))
    yield from requests_of(platform.probe(own))
    yield from requests_of(platform.discover(own, [], NOON, may_spend=True))
    yield from requests_of(platform.poll([post], {own.key: own}, NOON))


def login_requests():
    consent = Consent(redirect_uri="http://127.0.0.1/", state="s", verifier="v")
    token = Token(access_token=TOKEN, obtained_at=NOON, expires_at=NOON + timedelta(days=5))
    page = account(key="facebook:page", platform="facebook", handle="page", native_id="100")
    grant = facebook.Facebook(
        facebook.Facebook.Settings(app_id="1", app_secret=SecretStr(TOKEN))
    ).grant
    assert isinstance(grant, FacebookLogin)
    short = {"access_token": "t", "expires_in": 3600}
    yield from requests_of(grant.redeem("code", consent, page), short, short)
    yield from requests_of(grant.renew(token), short)
    yield from requests_of(grant.inspect(token))


def calls_of(request):
    """Give what a request reads: itself, or the parts of the batch that it is."""
    if request.form and "batch" in request.form:
        for part in json.loads(request.form["batch"]):
            address = urlsplit(part["relative_url"])
            assert part["method"] == "GET"
            yield address.path, dict(parse_qsl(address.query))
    elif request.form is None:
        yield urlsplit(request.url).path, dict(request.params)


def check(requests):
    wire, read = Wire(), 0
    for request in requests:
        for path, params in calls_of(request):
            bare = re.sub(r"^/?v\d+\.\d/", "", path)
            wire.read(request.platform, bare.replace("page", "100", 1), params)
            read += 1
    return read


def test_facebook_is_asked_for_nothing_that_the_sdk_does_not_know():
    assert check(facebook_requests()) >= 12


def test_instagram_is_asked_for_nothing_that_the_sdk_does_not_know():
    assert check(instagram_requests("facebook")) >= 5


def test_logging_in_reads_what_the_sdk_knows():
    assert check(login_requests()) == 2


def test_threads_is_asked_for_nothing_that_its_documents_do_not_know():
    assert check(threads_requests()) == 4


def test_instagrams_own_login_is_asked_for_what_the_sdk_knows_of_it():
    asked = [
        (urlsplit(request.url).path.split("/")[-1], split(request.params["fields"]))
        for request in instagram_requests("instagram")
    ]
    user, media = Node("IGUserForIGOnlyAPI"), Node("IGMediaForIGOnlyAPI")
    for edge, fields in asked:
        node = user if edge == "me" else media
        assert edge == "me" or edge in user.edges
        names = {re.match(r"\w+", field)[0] for field in fields}
        assert names <= node.fields | set(node.edges)
    assert len(asked) >= 5


def test_own_logins_exchange_tokens_as_the_sdk_and_the_documents_have_it():
    token = Token(access_token=TOKEN, obtained_at=NOON)
    for name, kind, settings in (
        (
            "instagram",
            "ig",
            instagram.Instagram.Settings(
                login="instagram", app_id="1", app_secret=SecretStr(TOKEN)
            ),
        ),
        ("threads", "th", threads.Threads.Settings(app_id="1", app_secret=SecretStr(TOKEN))),
    ):
        platform = {"instagram": instagram.Instagram, "threads": threads.Threads}[name](settings)
        assert isinstance(platform.grant, InstagramLogin)
        consent = Consent(redirect_uri="http://127.0.0.1/", state="s", verifier="v")
        [code, exchange] = requests_of(
            platform.grant.redeem("code", consent, account()), {"access_token": "t"}
        )[:2]
        [refresh] = requests_of(platform.grant.renew(token), {"access_token": "t"})
        assert set(code.form) == {
            "client_id",
            "client_secret",
            "grant_type",
            "redirect_uri",
            "code",
        }
        assert exchange.params["grant_type"] == f"{kind}_exchange_token"
        assert refresh.params["grant_type"] == f"{kind}_refresh_token"
        assert (set(exchange.params), set(refresh.params)) == (
            DOCUMENTED["threads access_token"][0],
            DOCUMENTED["threads refresh_access_token"][0],
        )
    for name, params in (
        ("IGAccessTokenForIGOnlyAPI", exchange.params),
        ("IGRefreshAccessTokenForIGOnlyAPI", refresh.params),
    ):
        source = source_of(name)
        assert all(f"'{param}': 'string'" in source for param in params)


def test_the_pinned_version_is_the_sdks():
    config = import_module("facebook_business.apiconfig").ads_api_config
    for settings in (facebook.Facebook.Settings(), instagram.Instagram.Settings()):
        assert settings.version == config["API_VERSION"]
        assert f"/{settings.version}/" in settings.authorize_url
    assert version("facebook-business").split(".")[0] == "26"


def test_every_state_that_facebook_names_is_known():
    named = set(vars(Node("LiveVideo").cls.BroadcastStatus).values())
    words = {word for word in named if isinstance(word, str) and word.isupper()}
    assert words == set(nodes.STATUSES) | nodes.CALLED_OFF


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("100/live_video", {"fields": "id"}),
        ("100/live_videos", {"fields": "id,live_viewers"}),
        ("100/live_videos", {"fields": "id,video{id,view_count}"}),
        ("100/live_videos", {"fields": "id,likes.summary(true)"}),
        ("100/live_videos", {"fields": "id", "status": "LIVE"}),
        ("9001", {"fields": "total_view"}),
        ("7001", {"fields": "video_insights.metric(views_total).period(lifetime){name}"}),
        ("7001", {"fields": "video_insights.metric(total_video_views).period(ever){name}"}),
        ("me/pages", {"fields": "id"}),
    ],
)
def test_a_wrong_name_is_found(path, params):
    with pytest.raises(AssertionError):
        Wire().read("facebook", path, params)


def test_a_request_is_what_this_test_reads():
    request = Request(
        platform="facebook", url="https://x/v26.0/9001", source="s", params={"fields": "id"}
    )
    assert list(calls_of(request)) == [("/v26.0/9001", {"fields": "id"})]
